import { acceptLanguage } from './language'
import { Problem, ownProblem } from './problem'
import type { Schemas } from './types'

/** Where calls go: in a browser to the server that the page came from. */
let server = import.meta.env.VITE_SERVER.replace(/\/$/, '')
// #ifdef H5
server = ''
// #endif

/** Milliseconds until a call is given up; a phone at a gate waits no longer. */
const PATIENCE = 10_000

export interface Answer {
  status: number
  body: unknown
  header(name: string): string
}

/** Who the client speaks for; session.ts fills it in. */
export interface Bearer {
  token(): string
  /** Gets a new access token; false when there is none to be had. */
  renew(): Promise<boolean>
}

let bearer: Bearer = { token: () => '', renew: async () => false }

export function speakFor(who: Bearer): void {
  bearer = who
}

export interface Asking {
  body?: unknown
  /** Sent as Idempotency-Key: the same key and body have the same answer for a day. */
  once?: string
}

export const get = <T>(path: string): Promise<T> => ask<T>('GET', path)
export const post = <T>(path: string, body: unknown = {}, once = ''): Promise<T> => ask<T>('POST', path, { body, once })
export const put = <T>(path: string, body: unknown): Promise<T> => ask<T>('PUT', path, { body })
export const remove = (path: string): Promise<void> => ask<void>('DELETE', path)

/** ask sends a call for whoever is signed in. An access token that has run out is
 * renewed once, and the call repeated. It throws Problem. */
export async function ask<T>(method: Method, path: string, asking: Asking = {}): Promise<T> {
  const used = bearer.token()
  let answer = await send(method, path, asking, used)
  // Another call may have renewed it meanwhile: then the new token is simply used.
  if (answer.status === 401 && (bearer.token() !== used || (await bearer.renew()))) {
    answer = await send(method, path, asking, bearer.token())
  }
  return read<T>(answer)
}

// #ifdef H5
/** openStream reads a stream of the server piece by piece, until it ends or is aborted. */
export async function openStream(path: string, signal: AbortSignal, on: (piece: string) => void): Promise<void> {
  const answer = await fetch(server + path, { headers: { Accept: 'text/event-stream', 'Accept-Language': acceptLanguage(), Authorization: `Bearer ${bearer.token()}` }, signal })
  if (!answer.ok || !answer.body) return
  const reader = answer.body.getReader()
  const text = new TextDecoder()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    on(text.decode(value, { stream: true }))
  }
}
// #endif

/** askOpenly is ask without a sign-in, for signing in itself. */
export const askOpenly = async <T>(method: Method, path: string, asking: Asking = {}): Promise<T> => read<T>(await send(method, path, asking, ''))

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

function read<T>(answer: Answer): T {
  if (answer.status >= 200 && answer.status < 300) return answer.body as T
  const body = typeof answer.body === 'object' && answer.body !== null ? (answer.body as Partial<Schemas['Problem']>) : {}
  const after = Number.parseInt(answer.header('retry-after'), 10)
  throw new Problem(answer.status, body, Number.isFinite(after) ? after : 0)
}

// Every status reaches success; fail means that nobody answered.
function send(method: Method, path: string, asking: Asking, token: string): Promise<Answer> {
  const header: Record<string, string> = { Accept: 'application/json', 'Accept-Language': acceptLanguage() }
  if (token) header.Authorization = `Bearer ${token}`
  if (asking.once) header['Idempotency-Key'] = asking.once
  if (asking.body !== undefined) header['Content-Type'] = 'application/json'
  return new Promise((resolve, reject) => {
    uni.request({
      url: server + path,
      method,
      header,
      data: asking.body as UniApp.RequestOptions['data'],
      timeout: PATIENCE,
      success: (r) => resolve({ status: r.statusCode, body: parsed(r.data), header: (name) => headerOf(r.header, name) }),
      fail: (why) => reject(ownProblem(/timeout/i.test(why.errMsg ?? '') ? 'no_answer' : 'offline')),
    })
  })
}

// application/problem+json is left as text by some versions of WeChat.
function parsed(data: unknown): unknown {
  if (typeof data !== 'string' || data === '') return data
  try {
    return JSON.parse(data)
  } catch {
    return data // a proxy on the way may answer anything
  }
}

function headerOf(all: Record<string, string> | undefined, name: string): string {
  for (const [key, value] of Object.entries(all ?? {})) if (key.toLowerCase() === name) return String(value)
  return ''
}

/** at builds a path; what is filled in is escaped. */
export function at(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((path, part, i) => path + encodeURIComponent(String(values[i - 1])) + part)
}

/** newKey names one act, for Idempotency-Key. It has to be unique, not secret:
 * mini-programs have no random source that answers at once but this. */
export function newKey(): string {
  let key = Date.now().toString(16)
  while (key.length < 32) key += Math.floor(Math.random() * 16).toString(16)
  return key
}
