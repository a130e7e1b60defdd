// What a manager and the committee do at their desks: policies, duty, notices,
// restrictions with an appeal, an export for which two are needed, the own account.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { picture } from './pictures.mjs'
import { totp } from './totp.mjs'

const dialogOf = (page, name) => page.getByRole('dialog', name ? { name } : {})

/** Desk walks these pages. go opens a page by its name, look judges what it shows, and
 * another signs somebody else in. */
export class Desk {
  constructor({ demo, go, look, another }) {
    Object.assign(this, { demo, go, look, another })
  }

  async send(page, name) {
    await dialogOf(page).getByRole('button', { name, exact: true }).click()
    await dialogOf(page).waitFor({ state: 'hidden' })
  }

  async policies(page) {
    await this.go(page, '来访与审批')
    await page.getByRole('tab', { name: '来访规则' }).click()
    const row = page.getByRole('row', { name: /快递外卖/ })
    await row.getByRole('button', { name: '修改' }).click()
    await dialogOf(page).getByLabel('物业是否要同意').selectOption('guard')
    await dialogOf(page).getByLabel('物业答复时限（分钟）').fill('7')
    await dialogOf(page).getByLabel('最多人数').fill('3')
    await this.look(page, 'l-visit-policy')
    await this.send(page, '保存')
    await row.getByText('物业 7 分钟').waitFor()
    await row.getByText(/^3 人/).waitFor()
    await this.look(page, 'm-visit-policies')
    await this.go(page, '接收方')
    const policies = page.getByRole('button', { name: '可发送的字段' })
    await policies.or(page.getByText('这里还没有内容')).first().waitFor()
    if (!(await policies.count())) await this.recipient(page)
    await policies.first().click()
    const passages = page.getByRole('region', { name: '通行记录' })
    const building = passages.getByLabel('楼栋')
    const before = await building.isChecked()
    await building.setChecked(!before)
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByText('已保存').first().waitFor()
    assert.equal(await building.isChecked(), !before)
    await this.look(page, 'n-field-policy')
    await this.sharing(page)
  }

  /** sharing is what the recipient was told of the passages of before: names of fields alone. */
  async sharing(page) {
    await page.getByRole('button', { name: '共享台账' }).click()
    const line = page.getByRole('region', { name: '共享台账' }).getByRole('row', { name: /通行记录/ }).first()
    await line.getByText(/判定、.*方向/).waitFor()
    await this.look(page, 'n-sharing')
    const empty = page.getByText('这里还没有内容')
    await page.getByRole('region', { name: '共享台账' }).locator('input[type=datetime-local]').first().fill('2099-01-01T00:00')
    await empty.waitFor()
    await page.getByRole('button', { name: '返回' }).click()
    await this.ledger(page, empty)
  }

  /** ledger is over all recipients; one person's lines need a reason, and that person sees
   * the one look. */
  async ledger(page, empty) {
    await page.getByRole('tab', { name: '共享台账' }).click()
    const ledger = page.getByRole('region', { name: '共享台账' })
    const passages = ledger.getByRole('row', { name: /通行记录/ })
    await passages.first().waitFor()
    await this.look(page, 'n-ledger')
    await ledger.getByLabel('类型').selectOption({ label: '健康申报' })
    await empty.waitFor()
    await ledger.getByLabel('类型').selectOption({ label: '通行记录' })
    await passages.first().waitFor()
    const host = await this.demo.host()
    const before = (await host.looks()).length
    await ledger.getByRole('button', { name: '按人查询' }).click()
    const option = await dialogOf(page).getByLabel('居住关系').locator('option').filter({ hasText: /欧/ }).first().getAttribute('value')
    await dialogOf(page).getByLabel('居住关系').selectOption(option)
    await dialogOf(page).getByLabel('用途').selectOption('dispute')
    await dialogOf(page).getByLabel('单号').fill('TEST-2026-7')
    await this.look(page, 'n-ledger-ask')
    await this.send(page, '查看')
    await page.getByRole('heading', { name: '一个人的共享台账' }).waitFor()
    await passages.first().waitFor()
    await this.look(page, 'n-ledger-one')
    const looks = await host.looks()
    assert.equal(looks.length, before + 1, 'one look is shown as another number of looks')
    assert.deepEqual([looks[0].what, looks[0].purpose], ['sharing', 'dispute'])
    await page.getByRole('button', { name: '全部记录' }).click()
    await passages.first().waitFor()
  }

