// The screens behind "me", and the lift: each opened, used, measured and read out to axe.
import assert from 'node:assert/strict'

const DAY = 86_400_000

/** screens walks them as the tenant of floor 3; w is what run.mjs has in hand. */
export async function screens(w) {
  const { button, says, fill, look, step, call, staff, demo, garden, signIn } = w
  const tenant = demo.report.people['李雷']
  const page = await signIn('wx-lilei')
  await page.locator('.symbol').first().waitFor()
  const open = async (name, ready) => {
    await page.goto(`${w.site.url}/app/#/pages/${name}/${name}`)
    await ready()
  }
  const radio = (name) => page.getByRole('radio', { name, exact: true }).filter({ visible: true })

  await button(page, '呼梯').click()
  await button(page, '呼叫电梯').waitFor()
  assert.deepEqual(await radio(/层$/).allInnerTexts(), ['1 层', '3 层', '1 层', '3 层'], 'floors that are not open are offered')
  await look(page, '7-lift')
  const streamed = page.waitForRequest((r) => /lift-calls\/\w+\/events/.test(r.url()))
  await button(page, '呼叫电梯').click()
  await streamed
  await held(w, page)
  await says(page, '已送达')
  await button(page, '再呼一次').click()
  await radio('开').click()
  await says(page, '已保存。')
  await fill(page, '贴纸上的链接或编号', '不是贴纸')
  await button(page, '使用这张贴纸').click()
  await says(page, '这不是电梯的贴纸。')
  const group = (await call('GET', `/v1/communities/${garden()}/lifts`, staff('钱经理'))).items[0]
  await fill(page, '贴纸上的链接或编号', `https://pass.example.cn/l/${group.landings.find((l) => l.floor === '3').sticker}`)
  await button(page, '使用这张贴纸').click()
  await says(page, /已扫贴纸/)
  await radio('1 层').click()
  await button(page, '呼叫电梯').click()
  await says(page, '3 层 → 1 层')
  await says(page, '已送达')
  step('the lift came, was followed as it came, kept its doors open when asked to, and came again by the sticker')

  const stranger = await w.fresh({ width: 560, height: 560 })
  const sticker = await fetch(`${w.site.url}/v1/communities/${garden()}/lift-landings/${group.landings.find((l) => l.floor === '3').id}/sticker`, { headers: { Authorization: `Bearer ${staff('钱经理')}` } })
  await stranger.goto(`data:image/svg+xml;base64,${Buffer.from(await sticker.arrayBuffer()).toString('base64')}`)
  const scanned = (await w.read(stranger)).data
  assert.match(new URL(scanned).pathname, /^\/l\/[A-Za-z0-9_-]{16,64}$/)
  await stranger.setViewportSize({ width: 360, height: 740 })
  await stranger.goto(w.site.url + new URL(scanned).pathname)
  await button(stranger, '微信登录').waitFor()
  await fill(stranger, '演示登录码，例如 wx-ouyang', 'wx-lilei')
  await button(stranger, '微信登录').click()
  await says(stranger, /已扫贴纸/)
  await look(stranger, '7-lift-scanned')
  await stranger.getByRole('radio', { name: '1 层', exact: true }).filter({ visible: true }).click()
  await button(stranger, '呼叫电梯').click()
  await says(stranger, '3 层 → 1 层')
  await says(stranger, '已送达')
  await stranger.context().close()
  step("a sticker's picture, read by a camera, leads through the sign-in to the lift")

  const hers = staff('欧阳小燕')
  const floorsOf = async (token) => (await call('GET', '/v1/me/lifts', token)).items.find((l) => l.id === group.id)?.floors
  assert.ok(!(await floorsOf(hers)).includes('3'), 'she may go to floor 3 already')
  await open('share', () => button(page, '借出楼层').waitFor())
  await button(page, '借出楼层').click()
  await says(page, '必填')
  for (const [label, part] of [['楼', '9'], ['单元', '9'], ['室', '909']]) await fill(page, label, part)
  await button(page, '借出楼层').click()
  await says(page, /没有找到这一户/)
  for (const [label, part] of [['楼', '1'], ['单元', '1'], ['室', '101']]) await fill(page, label, part)
  await radio('8 小时').click()
  await button(page, '借出楼层').click()
  await says(page, '已借出。')
  await says(page, '3 层 → 1 号楼 1 单元 101 室')
  await look(page, '7-share')
  const [lent] = (await call('GET', '/v1/me/lift-grants', tenant.access_token)).items
  assert.deepEqual([lent.floor, lent.building, lent.unit, lent.room], ['3', '1', '1', '101'])
  assert.ok((await floorsOf(hers)).includes('3'), 'the floor lent is not among hers')
  await borrowed(w)
  await page.getByRole('button', { name: /^收回借给/ }).click()
  await button(page, '确定收回').click()
  await says(page, '已收回。')
  assert.deepEqual((await call('GET', '/v1/me/lift-grants', tenant.access_token)).items, [])
  assert.ok(!(await floorsOf(hers)).includes('3'), 'the floor taken back is still hers')

  const guest = await call('POST', '/v1/visits', tenant.access_token, { household_id: lent.household_id, kind: 'once', visitor_name: '串门客人', valid_until: new Date(Date.now() + DAY / 8).toISOString() })
  await page.reload()
  await radio('来访的人').click()
  await radio(/^串/).click()
  await button(page, '借出楼层').click()
  await says(page, '已借出。')
  const [toGuest] = (await call('GET', '/v1/me/lift-grants', tenant.access_token)).items
  assert.deepEqual([toGuest.visit_id, toGuest.room], [guest.visit.id, undefined])
  await look(page, '7-share-visitor')
  step('the own floor lent to a neighbour, taken back, and lent to a guest')

  await open('home', () => button(page, '添加家政').waitFor())
  await look(page, '8-home')
  await button(page, '添加家政').click()
  await button(page, '添加').click()
  await says(page, '必填')
  await fill(page, '姓名', '周阿姨')
  await fill(page, '手机号', '13900005678')
  await page.getByRole('checkbox', { name: '周三' }).click()
  await look(page, '8-helper')
  await button(page, '添加').click()
  await says(page, '已添加。')
  const [helper] = (await call('GET', '/v1/me/helpers', tenant.access_token)).items
  assert.deepEqual(helper.hours, [{ days: ['mon', 'tue', 'thu', 'fri'], from: '08:00', to: '18:00' }])
  await button(page, '添加家属').click()
  await fill(page, '姓名', '李明')
  await fill(page, '手机号', '13900005679')
  await button(page, '添加').click()
  await says(page, '已添加。')
  await button(page, '添加代办的人').click()
  await fill(page, '姓名', '李小宝')
  await button(page, '添加').click()
  await says(page, /已提交|已添加/)
  await look(page, '8-home-full')
  await page.getByRole('button', { name: /^移除周/ }).click()
  await button(page, '确定移除').click()
  await says(page, '已移除，通行码已经失效。')
  step('a helper with hours, family and a child were added, the helper removed')

  const residency = (await call('GET', '/v1/me', tenant.access_token)).residencies.find((r) => r.status === 'active')
  await call('POST', `/v1/communities/${garden()}/cards`, staff('钱经理'), { residency_id: residency.id, gate_ids: [w.gate().gate_id], daily_cap: 4, last_day: new Date(Date.now() + 30 * DAY).toISOString().slice(0, 10) })
  const ban = await call('POST', `/v1/communities/${garden()}/restrictions`, staff('孙主任'), { subject_kind: 'person', subject_id: tenant.person_id, effect: 'ban', basis: '（2026）浙01民初7号裁定', reason: '人身安全保护令', expires_at: new Date(Date.now() + DAY).toISOString() })
  await open('help', () => button(page, '生成口令').waitFor())
  await button(page, '生成口令').click()
  await page.locator('.digits').waitFor()
  assert.match(await page.locator('.digits').innerText(), /^\d{3} \d{3}$/)
  await page.getByRole('button', { name: /^挂失李/ }).click()
  await button(page, '确定挂失').click()
  await says(page, '已挂失，这张卡不能再用。')
  await call('POST', `/v1/restrictions/${ban.id}/approve`, staff('吴副主任'))
  await page.reload()
  await button(page, '申诉').click()
  await button(page, '提交申诉').click()
  await says(page, '必填')
  await fill(page, '为什么应当解除', '我不是当事人')
  await look(page, '9-help')
  await button(page, '提交申诉').click()
  await says(page, /没有答复，限制自动解除/)
  await look(page, '9-help-appealed')
  step('a spoken code, a lost card, an appeal')

  await reported(w, page)
  step('an incident was reported, and followed until it was resolved')

  await call('POST', `/v1/communities/${garden()}/notices`, staff('钱经理'), { title_zh: '今晚停水', body_zh: '今晚十点到明早六点停水。\n请提前储水。', audience: 'all' })
  await page.goto(`${w.site.url}/app/#/pages/inbox/inbox`)
  await page.getByRole('button', { name: /今晚停水/ }).filter({ visible: true }).click()
  await says(page, /请提前储水/)
  await look(page, '4-notice')
  const guard = Object.values(demo.report.people).find((p) => p.role === 'guard' && p.community_id === garden())
  await call('GET', `/v1/communities/${garden()}/lookup?building=1&unit=1&room=302&initial=l`, guard.access_token)
  await open('looks', () => page.locator('.card').filter({ visible: true }).first().waitFor())
  await says(page, '门口按门牌查找')
  await says(page, '用途：门口核实住户')
  await look(page, '5-looks')
  await toldAbout(w)
  await open('notes', () => says(page, '您的权利'))
  await look(page, '5-notes')
  step('a notice, who looked, who was told, what is kept')

  await open('privacy', () => button(page, '同意 通行轨迹').waitFor())
  await button(page, '同意 通行轨迹').click()
  await says(page, '已同意。')
  await button(page, '撤回同意 通行轨迹').click()
  await says(page, /已撤回，其他功能/)
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, '导出').click()])
  assert.equal(download.suggestedFilename(), 'communitypass.json')
  await look(page, '5-privacy')
  step('a consent given and withdrawn, the own data taken away')

  const emergency = await call('POST', `/v1/communities/${garden()}/emergencies`, staff('孙主任'), { order_number: '应急〔2026〕7号', reason: '流感高发', scope: [garden()], ends_at: new Date(Date.now() + 20 * DAY).toISOString(), impact_assessment: '个人信息保护影响评估第7号', fields: ['temperature_c', 'symptoms', 'exposure', 'test_result'], report_every_hours: 24 })
  for (const who of ['吴副主任', '周科长']) await call('POST', `/v1/emergencies/${emergency.id}/approve`, staff(who))
  await open('health', () => button(page, '同意并申报').waitFor())
  await look(page, '5-health-consent')
  await button(page, '同意并申报').click()
  await fill(page, '体温（°C）', '50')
  await button(page, '提交').click()
  await says(page, /体温应在/)
  await fill(page, '体温（°C）', '36.5')
  for (const [asked, answer] of [['有没有症状', '没有'], ['14 天内接触过病例', '没有'], ['检测结果', '阴性']]) {
    await page.getByRole('radiogroup', { name: asked }).getByRole('radio', { name: answer, exact: true }).click()
  }
  await look(page, '5-health')
  await button(page, '提交').click()
  await says(page, /已申报。/)
  await inSight(page, /已申报。/)
  step('a health report in an emergency')

  const reports = async () => (await call('GET', '/v1/me/health-reports', tenant.access_token)).items
  assert.deepEqual((await reports()).map((r) => [r.version, r.temperature_c]), [[1, 36.5]])
  await says(page, /36.5 °C；有没有症状：没有；14 天内接触过病例：没有；检测结果：阴性/)
  await button(page, '更正').click()
  await fill(page, '体温（°C）', '37.9')
  await page.getByRole('radiogroup', { name: '有没有症状' }).getByRole('radio', { name: '发热', exact: true }).click()
  await look(page, '5-health-correct')
  await button(page, '提交').click()
  await says(page, '已更正，以更正后的为准。')
  await says(page, /37.9 °C；有没有症状：发热/)
  await look(page, '5-health-corrected')
  assert.deepEqual((await reports()).map((r) => [r.version, r.temperature_c, r.symptoms, r.exposure, r.test_result]), [[2, 37.9, ['发热'], false, 'negative']])
  await page.context().close()
  step('the report was corrected, and the correction counts')
}

