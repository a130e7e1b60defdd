import { words } from './language'
import type { Schemas } from './types'

const say = words({
  offline: ['没有网络，请检查后再试。', 'There is no network. Please check it and try again.'],
  no_answer: ['服务器没有及时答复，请稍后再试。', 'The server did not answer in time. Please try again.'],
  broken: ['服务器出错了，请稍后再试。', 'The server has failed. Please try again later.'],
})

/** Why a call failed. code is stable: one of the server's, or offline, no_answer, broken. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly fields: Schemas['ProblemField'][]
  /** The present state of the thing, where the server tells. */
  readonly state: string
  /** Seconds after which to come again; 0 when the server does not say. */
  readonly retryAfter: number
  readonly requestId: string

  constructor(status: number, body: Partial<Schemas['Problem']>, retryAfter = 0) {
    super(body.detail || say('broken'))
    this.code = body.code ?? 'broken'
    this.status = status
    this.fields = body.errors ?? []
    this.state = body.state ?? ''
    this.retryAfter = retryAfter
    this.requestId = body.request_id ?? ''
  }

  /** The server was not reached, or did not answer: the same may be asked again. */
  get unanswered(): boolean {
    return this.code === 'offline' || this.code === 'no_answer' || this.status === 502 || this.status === 503 || this.status === 504
  }

  /** What is wrong with one field of the body, or nothing. */
  field(name: string): string | undefined {
    return this.fields.find((f) => f.field === `/${name}`)?.detail
  }
}

export const offline = (): Problem => new Problem(0, { code: 'offline', detail: say('offline') })
export const noAnswer = (): Problem => new Problem(0, { code: 'no_answer', detail: say('no_answer') })

/** asProblem keeps what a screen shows in one form, whatever was thrown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  return new Problem(0, { code: 'broken', detail: say('broken') })
}

/** problemOf reads an answer that is not a success. */
export async function problemOf(answer: Response): Promise<Problem> {
  let body: Partial<Schemas['Problem']> = {}
  try {
    if (answer.headers.get('Content-Type')?.includes('json')) body = await answer.json()
  } catch {
    // A proxy on the way may answer anything; the status says enough.
  }
  const after = Number.parseInt(answer.headers.get('Retry-After') ?? '', 10)
  return new Problem(answer.status, body, Number.isFinite(after) ? after : 0)
}