  async recipient(page) {
    await this.demo.call('POST', '/v1/recipients', this.demo.report.people['钱经理'].access_token, { name: '测试物业系统', url: 'https://example.com/hook', kind: 'property', purpose: '测试', agreement: 'T-1', community_id: this.demo.place.community_id })
    await page.getByRole('button', { name: '刷新' }).click()
  }

  async duty(page) {
    await this.demo.call('POST', `/v1/gates/${this.demo.gate('东门')}/handovers`, this.demo.person('guard').access_token, { note: '测试：见交接本' })
    await this.go(page, '值班')
    await page.getByRole('button', { name: '排班' }).click()
    await dialogOf(page).getByLabel('岗位').selectOption('platform')
    const guard = await dialogOf(page).getByLabel('谁').locator('option').filter({ hasText: '保安' }).first().getAttribute('value')
    await dialogOf(page).getByLabel('谁').selectOption(guard)
    const hour = (n) => new Date(Date.now() + (8 + n) * 3600_000).toISOString().slice(0, 16)
    await dialogOf(page).getByLabel('开始').fill(hour(-1))
    await dialogOf(page).getByLabel('结束').fill(hour(7))
    await this.send(page, '排班')
    await page.getByRole('table').getByRole('cell', { name: '平台' }).waitFor()
    await page.getByText('值班', { exact: true }).nth(1).waitFor()
    await this.look(page, 'o-duty')
    // What the guards have handed on at a gate.
    const shifts = page.getByRole('region', { name: '交接班' })
    await shifts.getByLabel('门', { exact: true }).selectOption(this.demo.gate('东门'))
    await shifts.getByText('测试：见交接本').waitFor()
    await shifts.getByText('等待接班').waitFor()
    await page.getByRole('row', { name: /平台/ }).getByRole('button', { name: '取消班次' }).click()
    await this.send(page, '取消班次')
    await page.getByRole('cell', { name: '平台' }).waitFor({ state: 'detached' })
  }

  async notices(page) {
    await this.go(page, '通知')
    await page.getByRole('button', { name: '写通知' }).click()
    await this.send2(page, '写通知', 2)
    await dialogOf(page).getByLabel('标题（中文）').fill('停水通知')
    await dialogOf(page).getByLabel('正文（中文）').fill('明天上午九点到十一点停水。\n请提前储水。')
    await dialogOf(page).getByLabel('紧急：另发消息给每个人').check()
    await this.look(page, 'p-notice')
    await this.send(page, '写通知')
    await page.getByText('停水通知').waitFor()
    await page.getByText('停水通知').click()
    await page.getByText('请提前储水').waitFor()
    await this.look(page, 'q-notices')
    await page.getByRole('row').filter({ hasText: '停水通知' }).getByRole('button', { name: '撤回通知' }).click()
    await this.send(page, '撤回通知')
    await page.getByRole('row').filter({ hasText: '停水通知' }).getByText('已撤回').waitFor()
    await this.go(page, '消息')
    await page.getByRole('button', { name: '全部已读' }).click()
    await page.getByText(/条已标为已读/).waitFor()
    await this.look(page, 'r-messages')
  }

  /** send2 sends what is not filled in, and counts what the dialog says of it. */
  async send2(page, name, wrong) {
    await dialogOf(page).getByRole('button', { name, exact: true }).click()
    assert.equal(await dialogOf(page).locator('.wrong').count(), wrong, 'empty fields are sent')
  }