/** held asks the lift that has come to keep its doors open; the page says that it does
 * when the lift's answer is there, and not before. */
async function held(w, page) {
  const keep = w.button(page, '保持开门 20 秒')
  const word = page.getByText('电梯正在保持开门。').filter({ visible: true })
  let before = -1
  await page.route('**/v1/me/lift-calls/*/hold', async (route) => {
    before = await word.count() // pressed, and the lift has yet to be asked
    await route.continue()
  })
  const answer = page.waitForResponse((r) => /lift-calls\/\w+\/hold$/.test(r.url()))
  await keep.click()
  assert.equal((await (await answer).json()).hold.state, 'held', 'the lift did not say that it holds')
  assert.equal(before, 0, 'the page says that the lift holds before it was asked')
  await w.says(page, '电梯正在保持开门。')
  await keep.waitFor({ state: 'hidden' })
  await w.look(page, '7-lift-held')
  await page.unroute('**/v1/me/lift-calls/*/hold')
}

/** reported has her report something, and follows it as staff take it on. */
async function reported(w, page) {
  const { button, says, fill, look, call, staff } = w
  await page.goto(`${w.site.url}/app/#/pages/pass/pass`)
  await button(page, '上报事件').click()
  await button(page, '上报').waitFor()
  await button(page, '上报').click()
  await says(page, '请选是什么事。')
  await page.getByRole('radio', { name: '漏水', exact: true }).filter({ visible: true }).click()
  await button(page, '上报').click()
  await says(page, '必填')
  await fill(page, '在哪里、怎么了', '三楼走廊天花板在滴水')
  await page.getByRole('radio', { name: '东门', exact: true }).filter({ visible: true }).click()
  await look(page, '9-report')
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
  await button(page, '上报').click()
  await says(page, '已上报，进展显示在下面。')
  await inSight(page, '已上报，进展显示在下面。')
  const card = page.locator('.report').filter({ hasText: '三楼走廊天花板在滴水' }).filter({ visible: true })
  await card.getByText('已上报，等人接手').waitFor()
  const mine = async () => (await call('GET', '/v1/me/incidents', staff('李雷'))).items.filter((i) => i.text === '三楼走廊天花板在滴水')
  const [own] = await mine()
  assert.deepEqual([(await mine()).length, own.kind, own.state, own.gate_id === undefined], [1, 'water', 'raised', false])
  const guard = w.demo.report.people['赵保安']
  const sent = (await call('GET', '/v1/staff', staff('钱经理'))).items.find((s) => s.username === guard.username)
  for (const [who, act, body, seen] of [
    [staff('钱经理'), 'acknowledge', undefined, '有人接手'], [staff('钱经理'), 'dispatch', { staff_id: sent.id }, '已派人'],
    [guard.access_token, 'arrive', undefined, '已到场'], [staff('钱经理'), 'resolve', { resolution: 'resolved', note: '换了一段水管' }, '已处理'],
  ]) {
    await call('POST', `/v1/incidents/${own.id}/${act}`, who, body)
    await card.getByText(seen, { exact: true }).waitFor()
  }
  await card.getByText(/^处理 /).waitFor()
  assert.equal(await card.getByText('换了一段水管').count(), 0, "what staff noted is not the resident's to read")
  await look(page, '9-report-resolved')
  await page.setViewportSize({ width: 1440, height: 900 })
  await look(page, '9-report-wide')
  await page.setViewportSize({ width: 360, height: 740 })
}

