import { shallowRef } from 'vue'
import { asProblem } from '../shared/problem'
import type { Schemas } from '../shared/types'

/** An admission by hand that could not be sent: recorded, never verified. */
export interface Waiting {
  /** Of whom it is; only that account may send it. */
  account: string
  gate: string
  gateName: string
  /** When it happened, Unix milliseconds. */
  at: number
  body: Schemas['ManualPassageRequest'] & { scan_id: string }
  /** Why the server would not take it; such a one stays until somebody has copied it. */
  refused?: string
}

const KEPT = 'cp.guard-queue'

/** Queue keeps what a guard recorded without a network, over the end of the page. */
export class Queue {
  readonly all = shallowRef<Waiting[]>([])
  private sending = false

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'> | undefined) {
    try {
      const kept = JSON.parse(storage?.getItem(KEPT) ?? '[]') as Waiting[]
      if (Array.isArray(kept)) this.all.value = kept
    } catch {
      // Whatever was there is not ours.
    }
  }

  /** add keeps one; false says that it could not be kept. */
  add(one: Waiting): boolean {
    return this.write([...this.all.value, one])
  }

  drop(id: string): void {
    this.write(this.all.value.filter((w) => w.body.scan_id !== id))
  }

  /** send gives each to the server, in order. One that is refused stays and says why,
   * and does not stop the others; without an answer all that follow wait. */
  async send(some: Waiting[], one: (w: Waiting) => Promise<unknown>): Promise<void> {
    if (this.sending) return
    this.sending = true
    try {
      for (const w of some) {
        if (w.refused) continue
        try {
          await one(w)
          this.drop(w.body.scan_id)
        } catch (thrown) {
          const problem = asProblem(thrown)
          if (problem.unanswered || problem.status === 401 || problem.status === 429 || problem.status >= 500 || problem.status === 0) return
          this.write(this.all.value.map((x) => (x === w ? { ...w, refused: problem.message } : x)))
        }
      }
    } finally {
      this.sending = false
    }
  }

  private write(next: Waiting[]): boolean {
    try {
      if (!this.storage) return false
      this.storage.setItem(KEPT, JSON.stringify(next))
    } catch {
      return false
    }
    this.all.value = next
    return true
  }
}
