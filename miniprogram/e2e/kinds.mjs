// Every kind of visit that a resident invites, and who answers for whom: each clicked as
// a resident would, and then asked of the server.
import assert from 'node:assert/strict'

const HOUR = 3_600_000
const NARROW = { width: 360, height: 740 }
const WIDE = { width: 1440, height: 900 }

/** kinds walks them as the owner of 1-1-101 and her husband; w is what run.mjs has in hand. */
export async function kinds(w) {
  const { button, says, fill, look, step, call, staff, demo, garden, signIn } = w
  const page = await signIn('wx-ouyang')
  await page.locator('.symbol').first().waitFor()
  const token = staff('欧阳小燕')
  const radio = (name) => page.getByRole('radio', { name, exact: true }).filter({ visible: true })
  const wide = async (name) => {
    await look(page, name)
    await page.setViewportSize(WIDE)
    await look(page, `${name}-wide`)
    await page.setViewportSize(NARROW)
  }

  /** invite fills the form as told, and gives the visit as the server has it. */
  const invite = async (kind, surname, form) => {
    const before = new Set((await call('GET', '/v1/visits?limit=200', token)).items.map((v) => v.id))
    await page.goto(`${w.site.url}/app/#/pages/invite/invite`)
    await button(page, '生成邀请链接').waitFor()
    await radio(kind).click()
    await fill(page, '访客姓名（可由访客自己填）', surname)
    await form()
    await wide(`3-invite-${surname}`)
    await button(page, '生成邀请链接').click()
    await says(page, /邀请好了/)
    const made = (await call('GET', '/v1/visits?limit=200', token)).items.filter((v) => !before.has(v.id))
    assert.equal(made.length, 1, `${kind}: ${made.length} visits were made`)
    return made[0]
  }

  /** detail opens the visit from the list, and waits for what it says. */
  const detail = async (visit, kind, ...texts) => {
    await button(page, '完成').click()
    await page.locator('.visit').filter({ hasText: visit.visitor_name_masked }).filter({ hasText: kind }).filter({ visible: true }).first().click()
    await says(page, visit.visitor_name_masked)
    for (const text of texts) await says(page, text)
    await wide(`3-visit-${visit.kind}`)
  }

  const often = await invite('常来的人', '钟点阿姨', async () => {
    await page.getByRole('checkbox', { name: '周三' }).filter({ visible: true }).click()
    await radio('30 天').click()
    await radio('07:00').click()
  })
  assert.equal(often.kind, 'recurring')
  assert.deepEqual(often.hours, [{ days: ['mon', 'tue', 'thu', 'fri'], from: '07:00', to: '18:00' }])
  assert.ok(Math.abs(Date.parse(often.valid_until) - Date.now() - 30 * 24 * HOUR) < HOUR, often.valid_until)
  await detail(often, '常来的人', '周一 周二 周四 周五 07:00–18:00')
  await approved(w, page, often)
  step('somebody who comes often, in hours of the week')

  const courier = await invite('快递外卖', '快递小哥', () => radio('1 小时').click())
  assert.equal(courier.kind, 'courier')
  assert.ok(Date.parse(courier.valid_until) - Date.now() <= HOUR, courier.valid_until)
  await detail(courier, '快递外卖')
  await approved(w, page, courier)
  step('a courier, for an hour')

  const car = await invite('开车来访', '车主朋友', async () => {
    await fill(page, '车牌', '浙a12345')
    await fill(page, '事由（可不填）', '探亲')
  })
  assert.deepEqual([car.kind, car.plate, car.purpose], ['vehicle', '浙A12345', '探亲'])
  await detail(car, '开车来访', '浙A12345')
  await approved(w, page, car)
  step('a visit by car, with its plate')

  await delegated(w, page)
  await page.context().close()
}

/** approved clicks what the rules of the community still ask of the home, and asks the
 * server whether the visit may begin. */
async function approved(w, page, visit) {
  const token = w.staff('欧阳小燕')
  let now = await w.call('GET', `/v1/visits/${visit.id}`, token)
  if (now.waits_for.includes('host')) {
    await w.button(page, '同意进入').click()
    await w.says(page, '已同意。')
    now = await w.call('GET', `/v1/visits/${visit.id}`, token)
  }
  for (const answerer of ['guard', 'property']) {
    if (!now.waits_for.includes(answerer)) continue
    const who = Object.values(w.demo.report.people).find((p) => p.role === { guard: 'guard', property: 'property_manager' }[answerer] && p.scope?.id === w.garden())
    await w.call('POST', `/v1/visits/${visit.id}/approve`, who.access_token, {})
    now = await w.call('GET', `/v1/visits/${visit.id}`, token)
  }
  assert.equal(now.state, 'approved', `${visit.kind} waits for ${now.waits_for}`)
}

/** delegated lets the husband answer, has him answer at his own phone, and takes it back. */
async function delegated(w, page) {
  const { button, says, look, step, call, staff, demo, garden, signIn } = w
  const token = staff('欧阳小燕')
  const delegates = async () => (await call('GET', '/v1/me/visit-delegate', token)).items
  await page.goto(`${w.site.url}/app/#/pages/me/me`)
  await page.getByRole('button', { name: /代我答复来访/ }).click()
  await button(page, '请代我答复').waitFor()
  await button(page, '请代我答复').click()
  await says(page, '请选一位家人。')
  await page.getByRole('radio', { name: /^林/ }).filter({ visible: true }).click()
  await look(page, '8-delegate')
  await button(page, '请代我答复').click()
  await says(page, /在代您答复/)
  await look(page, '8-delegate-set')
  assert.deepEqual((await delegates()).map((d) => d.delegate_person_id), [demo.report.people['林浩'].person_id])

  const entry = demo.report.entry_codes.find((e) => e.community_id === garden()).code
  const asked = await call('POST', `/v1/entry/${entry}/visits`, '', { kind: 'once', name: '代答访客', phone: '13900001299', building: '1', unit: '1', room: '101', purpose: '探亲' })
  const his = await signIn('wx-linhao')
  await his.locator('.symbol').first().waitFor()
  await w.tab(his, 1)
  await his.locator('.tight').filter({ hasText: '代' }).filter({ has: button(his, '同意') }).first().waitFor()
  await button(his, '同意').first().click()
  await his.locator('.visit').filter({ hasText: '代' }).filter({ hasText: '已同意' }).filter({ visible: true }).first().waitFor()
  const visit = await call('GET', `/v1/visits/${asked.visit.id}`, token)
  assert.equal(visit.state, 'approved')
  await his.context().close()

  await button(page, '收回').click()
  await says(page, '已收回，只由您自己答复。')
  assert.deepEqual(await delegates(), [])
  step('the husband answers for her, and does not any more')
}
