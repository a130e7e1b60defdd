import type { Schemas } from '../shared/types'
import { ask } from './form'
import { options } from './labels'
import { client } from './session'
import { say } from './words'

export type Incident = Schemas['Incident']
export type State = Incident['state']

/** The columns of the board: what still needs somebody. Reviewed incidents are in the list alone. */
export const OPEN: State[] = ['raised', 'acknowledged', 'dispatched', 'on_site', 'resolved']
export const STATES: State[] = [...OPEN, 'reviewed']
const REPORTED = ['fire', 'gas', 'water', 'medical', 'intrusion', 'lift', 'dispute', 'noise', 'facility', 'other']

/** span writes a length of time as hours, minutes and seconds, 1:02:03 or 4:05. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(s / 3600)
  return hours ? `${hours}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`
}

/** timer says how long an incident may still wait for its next step before it goes up a
 * level, or how long ago that should have been; without a limit, how old it is. */
export function timer(i: Incident, now: number): { text: string; late: boolean } {
  if (!i.due_at) return { text: say('age', span(now - Date.parse(i.raised_at))), late: false }
  const left = Date.parse(i.due_at) - now
  return left >= 0 ? { text: say('time_left', span(left)), late: false } : { text: say('time_over', span(-left)), late: true }
}

/** move puts an incident, as it now is, into the column of its state, newest first. */
export function move(columns: Map<State, Incident[]>, i: Incident): Map<State, Incident[]> {
  return new Map([...columns].map(([state, rows]) => {
    const rest = rows.filter((r) => r.id !== i.id)
    return [state, state === i.state ? [i, ...rest].sort((a, b) => (a.id < b.id ? 1 : -1)) : rest]
  }))
}

// Each step asks what it needs and is taken; then is called when it is done.
type Then = () => unknown
const path = (i: Incident, name: string) => `/v1/incidents/${i.id}/${name}`
const note = { key: 'note', label: say('note'), type: 'textarea' as const, required: true, max: 500 }

export function raise(cid: string, gates: { id: string; name: string }[], then: Then): void {
  ask({ title: say('raise'), ok: say('raise'), done: say('done'), fields: [
    { key: 'kind', label: say('kind'), type: 'select', required: true, options: options('what', REPORTED) }, { key: 'gate_id', label: say('gate'), type: 'select', options: gates.map((g) => ({ value: g.id, label: g.name })) },
    { key: 'text', label: say('what_happened'), type: 'textarea', required: true, max: 500 },
  ], send: async (v) => { await client.post(`/v1/communities/${cid}/incidents`, { kind: v.kind, text: v.text, ...(v.gate_id ? { gate_id: v.gate_id } : {}) }); await then() } })
}

export function dispatch(i: Incident, staff: { value: string; label: string }[], then: Then): void {
  ask({ title: say('dispatch'), ok: say('dispatch'), done: say('done'), fields: [{ key: 'staff_id', label: say('to_whom'), type: 'select', required: true, options: staff }],
    send: async (v) => { await client.post(path(i, 'dispatch'), v); await then() } })
}

export function resolve(i: Incident, then: Then): void {
  ask({ title: say('resolve'), ok: say('resolve'), done: say('done'), fields: [{ key: 'resolution', label: say('resolution'), type: 'select', required: true, options: options('resolution', ['resolved', 'false_alarm']) }, note],
    send: async (v) => { await client.post(path(i, 'resolve'), v); await then() } })
}

export function review(i: Incident, then: Then): void {
  ask({ title: say('review'), ok: say('review'), done: say('done'), fields: [note], send: async (v) => { await client.post(path(i, 'review'), v); await then() } })
}

export function addNote(i: Incident, then: Then): void {
  ask({ title: say('add_note'), ok: say('add_note'), done: say('done'), fields: [note], send: async (v) => { await client.post(path(i, 'notes'), v); await then() } })
}

/** addEvidence points to what is kept elsewhere; a picture is never put here. */
export function addEvidence(i: Incident, cameras: { value: string; label: string }[], then: Then): void {
  ask({ title: say('add_evidence'), text: say('evidence_text'), ok: say('add_evidence'), done: say('done'), fields: [
    { key: 'kind', label: say('kind'), type: 'select', required: true, options: options('evidence', [...(cameras.length ? ['camera'] : []), 'passage', 'device_event']) },
    ...(cameras.length ? [{ key: 'camera', label: say('camera_of'), type: 'select' as const, options: cameras }] : []),
    { key: 'ref', label: say('evidence_ref'), hint: say('evidence_hint'), max: 26 }, { key: 'note', label: say('note'), type: 'textarea', max: 500 },
  ], send: async (v) => {
    const camera = v.kind === 'camera'
    await client.post(path(i, 'evidence'), { kind: v.kind, ref: camera ? v.camera : v.ref, ...(camera ? { at: i.raised_at } : {}), ...(v.note ? { note: v.note } : {}) })
    await then()
  } })
}
