// The pages as people use them, in a browser of 360 px, against a demo that is made for
// it: a visitor asks at a gate, the host agrees, a guard's camera reads the code from
// the visitor's screen. node e2e/run.mjs; CHROMIUM and GO name the programs, SHOTS a
// folder for pictures.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { cameraArgs, film } from './camera.mjs'
import { Demo } from './demo.mjs'
import { picture } from './pictures.mjs'
import { NARROW, Walk } from './walk.mjs'
import { findings } from './watch.mjs'
import { Weight } from './weights.mjs'

const walk = await Walk.begin('', { home: NARROW })
const { folder, look, step, watch } = walk
const camera = path.join(folder, 'camera.mjpeg')
let demo, visitors, guards

async function decode(png) {
  const [symbol] = await readBarcodes(new Uint8Array(png), { formats: ['QRCode'], tryHarder: true })
  assert.ok(symbol?.isValid, 'no symbol on the screen')
  return symbol
}

async function enter(page, guard) {
  await page.getByLabel('账号').fill(guard.username)
  await page.getByLabel('密码').fill(guard.password)
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('button', { name: /东门/ }).waitFor()
}

async function signIn(page) {
  await page.goto(`${demo.url}/guard`)
  await page.getByLabel('账号').waitFor()
  await look(page, 'guard-1-sign-in')
  await enter(page, demo.person('guard'))
  await look(page, 'guard-2-gate')
  await page.getByRole('button', { name: /东门/ }).click()
  await page.getByRole('button', { name: '打开摄像头' }).waitFor()
  await look(page, 'guard-3-scan')
}

async function ask(page, entry, home) {
  await page.goto(entry.url)
  await page.getByRole('button', { name: '请求进入' }).waitFor()
  await page.getByRole('button', { name: '请求进入' }).click()
  assert.equal(await page.locator('[aria-invalid=true]').count() > 3, true, 'an empty form is sent')
  await look(page, 'visitor-1-form-wrong')
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('button', { name: 'Ask to be let in' }).waitFor()
  await look(page, 'visitor-2-form-english')
  await page.getByRole('button', { name: '中文' }).click()
  await fillForm(page, home)
  await look(page, 'visitor-3-waiting')
}

async function fillForm(page, home) {
  await page.getByLabel('楼', { exact: true }).fill(home.building)
  await page.getByLabel('单元', { exact: true }).fill(home.unit)
  await page.getByLabel('室', { exact: true }).fill(home.room)
  await page.getByLabel('姓名').fill('测试访客')
  await page.getByLabel('手机号').fill('13900001234')
  await page.getByLabel('来访事由').fill('探亲')
  await page.getByRole('checkbox').check()
  await page.getByRole('button', { name: '请求进入' }).click()
  await page.getByRole('heading', { name: '正在等待同意' }).waitFor()
}

