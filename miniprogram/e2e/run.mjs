// The browser build as a resident uses it, 360 px wide, against a demo that is made for
// it and under a policy without inline scripts, each screen read by axe: sign in, the code on the screen read as
// a camera would and taken to a gate, the network gone, an invitation, an answer.
// Needs npm run build:h5 with VITE_DEMO=1. CHROMIUM and COMMUNITYPASS name the programs,
// SHOTS a folder for pictures.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findChromium, startDemo, stopDemo } from '../../web/e2e/demo.mjs'
import { kinds } from './kinds.mjs'
import { offline } from './offline.mjs'
import { everywhere, farewell, screens } from './screens.mjs'
import { serve } from './serve.mjs'

const require = createRequire(import.meta.url)
const jsqr = require('jsqr')
const { PNG } = require('pngjs')
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

const build = fileURLToPath(new URL('../dist/build/h5', import.meta.url))
if (!existsSync(build)) throw new Error('there is no browser build: VITE_DEMO=1 npm run build:h5')

const began = Date.now()
const folder = await mkdtemp(path.join(tmpdir(), 'communitypass-app-'))
const NARROW = { width: 360, height: 740 }
const step = (name) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${name}`)
const wrong = []
let demo, site, browser

/** look measures a screen in both colours and in large type, and takes pictures where
 * SHOTS says so. */
async function look(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    if (process.env.SHOTS) await page.screenshot({ path: path.join(process.env.SHOTS, `${name}-${colorScheme}.png`), fullPage: true })
    const across = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (across > 0) wrong.push(`${name} ${colorScheme}: ${across} px too wide`)
    for (const finding of await findings(page)) wrong.push(`${name} ${colorScheme}: ${finding}`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/** findings are what axe calls serious or critical on a page, by WCAG 2.2 A and AA. */
async function findings(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
  return violations.filter((v) => ['serious', 'critical'].includes(v.impact)).flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} ${n.any[0]?.message ?? ''}`))
}

/** fresh is a page of a phone that has never been here. */
async function fresh(width = NARROW) {
  const context = await browser.newContext({ viewport: width, deviceScaleFactor: 2, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000) // A loaded machine is slow; waits end when what they wait for is there.
  page.on('console', (m) => {
    // The browser writes down each answer that is no success, also those that are meant.
    if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) wrong.push(`console: ${m.text()}`)
  })
  page.on('pageerror', (e) => wrong.push(`error: ${e.message}`))
  page.on('request', (r) => {
    if (!r.url().startsWith(site.url) && !r.url().startsWith('data:')) wrong.push(`asks elsewhere: ${r.url()}`)
  })
  return page
}

/** open goes to the first page; with a clock, the walk moves the phone's time. */
async function open(query = '', width = NARROW, { clock = false } = {}) {
  const page = await fresh(width)
  if (clock) await page.clock.install()
  await page.goto(`${site.url}/app/#/pages/start/start${query}`)
  return page
}

const button = (page, name) => page.getByRole('button', { name, exact: true }).filter({ visible: true })
const says = (page, text) => page.getByText(text).filter({ visible: true }).first().waitFor()
const fill = (page, label, text) => page.locator('.uni-page-body, uni-page-body').filter({ visible: true }).getByLabel(label, { exact: true }).locator('visible=true').last().fill(text)

/** tab goes to one of the four, by its place. */
const tab = (page, index) => page.locator('.uni-tabbar__item').nth(index).click()

async function signIn(who, width = NARROW, settings = {}) {
  const page = await open(`?wx=${who}`, width, settings)
  await button(page, '微信登录').click()
  return page
}

/** read finds the symbol in a picture of the screen, as a camera would. */
async function read(page) {
  const png = PNG.sync.read(await page.screenshot())
  const found = jsqr(new Uint8ClampedArray(png.data), png.width, png.height)
  assert.ok(found, 'no symbol on the screen')
  return found
}

/** decode is the text of the pass code on the screen. */
async function decode(page) {
  const found = await read(page)
  assert.equal(found.version, 5, 'the symbol has another version')
  assert.equal(found.data.length, 122, 'the symbol is no pass code')
  return found.data
}

