import assert from 'node:assert/strict'

/** What the first load of each page may weigh: bytes as they come over the network,
 * compressed, with their headers. Without WebAssembly, which the camera alone needs. */
export const BUDGETS = { visitor: 60, guard: 90, console: 170 }

/** Weight counts what a page is sent. */
export class Weight {
  #urls = new Map()
  #bytes = new Map()

  static async on(page) {
    const weight = new Weight()
    const wire = await page.context().newCDPSession(page)
    await wire.send('Network.enable')
    wire.on('Network.requestWillBeSent', (e) => weight.#urls.set(e.requestId, e.request.url))
    wire.on('Network.loadingFinished', (e) => weight.#bytes.set(e.requestId, e.encodedDataLength))
    return weight
  }

  /** kilobytes of all that was sent so far. */
  get kilobytes() {
    const sent = [...this.#bytes].filter(([id]) => !/\.wasm$|^data:|^blob:/.test(this.#urls.get(id) ?? ''))
    return sent.reduce((sum, [, bytes]) => sum + bytes, 0) / 1024
  }

  /** check holds a page to its budget and says what it weighs. */
  check(name) {
    const sent = this.kilobytes
    assert.ok(sent > 10, `${name}: ${sent} KB: nothing was counted`)
    assert.ok(sent <= BUDGETS[name], `${name}: ${sent.toFixed(1)} KB, more than ${BUDGETS[name]}`)
    return `${name}: ${sent.toFixed(0)} KB of ${BUDGETS[name]} KB`
  }
}