  async restrictions(author) {
    await this.go(author, '限制与申诉')
    await author.getByRole('button', { name: '提出限制' }).click()
    const dialog = dialogOf(author)
    const person = this.demo.report.people['李雷']
    const me = await this.demo.call('GET', '/v1/me', person.access_token)
    await dialog.getByLabel('对象').selectOption(`person ${me.id ?? me.person?.id}`)
    await dialog.getByLabel('依据（法律、命令、判决）').fill('测试：法院裁定〔2026〕1号')
    await dialog.getByLabel('原因').fill('测试：禁止进入')
    await this.look(author, 's-restriction')
    await this.send(author, '提出限制')
    await author.getByRole('cell', { name: '待第二人同意' }).waitFor()
    const second = await this.another('吴副主任')
    await this.go(second, '限制与申诉')
    await second.getByRole('button', { name: '同意', exact: true }).click()
    await second.getByRole('cell', { name: '生效中' }).waitFor()
    const [mine] = (await this.demo.call('GET', '/v1/me/restrictions', person.access_token)).items
    await this.demo.call('POST', `/v1/me/restrictions/${mine.id}/appeals`, person.access_token, { text: '测试：认错人了' })
    const third = await this.another('周科长')
    await this.go(third, '限制与申诉')
    await third.getByText('测试：认错人了').waitFor()
    await this.look(third, 't-appeal')
    await third.getByRole('button', { name: '答复申诉' }).click()
    await dialogOf(third).getByLabel('原因').fill('测试：核实后解除')
    await this.send(third, '答复申诉')
    await third.getByRole('cell', { name: /申诉成立/ }).waitFor()
    await second.context().close()
    await third.context().close()
  }

  /** exports needs two: who asks cannot agree, and who agrees cannot fetch. */
  async exports(author, approver) {
    await this.go(author, '隐私')
    await author.getByRole('tab', { name: '导出申请' }).click()
    await author.getByRole('button', { name: '申请导出' }).click()
    await dialogOf(author).getByLabel('用途').selectOption('inspection')
    await dialogOf(author).getByLabel('单号').fill('TEST-2026-1')
    await this.send(author, '申请导出')
    await author.getByRole('row', { name: /TEST-2026-1/ }).getByText('待同意').waitFor()
    await this.go(approver, '隐私')
    await approver.getByRole('tab', { name: '导出申请' }).click()
    await approver.getByRole('row', { name: /TEST-2026-1/ }).getByRole('button', { name: '同意' }).click()
    await approver.getByRole('row', { name: /TEST-2026-1/ }).getByText('已同意').waitFor()
    await author.getByRole('button', { name: '刷新' }).click()
    const coming = author.waitForEvent('download')
    await author.getByRole('button', { name: '下载' }).click()
    assert.match((await coming).suggestedFilename(), /^roster-TEST-2026-1\.xlsx$/)
    await author.getByRole('row', { name: /TEST-2026-1/ }).getByText('已下载').waitFor()
    await this.look(author, 'u-exports')
  }

  async account(page, who) {
    await this.go(page, '我的账号')
    await page.getByRole('button', { name: '绑定或更换' }).click()
    await dialogOf(page).getByLabel('现在的密码').fill(who.password)
    await this.send(page, '绑定或更换')
    await page.getByRole('img', { name: '验证器的二维码' }).waitFor()
    const secret = await page.locator('.mono').innerText()
    await page.getByLabel('动态口令（6 位）').fill(totp(secret))
    await page.getByRole('button', { name: '确认' }).click()
    await page.getByText('动态口令已启用').waitFor()
    await page.getByRole('button', { name: '修改密码' }).click()
    const next = `Zq-${randomBytes(9).toString('base64url')}`
    await dialogOf(page).getByLabel('现在的密码').fill(who.password)
    await dialogOf(page).getByLabel('新密码', { exact: true }).fill(next)
    await dialogOf(page).getByLabel('再输一次新密码').fill('other')
    await dialogOf(page).getByRole('button', { name: '修改密码' }).click()
    await dialogOf(page).getByText('两次输入不一致').waitFor()
    await dialogOf(page).getByLabel('再输一次新密码').fill(next)
    await this.send(page, '修改密码')
    await page.getByText('密码已修改').waitFor()
    await this.look(page, 'v-account')
    // The old password and the old digits are worth nothing now.
    const body = { username: who.username, totp: totp(secret) }
    await assert.rejects(this.demo.call('POST', '/v1/sessions/staff', '', { ...body, password: who.password }), /40[01]/)
  }

