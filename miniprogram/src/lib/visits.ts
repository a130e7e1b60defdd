import { at, get, post } from './client'
import { sentences } from './language'
import { moment } from './moment'
import type { Paged, Schemas } from './types'

export type Visit = Schemas['Visit']
export type VisitKind = Schemas['VisitKind']

const say = sentences({
  once: ['访客', 'Visitor'],
  recurring: ['常来的人', 'Comes often'],
  courier: ['快递外卖', 'Courier'],
  group: ['一行多人', 'Group'],
  vehicle: ['开车来访', 'By car'],
  requested: ['等待同意', 'Waiting'],
  approved: ['已同意', 'Agreed'],
  arrived: ['已到', 'Arrived'],
  overstayed: ['超时未走', 'Stays too long'],
  declined: ['已拒绝', 'Declined'],
  expired: ['已过期', 'Expired'],
  cancelled: ['已取消', 'Cancelled'],
  left: ['已离开', 'Left'],
  someone: ['访客（未填姓名）', 'Visitor (no name given)'],
  span: ['{0} 至 {1}', '{0} to {1}'],
})

export const kindOf = (kind: VisitKind): string => say(kind)
export const stateOf = (visit: Visit): string => say(visit.state)
export const whoOf = (visit: Visit): string => visit.visitor_name_masked || say('someone')
export const whenOf = (visit: Visit): string => say('span', moment(visit.valid_from), moment(visit.valid_until))

/** It waits for somebody of the home, which is to say for whoever reads this. */
export const waitsForMe = (visit: Visit): boolean => visit.state === 'requested' && visit.waits_for.includes('host')

/** It goes on, or is still to come. */
export const isLive = (visit: Visit): boolean => ['requested', 'approved', 'arrived', 'overstayed'].includes(visit.state)

export const listVisits = (cursor = ''): Promise<Paged<Visit>> => get(`/v1/visits?limit=50${cursor ? at`&cursor=${cursor}` : ''}`)
export const listWaiting = async (): Promise<Visit[]> => (await get<Paged<Visit>>('/v1/visits?limit=50&state=requested')).items.filter(waitsForMe)
export const visitOf = (id: string): Promise<Visit> => get(at`/v1/visits/${id}`)
export const approve = (id: string): Promise<Visit> => post(at`/v1/visits/${id}/approve`)
export const decline = (id: string, reason: string): Promise<Visit> => post(at`/v1/visits/${id}/decline`, { reason })
export const cancel = (id: string, reason: string): Promise<Visit> => post(at`/v1/visits/${id}/cancel`, { reason })
export const extend = (id: string, until: number): Promise<Visit> => post(at`/v1/visits/${id}/extend`, { valid_until: new Date(until).toISOString() })
