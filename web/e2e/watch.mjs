import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** findings are what axe calls serious or critical on a page, by WCAG 2.2 A and AA. */
export async function findings(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
  return violations.filter((v) => ['serious', 'critical'].includes(v.impact)).flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} ${n.any[0]?.message ?? ''}`))
}

/** Watch hears what pages complain of and where they call. */
export class Watch {
  said = []
  strangers = []
  /** While the network is cut on purpose, a browser says that it is. */
  expectOffline = false
  /** While a sign-in is refused on purpose, it says that too. */
  expectRefusal = false

  on(page, home) {
    page.on('console', (m) => {
      if (m.type() !== 'error' && m.type() !== 'warning') return
      if (this.expectOffline && /ERR_INTERNET_DISCONNECTED|ERR_FAILED/.test(m.text())) return
      if (this.expectRefusal && /status of 4(01|09)/.test(m.text())) return
      this.said.push(`${m.type()}: ${m.text()} ${m.location().url}`)
    })
    page.on('pageerror', (e) => this.said.push(`error: ${e.message}`))
    page.context().on('request', (r) => {
      const url = new URL(r.url())
      if (['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol) && url.origin !== home) this.strangers.push(r.url())
    })
    return page
  }

  check() {
    assert.deepEqual(this.said, [])
    assert.deepEqual(this.strangers, [])
  }
}
