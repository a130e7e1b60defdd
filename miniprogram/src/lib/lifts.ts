import { at, get, post, put, ask } from './client'
import type { Schemas } from './types'

export type Lift = Schemas['Lift']
export type LiftCall = Schemas['LiftCall']

export const listLifts = async (): Promise<Lift[]> => (await get<Schemas['LiftList']>('/v1/me/lifts')).items
export const callLift = (call: Schemas['LiftCallRequest']): Promise<LiftCall> => post('/v1/me/lift-calls', call)
export const cancelCall = (id: string): Promise<LiftCall> => ask('DELETE', at`/v1/me/lift-calls/${id}`)
export const callPath = (id: string): string => at`/v1/me/lift-calls/${id}`
export const callAfterPassage = (household: string, yes: boolean): Promise<void> => put('/v1/me/lift-preference', { household_id: household, after_passage: yes })

/** Nothing more will become of it. */
export const isOver = (call: LiftCall): boolean => ['done', 'cancelled', 'expired', 'refused', 'failed'].includes(call.state)

/** stickerIn finds the opaque code in what a sticker says: its link, or the bare code. */
export function stickerIn(text: string): string {
  const code = /\/l\/([A-Za-z0-9_-]+)\/?$/.exec(text.trim())?.[1] ?? text.trim()
  return /^[A-Za-z0-9_-]{16,64}$/.test(code) ? code : ''
}
