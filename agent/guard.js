// The page of whoever stands at the gate. It asks the gate on its own network and nobody
// else, and keeps nothing but the language.
const words = {
  zh: {
    online: '在线：由平台判定', offline: '离线：本门自行判定', revoked: '凭证已收回：进门不放行', silent: '门禁程序没有回应', since: '{0} 起',
    bundle: '离线包 {0} 分钟前', bundle_stale: '离线包已过期', bundle_none: '没有离线包', queue: '待上传 {0}', held: '未落盘 {0}', clock: '时钟偏差 {0} 秒',
    direction: '方向', in: '进', out: '出', code: '通行码', code_hint: '用扫码枪对准通行码，或手工输入后按回车。', temperature: '体温 °C（可不填）', decide: '核验', camera: '用摄像头', camera_stop: '关闭摄像头',
    by_hand: '人工放行', hand_hint: '先记录，后开门；联网后自动上传。', reason: '原因', note: '说明（选“其他”时必填）', closed: '门已经开了，只记录', hand_do: '记录并放行',
    no_phone: '没有手机', phone_dead: '手机没电', code_problem: '码有问题', child: '小孩', elder: '老人', emergency_service: '急救、消防、公安', other: '其他',
    spoken: '口令要由平台核对，请在保安页上输入。', recent: '最近的判定', nothing: '还没有', next: '下一位', admit: '放行', refuse: '不放行', refer: '请核实', here: '本门自行判定', there: '平台判定', skew: '手机时钟差 {0} 秒',
    failed: '没有成功，请再试一次', other_needs: '请填写说明', title: '门岗', language: 'English',
  },
  en: {
    online: 'Online: the server decides', offline: 'Offline: this gate decides alone', revoked: 'Credential withdrawn: nobody comes in', silent: 'The agent does not answer', since: 'since {0}',
    bundle: 'bundle {0} min old', bundle_stale: 'bundle too old', bundle_none: 'no bundle', queue: '{0} to upload', held: '{0} not on the disk', clock: 'clock {0} s off',
    direction: 'Direction', in: 'In', out: 'Out', code: 'Pass code', code_hint: 'Scan it with a hand scanner, or type it and press Enter.', temperature: 'Temperature °C (may stay empty)', decide: 'Decide', camera: 'Use the camera', camera_stop: 'Close the camera',
    by_hand: 'Admit by hand', hand_hint: 'It is recorded before the door opens, and uploaded when there is a network.', reason: 'Why', note: 'Note (needed with “other”)', closed: 'The door is open already: record only', hand_do: 'Record and admit',
    no_phone: 'No phone', phone_dead: 'Phone is empty', code_problem: 'Trouble with the code', child: 'Child', elder: 'Old person', emergency_service: 'Ambulance, fire, police', other: 'Other',
    spoken: 'Spoken codes need the server: type them on the guard’s page.', recent: 'Latest decisions', nothing: 'None yet', next: 'Next', admit: 'Admit', refuse: 'Do not admit', refer: 'Please check', here: 'decided here', there: 'decided by the server', skew: 'the phone’s clock is {0} s off',
    failed: 'It did not work: please try again', other_needs: 'Please write a note', title: 'Gate', language: '中文',
  },
}
const reasons = ['no_phone', 'phone_dead', 'code_problem', 'child', 'elder', 'emergency_service', 'other']
const signs = { admit: '✓', refuse: '✕', refer: '!' }
const at = (id) => document.getElementById(id)
const base = location.pathname.replace(/\/$/, '')
let language = kept() ?? (navigator.language.startsWith('zh') ? 'zh' : 'en')
let last

function kept() { try { return localStorage.getItem('language') } catch { return null } }
const say = (key, ...values) => values.reduce((text, v, n) => text.replace(`{${n}}`, v), words[language][key])
// The time of where the gates are, whatever clock the computer at the gate has.
const clock = (t) => new Date(t).toLocaleTimeString(language === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai', hourCycle: 'h23' })
const direction = () => new FormData(at('show')).get('direction')

function translate() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  document.title = say('title')
  for (const e of document.querySelectorAll('[data-word]')) e.textContent = say(e.dataset.word)
  at('language').textContent = say('language')
  const chosen = at('reason').value
  at('reason').replaceChildren(...reasons.map((r) => new Option(say(r), r)))
  if (chosen) at('reason').value = chosen
  if (last) draw(last)
}

function draw(s) {
  last = s
  const mode = at('mode')
  at('gate').textContent = s.gate
  mode.className = s.mode
  mode.textContent = say(s.mode)
  const b = s.bundle
  const off = Math.round(s.clock.offset_ms / 1000)
  at('facts').textContent = [say('since', clock(s.since)), b ? (b.stale ? say('bundle_stale') : say('bundle', Math.round(b.age_seconds / 60))) : say('bundle_none'),
    s.queue ? say('queue', s.queue) : '', s.held ? say('held', s.held) : '', Math.abs(off) > 2 ? say('clock', off) : ''].filter(Boolean).join(' · ')
  at('faults').replaceChildren(...s.faults.map((f) => line('li', f[language])))
  const rows = s.recent.map((a) => {
    const li = document.createElement('li')
    li.className = a.outcome
    const words = document.createElement('span')
    words.append(line('b', say(a.outcome)), ` ${say(a.direction)} · ${a[language].message}`)
    li.append(line('time', clock(a.at)), words)
    return li
  })
  at('recent').replaceChildren(...(rows.length ? rows : [line('li', say('nothing'))]))
}

