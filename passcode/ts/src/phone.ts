// Pass codes that a phone signs itself (format 3): docs/pass-code.md describes them.
// The phone makes a key, asks POST /v1/me/passes/{id}/strips for a strip, and then
// needs no network for a day: each window of 30 seconds it signs strip and window.

import { sm2 } from 'sm-crypto-v2'
import { fromBase45, toBase45 } from './base45.js'

/** Window 0 begins at 2025-01-01T00:00:00Z, in Unix milliseconds. */
export const epoch = 1735689600000
export const stepMilliseconds = 30_000

const stripBytes = 117
const messageBytes = stripBytes + 3
const codeBytes = messageBytes + 64
/** Characters of a code. */
export const codeLength = 276
/** Most windows that a strip covers. */
const mostWindows = 2879

export interface PhoneKey {
  /** 64 hex digits; they never leave the phone. */
  privateKey: string
  /** 66 hex digits, compressed: what the server is sent. */
  publicKey: string
}

export interface Strip {
  kind: number
  key: number
  community: number
  pass: bigint
  group: number
  /** First and last window that the phone may sign. */
  first: number
  last: number
  publicKey: string
}

export interface PhoneCode extends Strip {
  window: number
}

/**
 * Fills the library's store of random numbers. A mini-program must wait for it before
 * each key or code, since WeChat gives randomness only by a callback; a browser or
 * Node need not.
 */
export function ready(): Promise<void> {
  return sm2.initRNGPool()
}

/** Makes the phone's key. Throws where the platform has no cryptographic randomness. */
export function newKey(): PhoneKey {
  const pair = sm2.generateKeyPairHex()
  return { privateKey: pair.privateKey, publicKey: sm2.compressPublicKeyHex(pair.publicKey) }
}

/** The window that an instant lies in. Correct the phone's clock by the server's first. */
export function windowAt(unixMilliseconds: number): number {
  return Math.max(0, Math.floor((unixMilliseconds - epoch) / stepMilliseconds))
}

/** Signs codes with a strip. Throws when the strip is none, or was made for another key. */
export class Phone {
  readonly strip: Strip
  private readonly raw: Uint8Array

  constructor(private readonly key: PhoneKey, stripHex: string) {
    const strip = readStrip(bytesOf(stripHex))
    if (strip === undefined) throw new Error('not a strip 不是凭条')
    if (strip.publicKey !== key.publicKey) throw new Error('a strip for another key 不是本机的凭条')
    this.strip = strip
    this.raw = bytesOf(stripHex)
  }

  /** The text of the code of a window, or undefined when the strip does not cover it. */
  code(window: number): string | undefined {
    if (window < this.strip.first || window > this.strip.last) return undefined
    const message = new Uint8Array(messageBytes)
    message.set(this.raw)
    putWindow(message, stripBytes, window)
    const signature = sm2.doSignature(message, this.key.privateKey, { hash: true, der: false, publicKey: wholeKey(this.key.privateKey) })
    const code = new Uint8Array(codeBytes)
    code.set(message)
    code.set(bytesOf(signature), messageBytes)
    return toBase45(code)
  }
}

/** Reads a code without checking it; undefined when the text is none of format 3. */
export function parse(text: string): PhoneCode | undefined {
  if (text.length !== codeLength) return undefined
  const raw = fromBase45(text)
  const strip = raw && readStrip(raw.subarray(0, stripBytes))
  return raw && strip && { ...strip, window: numberAt(raw, stripBytes, 3) }
}

/**
 * Whether a text is a code of format 3 whose strip was signed with the community's
 * key (uncompressed, hex) and whose window was signed by the strip's phone. Whether
 * it is of now, and whether the strip covers the window, is for the caller.
 */
export function verify(text: string, communityKey: string): boolean {
  const code = parse(text)
  const raw = code && fromBase45(text)
  if (!code || !raw) return false
  const signedBy = (key: string, message: Uint8Array, signature: Uint8Array): boolean => {
    try {
      return sm2.doVerifySignature(message, hexOf(signature), key, { hash: true, der: false })
    } catch {
      return false // numbers out of range, or a key that is no point
    }
  }
  return signedBy(communityKey, raw.subarray(0, stripBytes - 64), raw.subarray(stripBytes - 64, stripBytes)) &&
    signedBy(code.publicKey, raw.subarray(0, messageBytes), raw.subarray(messageBytes))
}

function readStrip(raw: Uint8Array): Strip | undefined {
  if (raw.length !== stripBytes) return undefined
  const strip: Strip = {
    kind: raw[0]! & 0x0f, key: numberAt(raw, 1, 2), community: numberAt(raw, 3, 3),
    pass: BigInt('0x' + hexOf(raw.subarray(6, 12))), group: numberAt(raw, 12, 2),
    first: numberAt(raw, 14, 3), last: numberAt(raw, 17, 3), publicKey: hexOf(raw.subarray(20, 53)),
  }
  const good = raw[0]! >> 4 === 3 && strip.kind >= 1 && strip.kind <= 5 && strip.last >= strip.first &&
    strip.last - strip.first < mostWindows && (raw[20] === 2 || raw[20] === 3)
  return good ? strip : undefined
}

// SM2 signs its own public key along, which the library wants uncompressed.
function wholeKey(privateKey: string): string {
  return sm2.getPublicKeyFromPrivateKey(privateKey)
}

function numberAt(raw: Uint8Array, at: number, size: number): number {
  return raw.subarray(at, at + size).reduce((n, byte) => n * 256 + byte, 0)
}

function putWindow(raw: Uint8Array, at: number, window: number): void {
  raw.set([window >> 16 & 0xff, window >> 8 & 0xff, window & 0xff], at)
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function bytesOf(hex: string): Uint8Array {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) throw new Error('not hex 不是十六进制')
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}
