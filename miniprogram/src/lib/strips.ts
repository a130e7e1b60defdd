import type { Phone, PhoneKey } from '../../../passcode/ts/src/phone'
import type { Schemas } from './types'

/** What makes codes on the phone, read when it is wanted. */
export function signing() {
  // #ifdef MP-WEIXIN
  // The library looks for WeChat's random numbers here.
  ;(globalThis as { wx?: unknown }).wx ??= wx
  // #endif
  return import('./signing')
}

/** What is kept of a strip. Instants are Unix milliseconds by the server's clock. */
export interface KeptStrip {
  strip: string
  ends: number
  /** How many milliseconds the server's clock is ahead of the phone's. */
  ahead: number
}

/**
 * Signer makes the codes of one pass on this phone, each window anew, as long as its
 * strip lasts: docs/pass-code.md, format 3. Like Stock, it goes by the server's clock.
 */
export class Signer {
  private phone?: Phone
  private made = { code: '', from: 0, to: 0 }
  private making = false

  constructor(private readonly key: PhoneKey, private strip?: KeptStrip, private readonly now: () => number = () => Date.now()) {}

  /** take keeps an answer; took is how many milliseconds it was under way. */
  take(answer: Schemas['Strip'], took: number): void {
    this.strip = { strip: answer.strip, ends: Date.parse(answer.expires_at), ahead: Date.parse(answer.server_time) + took / 2 - this.now() }
    this.forgetMade()
  }

  clear(): void {
    this.strip = undefined
    this.forgetMade()
  }

  /** prepare signs the code of this moment, unless it is there. */
  async prepare(): Promise<void> {
    const strip = this.strip
    if (!strip || this.making || this.lasts() === 0 || this.current()) return
    this.making = true
    try {
      const { epoch, Phone, ready, stepMilliseconds, windowAt } = await signing()
      await ready()
      if (this.strip !== strip) return // cleared, or renewed, meanwhile
      this.phone ??= new Phone(this.key, strip.strip)
      const window = windowAt(this.now() + strip.ahead)
      const from = epoch + window * stepMilliseconds
      this.made = { code: this.phone.code(window) ?? '', from, to: from + stepMilliseconds }
    } finally {
      this.making = false
    }
  }

  /** The code of this moment, with the milliseconds until the next one; or nothing. */
  current(): { code: string; left: number } | undefined {
    const now = this.now() + (this.strip?.ahead ?? 0)
    if (this.made.code && this.made.from <= now && now < this.made.to) return { code: this.made.code, left: this.made.to - now }
  }

  /** For how many milliseconds codes can be made; 0 when they cannot. */
  lasts(): number {
    return this.strip ? Math.max(0, this.strip.ends - this.now() - this.strip.ahead) : 0
  }

  kept(): KeptStrip | undefined {
    return this.strip
  }

  private forgetMade(): void {
    this.phone = undefined
    this.made = { code: '', from: 0, to: 0 }
  }
}