/** inSight waits until a text lies whole on the screen, without anybody scrolling. */
async function inSight(page, text) {
  await page.getByText(text).filter({ visible: true }).first().evaluate((element) => new Promise((resolve, reject) => {
    const late = performance.now() + 30_000
    const see = () => {
      const { top, bottom } = element.getBoundingClientRect()
      if (top >= 0 && bottom <= window.innerHeight) return resolve()
      if (performance.now() > late) return reject(new Error('it is out of sight'))
      requestAnimationFrame(see)
    }
    see()
  }))
}

/** borrowed has the neighbour see the floor that was lent. */
async function borrowed(w) {
  const page = await w.signIn('wx-ouyang')
  await page.locator('.symbol').first().waitFor()
  await w.button(page, '呼梯').click()
  await page.getByRole('radiogroup', { name: '要去' }).getByRole('radio', { name: '3 层', exact: true }).click()
  await w.button(page, '呼叫电梯').click()
  await w.says(page, '1 层 → 3 层')
  await w.says(page, '已送达')
  await page.context().close()
}

/** toldAbout has the carer see which outside systems were told about her and her child:
 * both have passed a gate by now, and the demo's property is told of it. */
async function toldAbout(w) {
  const page = await w.signIn('wx-ouyang')
  await page.locator('.symbol').first().waitFor()
  await w.tab(page, 3)
  await w.button(page, '我的信息告知过谁').click()
  await w.says(page, '模拟物业系统 Simulated property system')
  await w.says(page, /^字段：.*方向/)
  const card = page.locator('.card').filter({ hasText: '模拟物业系统' }).filter({ visible: true })
  const own = await card.count()
  await w.look(page, '5-told')
  await page.getByRole('radio', { name: /^林/ }).filter({ visible: true }).click()
  await card.first().waitFor()
  await w.look(page, '5-told-child')
  const carer = w.staff('欧阳小燕')
  const child = (await w.call('GET', '/v1/me', carer)).dependants.find((d) => d.name_masked.startsWith('林'))
  const lines = (await w.call('GET', `/v1/me/sharing?limit=50&person_id=${child.id}`, carer)).items
  assert.ok(own > 0 && lines.length > 0, 'nobody was told of a passage')
  assert.equal(await card.count(), lines.length, "the child's lines are not those shown")
  await page.context().close()
}

