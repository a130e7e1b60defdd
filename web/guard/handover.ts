import { shallowRef } from 'vue'
import { at } from '../shared/client'
import type { Schemas } from '../shared/types'
import { client, gate, heard } from './desk'

export type Summary = Schemas['HandoverSummary']
export type Handover = Schemas['Handover']

/** How the shift at the gate stands, as last heard; undefined while nobody was asked. */
export const shift = shallowRef<Summary>()

/** readShift asks anew. An answer for a gate that was left meanwhile is none. */
export async function readShift(): Promise<void> {
  const asked = gate.value!.id
  const found = await heard(client.get<Summary>(at`/v1/gates/${asked}/handover`))
  if (gate.value?.id === asked) shift.value = found
}

export function handOver(note: string, unsent: number): Promise<Handover> {
  const body: Schemas['NewHandover'] = { unsent, ...(note ? { note } : {}) }
  return heard(client.post<Handover>(at`/v1/gates/${gate.value!.id}/handovers`, body))
}

export function accept(h: Handover): Promise<Handover> {
  return heard(client.post<Handover>(at`/v1/handovers/${h.id}/accept`))
}

export function withdraw(h: Handover): Promise<Handover> {
  return heard(client.post<Handover>(at`/v1/handovers/${h.id}/withdraw`))
}

/** lastOnes are the hand-overs of the last days, newest first. */
export async function lastOnes(): Promise<Handover[]> {
  return (await heard(client.get<Schemas['HandoverList']>(`${at`/v1/gates/${gate.value!.id}/handovers`}?limit=5`))).items
}
