import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { beforeAll, describe, expect, it } from 'vitest'
import { CodeStock } from '../shared/codes'
import { symbolOf } from '../shared/symbol'

const vectors = JSON.parse(readFileSync(new URL('../../passcode/testdata/vectors.json', import.meta.url), 'utf8')) as { valid: { name: string; text: string }[] }

beforeAll(() => {
  const wasmBinary = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')).buffer as ArrayBuffer
  prepareZXingModule({ overrides: { wasmBinary } })
})

/** picture paints a symbol as a camera would see it. */
function picture(symbol: boolean[][], scale = 6, border = 4) {
  const side = (symbol.length + 2 * border) * scale
  const data = new Uint8ClampedArray(side * side * 4).fill(255)
  symbol.forEach((row, y) => row.forEach((dark, x) => {
    if (!dark) return
    for (let dy = 0; dy < scale; dy++) {
      for (let dx = 0; dx < scale; dx++) data.fill(0, (((y + border) * scale + dy) * side + (x + border) * scale + dx) * 4, (((y + border) * scale + dy) * side + (x + border) * scale + dx) * 4 + 3)
    }
  }))
  return { data, width: side, height: side, colorSpace: 'srgb' as const }
}

describe('the symbol of a pass code', () => {
  it('is version 5 and reads as it was written, a leading space included', async () => {
    expect(vectors.valid.length).toBeGreaterThan(3)
    expect(vectors.valid.some((v) => v.text.startsWith(' '))).toBe(true)
    for (const { name, text } of vectors.valid) {
      const symbol = symbolOf(text)
      expect(symbol.length, name).toBe(37)
      const [read] = await readBarcodes(picture(symbol) as ImageData, { formats: ['QRCode'] })
      expect(read?.text, name).toBe(text)
      expect(read?.ecLevel, name).toBe('M')
    }
  })

  it('is not made of anything else', () => {
    expect(() => symbolOf('HELLO')).toThrow()
    expect(() => symbolOf('a'.repeat(122))).toThrow()
  })
})

describe('the stock of codes', () => {
  const server = Date.parse('2026-11-22T16:00:40.000Z')
  const answer = {
    step_seconds: 30 as const, server_time: new Date(server).toISOString(),
    codes: [0, 1, 2].map((i) => ({ code: `code-${i}`, not_before: new Date(server - 10_000 + i * 30_000).toISOString(), expires_at: new Date(server + 50_000 + i * 30_000).toISOString() })),
  }

  it.each([0, -600_000, 3_600_000])('goes by the server though the phone is %d ms off', (off) => {
    let now = server + off
    const stock = new CodeStock(() => now)
    stock.take(answer, 0)
    expect(stock.current()).toMatchObject({ code: 'code-0', left: 20_000 })
    expect(stock.lasts()).toBe(80_000)
    now += 20_000
    expect(stock.current()?.code).toBe('code-1')
    now += 59_999
    expect(stock.current()?.code).toBe('code-2')
    now += 1
    expect(stock.current()).toBeUndefined()
    expect(stock.lasts()).toBe(0)
  })

  it('has nothing before it was filled', () => {
    expect(new CodeStock(() => server).current()).toBeUndefined()
  })
})
