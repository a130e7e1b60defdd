import { beforeEach, describe, expect, it, vi } from 'vitest'
import { page } from './page'

beforeEach(() => {
  vi.resetModules()
  page()
})

describe('KeysetList', () => {
  const load = async () => (await import('../console/keyset')).KeysetList

  it('grows by pages and ends where there is no cursor', async () => {
    const List = await load()
    const list = new List<{ id: string }>(async (cursor) => (cursor ? { items: [{ id: 'b' }], next_cursor: null } : { items: [{ id: 'a' }], next_cursor: 'a' }))
    await list.reload()
    await list.more()
    await list.more()
    expect(list.items.value.map((r) => r.id)).toEqual(['a', 'b'])
    expect(list.cursor.value).toBeUndefined()
  })

  it('drops an answer that comes after a newer question', async () => {
    const List = await load()
    const answers: ((items: { id: string }[]) => void)[] = []
    const list = new List<{ id: string }>(() => new Promise((done) => answers.push((items) => done({ items, next_cursor: null }))))
    const first = list.reload()
    const second = list.reload()
    answers[1]!([{ id: 'new' }])
    answers[0]!([{ id: 'old' }])
    await Promise.all([first, second])
    expect(list.items.value).toEqual([{ id: 'new' }])
    expect(list.busy.value).toBe(false)
  })

  it('keeps its rows and says why when a call fails', async () => {
    const List = await load()
    let fail = false
    const list = new List<{ id: string }>(async () => {
      if (fail) throw new Error('no')
      return { items: [{ id: 'a' }], next_cursor: null }
    })
    await list.reload()
    fail = true
    await list.reload()
    expect(list.items.value).toHaveLength(1)
    expect(list.problem.value?.code).toBe('broken')
  })
})

describe('addresses and searches', () => {
  it('adds what is set and nothing else', async () => {
    const { withQuery } = await import('../console/keyset')
    expect(withQuery('/v1/visits?state=left', { kind: '', cursor: undefined, limit: 50 })).toBe('/v1/visits?state=left&limit=50')
    expect(withQuery('/v1/staff', {})).toBe('/v1/staff')
  })

  it('finds rows that have all the words', async () => {
    const { matches } = await import('../console/keyset')
    expect(matches({ name_masked: '钱**', building: '3' }, '钱 3')).toBe(true)
    expect(matches({ name_masked: '钱**' }, '赵')).toBe(false)
  })
})

describe('permissions', () => {
  it('join what the own roles allow, and nothing of others', async () => {
    const { permissionsOf } = await import('../console/store')
    const row = (role: string, permissions: string[]) => ({ role, permissions, scopes: [], may_grant: [], needs_totp: true })
    const may = permissionsOf([{ role: 'auditor', scope_kind: 'platform' }], [row('auditor', ['audit.read']), row('system_admin', ['place.manage'])])
    expect([...may]).toEqual(['audit.read'])
  })
})

describe('the live feed', () => {
  it('shows each passage once, the newest first, and forgets the oldest', async () => {
    const { keepNewest } = await import('../console/feed')
    expect(keepNewest([{ id: '2' }, { id: '1' }], [{ id: '3' }, { id: '2' }], 2).map((r) => r.id)).toEqual(['3', '2'])
  })
})

describe('rules of a form', () => {
  const every = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

  it('take times as people write them and say what is none', async () => {
    const { tidyTime, wrongHours } = await import('../console/rules')
    expect(tidyTime(' 7：00')).toBe('07:00')
    const span = (from: string, to: string) => wrongHours({ days: [...every], from, to })
    expect([span('07:00', '22:00'), span('22:00', '06:00'), span('00:00', '24:00')]).toEqual([undefined, undefined, undefined])
    for (const [from, to] of [['7', '22:00'], ['25:00', '26:00'], ['08:00', '08:00'], ['24:00', '08:00'], ['', '']] as const) expect(span(from, to), from).toBe('hours_bad')
    expect(wrongHours({ days: [], from: '07:00', to: '22:00' })).toBe('days_bad')
  })

  it('change quotas and hours and keep the rest', async () => {
    const { changed } = await import('../console/rules')
    const weekdays = [{ days: ['mon' as const], from: '09:00', to: '18:00' }]
    const rules = changed({ kinds: { courier: { quota: 1 } }, zone_minutes: 480 }, { courier: '3' }, { courier: weekdays }, '5')
    expect(rules.kinds.courier).toEqual({ quota: 3, hours: weekdays })
    expect(rules).toMatchObject({ card_quota: 5, zone_minutes: 480 })
  })
})

describe('times', () => {
  it('are those of China, wherever the browser is', async () => {
    const { fromLocal, toLocal, day } = await import('../console/moment')
    expect(fromLocal('2026-11-22T08:00')).toBe('2026-11-22T00:00:00.000Z')
    expect(toLocal(Date.parse('2026-11-22T00:00:00Z'))).toBe('2026-11-22T08:00')
    expect(day(Date.parse('2026-11-22T17:00:00Z'))).toBe('2026-11-23')
    expect(fromLocal('soon')).toBeUndefined()
  })
})

describe('words of the contract', () => {
  it('are there for what a gate can answer, and a new one is shown as it is', async () => {
    const { label } = await import('../console/labels')
    expect(label('reason', 'clock_skew')).toBe('时钟不准')
    expect(label('reason', 'brand_new')).toBe('brand_new')
    expect(label('reason', undefined)).toBe('—')
  })
})

describe('a file', () => {
  it('is named by its ending, whatever Windows calls it', async () => {
    const { mediaType } = await import('../console/roster')
    expect(mediaType('名册.CSV')).toBe('text/csv')
    expect(mediaType('名册.xlsx')).toContain('spreadsheetml')
  })
})

describe('incidents', () => {
  const load = async () => await import('../console/incident')
  const one = (id: string, state: string, more: object = {}) => ({ id, state, raised_at: '2026-11-22T04:00:00.000Z', ...more }) as never

  it('says how long may be waited, and how long was waited too long', async () => {
    const { timer } = await load()
    const now = Date.parse('2026-11-22T04:02:00.000Z')
    expect(timer(one('a', 'raised', { due_at: '2026-11-22T04:03:05.000Z' }), now)).toEqual({ text: '剩 1:05', late: false })
    expect(timer(one('a', 'raised', { due_at: '2026-11-22T03:01:58.000Z' }), now)).toEqual({ text: '超时 1:00:02', late: true })
    expect(timer(one('a', 'resolved'), now)).toEqual({ text: '已 2:00', late: false })
  })

  it('moves a card to the column of its state, newest first, and off the board when it is reviewed', async () => {
    const { move, OPEN } = await load()
    const board = new Map(OPEN.map((s) => [s, [] as never[]]))
    board.set('raised', [one('b', 'raised'), one('a', 'raised')])
    const taken = move(board, one('a', 'acknowledged'))
    expect([...taken].map(([s, rows]) => [s, rows.map((r) => r.id)]).slice(0, 2)).toEqual([['raised', ['b']], ['acknowledged', ['a']]])
    const newer = move(taken, one('c', 'acknowledged'))
    expect(newer.get('acknowledged')!.map((r) => r.id)).toEqual(['c', 'a'])
    expect([...move(newer, one('c', 'reviewed')).values()].flat().map((r) => r.id)).toEqual(['b', 'a'])
  })
})
