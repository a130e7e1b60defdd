// What the walks have in common: a folder, a browser, and how a screen is judged.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { findChromium } from './demo.mjs'
import { Watch, findings } from './watch.mjs'

export const NARROW = { width: 360, height: 740 }
export const WIDE = { width: 1440, height: 900 }

/** Walk is one run through some pages. SHOTS names a folder for its pictures. */
export class Walk {
  began = Date.now()
  shots = process.env.SHOTS
  watch = new Watch()
  bad = []

  /** begin makes the folder of a walk. Its pictures are called after prefix; home is the
   * size of its pages, and tall pages are taken whole where the window is narrow if long. */
  static async begin(prefix, { home = WIDE, long = false } = {}) {
    const walk = Object.assign(new Walk(), { prefix, home, long })
    walk.folder = await mkdtemp(path.join(tmpdir(), 'communitypass-walk-'))
    if (walk.shots) await mkdir(walk.shots, { recursive: true })
    return walk
  }

  step = (name) => console.log(`${((Date.now() - this.began) / 1000).toFixed(1).padStart(6)} s  ${name}`)

  launch(...more) {
    return chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', ...more] })
  }

  /** shot keeps what a page shows, where SHOTS says so. */
  async shot(page, name, settings) {
    if (this.shots) await page.screenshot({ path: path.join(this.shots, `${this.prefix}${name}.png`), ...settings })
  }

  /** look takes pictures of a screen wide and narrow, light and dark, notes where it is too
   * wide, and asks axe about each width and each scheme once. check judges what it noted. */
  look = async (page, name) => {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      for (const [size, viewport] of Object.entries({ 1440: WIDE, 360: NARROW })) {
        await page.setViewportSize(viewport)
        // What fades in is looked at when it has, and a list when it is read.
        await page.locator('tbody.old').first().waitFor({ state: 'hidden' })
        await page.locator('.t-message').first().waitFor({ state: 'hidden' })
        await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime < 2000).map((a) => a.finished)))
        await this.shot(page, `${name}-${size}-${colorScheme}`, { fullPage: this.long && size === '360' })
        const across = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        if (across > 0) this.bad.push(`${name} ${size}: ${across} px too wide`)
        if ((colorScheme === 'light') !== (size === '1440')) continue
        await page.evaluate(() => scrollTo(0, 0)) // what a bar covers at a chance place is no finding
        this.bad.push(...(await findings(page)).map((f) => `${name} ${size} ${colorScheme}: ${f}`))
      }
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize(this.home)
  }

  /** check fails for what was noted, and for what pages complained of or called elsewhere. */
  check() {
    assert.deepEqual(this.bad, [])
    this.watch.check()
    this.step('no error on any console, no request to another host')
  }

  /** end says where the pages stood if the walk failed, and clears up. */
  async end(failed, ...browsers) {
    if (failed) {
      const pages = browsers.flatMap((b) => b?.contexts() ?? []).flatMap((c) => c.pages())
      for (const [n, page] of pages.entries()) {
        console.error(page.url(), (await page.locator('body').innerText().catch(() => '')).slice(0, 1500))
        await this.shot(page, `failed-${n}`).catch(() => undefined)
      }
      console.error([...this.watch.said, ...this.bad].join('\n'))
    }
    await Promise.allSettled(browsers.map((b) => b?.close()))
    await rm(this.folder, { recursive: true, force: true })
  }
}