async function call(method, where, token, body) {
  const answer = await fetch(site.url + where, { method, headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, ...(body ? { body: JSON.stringify(body) } : {}) })
  if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${await answer.text()}`)
  const text = await answer.text()
  return text ? JSON.parse(text) : undefined
}

const garden = () => demo.report.communities.find((c) => c.name === '春晓花园').community_id
const gate = () => demo.report.gates.find((g) => g.community_id === garden() && g.direction !== 'out')

/** passAt shows a code to the gate, and gives whose pass the server says it was. */
async function passAt(code, word) {
  const answer = await call('POST', '/v1/gate/scans', gate().device_token, { scan_id: `01J${Date.now()}${'0'.repeat(20)}`.slice(0, 26), code, direction: 'in', scanned_at: new Date().toISOString(), online: true })
  assert.equal(`${answer.decision} ${answer.reason}`, word)
  const carer = demo.report.people['欧阳小燕'].access_token
  return (await call('GET', '/v1/me/passages?limit=10', carer)).items.find((p) => p.id === answer.passage_id)?.holder
}

/** shownWhole waits until the symbol of the nth pass lies still and whole on the screen:
 * after a swipe it comes in from the side, and in large type it moves down. */
async function shownWhole(page, nth) {
  const symbol = page.locator('uni-swiper-item').nth(nth).locator('.symbol').first()
  await symbol.waitFor()
  await symbol.evaluate((element) => new Promise((resolve, reject) => {
    let before = ''
    const late = performance.now() + 60_000
    const look = () => {
      if (performance.now() > late) return reject(new Error('the symbol does not come to rest on the screen'))
      const { left, right, top, bottom } = element.getBoundingClientRect()
      const now = [left, right, top, bottom].join()
      const whole = left >= 0 && right <= window.innerWidth && top >= 0
      if (whole && now === before) return resolve()
      before = now
      requestAnimationFrame(look)
    }
    look()
  }))
}

async function passCode() {
  const carer = demo.report.people['欧阳小燕'].access_token
  const home = (await call('GET', '/v1/me', carer)).residencies.find((r) => r.status === 'active').household_id
  const child = await call('POST', '/v1/me/dependants', carer, { household_id: home, name: '林小明', relation: 'child', age_group: 'child' })
  const page = await signIn('wx-ouyang')
  await page.locator('.symbol').first().waitFor()
  await look(page, '2-pass')
  assert.equal((await passAt(await decode(page), 'admit ok')).own, true, "the first code is not the carer's own")
  step('the code was read from the screen and opened the gate')

  await tab(page, 3)
  await says(page, '我的通行记录')
  await look(page, '6-me')
  await tab(page, 0)
  await page.locator('.symbol').first().waitFor()
  await page.context().setOffline(true)
  // No answer for as long as it takes to ask again, then on as before.
  await page.evaluate(() => window.dispatchEvent(new Event('offline')))
  await tab(page, 3)
  await tab(page, 0)
  await says(page, /没有网络。通行码还能用到/)
  const kept = await decode(page)
  await look(page, '2-pass-offline')
  await page.context().setOffline(false)
  assert.equal(kept.length, 122)
  step('without a network the code is still there, and the page says so')

  await page.locator('.dot').nth(1).click()
  await page.locator('.dot.on').nth(0).waitFor()
  await shownWhole(page, 1)
  await look(page, '2-pass-dependant')
  const holder = await passAt(await decode(page), 'admit ok')
  assert.deepEqual([holder.person_id, holder.own], [child.person_id, false], "the code shown is not the child's")
  step("the child's code, by swiping, opened the gate as the child's")
  return page
}

async function visits(page) {
  await tab(page, 1)
  await button(page, '邀请来访').click()
  await button(page, '生成邀请链接').waitFor()
  await look(page, '3-invite')
  await page.getByRole('radio', { name: '开车来访' }).click()
  await button(page, '生成邀请链接').click()
  await says(page, '必填')
  await look(page, '3-invite-wrong')
  await page.getByRole('radio', { name: '访客', exact: true }).click()
  await fill(page, '访客姓名（可由访客自己填）', '测试邀请')
  await button(page, '生成邀请链接').click()
  await says(page, /邀请好了/)
  const link = await page.locator('.address').filter({ visible: true }).innerText()
  assert.match(link, /\/visit#\S{20,}/)
  await look(page, '3-invited')
  await button(page, '完成').click()
  await says(page, '将要来、正在访')
  step('an invitation with its link')

  const me = await call('GET', '/v1/me', demo.report.people['欧阳小燕'].access_token)
  const home = me.residencies.find((r) => r.status === 'active')
  const entry = demo.report.entry_codes.find((e) => e.community_id === garden()).code
  for (const name of ['测试访客', '测试亲友']) {
    await call('POST', `/v1/entry/${entry}/visits`, '', { kind: 'once', name, phone: '13900001234', building: home.building, unit: home.unit, room: home.room, purpose: '探亲' })
  }
  await says(page, '等您答复')
  await look(page, '3-waiting')
  await button(page, '同意').first().click()
  await page.getByText('已同意').filter({ visible: true }).nth(1).waitFor()
  step('a visitor who asked at the gate was let in')

  await button(page, '查看').first().click()
  await button(page, '拒绝').click()
  await look(page, '3-decline')
  await button(page, '拒绝').click()
  await says(page, '已拒绝。')
  await page.goBack()
  await page.locator('.visit').filter({ hasText: '已同意' }).filter({ visible: true }).first().click()
  await button(page, '延长两小时').click()
  await says(page, '已延长。')
  await look(page, '3-visit')
  await button(page, '取消这次来访').click()
  await button(page, '取消这次来访').click()
  await says(page, '已取消，访客的通行码已经失效。')
  await page.goBack()
  step('declined, extended, cancelled')
}

async function largeType(page) {
  await tab(page, 2)
  await says(page, '我的消息')
  await look(page, '4-inbox')
  await tab(page, 3)
  await page.getByRole('radio', { name: '大字' }).click()
  await look(page, '6-me-large')
  await tab(page, 0)
  await page.locator('.symbol').first().waitFor()
  await page.locator('.page.large').filter({ visible: true }).first().waitFor()
  await shownWhole(page, 1) // The child's is still the one that was swiped to.
  await look(page, '2-pass-large')
  await decode(page)
  step('large type')
}

async function newcomer() {
  const n = demo.report.unclaimed
  const page = await open(`?wx=${n.wechat_code}&community=${n.community_id}`)
  await button(page, '微信登录').waitFor()
  await look(page, '1-sign-in')
  await button(page, '微信登录').click()
  await button(page, '用微信绑定的手机号').waitFor()
  await look(page, '1-phone')
  await button(page, '用微信绑定的手机号').click()
  await button(page, '认领').waitFor()
  await button(page, '认领').click()
  await says(page, '必填')
  await look(page, '1-claim-wrong')
  await fill(page, '楼', n.building)
  await fill(page, '单元', n.unit)
  await fill(page, '室', n.room)
  await fill(page, '姓名', n.name)
  await page.getByRole('radio', { name: { owner: '业主', tenant: '租客', family: '家属', helper: '家政' }[n.relation] }).click()
  await button(page, '认领').click()
  await says(page, '已通过，通行码可以用了。')
  await look(page, '1-claimed')
  await button(page, '看通行码').click()
  await page.locator('.symbol').first().waitFor()
  await decode(page)
  await page.reload()
  await page.locator('.symbol').first().waitFor()
  step('a newcomer signed in, confirmed the phone, claimed the home and has a code, after a reload too')
  await page.context().close()
}

try {
  if (process.env.SHOTS) await mkdir(process.env.SHOTS, { recursive: true })
  demo = await startDemo(folder)
  site = await serve(build, demo.report.base_url)
  browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
  step('the demo runs')
  await newcomer()
  const page = await passCode()
  await visits(page)
  await largeType(page)
  await page.context().close()
  const hand = { button, says, fill, look, step, call, signIn, tab, fresh, read, decode, still: shownWhole, garden, gate, demo, site, staff: (name) => demo.report.people[name].access_token }
  await kinds(hand)
  await screens(hand)
  await everywhere(hand)
  await farewell(hand)
  await offline(hand)
  assert.deepEqual(wrong, [])
  step('all is well')
} catch (thrown) {
  if (process.env.SHOTS && browser) for (const [i, c] of browser.contexts().entries()) for (const p of c.pages()) await p.screenshot({ path: path.join(process.env.SHOTS, `failed-${i}.png`) }).catch(() => undefined)
  console.error(thrown, wrong)
  process.exitCode = 1
} finally {
  await browser?.close()
  site?.server.close()
  site?.server.closeAllConnections()
  if (demo) await stopDemo(demo.child)
  await rm(folder, { recursive: true, force: true })
}
