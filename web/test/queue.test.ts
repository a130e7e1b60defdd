import { beforeEach, describe, expect, it, vi } from 'vitest'
import { page } from './page'

const one = (id: string, account = 'P') => ({ account, gate: 'G', gateName: '东门', at: 1, body: { scan_id: id, direction: 'in' as const, reason: 'elder' as const, override: false } })

async function fresh(storage: Map<string, string>) {
  vi.resetModules()
  const { Queue } = await import('../guard/queue')
  const { Problem, offline } = await import('../shared/problem')
  const on = { getItem: (k: string) => storage.get(k) ?? null, setItem: (k: string, v: string) => void storage.set(k, v) }
  return { Queue, Problem, offline, on }
}

beforeEach(() => {
  vi.unstubAllGlobals()
  page()
})

describe('the queue of a guard', () => {
  it('outlives the page, is sent in order, and loses nothing when it stops half way', async () => {
    const storage = new Map<string, string>()
    const { Queue, offline, on } = await fresh(storage)
    const first = new Queue(on)
    for (const id of ['a', 'b', 'c']) expect(first.add(one(id))).toBe(true)
    const later = new Queue(on)
    const sent: string[] = []
    await later.send(later.all.value, async (w) => {
      if (w.body.scan_id === 'b') throw offline()
      sent.push(w.body.scan_id)
    })
    expect(sent).toEqual(['a'])
    expect(new Queue(on).all.value.map((w) => w.body.scan_id)).toEqual(['b', 'c'])
  })

  it('keeps what is refused, with the reason, and goes on', async () => {
    const { Queue, Problem, on } = await fresh(new Map())
    const queue = new Queue(on)
    queue.add(one('a'))
    queue.add(one('b'))
    await queue.send(queue.all.value, async (w) => {
      if (w.body.scan_id === 'a') throw new Problem(409, { code: 'override_required', detail: '需要说明' })
    })
    expect(queue.all.value).toMatchObject([{ body: { scan_id: 'a' }, refused: '需要说明' }])
    queue.drop('a')
    expect(queue.all.value).toEqual([])
  })

  it('waits when the sign-in is over or the server is busy', async () => {
    for (const status of [401, 429, 500, 503]) {
      const { Queue, Problem, on } = await fresh(new Map())
      const queue = new Queue(on)
      queue.add(one('a'))
      await queue.send(queue.all.value, async () => { throw new Problem(status, {}) })
      expect(queue.all.value).toMatchObject([{ body: { scan_id: 'a' } }])
      expect(queue.all.value[0]).not.toHaveProperty('refused')
    }
  })

  it('says so when it cannot keep anything', async () => {
    const { Queue, on } = await fresh(new Map())
    const full = { ...on, setItem: () => { throw new DOMException('', 'QuotaExceededError') } }
    const queue = new Queue(full)
    expect(queue.add(one('a'))).toBe(false)
    expect(queue.all.value).toEqual([])
    expect(new Queue(undefined).add(one('a'))).toBe(false)
  })
})
