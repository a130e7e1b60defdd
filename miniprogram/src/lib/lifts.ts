import { at, get, post, put, ask, remove } from './client'
import type { Schemas } from './types'

export type Lift = Schemas['Lift']
export type LiftCall = Schemas['LiftCall']
/** The floor of one's home, lent to a neighbour or a visitor for a time. */
export type Share = Schemas['LiftGrant']

export const listLifts = async (): Promise<Lift[]> => (await get<Schemas['LiftList']>('/v1/me/lifts')).items
export const callLift = (call: Schemas['LiftCallRequest']): Promise<LiftCall> => post('/v1/me/lift-calls', call)
export const cancelCall = (id: string): Promise<LiftCall> => ask('DELETE', at`/v1/me/lift-calls/${id}`)
/** How long the doors stay open for somebody who needs the time, in seconds. */
export const holdSeconds = 20
export const holdDoors = (id: string): Promise<LiftCall> => post(at`/v1/me/lift-calls/${id}/hold`, { seconds: holdSeconds })
export const callPath = (id: string): string => at`/v1/me/lift-calls/${id}`
export const callAfterPassage = (household: string, yes: boolean): Promise<void> => put('/v1/me/lift-preference', { household_id: household, after_passage: yes })

export const listShares = async (): Promise<Share[]> => (await get<Schemas['LiftGrantList']>('/v1/me/lift-grants')).items
export const shareFloor = (share: Schemas['LiftGrantRequest'], key: string): Promise<Share> => post('/v1/me/lift-grants', share, key)
export const endShare = (id: string): Promise<void> => remove(at`/v1/me/lift-grants/${id}`)

/** Nothing more will become of it. */
export const isOver = (call: LiftCall): boolean => ['done', 'cancelled', 'expired', 'refused', 'failed'].includes(call.state)

/** The lift is here, and is not being held already. */
export const canHold = (call: LiftCall): boolean => call.state === 'arrived' && !['sent', 'held'].includes(call.hold?.state ?? '')

/** stickerIn finds the opaque code in what a sticker says: its link, or the bare code. */
export function stickerIn(text: string): string {
  const code = /\/l\/([A-Za-z0-9_-]+)\/?$/.exec(text.trim())?.[1] ?? text.trim()
  return /^[A-Za-z0-9_-]{16,64}$/.test(code) ? code : ''
}
