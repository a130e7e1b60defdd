import { acceptLanguage } from './language'
import { noAnswer, offline, problemOf } from './problem'

/** Who a client speaks for. */
export interface Bearer {
  /** The present access token, if there is one. */
  token(): string | undefined
  /** Gets a new token when the old one has run out; false when there is none to be had. */
  renew?(): Promise<boolean>
}

export interface Asking {
  body?: unknown
  /** A file, sent as it is with its media type, in the place of body. */
  file?: Blob
  /** Sent as Idempotency-Key: the same key and body have the same answer for a day. */
  once?: string
  /** Milliseconds until the call is given up. */
  patience?: number
  signal?: AbortSignal
  headers?: Record<string, string>
}

const PATIENCE = 10_000

/** The one way in which pages call the server. */
export class Client {
  constructor(private readonly bearer: Bearer = { token: () => undefined }) {}

  get<T>(path: string, asking: Asking = {}): Promise<T> {
    return this.ask<T>('GET', path, asking)
  }

  post<T>(path: string, body?: unknown, asking: Asking = {}): Promise<T> {
    return this.ask<T>('POST', path, { ...asking, body: body ?? {} })
  }

  put<T>(path: string, body: unknown, asking: Asking = {}): Promise<T> {
    return this.ask<T>('PUT', path, { ...asking, body })
  }

  /** upload sends a file as the body of the request. */
  upload<T>(path: string, file: Blob, asking: Asking = {}): Promise<T> {
    return this.ask<T>('POST', path, { patience: 120_000, ...asking, file })
  }

  /** file gets something that is not JSON, such as a picture to print. */
  async file(path: string, kind: string, asking: Asking = {}): Promise<Blob> {
    return (await this.answer('GET', path, { ...asking, headers: { Accept: kind, ...asking.headers } })).blob()
  }

  /** tagged gets something together with its version, to be sent back as If-Match. */
  async tagged<T>(path: string, asking: Asking = {}): Promise<{ value: T; tag: string }> {
    const answer = await this.answer('GET', path, asking)
    return { value: (await answer.json()) as T, tag: answer.headers.get('ETag') ?? '' }
  }

  delete(path: string, asking: Asking = {}): Promise<void> {
    return this.ask<void>('DELETE', path, asking)
  }

  /** ask sends one request. A sign-in that has run out is renewed once. It throws Problem. */
  async ask<T>(method: string, path: string, asking: Asking): Promise<T> {
    const answer = await this.answer(method, path, asking)
    return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T)
  }

  private async answer(method: string, path: string, asking: Asking): Promise<Response> {
    const used = this.bearer.token()
    let answer = await this.send(method, path, asking)
    // Another call may have renewed it meanwhile: then the new token is simply used. A
    // page that opened without a network has had none yet.
    if (answer.status === 401 && this.bearer.renew && (this.bearer.token() !== used || (await this.bearer.renew()))) {
      answer = await this.send(method, path, asking)
    }
    if (!answer.ok) throw await problemOf(answer)
    return answer
  }

  /** open is ask for a stream: the answer as it comes, without an end of patience. */
  async open(path: string, asking: Asking): Promise<Response> {
    const answer = await this.send('GET', path, { ...asking, patience: asking.patience ?? Number.POSITIVE_INFINITY })
    if (!answer.ok) throw await problemOf(answer)
    return answer
  }

  private async send(method: string, path: string, asking: Asking): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': acceptLanguage(), ...asking.headers }
    const token = this.bearer.token()
    if (token) headers.Authorization = `Bearer ${token}`
    if (asking.once) headers['Idempotency-Key'] = asking.once
    if (asking.body !== undefined) headers['Content-Type'] = 'application/json'
    if (asking.file) headers['Content-Type'] = asking.file.type || 'application/octet-stream'
    const patience = asking.patience ?? PATIENCE
    const giveUp = new AbortController()
    let late = false
    const timer = Number.isFinite(patience) ? setTimeout(() => ((late = true), giveUp.abort()), patience) : undefined
    const stop = () => giveUp.abort()
    asking.signal?.addEventListener('abort', stop)
    if (asking.signal?.aborted) stop()
    try {
      return await fetch(path, {
        method, headers, signal: giveUp.signal, cache: 'no-store', credentials: 'same-origin',
        ...(asking.file ? { body: asking.file } : asking.body === undefined ? {} : { body: JSON.stringify(asking.body) }),
      })
    } catch (thrown) {
      if (asking.signal?.aborted) throw thrown
      throw late ? noAnswer() : offline()
    } finally {
      clearTimeout(timer)
      if (Number.isFinite(patience)) asking.signal?.removeEventListener('abort', stop)
    }
  }
}

/** at builds a path; what is filled in is escaped. */
export function at(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((path, part, i) => path + encodeURIComponent(String(values[i - 1])) + part)
}

/** newKey is a random name for one act, for Idempotency-Key and scan ids. It does not
 * need a secure context, as crypto.randomUUID does. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
}
