// The mini-program as built, run page by page in a simulated WeChat against a server of
// a few answers: signing in, the code at the gate, a visitor who waits, an invitation.
const fs = require('node:fs')
const path = require('node:path')
const simulate = require('miniprogram-simulate')

jest.setTimeout(120_000)

const root = path.join(__dirname, '../dist/build/mp-weixin')
const HOUR = 3_600_000
const at = (after) => new Date(Date.now() + after).toISOString()

const calls = []
const went = []
const asked = []
let session = false

const visit = {
  id: '01J00000000000000000000001', community_id: 'c', community_name: '春晓花园', kind: 'once', origin: 'asked', state: 'requested', household_id: 'h', visitor_name_masked: '王*',
  party_size: 1, gates: [], floors: [], hours: [], valid_from: at(0), valid_until: at(3 * HOUR), waits_for: ['host'], answers: [], created_at: at(0), arrived_at: null, ended_at: null,
}
const home = { id: 'r', community_id: 'c', household_id: 'h', building: '1', unit: '1', room: '302', relation: 'owner', status: 'active' }
const pass = { id: 'p', kind: 'resident', holder: { person_id: 'me', name_masked: '李*', own: true }, community_id: 'c', community_name: '春晓花园', colour: null, state: 'valid', gates: [], floors: [] }
const SHARED = 'iv_0123456789abcdefghij'

/** The server: each path with what it answers to whom is signed in. */
const answers = {
  'POST /v1/sessions/wechat': (body) => (expect(body).toEqual({ code: 'from-wechat' }), (session = true), [201, { access_token: 'at', refresh_token: 'rt' }]),
  'GET /v1/me': () => [200, { person: { id: 'me', name_masked: '李*' }, residencies: [home], dependants: [], colour: null, duties: [], consents: [] }],
  'GET /v1/me/passes': () => [200, { items: [pass], next_cursor: null }],
  'POST /v1/me/passes/p/codes': ({ count }) => {
    const first = Math.floor(Date.now() / 30_000) * 30_000
    const codes = Array.from({ length: count }, (_, n) => ({ code: `${n}`.padStart(122, '0'), not_before: new Date(first + n * 30_000).toISOString(), expires_at: new Date(first + n * 30_000 + 60_000).toISOString() }))
    return [200, { codes, step_seconds: 30, server_time: at(0) }]
  },
  'GET /v1/visits': () => [200, { items: [visit], next_cursor: null }],
  [`POST /v1/visits/${visit.id}/approve`]: () => (Object.assign(visit, { state: 'approved', waits_for: [] }), [200, visit]),
  'POST /v1/visits': (body) => [201, { visit: { ...visit, kind: body.kind }, share_url: `https://pass.example.cn/visit#${SHARED}` }],
  'GET /v1/me/message-allowances': () => [200, { items: [{ template_id: 't1', allowance: 0 }] }],
  'POST /v1/me/message-allowances': () => [200, { items: [] }],
}

Object.assign(wx, {
  request(o) {
    const url = new URL(o.url)
    const answer = answers[`${o.method} ${url.pathname}`]
    calls.push(`${o.method} ${url.pathname}`)
    const open = url.pathname.startsWith('/v1/sessions')
    const [statusCode, data] = !answer ? [404, { code: 'not_found', detail: url.pathname }] : open || (session && o.header.Authorization === 'Bearer at') ? answer(o.data) : [401, { code: 'unauthorized', detail: '-' }]
    setTimeout(() => {
      o.success({ statusCode, data: JSON.parse(JSON.stringify(data)), header: {} })
      o.complete?.({})
    })
    return { abort() {} }
  },
  login: (o) => o.success({ code: 'from-wechat' }),
  requestSubscribeMessage: (o) => (asked.push(o.tmplIds), o.success({ t1: 'accept' }), o.complete()),
  getScreenBrightness() {}, setScreenBrightness() {}, setKeepScreenOn() {}, setNavigationBarTitle() {}, setTabBarItem() {},
  ...Object.fromEntries(['switchTab', 'navigateTo', 'redirectTo', 'reLaunch'].map((how) => [how, ({ url }) => void went.push(`${how} ${url}`)])),
})

let app, stage, folder

// One stage with every page: a part is loaded once, as in WeChat, whoever uses it.
const PAGES = ['start', 'pass', 'visits', 'invite', 'guest']

