import { asProblem } from '../shared/problem'
import { ask } from './form'
import { client } from './session'
import { notDone, told } from './told'
import { say } from './words'

/** act does one thing at once and says how it went; with no word for done, only a failure is told. */
export async function act(call: () => Promise<unknown>, done: string, then?: () => unknown): Promise<void> {
  try {
    await call()
    if (done) told(done)
  } catch (thrown) {
    notDone(asProblem(thrown).message)
  }
  await then?.()
}

/** approve and decline answer what waits; a refusal needs a reason. */
export function approve(path: string, then: () => unknown): Promise<void> {
  return act(() => client.post(`${path}/approve`), say('approved'), then)
}

export function decline(path: string, then: () => unknown): void {
  ask({
    title: say('decline'), ok: say('decline'), danger: true, done: say('declined'),
    fields: [{ key: 'reason', label: say('why_decline'), type: 'textarea', required: true, max: 200 }],
    send: async (v) => { await client.post(`${path}/decline`, v); await then() },
  })
}

/** pathOf is where an approval is answered; undefined for kinds that have a page of their own. */
export function answerPath(kind: string, subject: string, cid: string): string | undefined {
  if (kind === 'visit') return `/v1/visits/${subject}`
  if (kind === 'residency') return `/v1/communities/${cid}/residencies/${subject}`
  if (kind === 'export') return `/v1/communities/${cid}/exports/${subject}`
}
