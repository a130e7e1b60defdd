// The built modules of the mini-program, as WeChat would load them.
const path = require('node:path')
const jsqr = require('jsqr')

const built = (name) => require(path.join(__dirname, '../dist/build/mp-weixin/lib', name))
const CODE = `${'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'.repeat(3)}`.slice(0, 122)

function pixels(symbol, scale = 6, border = 4) {
  const side = (symbol.length + 2 * border) * scale
  const data = new Uint8ClampedArray(side * side * 4).fill(255)
  symbol.forEach((row, y) => row.forEach((dark, x) => {
    if (!dark) return
    for (let i = 0; i < scale; i++) for (let j = 0; j < scale; j++) data.fill(0, (((y + border) * scale + i) * side + (x + border) * scale + j) * 4, (((y + border) * scale + i) * side + (x + border) * scale + j) * 4 + 3)
  }))
  return [data, side]
}

test('a code is a symbol of version 5 that reads back, the spaces too', () => {
  const { symbolOf } = built('symbol.js')
  const text = ` ${CODE.slice(1)}`
  const symbol = symbolOf(text)
  expect(symbol.length).toBe(37)
  const [data, side] = pixels(symbol)
  const found = jsqr(data, side, side)
  expect(found.data).toBe(text)
  expect(found.version).toBe(5)
  expect(() => symbolOf(text.trim())).toThrow('122')
})

test('the code of the moment goes by the clock of the server, and ends', () => {
  const { Stock } = built('codes.js')
  let now = 1_000_000 // the phone is years behind
  const stock = new Stock(() => now)
  const at = Date.parse('2026-11-22T16:00:30Z')
  const code = (n) => ({ code: `c${n}`, not_before: new Date(at + n * 30_000).toISOString(), expires_at: new Date(at + n * 30_000 + 60_000).toISOString() })
  stock.take({ codes: [code(1), code(0)], step_seconds: 30, server_time: new Date(at + 1_000).toISOString() }, 0)
  expect(stock.current()).toEqual({ code: 'c0', left: 29_000 })
  expect(stock.lasts()).toBe(59_000)
  now += 29_000
  expect(stock.current().code).toBe('c1')
  now += 30_000
  expect(stock.current()).toBeUndefined()
  expect(stock.lasts()).toBe(0)
})