async function main() {
  const wasmBinary = (await readFile(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'))).buffer
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true })
  demo = await Demo.start(folder)
  step('the demo runs')
  visitors = await walk.launch()
  await writeFile(camera, '')
  guards = await walk.launch(...cameraArgs(camera))
  const settings = { viewport: NARROW, locale: 'zh-CN', deviceScaleFactor: 2 }
  const atGate = await guards.newContext({ ...settings, permissions: ['camera'] })
  const guard = watch.on(await atGate.newPage(), demo.url)
  const ofGuard = await Weight.on(guard)
  await signIn(guard)
  step(ofGuard.check('guard'))
  step('a guard is signed in')
  assert.equal(await guard.evaluate(() => JSON.stringify({ ...localStorage }).includes('eyJ')), false, 'a token is in storage')

  const onPhone = await visitors.newContext({ ...settings, hasTouch: true })
  let visitor = watch.on(await onPhone.newPage(), demo.url)
  const host = await demo.host()
  const ofVisitor = await Weight.on(visitor)
  await visitor.goto(demo.entry('东门').url)
  await visitor.getByRole('button', { name: '请求进入' }).waitFor()
  step(ofVisitor.check('visitor'))
  await ask(visitor, demo.entry('东门'), host.home)
  step('a visitor waits')
  await visitor.close()
  visitor = watch.on(await onPhone.newPage(), demo.url)
  await visitor.goto(demo.entry('东门').url)
  await visitor.getByRole('heading', { name: '正在等待同意' }).waitFor()
  assert.equal(new URL(visitor.url()).search + new URL(visitor.url()).hash, '', 'something is in the address')

  await host.approve()
  const symbol = visitor.getByRole('img', { name: '通行码' })
  await symbol.waitFor({ timeout: 10_000 })
  await look(visitor, 'visitor-4-code')
  await picture(visitor, 'visitor')
  const shown = await symbol.screenshot()
  const read = await decode(shown)
  assert.match(read.text, /^[0-9A-Z $%*+\-./:]{122}$/)
  assert.equal(read.version, '5', 'not version 5')
  step('the code is on the screen and reads')

  await film(camera, visitor.context(), `data:image/png;base64,${shown.toString('base64')}`)
  const opened = Date.now()
  await guard.getByRole('button', { name: '打开摄像头' }).click()
  await guard.getByRole('alertdialog', { name: '放行', exact: true }).waitFor({ timeout: 20_000 })
  step(`admitted, ${Date.now() - opened} ms after the camera was opened`)
  await walk.shot(guard, 'guard-4-admit-360-light')
  await picture(guard, 'guard')
  assert.deepEqual(await findings(guard), [])

  // The same picture is still before the camera: when the guard goes on, it was used.
  await guard.getByRole('alertdialog', { name: '不放行' }).waitFor({ timeout: 20_000 })
  await look(guard, 'guard-5-refuse')
  await guard.getByRole('button', { name: '下一位' }).click()
  await guard.getByText('把通行码放进框里').waitFor()
  await walk.shot(guard, 'guard-6-finder-360-light')
  step('the same code is refused')

  // As long as the camera sees that picture, another refusal may come at any moment.
  const again = guard.getByRole('alertdialog', { name: '不放行' })
  await guard.addLocatorHandler(again, () => guard.getByRole('button', { name: '下一位' }).click())
  await guard.getByRole('navigation').getByRole('button', { name: '口令' }).click()
  await guard.getByRole('button', { name: '核验口令' }).waitFor()
  await guard.removeLocatorHandler(again)
  await otherWays(guard, atGate, host)
  await handOver(guard, atGate)
  await visitor.getByRole('button', { name: /我已离开|不来了/ }).click()
  await visitor.getByRole('button', { name: '结束来访' }).click()
  await visitor.getByRole('heading', { name: /来访已结束|来访已取消/ }).waitFor()
  await look(visitor, 'visitor-5-left')
  step('the visitor has left')

  await visitor.getByRole('button', { name: '再次登记' }).click()
  await fillForm(visitor, host.home)
  await host.refuse('今天不在家')
  await visitor.getByRole('heading', { name: '没有同意' }).waitFor()
  await visitor.getByText('原因：今天不在家').waitFor()
  await look(visitor, 'visitor-6-declined')
  step('another is declined and told why')

  const invitation = await host.invite()
  await visitor.goto(invitation)
  await visitor.getByRole('button', { name: '接受邀请' }).waitFor()
  assert.equal(await visitor.evaluate(() => location.href), `${demo.url}/visit`, 'the invitation stays in the address')
  await look(visitor, 'visitor-7-invitation')
  await visitor.getByRole('checkbox').check()
  await visitor.getByRole('button', { name: '接受邀请' }).click()
  await visitor.getByRole('heading', { name: /可以进入|已同意/ }).waitFor()
  await visitor.reload()
  await visitor.getByRole('heading', { name: /可以进入|已同意/ }).waitFor()
  await visitor.getByRole('button', { name: '删除我的信息' }).click()
  await visitor.getByRole('button', { name: '删除', exact: true }).click()
  await visitor.getByText('您的信息已删除。').waitFor()
  step('an invitation is accepted, outlives a reload, and is deleted')
}

