import { ref, shallowRef } from 'vue'
import { asProblem, type Problem } from '../shared/problem'

export interface Page<T> {
  items: T[]
  next_cursor?: string | null | undefined
}

/** Gets one page; the signal ends a call whose answer is no longer wanted. */
export type Fetch<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>

/**
 * KeysetList is a list that grows by pages. While it is read anew the old rows stay, so
 * that nothing jumps; an answer that comes after a newer question is dropped.
 */
export class KeysetList<T> {
  readonly items = shallowRef<T[]>([])
  readonly cursor = ref<string>()
  readonly busy = ref(false)
  /** Whether there has been an answer: before it a list is neither empty nor full. */
  readonly ready = ref(false)
  readonly problem = shallowRef<Problem>()
  private going: AbortController | undefined

  constructor(private readonly fetch: Fetch<T>) {}

  /** reload reads from the beginning. */
  reload(): Promise<void> {
    return this.read(undefined)
  }

  /** more adds the next page, if there is one. */
  more(): Promise<void> {
    return this.cursor.value && !this.busy.value ? this.read(this.cursor.value) : Promise.resolve()
  }

  stop(): void {
    this.going?.abort()
  }

  private async read(from: string | undefined): Promise<void> {
    this.going?.abort()
    const mine = (this.going = new AbortController())
    this.busy.value = true
    this.problem.value = undefined
    try {
      const page = await this.fetch(from, mine.signal)
      if (mine !== this.going) return
      this.items.value = from ? [...this.items.value, ...page.items] : page.items
      this.cursor.value = page.next_cursor ?? undefined
      this.ready.value = true
    } catch (thrown) {
      if (mine !== this.going || mine.signal.aborted) return
      this.problem.value = asProblem(thrown)
    } finally {
      if (mine === this.going) this.busy.value = false
    }
  }
}

/** withQuery adds what is set to a path. Personal data is never put there. */
export function withQuery(path: string, values: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== '') query.set(name, String(value))
  const text = query.toString()
  return text ? `${path}${path.includes('?') ? '&' : '?'}${text}` : path
}

/** matches says whether a row has all words of a text somewhere in what it shows. */
export function matches(row: unknown, text: string): boolean {
  const wanted = text.trim().toLowerCase().split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return true
  const shown = JSON.stringify(row).toLowerCase()
  return wanted.every((w) => shown.includes(w))
}