function line(name, text) {
  const e = document.createElement(name)
  e.textContent = text
  return e
}

async function look() {
  try {
    const answer = await fetch(`${base}/now`, { signal: AbortSignal.timeout(4000) })
    if (!answer.ok) throw new Error('no answer')
    draw(await answer.json())
  } catch {
    at('mode').className = 'revoked'
    at('mode').textContent = say('silent')
  }
}

async function ask(path, body, form) {
  const buttons = form.querySelectorAll('button')
  for (const b of buttons) b.disabled = true
  try {
    const answer = await fetch(`${base}/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal: AbortSignal.timeout(15000) })
    if (!answer.ok) throw new Error('refused')
    tell(await answer.json())
    return true
  } catch {
    tell({ outcome: 'refer', zh: { message: words.zh.failed, next: '' }, en: { message: words.en.failed, next: '' } })
    return false
  } finally {
    for (const b of buttons) b.disabled = false
    void look()
  }
}

function tell(a) {
  const w = a[language]
  at('answer').className = a.outcome
  at('answer-sign').textContent = signs[a.outcome]
  at('answer-word').textContent = say(a.outcome)
  at('answer-message').textContent = w.message
  at('answer-next').textContent = w.next
  at('answer-notice').textContent = w.notice ?? ''
  at('answer-where').textContent = a.at ? [say(a.online ? 'there' : 'here'), a.skew_seconds ? say('skew', a.skew_seconds) : ''].filter(Boolean).join(' · ') : ''
  if (!at('answer').open) at('answer').showModal()
  beep(a.outcome)
}

let audio
function beep(outcome) {
  try {
    audio ??= new AudioContext()
    const tones = { admit: [880], refer: [440, 440], refuse: [220, 196] }[outcome]
    tones.forEach((tone, n) => {
      const o = audio.createOscillator()
      const g = audio.createGain()
      g.gain.value = 0.2
      o.frequency.value = tone
      o.connect(g).connect(audio.destination)
      o.start(audio.currentTime + n * 0.2)
      o.stop(audio.currentTime + n * 0.2 + 0.15)
    })
  } catch { /* a terminal without sound still shows it */ }
}

at('show').addEventListener('submit', async (e) => {
  e.preventDefault()
  const code = at('code').value
  if (!code.trim()) return
  const temperature = Number(at('temperature').value)
  if (await ask('shown', { code, direction: direction(), ...(temperature ? { temperature_c: temperature } : {}) }, at('show'))) {
    at('code').value = ''
    at('temperature').value = ''
  }
})
at('hand').addEventListener('submit', async (e) => {
  e.preventDefault()
  const note = at('note').value.trim()
  at('note').setCustomValidity(at('reason').value === 'other' && !note ? say('other_needs') : '')
  if (!at('note').reportValidity()) return
  if (await ask('by-hand', { direction: direction(), reason: at('reason').value, note, closed: at('closed').checked }, at('hand'))) {
    at('note').value = ''
    at('closed').checked = false
  }
})
at('note').addEventListener('input', () => at('note').setCustomValidity(''))
at('next').addEventListener('click', () => at('answer').close())
at('answer').addEventListener('close', () => at('code').focus())
at('language').addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh'
  try { localStorage.setItem('language', language) } catch { /* it is asked again the next time */ }
  translate()
})
// A hand scanner types the next code and Enter while the last answer is still shown.
document.addEventListener('keydown', (e) => {
  if (!at('answer').open || e.key === 'Escape' || e.key === 'Tab' || e.key === 'Enter') return
  at('answer').close()
})

// The camera is there where a browser reads codes by itself and the page is a secure one,
// such as on the gate's own terminal.
let stream
if (window.isSecureContext && 'BarcodeDetector' in window && navigator.mediaDevices) at('camera').hidden = false
at('camera').addEventListener('click', async () => {
  if (stream) return close()
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  } catch {
    at('camera').hidden = true
    return
  }
  at('view').srcObject = stream
  at('view').hidden = false
  at('camera').textContent = say('camera_stop')
  await at('view').play()
  const detector = new BarcodeDetector({ formats: ['qr_code'] })
  const read = async () => {
    if (!stream) return
    const found = at('answer').open ? [] : await detector.detect(at('view')).catch(() => [])
    if (found.length) {
      at('code').value = found[0].rawValue
      at('show').requestSubmit()
    }
    setTimeout(read, 200)
  }
  void read()
})
function close() {
  for (const track of stream.getTracks()) track.stop()
  stream = undefined
  at('view').hidden = true
  at('camera').textContent = say('camera')
}

translate()
void look()
setInterval(look, 1000)
at('code').focus()
