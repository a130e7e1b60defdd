import type { Schemas } from '../shared/types'
import { ask } from './form'
import type { Page } from './keyset'
import { options } from './labels'
import { fromLocal, toLocal } from './moment'
import { client } from './session'
import { say } from './words'

/** What was asked about somebody, and the first page of the answer: reading it twice
 * would show the person two looks where there was one. */
export interface Followed<T> {
  search: Record<string, unknown>
  first: Page<T>
}

/** askAbout asks for whom, why, under which number and of which days, and reads the first
 * page of path. Until that is done the dialog stays. */
export async function askAbout<T>(title: string, text: string, cid: string, path: string, then: (found: Followed<T>) => void): Promise<void> {
  const people = (await client.get<Schemas['ResidencyList']>(`/v1/communities/${cid}/residencies?limit=200`).catch(() => ({ items: [] as Schemas['Residency'][] }))).items
  ask({ title, text, ok: say('look'), fields: [
    { key: 'residency_id', label: say('residency'), type: 'select', required: true, options: people.map((r) => ({ value: r.id, label: `${r.building}-${r.unit}-${r.room} ${r.name_masked}` })) },
    { key: 'purpose', label: say('purpose'), type: 'select', required: true, options: options('purpose', ['incident', 'dispute', 'resident_request', 'law_enforcement']) },
    { key: 'ticket', label: say('ticket'), required: true, max: 64, hint: say('ticket_hint') },
    { key: 'from', label: say('from'), type: 'datetime-local', required: true, value: toLocal(Date.now() - 86_400_000) }, { key: 'until', label: say('until'), type: 'datetime-local', required: true, value: toLocal(Date.now() + 60_000) },
  ], send: async (v) => {
    const search = { ...v, from: fromLocal(v.from ?? ''), until: fromLocal(v.until ?? '') }
    then({ search, first: await client.post<Page<T>>(`${path}?limit=50`, search) })
  } })
}
