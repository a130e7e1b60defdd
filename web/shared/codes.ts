import type { Schemas } from './types'

type PassCode = Schemas['PassCode']

/**
 * CodeStock is the codes that a page holds ahead, and which of them is to be shown now.
 * It goes by the server's clock: a phone that is minutes late shows the right one.
 */
export class CodeStock {
  private codes: PassCode[] = []
  private ahead = 0

  constructor(private readonly now: () => number = () => Date.now()) {}

  /** take keeps an answer; took is how many milliseconds it was under way. */
  take(answer: Schemas['Codes'], took: number): void {
    this.ahead = Date.parse(answer.server_time) + took / 2 - this.now()
    this.codes = [...answer.codes].sort((a, b) => Date.parse(a.not_before) - Date.parse(b.not_before))
  }

  clear(): void {
    this.codes = []
  }

  /** The code of this moment with the milliseconds until the next, or nothing. */
  current(): { code: string; left: number; step: number } | undefined {
    const now = this.now() + this.ahead
    for (let i = this.codes.length - 1; i >= 0; i--) {
      const from = Date.parse(this.codes[i]!.not_before)
      if (from > now) continue
      const step = 30_000
      return now < from + step ? { code: this.codes[i]!.code, left: from + step - now, step } : undefined
    }
  }

  /** How many milliseconds the stock lasts from now. */
  lasts(): number {
    const last = this.codes[this.codes.length - 1]
    return last ? Date.parse(last.not_before) + 30_000 - this.now() - this.ahead : 0
  }
}
