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
  await says(page, /电梯到了，请进|已送达/)
  await look(page, '7-lift-arrived')
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
  step('the lift came, was followed as it came, and again by the sticker')

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

  await call('POST', `/v1/communities/${garden()}/notices`, staff('钱经理'), { title_zh: '今晚停水', body_zh: '今晚十点到明早六点停水。\n请提前储水。', audience: 'all' })
  await page.goto(`${w.site.url}/app/#/pages/inbox/inbox`)
  await page.getByRole('button', { name: /今晚停水/ }).filter({ visible: true }).click()
  await says(page, /请提前储水/)
  await look(page, '4-notice')
  const guard = Object.values(demo.report.people).find((p) => p.role === 'guard' && p.community_id === garden())
  await call('GET', `/v1/communities/${garden()}/lookup?building=1&unit=1&room=302&initial=l`, guard.access_token)
  await open('looks', () => page.locator('.card').filter({ visible: true }).first().waitFor())
  await look(page, '5-looks')
  await open('notes', () => says(page, '您的权利'))
  await look(page, '5-notes')
  step('a notice, who looked, what is kept')

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
  await page.context().close()
  step('a health report in an emergency')
}

/** everywhere opens every page in English, on a wide screen and in large type. */
export async function everywhere(w) {
  const page = await w.signIn('wx-ouyang', { width: 1440, height: 900 })
  await page.locator('.symbol').first().waitFor()
  await page.locator('.uni-tabbar__item').nth(3).click()
  await page.getByRole('radio', { name: '大字' }).click()
  await page.getByRole('radio', { name: 'English' }).click()
  for (const [name, ready] of Object.entries({
    pass: 'Spoken code', visits: 'Invite somebody', inbox: 'Notices', me: 'Sign out', lift: 'Call the lift', home: 'Family', help: 'Printed cards', invite: 'Make the link',
    passages: /Passages|No passages/, looks: /Staff must say/, health: /Nothing is due now|A report is due|Read this first/, privacy: 'Export my data', notes: 'Your rights', claim: 'Which community is yours?',
  })) {
    await page.goto(`${w.site.url}/app/#/pages/${name}/${name}`)
    await w.says(page, ready)
    await w.look(page, `w-${name}`)
    await page.setViewportSize({ width: 360, height: 740 })
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
