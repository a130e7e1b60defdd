import type { PhoneKey } from '../../../passcode/ts/src/phone'
import { at, post } from './client'
import { forget, keep, kept } from './kept'
import { asProblem } from './problem'
import { Signer, signing, type KeptStrip } from './strips'
import type { Schemas } from './types'

// Who wants it lets this phone make codes for a day without a network. A pass has one
// such phone, so that it is asked for and never just begun. The key lies where the codes
// lie that were fetched: in the mini-program's own storage, in a browser in memory only.
let onPhone = true
// #ifdef H5
onPhone = false
// #endif

/** A strip of 24 hours is asked for anew when less than this is left of it. */
const RENEW = 20 * 3_600_000

interface KeptSigning {
  key: PhoneKey
  strips: Record<string, KeptStrip | undefined>
}

let key: PhoneKey | undefined
let signers: Record<string, Signer> = {}
let read = false

function restore(): void {
  if (read) return
  read = true
  const before = onPhone ? kept<KeptSigning>('signing') : undefined
  if (!before) return
  key = before.key
  signers = Object.fromEntries(Object.entries(before.strips).map(([id, strip]) => [id, new Signer(before.key, strip)]))
}

function store(): void {
  if (onPhone && key) keep('signing', { key, strips: Object.fromEntries(Object.entries(signers).map(([id, s]) => [id, s.kept()])) })
}

/** Whether this phone makes codes itself. */
export function isSigning(): boolean {
  restore()
  return key !== undefined
}

/** The signer of a pass, when this phone signs for it. */
export function signerOf(id: string): Signer | undefined {
  restore()
  return signers[id]
}

/** beginSigning makes this phone's key and asks for the strip of each pass. When the
 * server gives none, nothing has begun, and it throws why. */
export async function beginSigning(passes: string[]): Promise<void> {
  const { newKey, ready } = await signing()
  await ready()
  key = newKey()
  signers = {}
  try {
    for (const id of passes) await fetchStrip(id)
  } catch (thrown) {
    if (Object.keys(signers).length === 0) {
      endSigning()
      throw thrown
    }
  }
}

/** renewStrip asks anew for a strip that has run low. What the server refuses is made no
 * longer; without an answer all stays as it is. */
export async function renewStrip(id: string): Promise<void> {
  restore()
  if (!key || (signers[id]?.lasts() ?? 0) > RENEW) return
  try {
    await fetchStrip(id)
  } catch (thrown) {
    const why = asProblem(thrown)
    if (why.status >= 400 && why.status < 500 && why.status !== 401 && why.status !== 429) dropStrip(id)
  }
}

export function dropStrip(id: string): void {
  signers[id]?.clear()
  store()
}

async function fetchStrip(id: string): Promise<void> {
  const asked = Date.now()
  const mine = key!
  const answer = await post<Schemas['Strip']>(at`/v1/me/passes/${id}/strips`, { public_key: mine.publicKey })
  if (key !== mine) return // turned off, or signed out, meanwhile
  signers[id] ??= new Signer(mine)
  signers[id].take(answer, Date.now() - asked)
  store()
}

/** endSigning forgets the key with all that it could make. */
export function endSigning(): void {
  key = undefined
  signers = {}
  read = true
  forget('signing')
}
