// Devices of other makers: how they are made known, and what is set for them.
import type { Schemas } from '../shared/types'
import { ask, shown, type Field } from './form'
import { options } from './labels'
import { client } from './session'
import { say } from './words'

type Device = Schemas['Device']
type Settings = Schemas['DeviceSettings']

const PROTOCOLS: Schemas['DeviceProtocol'][] = ['hikvision', 'zkteco', 'vguang', 'vguang-hex', 'vguang-mqtt', 'dahua', 'uniview', 'sensetime', 'isecure',
  'vzenith', 'vzenith-mqtt', '4pyun', 'bolink', 'szymzh', 'tdznyun', 'camera', 'gb28181', 'viid', 'sia', 'cap', 'hc', 'lift', 'lift-mqtt']
const CAMERAS = ['vzenith', 'vzenith-mqtt']
const ANNOUNCE = ['nothing', 'words', 'plate']

/** given leaves out what was not filled in. */
const given = (v: Record<string, string>) => Object.fromEntries(Object.entries(v).filter(([, text]) => text))

const login = (): Field[] => [
  { key: 'username', label: say('device_user'), max: 64 },
  { key: 'password', label: say('device_password'), type: 'password', max: 128 },
]

/** connect makes a device known. Where it is to send to, or how it comes onto the broker,
 * is shown this once. */
export function connect(base: string, gates: Schemas['Gate'][], then: () => unknown): void {
  ask({ title: say('connect'), text: say('connect_text'), ok: say('connect_ok'), fields: [
    { key: 'gate_id', label: say('gate'), type: 'select', required: true, options: gates.map((g) => ({ value: g.id, label: g.name })) },
    { key: 'name', label: say('title'), required: true, max: 64 },
    { key: 'protocol', label: say('protocol'), type: 'select', required: true, options: options('protocol', PROTOCOLS) },
    { key: 'serial', label: say('device_serial'), max: 64 },
    { key: 'address', label: say('device_address'), max: 128 },
    ...login(),
    { key: 'app_id', label: say('device_app'), max: 64 },
    { key: 'secret', label: say('device_secret'), type: 'password', max: 256 },
    { key: 'link', label: say('device_link'), max: 1024 },
  ], send: async (v) => {
    const made = await client.post<Schemas['DeviceRegistered']>(`${base}/devices`, given(v))
    const lines: [string, string][] = made.mqtt
      ? [[say('device_user'), made.mqtt.username], [say('device_password'), made.mqtt.password], [say('device_topics'), made.mqtt.topic_prefix]]
      : made.path ? [[say('device_path'), made.path]] : []
    if (lines.length > 0) shown.value = { title: made.device.name, text: say('connected_text'), lines }
    await then()
  } })
}

/** settingsOf is all that is set for a device with what was filled in: what is left out of
 * settings goes back to its default, but for the login, which stays. */
export function settingsOf(d: Device, v: Record<string, string>): Settings {
  const { voice, screen, areas, offline_after_seconds: silence, ...plain } = v
  const out: Settings = { pull: d.pull ?? false, auth_word: d.auth_word as Settings['auth_word'], ...given(plain) }
  if (silence) out.offline_after_seconds = Number(silence)
  if (areas) out.areas = areas.split(/[\s,，]+/).filter(Boolean)
  if (CAMERAS.includes(d.protocol ?? '')) {
    out.announcing = { ...d.announcing, voice: (voice || 'nothing') as 'nothing' }
    if (screen) out.announcing.screen = screen as 'nothing'
  }
  return out
}

/** setUp asks for the settings that a protocol has. */
export function setUp(base: string, d: Device, then: () => unknown): void {
  const said = d.announcing
  ask({ title: `${say('settings')} · ${d.name}`, ok: say('ok'), done: say('done'), fields: [
    { key: 'address', label: say('device_address'), value: d.address, max: 128 },
    ...login(),
    { key: 'offline_after_seconds', label: say('device_silence'), type: 'number', value: d.offline_after_seconds?.toString(), max: 5 },
    ...(CAMERAS.includes(d.protocol ?? '') ? [{ key: 'voice', label: say('announce_voice'), type: 'select', required: true, options: options('announce', ANNOUNCE), value: said?.voice ?? 'nothing' } as Field] : []),
    ...(d.protocol === 'vzenith' ? [{ key: 'screen', label: say('announce_screen'), type: 'select', required: true, options: options('announce', ANNOUNCE), value: said?.screen ?? 'nothing' } as Field] : []),
    ...(d.protocol === 'cap' ? [{ key: 'areas', label: say('device_areas'), value: d.areas?.join(', '), max: 2000 } as Field] : []),
  ], send: async (v) => { await client.put(`${base}/devices/${d.id}/settings`, settingsOf(d, v)); await then() } })
}
