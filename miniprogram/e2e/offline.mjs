// A phone without a network for longer than any code was fetched for: it signs its own,
// which the server takes, until the strip has ended.
import assert from 'node:assert/strict'

const MINUTES = 11

/** offline walks it in the other community, where no emergency asks for more; w is what
 * run.mjs has in hand. The clocks of page and demo stand eleven minutes on afterwards. */
export async function offline(w) {
  const { button, says, look, step, call, staff, demo, signIn } = w
  const place = demo.report.communities.find((c) => c.name === '望江苑').community_id
  const gate = demo.report.gates.find((g) => g.community_id === place && g.direction !== 'out')
  const scan = (code) => call('POST', '/v1/gate/scans', gate.device_token, { scan_id: `01K${Date.now()}${'0'.repeat(20)}`.slice(0, 26), code, direction: 'in', scanned_at: new Date(Date.now() + MINUTES * 60_000).toISOString(), online: true })
  const page = await signIn('wx-heyutong', undefined, { clock: true })
  await page.locator('.symbol').first().waitFor()
  const open = (name) => page.goto(`${w.site.url}/app/#/pages/${name}/${name}`)
  const turn = (to) => page.getByRole('radiogroup', { name: '这部手机' }).filter({ visible: true }).getByRole('radio', { name: to, exact: true }).click()

  await open('help')
  await turn('打开')
  await says(page, /没有开启手机自签通行码/)
  await allow(w, place)
  await turn('打开')
  await says(page, '已打开，断网一天也能出码。')
  await look(page, '9-help-offline')
  await open('pass')
  await page.locator('.symbol').first().waitFor()
  assert.equal((await w.read(page)).version, 5, 'with a network the phone shows a code of its own')

  await page.context().setOffline(true)
  await page.clock.fastForward(MINUTES * 60_000)
  await says(page, /没有网络。通行码还能用到 明天/)
  await says(page, '手机自己签的离线码')
  await w.still(page, 0)
  const shown = await w.read(page)
  assert.deepEqual([shown.version, shown.data.length], [10, 276])
  await look(page, '2-pass-by-phone')
  const clock = await fetch(demo.report.clock_url, { method: 'POST', body: JSON.stringify({ advance_seconds: MINUTES * 60 }) })
  assert.ok(clock.ok, await clock.text())
  const decided = await scan(shown.data)
  assert.deepEqual([decided.decision, decided.reason, decided.display.name_masked], ['admit', 'ok', '何**'])
  assert.equal((await scan(shown.data)).reason, 'used')
  step('eleven minutes without a network: the phone signed its own code, and it opened the gate once')

  await page.clock.fastForward(24 * 3_600_000)
  await says(page, /没有网络，存着的通行码已经用完/)
  await page.context().setOffline(false)
  await page.clock.fastForward(6_000)
  await page.locator('.symbol').first().waitFor()
  assert.equal((await w.read(page)).version, 5)
  await open('help')
  await turn('关闭')
  await says(page, '已关闭，离线密钥已删除。')
  await page.context().close()
  step('a day later it makes none; with a network there are codes again; turned off')
}

/** allow puts rules in force by which phones may sign codes. */
async function allow({ call, demo }, place) {
  const of = (role) => Object.values(demo.report.people).find((p) => p.role === role && (p.scope?.id === place || p.scope?.kind !== 'community')).access_token
  const proposed = await call('PUT', `/v1/communities/${place}/rules`, of('property_manager'), { rules: { kinds: {}, phone_strips: true } })
  await call('POST', `/v1/communities/${place}/rule-versions/${proposed.id}/advance`, of('committee_officer'), { to: 'enforce' })
}