  /** incident goes from raised to resolved. */
  async incident(page) {
    await this.go(page, '事件')
    await page.getByRole('button', { name: '上报事件' }).click()
    await dialogOf(page).getByLabel('类型').selectOption('water')
    await dialogOf(page).getByLabel('发生了什么').fill('测试：地库漏水')
    await this.send(page, '上报事件')
    // A card goes from column to column, and has a timer while somebody is waited for.
    const column = (name) => page.getByRole('region', { name })
    const card = (name) => column(name).getByRole('article').filter({ hasText: '漏水' })
    await card('新事件').getByRole('timer').getByText(/剩 \d+:\d\d/).waitFor()
    await card('新事件').getByRole('button', { name: '接手' }).click()
    await card('已接手').waitFor()
    assert.equal(await card('已接手').getByRole('button', { name: '到场' }).count(), 0, 'nobody was sent yet')
    await card('已接手').getByRole('button', { name: '派人' }).click()
    const guard = await dialogOf(page).getByLabel('派给谁').locator('option').filter({ hasText: this.demo.person('guard').username }).getAttribute('value')
    await dialogOf(page).getByLabel('派给谁').selectOption(guard)
    await this.send(page, '派人')
    await card('已派人').getByText(this.demo.person('guard').username).waitFor()
    await card('已派人').getByRole('button', { name: '到场' }).click()
    await card('已到场').waitFor()
    await this.look(page, 'w-incident')
    await picture(page, 'incidents')
    // Its timeline has every step, and takes words and evidence.
    await card('已到场').getByRole('button', { name: '漏水', exact: true }).click()
    const detail = page.getByRole('dialog', { name: '漏水' })
    await detail.getByText('测试：地库漏水').waitFor()
    await detail.getByRole('button', { name: '加备注' }).click()
    await dialogOf(page, '加备注').getByLabel('说明').fill('测试：已关总阀')
    await dialogOf(page, '加备注').getByRole('button', { name: '加备注' }).click()
    await detail.getByText('测试：已关总阀').waitFor()
    const passage = (await this.demo.call('GET', `/v1/communities/${this.demo.place.community_id}/passages?limit=1`, this.demo.report.people['钱经理'].access_token)).items[0].id
    await detail.getByRole('button', { name: '加证据' }).click()
    await dialogOf(page, '加证据').getByLabel('类型').selectOption('passage')
    await dialogOf(page, '加证据').getByLabel('编号').fill(passage)
    await dialogOf(page, '加证据').getByRole('button', { name: '加证据' }).click()
    await detail.getByText(`通行记录 · …${passage.slice(-6)}`).waitFor()
    for (const line of ['发生', '交给', '接手', '派人', '到场', '备注', '证据']) await detail.getByRole('listitem').filter({ has: page.getByText(line, { exact: true }) }).first().waitFor()
    await this.look(page, 'x-timeline')
    await detail.getByRole('button', { name: '处理完毕' }).click()
    await dialogOf(page, '处理完毕').getByLabel('说明').fill('测试：阀门已更换')
    await dialogOf(page, '处理完毕').getByRole('button', { name: '处理完毕' }).click()
    await detail.getByText('测试：阀门已更换').waitFor()
    await detail.getByRole('button', { name: '关闭' }).click()
    await card('已处理').waitFor()
  }

  /** review is by somebody else than who resolved it. */
  async review(page) {
    await this.go(page, '事件')
    await page.getByRole('tab', { name: '列表' }).click()
    const row = page.getByRole('row', { name: /漏水/ }).first()
    await row.getByRole('button', { name: '复核' }).click()
    await dialogOf(page).getByLabel('说明').fill('测试：核实')
    await this.send(page, '复核')
    await row.getByText('已复核').waitFor()
  }
}
