// The console as a property manager uses it, in a browser of 1440 px, against a demo made
// for it: sign in with a one-time code, import a roster, approve a visit, see a passage as
// it happens, rehearse a rule. node e2e/console.mjs; CHROMIUM, GO and SHOTS as in run.mjs.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Agent } from './agent.mjs'
import { cameraArgs, film, symbol } from './camera.mjs'
import { Demo } from './demo.mjs'
import { Desk } from './desk.mjs'
import { picture } from './pictures.mjs'
import { totp, untilNextStep } from './totp.mjs'
import { NARROW, WIDE, Walk } from './walk.mjs'
import { Weight } from './weights.mjs'

const walk = await Walk.begin('console-', { long: true })
const { folder, look, step, watch } = walk
const near = (name) => fileURLToPath(new URL(name, import.meta.url))
const camera = path.join(folder, 'camera.mjpeg')
let demo, browser, guards, agent

const go = async (page, name) => {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

async function signIn(page, who) {
  await page.goto(`${demo.url}/console`)
  await page.getByRole('button', { name: '登录' }).waitFor()
  for (let tries = 0; tries < 3; tries++) {
    await page.getByLabel('账号').fill(who.username)
    await page.getByLabel('密码').fill(who.password)
    await page.getByLabel('动态口令').fill(totp(who.totp_secret))
    await page.getByRole('button', { name: '登录' }).click()
    const home = page.getByRole('heading', { level: 1, name: '待办' })
    await home.or(page.locator('form [role=alert]')).first().waitFor()
    if (await home.isVisible()) return
    // The demo has just spent these digits on its own sign-in.
    await page.waitForTimeout(untilNextStep())
  }
  throw new Error(await page.locator('body').innerText())
}

async function importRoster(page) {
  await go(page, '住户')
  await page.getByRole('tab', { name: 'Excel 导入' }).click()
  const file = page.locator('input[type=file]')
  await file.setInputFiles(near('roster-wrong.xlsx'))
  await page.getByText(/2 行中有 \d 处错误/).waitFor()
  assert.ok(await page.getByRole('region', { name: '错误' }).getByRole('row').count() >= 3, 'errors by row')
  await look(page, '3-import-wrong')
  await file.setInputFiles(near('roster.xlsx'))
  await page.getByText('检查通过：3 行').waitFor()
  await page.getByRole('button', { name: '导入', exact: true }).click()
  await page.getByText('导入完成 · 3').waitFor()
  await look(page, '4-imported')
  await page.getByRole('button', { name: '撤销' }).first().click()
  await page.getByRole('status').getByText('已撤销').waitFor()
  await page.getByRole('tab', { name: '居住关系' }).click()
  await page.getByRole('table').waitFor()
  await look(page, '5-residents')
}

async function approveVisit(page) {
  await demo.call('POST', `/v1/entry/${demo.entry('东门').code}/visits`, '', { kind: 'courier', name: '测试快递', phone: '13900001111', building: '99', unit: '9', room: '999' })
  await go(page, '事件')
  await go(page, '待办')
  const button = page.getByRole('button', { name: '同意' }).first()
  await button.waitFor()
  await look(page, '2-home')
  await picture(page, 'console')
  await button.click()
  await page.getByText('已同意').first().waitFor()
  await go(page, '来访与审批')
  await page.getByRole('cell', { name: '已同意' }).first().waitFor()
  await look(page, '6-visits')
}

async function livePassage(page) {
  await go(page, '通行')
  await page.getByText('已连接').waitFor()
  const guard = demo.person('guard')
  await demo.call('POST', `/v1/gates/${demo.gate('东门')}/manual-passages`, guard.access_token, { direction: 'in', reason: 'no_phone' })
  await page.getByRole('cell', { name: '人工登记' }).first().waitFor({ timeout: 5000 })
  await look(page, '7-live')
  await page.getByRole('tab', { name: '历史记录' }).click()
  await page.getByText('共 1 条').waitFor()
}

/** fromPhone shows a resident's code to the camera of the guard's page; the console has
 * the passage as it happens, and a token that ran out is renewed on the way. */
async function fromPhone(page) {
  await go(page, '通行')
  await page.getByRole('tab', { name: '实时' }).click()
  await page.getByText('已连接').waitFor()
  const { access_token: token, pass_id: id } = demo.report.people['林浩']
  const { codes } = await demo.call('POST', `/v1/me/passes/${id}/codes`, token, {})
  await film(camera, page.context(), symbol(codes[0].code))
  guards = await walk.launch(...cameraArgs(camera))
  const atGate = await guards.newContext({ viewport: NARROW, locale: 'zh-CN', permissions: ['camera'] })
  const guard = watch.on(await atGate.newPage(), demo.url)
  const who = demo.person('guard')
  await guard.goto(`${demo.url}/guard`)
  await guard.getByLabel('账号').fill(who.username)
  await guard.getByLabel('密码').fill(who.password)
  await guard.getByRole('button', { name: '登录' }).click()
  await guard.getByRole('button', { name: /东门/ }).click()
  await guard.getByRole('button', { name: '打开摄像头' }).click()
  await guard.getByRole('alertdialog', { name: '放行', exact: true }).waitFor({ timeout: 30_000 })
  await page.getByRole('row', { name: /住户.*放行|放行.*住户/ }).first().waitFor({ timeout: 10_000 })
  await guards.close()
}

/** expired lets one call go with a token that is no good: the page renews its sign-in by
 * the cookie and goes on, and nobody signs in again. */
async function expired(page) {
  watch.expectRefusal = true
  let spoilt = 0
  await page.route('**/v1/communities/**', (route) => (spoilt++ ? route.continue() : route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer expired' } })))
  const renewed = page.waitForResponse((r) => r.url().endsWith('/v1/sessions/refresh') && r.ok())
  await go(page, '统计')
  await renewed
  await page.getByText('通行总数').waitFor()
  await page.unroute('**/v1/communities/**')
  assert.ok(spoilt > 1, 'the call was not sent again')
  watch.expectRefusal = false
}

/** pass lets a resident in by the own code, so that there is something to rehearse. */
async function pass() {
  const guard = demo.person('guard')
  for (const name of ['欧阳小燕', '李雷', '王芳']) {
    const { access_token: token, pass_id: id } = demo.report.people[name]
    const { codes } = await demo.call('POST', `/v1/me/passes/${id}/codes`, token, {})
    const decided = await demo.call('POST', `/v1/gates/${demo.gate('东门')}/scans`, guard.access_token, { scan_id: randomBytes(16).toString('hex'), code: codes[0].code, direction: 'in' })
    assert.equal(decided.decision, 'admit')
  }
}

async function rehearse(page) {
  await pass()
  await go(page, '规则')
  const hours = page.getByRole('group', { name: '住户时段' })
  await hours.getByRole('button', { name: '添加时段' }).click()
  await hours.getByLabel('从').fill('3')
  await hours.getByLabel('到').fill('3:01')
  await hours.getByText('时间请写成').waitFor()
  await hours.getByLabel('从').fill('3:00')
  await hours.getByLabel('从').blur()
  await hours.getByText('时间请写成').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: '预演' }).click()
  await page.getByRole('heading', { name: /预演了 \d+ 次通行/ }).waitFor()
  assert.match(await page.getByRole('heading', { name: /预演了/ }).innerText(), /预演了 [1-9]/)
  await page.getByRole('row', { name: /不在允许时段/ }).waitFor()
  await page.locator('.chart svg').waitFor()
  await page.getByRole('heading', { name: /预演了/ }).evaluate((h) => h.scrollIntoView())
  await page.evaluate(() => window.scrollBy(0, -90))
  await picture(page, 'rehearsal')
  await look(page, '8-rules')
}

async function others(page) {
  const seen = [['门与设备', '9-gates'], ['事件', 'a-incidents'], ['接收方', 'b-recipients'], ['应急状态', 'c-emergency'], ['统计', 'd-statistics'], ['工作人员', 'e-staff'], ['隐私', 'f-privacy']]
  for (const [name, shot] of seen) {
    await go(page, name)
    await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => undefined)
    await look(page, shot)
  }
  await go(page, '门与设备')
  await page.getByRole('tab', { name: '入口码海报' }).click()
  await page.locator('.poster svg').first().waitFor()
  await look(page, 'g-posters')
  if (walk.shots) await page.pdf({ path: path.join(walk.shots, 'posters.pdf'), preferCSSPageSize: true })
  assert.equal(await page.getByRole('link', { name: '审计' }).count(), 0, 'a page that the role may not see')
}

