// The guard's page of a real gate agent, in a browser: it decides while the gate has no
// network, a hand is recorded, and all of it is the server's when the wire is joined.
// node e2e/gate.mjs; CHROMIUM, GO and SHOTS as in run.mjs.
import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import { Agent } from './agent.mjs'
import { Demo } from './demo.mjs'
import { Walk } from './walk.mjs'

const walk = await Walk.begin('agent-')
const { folder, look, step, watch } = walk
let demo, browser, gate, wire

/** Wire stands between a gate and its server, and can be cut. */
class Wire {
  open = new Set()
  cut = false

  static async to(url) {
    const { hostname, port } = new URL(url)
    const w = new Wire()
    w.server = createServer((near) => {
      if (w.cut) return near.destroy()
      const far = connect(Number(port), hostname)
      for (const [one, other] of [[near, far], [far, near]]) {
        w.open.add(one)
        one.on('error', () => undefined).on('close', () => { w.open.delete(one); other.destroy() })
        one.pipe(other)
      }
    })
    await new Promise((done) => w.server.listen(0, '127.0.0.1', done))
    w.url = `http://127.0.0.1:${w.server.address().port}`
    return w
  }

  set(cut) {
    this.cut = cut
    if (cut) for (const s of this.open) s.destroy()
  }
}

const codeOf = async (name) => {
  const { access_token: token, pass_id: pass } = demo.report.people[name]
  return (await demo.call('POST', `/v1/me/passes/${pass}/codes`, token, {})).codes[0].code
}

async function main() {
  demo = await Demo.start(folder)
  wire = await Wire.to(demo.url)
  const { enrolment_code: code } = await demo.call('POST', '/v1/gate-enrolments', demo.report.people['钱经理'].access_token, { gate_id: demo.gate('西门'), profile: 'agent' })
  gate = Agent.start(folder, { server: demo.url, code, through: wire.url, guard: true })
  const address = await gate.page()
  browser = await walk.launch()
  const page = watch.on(await (await browser.newContext({ locale: 'zh-CN' })).newPage(), new URL(address).origin)
  await page.goto(address)
  await page.getByText('在线：由平台判定').waitFor()
  await page.getByText(/离线包 \d+ 分钟前/).waitFor()
  step('the page of the gate opens, online')
  await look(page, '1-online')

  const before = (await demo.passages()).length
  wire.set(true)
  const answer = page.getByRole('dialog')
  const show = async (code, word) => {
    // As a hand scanner does: keys, then Enter.
    await page.getByLabel('通行码', { exact: true }).fill(code)
    await page.keyboard.press('Enter')
    await answer.getByRole('heading', { name: word, exact: true }).waitFor()
  }
  const next = async () => { await answer.getByRole('button', { name: '下一位' }).click(); await answer.waitFor({ state: 'hidden' }) }
  const shown = await codeOf('林浩')
  await show(shown, '放行')
  await answer.getByText('本门自行判定').waitFor()
  await look(page, '2-admit')
  await next()
  await page.getByText('离线：本门自行判定').waitFor()
  step('without a network the gate decides')
  await show(shown, '不放行')
  await answer.getByText('已用过').or(answer.getByText(/使用过|用过/)).first().waitFor()
  await look(page, '3-refuse')
  await next()
  step('the same code is refused')

  await page.getByText('人工放行', { exact: true }).click()
  await page.getByLabel('原因').selectOption('other')
  await page.getByRole('button', { name: '记录并放行' }).click()
  assert.equal(await answer.isVisible(), false, 'other without a note was taken')
  await page.getByLabel(/^说明/).fill('测试：送水')
  await page.getByRole('button', { name: '记录并放行' }).click()
  await answer.getByRole('heading', { name: '放行', exact: true }).waitFor()
  await next()
  await page.getByText(/待上传 3/).waitFor()
  assert.equal(await page.getByRole('listitem').filter({ hasText: '放行' }).count() >= 2, true)
  await look(page, '4-offline')
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByText('Offline: this gate decides alone').waitFor()
  await page.getByRole('button', { name: '中文' }).click()
  step('a hand is recorded')

  wire.set(false)
  await page.getByText('在线：由平台判定').waitFor({ timeout: 60_000 })
  await page.getByText(/待上传/).waitFor({ state: 'hidden', timeout: 60_000 })
  const all = await demo.passages()
  assert.equal(all.length, before + 3, 'what the gate decided alone is not the server’s, or twice')
  const [hand] = all.filter((p) => p.way === 'manual' && !p.online)
  assert.deepEqual([hand?.decision, hand?.reason, hand?.gate_id], ['admit', 'manual', demo.gate('西门')])
  step('joined again: the server has all of it, once')
}

let failed
try {
  await main()
  walk.check()
} catch (thrown) {
  failed = thrown
  throw thrown
} finally {
  await gate?.stop()
  wire?.set(true)
  wire?.server.close()
  await walk.end(failed, browser)
  await demo?.stop()
}
