/** @jest-environment node */
// What signs codes inside WeChat, as built, with nothing but JavaScript and wx: no window,
// no crypto, no TextEncoder. Its codes are checked against the published vectors.
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const { randomBytes } = require('node:crypto')
const { sm2 } = require('sm-crypto-v2')
const { phones, valid } = require('../../passcode/testdata/offline.json')

const build = path.join(__dirname, '../dist/build/mp-weixin')
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
const STRIP = 117
const WINDOW = 3

/** load reads the file in a world of its own, where nothing that it requires has more than wx. */
function load() {
  const wx = { getRandomValues: ({ length, success }) => success({ randomValues: Uint8Array.from(randomBytes(length)).buffer }) }
  const exported = {}
  const run = vm.runInContext(`(function (exports, require) {${fs.readFileSync(path.join(build, 'lib/signing.js'), 'utf8')}\n})`, vm.createContext({ wx }))
  run(exported, () => ({ wx$1: wx }))
  return exported
}

/** bytesOf reads Base45, three digits for two bytes. */
function bytesOf(text) {
  const bytes = []
  for (let i = 0; i < text.length; i += 3) {
    const n = [...text.slice(i, i + 3)].reduce((sum, c, k) => sum + ALPHABET.indexOf(c) * 45 ** k, 0)
    bytes.push(n >> 8, n & 0xff)
  }
  return Uint8Array.from(bytes)
}

test('a phone in WeChat signs the codes of its strip, and those of no other window', async () => {
  const { Phone, ready, newKey } = load()
  await ready()
  const vector = valid.find((v) => v.name === 'strip-resident')
  const phone = phones.find((p) => p.name === vector.phone)
  const strip = vector.bytes_hex.slice(0, STRIP * 2)
  const signer = new Phone({ privateKey: phone.private_hex, publicKey: vector.phone_key_hex }, strip)
  const code = signer.code(signer.strip.first + 1)
  expect(code).toHaveLength(276)
  const raw = bytesOf(code)
  expect(Buffer.from(raw.slice(0, STRIP + WINDOW)).toString('hex')).toBe(vector.bytes_hex.slice(0, (STRIP + WINDOW) * 2))
  expect(sm2.doVerifySignature(raw.slice(0, STRIP + WINDOW), Buffer.from(raw.slice(STRIP + WINDOW)).toString('hex'), phone.public_hex, { hash: true, der: false })).toBe(true)
  expect(signer.code(signer.strip.last + 1)).toBeUndefined()
  const [one, two] = [newKey(), newKey()]
  expect(one.privateKey).toMatch(/^[0-9a-f]{64}$/)
  expect(one.publicKey).toMatch(/^0[23][0-9a-f]{64}$/)
  expect(two.privateKey).not.toBe(one.privateKey)
})

test('no other file of the mini-program needs BigInt, which the oldest phones have not', () => {
  const files = fs.readdirSync(build, { recursive: true }).filter((f) => f.endsWith('.js') && f !== path.join('lib', 'signing.js'))
  expect(files.length).toBeGreaterThan(50)
  for (const f of files) expect([f, /BigInt\(/.test(fs.readFileSync(path.join(build, f), 'utf8'))]).toEqual([f, false])
})
