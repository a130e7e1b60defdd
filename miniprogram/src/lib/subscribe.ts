import { get, newKey, post } from './client'
import type { Schemas } from './types'

type Allowances = Schemas['MessageAllowanceList']

let templates: string[] = []

/** templatesReady looks up which WeChat messages the server has in use; called when a
 * page opens, so that the tap that follows can ask at once, as WeChat wants it. */
export async function templatesReady(): Promise<void> {
  // #ifdef MP-WEIXIN
  try {
    const { items } = await get<Allowances>('/v1/me/message-allowances')
    // WeChat takes three at a time: those of which the fewest are left.
    templates = items.sort((a, b) => a.allowance - b.allowance).slice(0, 3).map((a) => a.template_id)
  } catch {
    templates = [] // then the inbox has to do
  }
  // #endif
}

/** askToTell asks, within a tap, whether WeChat may tell how this goes on, and lets the
 * server know what was agreed to: one message for each yes. Never in the way: a no, or
 * a server that does not answer, changes nothing of what the tap was for. */
export function askToTell(): Promise<void> {
  return new Promise((done) => {
    // #ifdef MP-WEIXIN
    if (templates.length > 0) {
      uni.requestSubscribeMessage({
        tmplIds: templates,
        success: (answer) => {
          const yes = templates.filter((id) => (answer as unknown as Record<string, string>)[id] === 'accept')
          if (yes.length > 0) post('/v1/me/message-allowances', { template_ids: yes }, newKey()).catch(() => undefined)
        },
        complete: () => done(),
      })
      return
    }
    // #endif
    done()
  })
}
