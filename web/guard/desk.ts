import { computed, ref, shallowRef } from 'vue'
import { at, newKey } from '../shared/client'
import { asProblem } from '../shared/problem'
import { StaffSession } from '../shared/staff'
import type { Schemas } from '../shared/types'
import { Queue, type Waiting } from './queue'

export type Gate = Schemas['Gate']
export type Decision = Schemas['ScanDecision']
export type Direction = Schemas['Direction']

/** At a gate somebody waits: sooner than in a form there is an answer or there is none. */
export const GATE_PATIENCE = 5_000

/** The one sign-in, gate and queue of this page. */
export const session = new StaffSession()
export const client = session.client
export const queue = new Queue(localStorageOrNothing())

const GATE = 'cp.guard-gate'

export const gate = shallowRef<Gate | undefined>(rememberedGate())
export const direction = ref<Direction>(gate.value?.direction === 'out' ? 'out' : 'in')
/** Whether the last call reached the server. The browser's own word is a hint only:
 * a phone in a lift believes that it is online. */
export const online = ref(navigator.onLine)
export const temperature = ref('')

export const mine = computed<Waiting[]>(() => queue.all.value.filter((w) => w.account === session.known.value?.id))
export const others = computed(() => queue.all.value.length - mine.value.length)

export function chooseGate(chosen: Gate | undefined): void {
  gate.value = chosen
  if (chosen && chosen.direction !== 'both') direction.value = chosen.direction
  try {
    if (chosen) localStorage.setItem(GATE, JSON.stringify(chosen))
    else localStorage.removeItem(GATE)
  } catch {
    // Without storage one chooses anew after closing the page.
  }
}

/** heard keeps in mind whether the server was reached. */
export async function heard<T>(call: Promise<T>): Promise<T> {
  try {
    const answer = await call
    online.value = true
    return answer
  } catch (thrown) {
    online.value = !asProblem(thrown).unanswered
    throw thrown
  }
}

/** measured is the temperature that was typed, for one decision; undefined for none. */
export function measured(): number | undefined {
  const value = Number.parseFloat(temperature.value.replace(',', '.'))
  return value >= 30 && value <= 45 ? value : undefined
}

export function temperatureWrong(): boolean {
  return temperature.value.trim() !== '' && measured() === undefined
}

/** scan asks for a decision on a code. The same id may be asked again. */
export async function scan(id: string, code: string, way: Direction, celsius: number | undefined): Promise<Decision> {
  const body: Schemas['GuardScan'] = { scan_id: id, code, direction: way, ...(celsius ? { temperature_c: celsius } : {}) }
  return heard(client.post<Decision>(at`/v1/gates/${gate.value!.id}/scans`, body, { patience: GATE_PATIENCE }))
}

export async function speak(id: string, code: string, way: Direction, celsius: number | undefined): Promise<Decision> {
  const body: Schemas['SpokenCodeEntry'] = { scan_id: id, code, direction: way, ...(celsius ? { temperature_c: celsius } : {}) }
  return heard(client.post<Decision>(at`/v1/gates/${gate.value!.id}/spoken-codes`, body, { patience: GATE_PATIENCE }))
}

export function admitByHand(gateId: string, body: Schemas['ManualPassageRequest']): Promise<Decision> {
  return heard(client.post<Decision>(at`/v1/gates/${gateId}/manual-passages`, body, { patience: GATE_PATIENCE }))
}

/** send uploads what waits, oldest first. It stops when there is no network. */
export async function send(): Promise<void> {
  await queue.send(mine.value, (w) => admitByHand(w.gate, w.body))
}

export const newId = newKey

function rememberedGate(): Gate | undefined {
  try {
    return (JSON.parse(localStorage.getItem(GATE) ?? 'null') as Gate | null) ?? undefined
  } catch {
    return undefined
  }
}

function localStorageOrNothing(): Storage | undefined {
  try {
    return window.localStorage
  } catch {
    return undefined
  }
}