/** otherWays are those without a camera, and then without a network. */
async function otherWays(guard, context, host) {
  const tabs = guard.getByRole('navigation')
  for (const [tab, ready, name] of [['口令', '核验口令', 'spoken'], ['查人', '查找', 'look-up'], ['人工', '登记放行', 'by-hand'], ['来访', '刷新', 'visits']]) {
    await tabs.getByRole('button', { name: tab }).click()
    await guard.getByRole('button', { name: ready }).waitFor()
    await look(guard, `guard-6-${name}`)
  }
  await tabs.getByRole('button', { name: '口令' }).click()
  await guard.getByLabel(/6 位口令/).fill(await host.speak(demo.gate('东门')))
  await guard.getByRole('button', { name: '核验口令' }).click()
  await guard.getByRole('alertdialog', { name: '放行', exact: true }).waitFor()
  await guard.getByRole('button', { name: '下一位' }).click()
  await tabs.getByRole('button', { name: '查人' }).click()
  for (const [label, value] of [['楼', host.home.building], ['单元', host.home.unit], ['室', host.home.room], ['姓的首字母', 'o']]) {
    await guard.getByLabel(label, { exact: true }).fill(value)
  }
  await guard.getByText('用途：门口核实住户').waitFor()
  const looksBefore = (await host.looks()).length
  await guard.getByRole('button', { name: '查找' }).click()
  await guard.getByText('通行证有效').first().waitFor()
  await look(guard, 'guard-6-found')
  const looks = await host.looks()
  assert.equal(looks.length, looksBefore + 1, 'the look is not shown to whom it was at')
  assert.deepEqual([looks[0].what, looks[0].purpose, looks[0].role], ['lookup', 'gate', 'guard'])
  await guard.getByRole('button', { name: '登记放行' }).first().click()
  await guard.getByText(/^为 欧/).waitFor()
  await guard.getByRole('button', { name: '登记放行' }).click()
  await guard.getByRole('alertdialog', { name: '放行', exact: true }).waitFor()
  await guard.getByRole('button', { name: '下一位' }).click()
  step('a spoken code and a look-up admit')
  await demo.courier('东门')
  await tabs.getByRole('button', { name: '来访' }).click()
  await guard.getByText('没有这一户').waitFor()
  await look(guard, 'guard-6-visits-asked')
  await guard.getByRole('button', { name: '同意' }).click()
  await guard.getByRole('button', { name: '同意' }).waitFor({ state: 'detached' })
  await guard.getByRole('heading', { name: '已同意，会来 · 1' }).waitFor()
  step('a guard answers a courier')

  await guard.reload()
  await guard.getByRole('button', { name: '打开摄像头' }).waitFor()
  step('the sign-in outlives a reload')
  await guard.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))

  watch.expectOffline = true
  await context.setOffline(true)
  await guard.getByText('离线', { exact: true }).waitFor()
  await tabs.getByRole('button', { name: '人工' }).click()
  await guard.getByRole('radio', { name: '老人' }).click()
  await guard.getByRole('button', { name: '离线登记' }).click()
  await guard.getByText('没有核验过').waitFor()
  await look(guard, 'guard-7-offline')
  await guard.getByRole('button', { name: '下一位' }).click()
  await guard.getByRole('button', { name: '待上传 1' }).click()
  await guard.getByRole('dialog', { name: '待上传的登记' }).waitFor()
  await look(guard, 'guard-8-queue')
  await guard.getByRole('button', { name: '关闭' }).click()
  await guard.reload()
  await guard.getByRole('button', { name: '待上传 1' }).waitFor()
  step('offline: recorded, queued, and the page opens without a network')
  await context.setOffline(false)
  await guard.getByText('在线', { exact: true }).waitFor({ timeout: 20_000 })
  await guard.getByRole('button', { name: '待上传 1' }).waitFor({ state: 'detached', timeout: 20_000 })
  watch.expectOffline = false
  const passages = await demo.passages()
  assert.equal(passages.filter((p) => p.reason === 'manual').length, 2, 'the record of the offline time did not arrive once')
  step('online again: sent once')
}

/** handOver ends the shift of one guard, and another accepts it at the same phone. */
async function handOver(guard, context) {
  const sheet = guard.getByRole('dialog', { name: '交接班' })
  const open = () => guard.locator('footer').getByRole('button', { name: '交接班' }).click()
  watch.expectOffline = true
  await context.setOffline(true)
  await guard.getByText('离线', { exact: true }).waitFor()
  await open()
  await sheet.getByText('不能交接班').first().waitFor()
  await sheet.getByRole('button', { name: '关闭' }).click()
  await context.setOffline(false)
  await guard.getByText('在线', { exact: true }).waitFor({ timeout: 20_000 })
  watch.expectOffline = false
  await open()
  const counted = (name) => sheet.locator('div').filter({ has: guard.getByText(name, { exact: true }) }).locator('dd')
  await counted('其中人工').getByText('2', { exact: true }).waitFor()
  await look(guard, 'guard-9-hand-over')
  await sheet.getByLabel('留给下一班的话').fill('测试：东侧灯坏，已报修')
  await sheet.getByRole('button', { name: '交班', exact: true }).click()
  await sheet.getByText('当前值守：赵**').waitFor()
  await sheet.getByRole('button', { name: '撤回交班' }).click()
  await sheet.getByLabel('留给下一班的话').fill('测试：东侧灯坏，已报修')
  await sheet.getByRole('button', { name: '交班', exact: true }).click()
  await sheet.getByRole('button', { name: '撤回交班' }).waitFor()
  assert.equal(await sheet.getByRole('button', { name: '接班', exact: true }).count(), 0, 'who goes could accept')
  await look(guard, 'guard-9-waiting')
  await sheet.getByRole('button', { name: '关闭' }).click()
  await guard.getByRole('button', { name: /退出登录/ }).click()

  const next = await demo.nextGuard()
  await enter(guard, next)
  // The phone stays at its gate.
  await guard.getByText('赵** 已交班，等待接班').waitFor()
  await look(guard, 'guard-9-told')
  await guard.getByRole('button', { name: '查看' }).click()
  await sheet.getByText('测试：东侧灯坏，已报修').waitFor()
  await sheet.getByRole('button', { name: '接班', exact: true }).click()
  await sheet.getByText('当前值守：孙**').waitFor()
  await sheet.getByText('赵** → 孙**').waitFor()
  await look(guard, 'guard-9-accepted')
  await sheet.getByRole('button', { name: '关闭' }).click()
  await guard.getByText('等待接班').waitFor({ state: 'detached' })
  step('a shift is handed over and accepted by another')
}

let failed
try {
  await main()
  walk.check()
} catch (thrown) {
  failed = thrown
  throw thrown
} finally {
  await walk.end(failed, visitors, guards)
  await demo?.stop()
}