/** cardsAndGates enrols a device and prints a card. */
async function cardsAndGates(page) {
  await go(page, '门与设备')
  await page.getByRole('tab', { name: '门', exact: true }).click()
  await page.getByRole('row', { name: /东门/ }).getByRole('button', { name: '登记设备' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
  await page.getByRole('dialog').getByText('登记码', { exact: true }).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: '关闭' }).click()
  await page.getByRole('tab', { name: '纸质卡' }).click()
  await page.getByRole('button', { name: '制卡' }).click()
  await page.getByRole('dialog').getByLabel('东门').check()
  await look(page, 'i-dialog')
  await page.getByRole('dialog').getByRole('button', { name: '确定' }).click()
  await page.getByRole('button', { name: '打印', exact: true }).waitFor()
  await page.evaluate(() => { window.print = () => (window.printed = document.querySelector('.card-sheet')?.naturalWidth) })
  await page.getByRole('button', { name: '打印', exact: true }).click()
  await page.waitForFunction(() => window.printed > 0)
}

/** sayAtGate speaks at a gate whose devices cannot: nothing is said to have happened. */
async function sayAtGate(page) {
  await go(page, '门与设备')
  await page.getByRole('tab', { name: '门', exact: true }).click()
  await page.getByRole('row', { name: /东门/ }).getByRole('button', { name: '喊话' }).click()
  const dialog = page.getByRole('dialog', { name: '喊话 · 东门' })
  await dialog.getByRole('button', { name: '喊话', exact: true }).click()
  assert.equal(await dialog.locator('[role=alert]').count(), 2, 'words and reason are not asked for')
  await dialog.getByLabel('说什么').fill('快递请放一号架')
  await dialog.getByLabel('方式').selectOption({ label: '语音播报' })
  await dialog.getByLabel('原因').fill('测试：快递堵门')
  await look(page, 'i-say')
  watch.expectRefusal = true
  const answer = page.waitForResponse((r) => r.url().endsWith(`/v1/gates/${demo.gate('东门')}/say`))
  await dialog.getByRole('button', { name: '喊话', exact: true }).click()
  const refused = await (await answer).json()
  assert.equal(refused.code, 'command_unsupported')
  await page.locator('.t-message').first().waitFor({ state: 'hidden' }) // that of the step before
  await dialog.getByRole('alert').getByText(refused.detail, { exact: true }).waitFor()
  assert.equal(await page.getByText('已完成', { exact: true }).filter({ visible: true }).count(), 0, 'what was not said is told as done')
  await look(page, 'i-say-unable')
  watch.expectRefusal = false
  await dialog.getByRole('button', { name: '取消' }).click()
}

