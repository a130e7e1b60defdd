import { beforeEach, describe, expect, it, vi } from 'vitest'
import { json, page } from './page'

async function fresh() {
  vi.resetModules()
  return { ...(await import('../shared/client')), ...(await import('../shared/problem')), ...(await import('../shared/staff')), ...(await import('../shared/language')) }
}

beforeEach(() => {
  vi.unstubAllGlobals()
  page()
})

describe('a call', () => {
  it('says what went wrong in the language of the page', async () => {
    const { Client, Problem } = await fresh()
    const asked = vi.fn(async () => json(400, { code: 'invalid', detail: '请检查填写的内容。', errors: [{ field: '/phone', code: 'format', detail: '格式不正确' }] }))
    vi.stubGlobal('fetch', asked)
    const problem = await new Client().post('/v1/x', { a: 1 }, { once: 'k1' }).then(() => undefined, (e: InstanceType<typeof Problem>) => e)
    expect(problem).toBeInstanceOf(Problem)
    expect([problem?.code, problem?.message, problem?.field('phone'), problem?.unanswered]).toEqual(['invalid', '请检查填写的内容。', '格式不正确', false])
    const sent = (asked.mock.calls[0] as unknown as [string, RequestInit])[1]
    expect(sent.headers).toMatchObject({ 'Accept-Language': 'zh-CN', 'Idempotency-Key': 'k1', 'Content-Type': 'application/json' })
    expect(sent.headers).not.toHaveProperty('Authorization')
  })

  it('tells offline from no answer, and survives an answer that is no JSON', async () => {
    const { Client } = await fresh()
    vi.stubGlobal('fetch', async () => { throw new TypeError('failed') })
    await expect(new Client().get('/v1/x')).rejects.toMatchObject({ code: 'offline', unanswered: true })
    vi.stubGlobal('fetch', (_: string, o: RequestInit) => new Promise((_r, no) => o.signal!.addEventListener('abort', () => no(new DOMException('', 'AbortError')))))
    await expect(new Client().get('/v1/x', { patience: 5 })).rejects.toMatchObject({ code: 'no_answer', unanswered: true })
    vi.stubGlobal('fetch', async () => new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } }))
    await expect(new Client().get('/v1/x')).rejects.toMatchObject({ code: 'broken', status: 502, unanswered: true })
  })

  it('escapes what is put into a path', async () => {
    const { at } = await fresh()
    expect(at`/v1/entry/${'a/b?c#d'}/visits`).toBe('/v1/entry/a%2Fb%3Fc%23d/visits')
  })
})

describe('a sign-in that has run out', () => {
  const session = (token: string) => ({ access_token: token, token_type: 'Bearer', expires_in: 900, person: { id: 'P', name_masked: '赵**', registered: true } })

  it('is renewed once for many calls, and kept nowhere', async () => {
    const kept = page()
    const { StaffSession } = await fresh()
    let good = 'one'
    const renewals: unknown[] = []
    vi.stubGlobal('fetch', async (path: string, o: RequestInit) => {
      if (path === '/v1/sessions/staff') return json(201, session('one'))
      if (path === '/v1/sessions/refresh') {
        renewals.push(JSON.parse(String(o.body)))
        await new Promise((r) => setTimeout(r, 5))
        return json(201, session((good = 'two')))
      }
      const bearer = (o.headers as Record<string, string>).Authorization
      return bearer === `Bearer ${good}` ? json(200, { ok: true }) : json(401, { code: 'unauthenticated' })
    })
    const staff = new StaffSession()
    await staff.signIn('zhao', 'secret')
    good = 'none'
    const all = await Promise.all([1, 2, 3].map(() => staff.client.get('/v1/x')))
    expect(all).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    expect(renewals).toEqual([{ cookie: true }])
    expect([...kept.values()].join()).not.toMatch(/one|two|secret/)
  })

  it('ends when it is refused, and does not when nobody was asked', async () => {
    page().set('cp.staff', JSON.stringify({ id: 'P', name: '赵**' }))
    const { StaffSession } = await fresh()
    const staff = new StaffSession()
    vi.stubGlobal('fetch', async () => { throw new TypeError('failed') })
    expect(await staff.resume()).toBe('offline')
    expect(staff.known.value?.id).toBe('P')
    vi.stubGlobal('fetch', async () => json(401, { code: 'unauthenticated' }))
    expect(await staff.resume()).toBe('out')
    expect(staff.known.value).toBeUndefined()
  })
})