function load() {
  folder = fs.mkdtempSync(path.join(root, '../stage-'))
  const file = (end, text) => fs.writeFileSync(path.join(folder, `stage.${end}`), text)
  file('json', JSON.stringify({ component: true, usingComponents: Object.fromEntries(PAGES.map((name) => [`page-${name}`, `/mp-weixin/pages/${name}/${name}`])) }))
  file('wxml', `<view>${PAGES.map((name) => `<page-${name} wx:if="{{at === '${name}'}}" class="page" />`).join('')}</view>`)
  file('js', "Component({ data: { at: '' } })")
  stage = simulate.render(simulate.load(path.join(folder, 'stage'), { rootPath: path.dirname(root) }))
  stage.attach(document.createElement('div'))
}

/** open shows a page, as WeChat would, in place of the one before. */
async function open(name, query = {}) {
  stage.querySelector('.page')?.instance.onHide?.()
  stage.setData({ at: '' })
  stage.setData({ at: name })
  const page = stage.querySelector('.page')
  page.instance.onLoad?.(query)
  page.instance.onShow?.()
  await new Promise((r) => setTimeout(r, 50)) // what it does by itself goes first
  return page
}

/** until waits for something to be so, and says what the page showed when it never is. */
async function until(page, so) {
  for (let over = Date.now() + 10_000; !so(); await new Promise((r) => setTimeout(r, 20))) if (Date.now() > over) throw new Error(`${so}: ${page.dom.innerHTML.slice(0, 500)}`)
}

const text = (page) => page.dom.textContent

/** press taps the button of a name: what its component tells the page. */
function press(page, label) {
  const found = [...page.dom.querySelectorAll('wx-button')].find((b) => b.textContent === label)
  if (!found) throw new Error(`no button ${label}: ${text(page)}`)
  found.__wxElement ? found.__wxElement.triggerEvent('tap') : found.dispatchEvent(new Event('tap'))
}

beforeAll(() => {
  global.App = (options) => (app = options)
  global.getApp = () => app
  require(path.join(root, 'app.js'))
  app.onLaunch({})
  load()
})

afterAll(() => {
  stage?.querySelector('.page')?.instance.onHide?.()
  stage?.detach()
  fs.rmSync(folder, { recursive: true, force: true })
})

test('signing in leads to the pass', async () => {
  const page = await open('start')
  await until(page, () => text(page).includes('微信登录'))
  press(page, '微信登录')
  await until(page, () => went.includes('switchTab /pages/pass/pass'))
  expect(wx.getStorageSync('cp.refresh')).toBe('rt')
})

test('the pass shows a code, and keeps ten minutes of them', async () => {
  const page = await open('pass')
  await until(page, () => page.dom.querySelector('cp-symbol wx-image'))
  expect(text(page)).toContain('李*')
  expect(wx.getStorageSync('cp.codes').p.codes).toHaveLength(20)
})

test('a visitor who waits is let in', async () => {
  const page = await open('visits')
  await until(page, () => text(page).includes('等您答复'))
  press(page, '同意')
  await until(page, () => text(page).includes('已同意'))
  expect(calls).toContain(`POST /v1/visits/${visit.id}/approve`)
})

test('an invitation asks to tell, and is shared as a card that carries nothing else', async () => {
  const page = await open('invite')
  expect(page.instance.onShareAppMessage({}).path).toBe('/pages/start/start')
  await until(page, () => calls.includes('GET /v1/me/message-allowances') && [...page.dom.querySelectorAll('wx-button')].some((b) => b.textContent === '生成邀请链接'))
  await until(page, () => calls.filter((c) => c === 'GET /v1/me').length > 1)
  press(page, '生成邀请链接')
  await until(page, () => text(page).includes('发给微信好友'))
  expect(asked).toEqual([['t1']])
  expect(calls).toContain('POST /v1/me/message-allowances')
  expect(page.instance.onShareAppMessage({})).toEqual({ title: '请您来春晓花园，点开领取通行码', path: `/pages/guest/guest?i=${SHARED}` })
  const guest = await open('guest', { i: SHARED })
  await until(guest, () => guest.dom.innerHTML.includes('web-view'))
  const wrong = await open('guest', { i: 'https://elsewhere.example' })
  await until(wrong, () => text(wrong).includes('不完整'))
})