/** everywhere opens every page in English, on a wide screen and in large type. */
export async function everywhere(w) {
  const page = await w.signIn('wx-ouyang', { width: 1440, height: 900 })
  await page.locator('.symbol').first().waitFor()
  await page.locator('.uni-tabbar__item').nth(3).click()
  await page.getByRole('radio', { name: '大字' }).click()
  await page.getByRole('radio', { name: 'English' }).click()
  for (const [name, ready] of Object.entries({
    pass: 'Spoken code', visits: 'Invite somebody', inbox: 'Notices', me: 'Sign out', lift: 'Call the lift', home: 'Family', share: 'Lending my floor', delegate: 'Let them answer', help: 'Printed cards', report: 'What I reported', invite: 'Make the link',
    passages: /Passages|No passages/, looks: /Staff must say/, told: /Only their names stand here/, health: /Nothing is due now|A report is due|Read this first/, privacy: 'Export my data', notes: 'Your rights', claim: 'Which community is yours?',
  })) {
    await page.goto(`${w.site.url}/app/#/pages/${name}/${name}`)
    await w.says(page, ready)
    await w.look(page, `w-${name}`)
    await page.setViewportSize({ width: 360, height: 740 })
    if (name === 'pass') await w.still(page, 0) // the symbol has room in the smaller window
    await w.look(page, `w-${name}-narrow`)
    await page.setViewportSize({ width: 1440, height: 900 })
  }
  await page.context().close()
  w.step('every page in English, wide and in large type')
}

/** farewell deletes the account of the newcomer. */
export async function farewell(w) {
  const page = await w.signIn('wx-new')
  await page.locator('.symbol').first().waitFor()
  await page.goto(`${w.site.url}/app/#/pages/privacy/privacy`)
  await w.button(page, '注销账号').click()
  await w.fill(page, '请输入“注销”确认', '注销')
  await w.look(page, '5-delete')
  await w.button(page, '永久注销').click()
  await w.button(page, '微信登录').waitFor()
  await page.reload()
  await w.button(page, '微信登录').waitFor()
  await page.context().close()
  w.step('an account deleted, and nobody signed in')
}
