import { ref } from 'vue'
import { Client, type Bearer } from './client'
import { asProblem } from './problem'
import type { Schemas } from './types'

/** Who is signed in, as far as a page may remember it: no secret is among it. */
export interface Known {
  id: string
  name: string
}

const KEPT = 'cp.staff'

/**
 * The sign-in of staff in a browser. The access token is in memory only; the refresh
 * token is in a cookie that no script can read and that other sites cannot send
 * (HttpOnly, SameSite=Strict), and it opens nothing but /v1/sessions. Nothing that
 * signs in is kept in storage.
 */
export class StaffSession implements Bearer {
  readonly known = ref<Known | undefined>(remembered())
  /** Whether there is a token right now; without one a page may still be offline. */
  readonly signedIn = ref(false)
  /** The roles of the account with their scopes; they are read anew with each token. */
  readonly roles = ref<Schemas['Grant'][]>([])
  readonly client = new Client(this)

  private access: string | undefined
  private renewing: Promise<boolean> | undefined
  private readonly plain = new Client()

  token(): string | undefined {
    return this.access
  }

  async signIn(username: string, password: string, totp?: string): Promise<void> {
    const body: Schemas['StaffSignIn'] = { username, password, cookie: true, ...(totp ? { totp } : {}) }
    this.take(await this.plain.post<Schemas['Session']>('/v1/sessions/staff', body))
  }

  /** replacePassword signs in with a new password in place of one that has run out. */
  async replacePassword(username: string, password: string, next: string, totp?: string): Promise<void> {
    const body: Schemas['StaffPasswordSignIn'] = { username, password, new_password: next, cookie: true, ...(totp ? { totp } : {}) }
    this.take(await this.plain.post<Schemas['Session']>('/v1/sessions/staff/password', body))
  }

  /** resume goes on with the sign-in of before. "offline" says that nobody could be asked. */
  async resume(): Promise<'in' | 'out' | 'offline'> {
    if (!this.known.value) return 'out'
    try {
      return (await this.renew()) ? 'in' : 'out'
    } catch {
      return 'offline'
    }
  }

  /** renew exchanges the cookie for a new token, once however many ask. False says that
   * the sign-in has ended; it throws when the server was not reached. */
  renew(): Promise<boolean> {
    this.renewing ??= this.exchange().finally(() => (this.renewing = undefined))
    return this.renewing
  }

  async signOut(): Promise<void> {
    try {
      await this.client.delete('/v1/sessions/current')
    } finally {
      this.forget()
    }
  }

  private async exchange(): Promise<boolean> {
    // A refresh token works once: two tabs with the one cookie must not both spend it.
    const locks = (navigator as { locks?: LockManager }).locks
    const spend = () => this.plain.post<Schemas['Session']>('/v1/sessions/refresh', { cookie: true })
    try {
      this.take(await (locks ? locks.request('cp.refresh', spend) : spend()))
      return true
    } catch (thrown) {
      const problem = asProblem(thrown)
      if (problem.status !== 401) throw problem
      this.forget()
      return false
    }
  }

  private take(session: Schemas['Session']): void {
    this.access = session.access_token
    this.known.value = { id: session.person.id, name: session.person.name_masked }
    this.roles.value = session.roles ?? []
    this.signedIn.value = true
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.known.value))
    } catch {
      // Without storage one signs in anew after closing the page.
    }
  }

  private forget(): void {
    this.access = undefined
    this.roles.value = []
    this.signedIn.value = false
    this.known.value = undefined
    try {
      localStorage.removeItem(KEPT)
    } catch {
      // As above.
    }
  }
}

function remembered(): Known | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Known | null
    if (kept && typeof kept.id === 'string') return kept
  } catch {
    // Whatever was there is not ours.
  }
}