/** anothersDevice connects a camera of another maker, has it speak, and revokes it. */
async function anothersDevice(page) {
  await go(page, '门与设备')
  await page.getByRole('tab', { name: '设备', exact: true }).click()
  await page.getByRole('button', { name: '接入其他厂商设备' }).click()
  const dialog = page.getByRole('dialog', { name: '接入其他厂商设备' })
  await dialog.getByRole('button', { name: '登记', exact: true }).click()
  assert.equal(await dialog.locator('[role=alert]').count(), 1, 'the name is not asked for')
  await dialog.getByLabel('门', { exact: true }).selectOption({ label: '西门' })
  await dialog.getByLabel('名称', { exact: true }).fill('出口车牌相机')
  await dialog.getByLabel('协议').selectOption({ label: '臻识车牌相机' })
  await look(page, 'i-connect')
  await dialog.getByRole('button', { name: '登记', exact: true }).click()
  const once = page.getByRole('dialog', { name: '出口车牌相机' })
  assert.match(await once.locator('dd').innerText(), /^\/vzenith\/|^\/.+\/.+/, 'no path is shown')
  await look(page, 'i-connected')
  await once.getByRole('button', { name: '关闭' }).click()
  const row = page.getByRole('row', { name: /出口车牌相机/ })
  await row.getByText('臻识车牌相机', { exact: true }).waitFor()
  for (const [way, silence] of [['车牌和一句话', '300'], ['一句话', '300']]) {
    await row.getByRole('button', { name: '设置' }).click()
    const settings = page.getByRole('dialog', { name: '设置 · 出口车牌相机' })
    await settings.getByLabel('识别车牌后播报').selectOption({ label: way })
    if (way === '一句话') assert.equal(await settings.getByLabel('多少秒没有消息算离线').inputValue(), silence, 'what was set is not kept')
    else await settings.getByLabel('多少秒没有消息算离线').fill(silence)
    if (way === '一句话') await look(page, 'i-camera')
    const answer = page.waitForResponse((r) => r.url().endsWith('/settings') && r.request().method() === 'PUT')
    await settings.getByRole('button', { name: '确定', exact: true }).click()
    const set = await (await answer).json()
    assert.equal(set.announcing?.voice, way === '一句话' ? 'words' : 'plate')
    assert.equal(set.offline_after_seconds, 300)
    await settings.waitFor({ state: 'hidden' })
  }
  await row.getByRole('button', { name: '吊销' }).click()
  const end = page.getByRole('dialog', { name: '吊销 · 出口车牌相机' })
  await end.getByLabel('原因').fill('测试：换新相机')
  await end.getByRole('button', { name: '吊销', exact: true }).click()
  await row.getByText('已吊销', { exact: true }).waitFor()
}

