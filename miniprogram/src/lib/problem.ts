import { sentences } from './language'
import type { Schemas } from './types'

const say = sentences({
  offline: ['没有网络，请检查后再试。', 'There is no network. Check it and try again.'],
  no_answer: ['服务器没有及时答复，请再试一次。', 'The server did not answer in time. Try again.'],
  broken: ['服务器出错了，请稍后再试。', 'The server has failed. Try again later.'],
  signed_out: ['登录已结束，请重新登录。', 'You are signed out. Sign in again.'],
  wait: ['{0}（{1} 秒后再试）', '{0} (again in {1} s)'],
})

/**
 * Problem is why a call failed: RFC 9457 as the server says it, or one of our own with
 * status 0 and code offline, no_answer or signed_out. message is a sentence for people.
 */
export class Problem extends Error {
  readonly code: string
  readonly fields: Schemas['ProblemField'][]
  readonly state: string
  readonly requestId: string

  constructor(readonly status: number, body: Partial<Schemas['Problem']>, retryAfter = 0) {
    const sentence = body.detail || say('broken')
    super(retryAfter > 0 ? say('wait', sentence, retryAfter) : sentence)
    this.code = body.code ?? 'broken'
    this.fields = body.errors ?? []
    this.state = body.state ?? ''
    this.requestId = body.request_id ?? ''
  }

  /** Nobody answered: what was asked may or may not have happened. */
  get unanswered(): boolean {
    return this.status === 0 || this.status >= 500
  }

  /** What is wrong with one field of the body, or nothing. */
  field(name: string): string {
    return this.fields.find((f) => f.field === `/${name}`)?.detail ?? ''
  }
}

export const ownProblem = (code: 'offline' | 'no_answer' | 'signed_out'): Problem => new Problem(0, { code, detail: say(code) })

/** asProblem gives whatever was thrown the one form that pages show. */
export function asProblem(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem(0, { code: 'broken', detail: say('broken') })
}
