import type { Schemas } from './types'

/** What is kept of the codes of one pass. */
export interface Kept {
  codes: Schemas['PassCode'][]
  /** How many milliseconds the server's clock is ahead of the phone's. */
  ahead: number
}

/** Milliseconds for which one code is shown; the gate takes it for as long again. */
export const STEP = 30_000

/** Twenty windows of 30 seconds: what a phone shows when the network is gone. */
export const AHEAD = 20

/**
 * Stock is the codes held ahead for one pass, and which of them is to be shown now. It
 * goes by the server's clock, so that a phone which is minutes late shows the right one.
 */
export class Stock {
  private codes: Schemas['PassCode'][] = []
  private ahead = 0

  constructor(private readonly now: () => number = () => Date.now(), before?: Kept) {
    if (before && Array.isArray(before.codes)) Object.assign(this, { codes: before.codes, ahead: before.ahead })
  }

  /** take keeps an answer; took is how many milliseconds it was under way. */
  take(answer: Schemas['Codes'], took: number): void {
    this.ahead = Date.parse(answer.server_time) + took / 2 - this.now()
    this.codes = [...answer.codes].sort((a, b) => Date.parse(a.not_before) - Date.parse(b.not_before))
  }

  clear(): void {
    this.codes = []
  }

  /** The code of this moment, with the milliseconds until the next one; or nothing. */
  current(): { code: string; left: number } | undefined {
    const now = this.now() + this.ahead
    for (const c of this.codes) {
      const from = Date.parse(c.not_before)
      if (from <= now && now < from + STEP) return { code: c.code, left: from + STEP - now }
    }
  }

  /** For how many milliseconds there are codes; 0 when there are none. */
  lasts(): number {
    const last = this.codes[this.codes.length - 1]
    return last ? Math.max(0, Date.parse(last.not_before) + STEP - this.now() - this.ahead) : 0
  }

  kept(): Kept {
    return { codes: this.codes, ahead: this.ahead }
  }
}