/** gateAgent enrols a gate agent by the code on the screen, runs it, and sees how it stands. */
async function gateAgent(page) {
  await go(page, '门与设备')
  await page.getByRole('tab', { name: '门', exact: true }).click()
  await page.getByRole('row', { name: /东门/ }).getByRole('button', { name: '登记设备' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('select').selectOption({ label: '门禁代理' })
  await dialog.getByRole('button', { name: '确定' }).click()
  await dialog.getByText('登记码', { exact: true }).waitFor()
  const code = await dialog.locator('dt', { hasText: '登记码' }).locator('xpath=following-sibling::dd').innerText()
  await dialog.getByRole('button', { name: '关闭' }).click()
  agent = Agent.start(folder, { server: demo.url, code })
  await page.getByRole('tab', { name: '离线门禁' }).click()
  const devices = `/v1/communities/${demo.place.community_id}/devices?profile=agent`
  const standing = async () => (await demo.call('GET', devices, demo.report.people['钱经理'].access_token)).items.find((d) => d.name === '东门小盒')
  const limit = Date.now() + 60_000
  for (let known = await standing(); known?.connection !== 'online' || !known.bundle_version; known = await standing()) {
    assert.ok(Date.now() < limit && agent.process.exitCode === null, `the agent does not appear as online: ${agent.said}`)
    await setTimeout(250)
  }
  await page.getByRole('button', { name: '刷新' }).click()
  const row = page.getByRole('row', { name: /东门小盒/ })
  await row.getByText('在线', { exact: true }).waitFor()
  await row.getByText('东门', { exact: true }).waitFor()
  await look(page, 'l-agents')
  await row.getByRole('button', { name: '内容' }).click()
  const card = page.getByRole('region', { name: /东门小盒/ })
  await card.getByText('这里还没有内容').waitFor()
  await card.getByText((await standing()).bundle_version, { exact: true }).waitFor()
  await card.locator('dt', { hasText: '请求签名始于' }).locator('xpath=following-sibling::dd').filter({ hasText: /\d\d:\d\d/ }).waitFor()
  await look(page, 'l-agent')
  await card.getByRole('button', { name: '关闭' }).click()
  await keptPassages(page)
}

/** keptPassages is what a gate says by its heartbeat that the platform does not take. */
async function keptPassages(page) {
  const manager = demo.report.people['钱经理'].access_token
  const { enrolment_code: code } = await demo.call('POST', '/v1/gate-enrolments', manager, { gate_id: demo.gate('西门'), profile: 'agent' })
  const { device_token: token } = await demo.call('POST', '/v1/gate/enrol', '', { enrolment_code: code, device_name: '西门小盒' })
  const kept = (scan_id, state, why) => ({ scan_id, scanned_at: new Date().toISOString(), decision: 'admit', state, why })
  await demo.call('POST', '/v1/gate/heartbeats', token, {
    device_time: new Date().toISOString(), dead_letters: 2, conflicts: 1,
    held: [kept('kept-letter-1', 'dead_letter', 'not_storable'), kept('kept-letter-2', 'dead_letter', 'code-of-a-newer-server'), kept('kept-conflict-1', 'conflict', '01CONFLICT')],
  })
  await page.getByLabel('未接收 / 冲突').selectOption({ label: '有保留的' })
  await page.getByRole('row', { name: /东门小盒/ }).waitFor({ state: 'detached' })
  const row = page.getByRole('row', { name: /西门小盒/ })
  await row.getByText('2 / 1', { exact: true }).waitFor()
  await row.getByRole('button', { name: '内容' }).click()
  const card = page.getByRole('region', { name: /西门小盒/ })
  await card.getByRole('row', { name: /未接收.*平台没能保存这一条.*kept-letter-1/ }).waitFor()
  await card.getByRole('row', { name: /未接收.*code-of-a-newer-server.*kept-letter-2/ }).waitFor()
  await card.getByRole('row', { name: /冲突.*01CONFLICT.*kept-conflict-1/ }).waitFor()
  await look(page, 'l-agent-kept')
  await card.getByRole('button', { name: '关闭' }).click()
}

/** another opens the console for somebody else, in a browser of the own. */
async function another(name) {
  const context = await browser.newContext({ viewport: WIDE, locale: 'zh-CN' })
  const page = watch.on(await context.newPage(), demo.url)
  watch.expectRefusal = true
  await signIn(page, demo.report.people[name])
  watch.expectRefusal = false
  return page
}

/** desk walks the pages of desk.mjs as the manager and as officers. */
async function desk(page) {
  const at = new Desk({ demo, go, look, another })
  await at.incident(page); step('an incident is resolved')
  await at.policies(page); step('policies of visits and fields are changed')
  await at.duty(page); step('a shift is put on and taken off')
  await at.notices(page); step('a notice is written and taken back')
  const officer = await another('孙主任')
  await at.review(officer); step('and reviewed by another')
  await at.exports(page, officer); step('an export has two people')
  await at.restrictions(officer); step('a restriction is agreed to, appealed and lifted')
  await officer.context().close()
  await at.account(page, demo.report.people['钱经理']); step('password and one-time codes are replaced')
}

/** emergency is declared by one officer and takes effect by two others. */
async function emergency() {
  const author = await another('孙主任')
  await go(author, '应急状态')
  await author.getByRole('button', { name: '宣布应急状态' }).click()
  const dialog = author.getByRole('dialog')
  await dialog.getByRole('button', { name: '宣布应急状态' }).click()
  assert.equal(await dialog.locator('[role=alert]').count(), 3, 'empty fields are sent')
  await dialog.getByLabel('文号').fill('测试〔2026〕1号')
  await dialog.getByLabel('原因').fill('测试：疫情处置')
  await dialog.getByLabel('影响评估').fill('测试：只收体温，七天后销毁')
  await dialog.getByRole('button', { name: '宣布应急状态' }).click()
  await author.getByRole('cell', { name: '等待两人同意' }).waitFor()
  const first = await another('吴副主任')
  await go(first, '应急状态')
  await first.getByRole('button', { name: '同意', exact: true }).click()
  await first.getByText('1 人已同意').waitFor()
  const second = await another('周科长')
  await go(second, '应急状态')
  await second.getByRole('button', { name: '同意', exact: true }).click()
  await second.getByRole('cell', { name: '生效中' }).waitFor()
  await look(second, 'j-emergency')
}

async function audit() {
  const page = await another('谢审计')
  assert.equal(await page.getByRole('link', { name: '住户' }).count(), 0, 'an auditor sees no residents')
  await go(page, '审计')
  await page.getByRole('button', { name: '核验' }).last().click()
  await page.getByRole('dialog').or(page.locator('.t-message')).first().waitFor()
  await look(page, 'k-audit')
}

async function main() {
  demo = await Demo.start(folder)
  step('the demo runs')
  browser = await walk.launch()
  const context = await browser.newContext({ viewport: WIDE, locale: 'zh-CN' })
  const page = watch.on(await context.newPage(), demo.url)
  const weight = await Weight.on(page)
  await page.goto(`${demo.url}/console`)
  await page.getByRole('button', { name: '登录' }).waitFor()
  await look(page, '1-sign-in')
  // A wrong one-time code is answered by 401, which a browser reports.
  watch.expectRefusal = true
  await signIn(page, demo.report.people['钱经理'])
  watch.expectRefusal = false
  step(weight.check('console'))
  assert.equal(await page.evaluate(() => JSON.stringify({ ...localStorage }).includes('eyJ')), false, 'a token is in storage')
  step('signed in with a one-time code')
  await approveVisit(page); step('a visit is approved')
  await importRoster(page); step('a roster is checked, imported and undone')
  await livePassage(page); step('a passage appears as it happens')
  await fromPhone(page); step('a resident is let in by the camera and seen in the console')
  await expired(page); step('a sign-in that ran out goes on')
  await rehearse(page); step('a rule is rehearsed')
  await others(page); step('the other pages open')
  await cardsAndGates(page); step('a device is enrolled, a card printed')
  await sayAtGate(page); step('a gate that cannot speak says so')
  await anothersDevice(page); step('a camera of another maker is connected, set up and revoked')
  await gateAgent(page); step('a gate agent is enrolled, runs, and shows how it stands')
  await desk(page)
  await emergency(); step('an emergency has two approvers')
  await audit(); step('an auditor verifies an entry')
  await page.reload()
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByRole('button', { name: 'English' }).click()
  await go(page, 'To do')
  await look(page, 'h-english')
  for (const link of await page.getByRole('navigation').getByRole('link').allInnerTexts()) {
    await go(page, link)
    await page.locator('.bone:visible').first().waitFor({ state: 'detached' })
    await look(page, `y-${link.toLowerCase().replaceAll(' ', '-')}`)
  }
  step('every page in English')
  step(`all pages together were sent ${weight.kilobytes.toFixed(0)} KB`)
}

let failed
try {
  await main()
  walk.check()
} catch (thrown) {
  failed = thrown
  throw thrown
} finally {
  await agent?.stop()
  await walk.end(failed, browser, guards)
  await demo?.stop()
}
