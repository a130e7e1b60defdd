import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** A picture of the README is no heavier than this. */
const MOST = 120 * 1024

/** picture keeps what a page shows for the README, where PICTURES names a folder (make
 * pictures); otherwise it does nothing, so that a test run changes no file. */
export async function picture(page, name) {
  const folder = process.env.PICTURES
  if (!folder) return
  await mkdir(folder, { recursive: true })
  // What fades in or passes by, such as a message, is over.
  await page.waitForFunction(() => !document.querySelector('.t-message'))
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity).map((a) => a.finished)))
  const wire = await page.context().newCDPSession(page)
  const { data } = await wire.send('Page.captureScreenshot', { format: 'webp', quality: 80 })
  await wire.detach()
  const bytes = Buffer.from(data, 'base64')
  assert.ok(bytes.length <= MOST, `${name}: ${bytes.length} bytes`)
  await writeFile(path.join(folder, `${name}.webp`), bytes)
}
