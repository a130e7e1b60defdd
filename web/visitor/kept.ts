/** Where a visitor's token is kept until the visit is over: under the entry code, or
 * under a fingerprint of the invitation, on this phone only and in no address. */
export interface Kept {
  token: string
  poll: number
}

const PREFIX = 'cp.visit.'
const LAST_INVITATION = 'cp.visit-invitation'

const memory = new Map<string, string>()

/** Private windows may forbid storage: then a visit lasts as long as the page. */
function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return memory.get(key) ?? null
  }
}

function write(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    if (value === undefined) memory.delete(key)
    else memory.set(key, value)
  }
}

export function keptAt(place: string): Kept | undefined {
  try {
    const kept = JSON.parse(read(PREFIX + place) ?? 'null') as Kept | null
    if (kept && typeof kept.token === 'string') return { token: kept.token, poll: kept.poll > 0 ? kept.poll : 3 }
  } catch {
    // Whatever was there is not ours.
  }
}

export function keep(place: string, kept: Kept): void {
  write(PREFIX + place, JSON.stringify(kept))
}

export function letGo(place: string): void {
  write(PREFIX + place, undefined)
}

/** Where one is: at a gate's poster, or with an invitation that stands behind #. */
export type Place = { kind: 'entry'; code: string; key: string } | { kind: 'invitation'; secret: string; key: string } | { kind: 'nowhere' }

/** placeOf reads the address. What an invitation says goes from the address at once, so
 * that it stays neither in the history nor on a photograph of the screen. */
export function placeOf(location: { pathname: string; hash: string }): Place {
  const entry = /^\/e\/([^/]+)\/?$/.exec(location.pathname)
  if (entry) {
    const code = decodeURIComponent(entry[1]!)
    return { kind: 'entry', code, key: `e.${code}` }
  }
  const secret = location.hash.replace(/^#/, '')
  if (secret) {
    const key = `i.${fingerprint(secret)}`
    write(LAST_INVITATION, key)
    return { kind: 'invitation', secret, key }
  }
  const last = read(LAST_INVITATION)
  return last ? { kind: 'invitation', secret: '', key: last } : { kind: 'nowhere' }
}

/** A short name for an invitation, from which it cannot be told (FNV-1a, 32 bits). */
function fingerprint(text: string): string {
  let sum = 0x811c9dc5
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193)
  return (sum >>> 0).toString(36)
}
