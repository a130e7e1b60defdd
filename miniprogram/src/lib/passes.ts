import { at, get, post } from './client'
import { AHEAD, type Stock } from './codes'
import { keepCodes, keepPasses, stockOf } from './stocks'
import type { Paged, Schemas } from './types'

export type Pass = Schemas['Pass']

/** refresh asks for the own and the dependants' passes and keeps them. */
export async function refresh(): Promise<Pass[]> {
  const { items } = await get<Paged<Pass>>('/v1/me/passes?limit=20')
  // Cards and passes that have ended are not for this page; the own one comes first.
  const shown = items.filter((p) => p.state !== 'expired' && p.state !== 'withdrawn').sort((a, b) => Number(b.holder.own) - Number(a.holder.own))
  keepPasses(shown)
  return shown
}

/** fill gets ten minutes of codes for a pass. */
export async function fill(id: string): Promise<Stock> {
  const asked = Date.now()
  const answer = await post<Schemas['Codes']>(at`/v1/me/passes/${id}/codes`, { count: AHEAD })
  const stock = stockOf(id)
  stock.take(answer, Date.now() - asked)
  keepCodes()
  return stock
}
