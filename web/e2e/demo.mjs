import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The Chromium to use: CHROMIUM, or that of the system. None is downloaded. */
export function findChromium() {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => p && existsSync(p))
  if (!found) throw new Error('no Chromium: apt-get install chromium, or set CHROMIUM to its path')
  return found
}

const freePort = () => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject)
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

/** startDemo runs a demo of its own, with its own folder and port, from COMMUNITYPASS or
 * built from this tree, and gives what it says of itself. */
export async function startDemo(folder) {
  const program = process.env.COMMUNITYPASS ?? path.join(folder, 'communitypass')
  if (!process.env.COMMUNITYPASS) {
    const build = spawnSync(process.env.GO ?? 'go', ['build', '-o', program, './cmd/communitypass'], { cwd: root, stdio: 'inherit' })
    if (build.status !== 0) throw new Error('the server does not build')
  }
  const child = spawn(program, ['demo', '--json', '--data', path.join(folder, 'data'), '--listen', `127.0.0.1:${await freePort()}`], { stdio: ['ignore', 'pipe', 'pipe'] })
  return { child, report: await firstObject(child) }
}

/** firstObject waits for the one JSON object that the demo prints. */
function firstObject(child) {
  return new Promise((resolve, reject) => {
    let out = ''
    let errors = ''
    const late = setTimeout(() => reject(new Error(`the demo says nothing: ${errors}`)), 120_000)
    child.stderr.on('data', (d) => (errors = (errors + d).slice(-4000)))
    child.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${errors}`)))
    child.stdout.on('data', (d) => {
      out += d
      try {
        const report = JSON.parse(out)
        clearTimeout(late)
        resolve(report)
      } catch {
        // Not all of it yet.
      }
    })
  })
}

/** stopDemo ends it and waits until it has ended. */
export async function stopDemo(child) {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

/** Demo is a demo with what the walks of these pages do in it. */
export class Demo {
  static async start(folder) {
    const demo = new Demo()
    const { child, report } = await startDemo(folder)
    return Object.assign(demo, { process: child, report, url: report.base_url })
  }

  get place() {
    return this.report.communities.find((c) => c.name === '春晓花园')
  }

  /** The first person of a role in the garden. */
  person(role) {
    return Object.values(this.report.people).find((p) => p.role === role && (p.scope?.id === this.place.community_id || p.community_id === this.place.community_id))
  }

  /** A second guard of the garden, who comes when the first one goes. */
  async nextGuard() {
    const who = { username: 'next.garden', password: `Nx-${randomBytes(12).toString('base64url')}`, name: '孙接班' }
    const body = { ...who, role: 'guard', scope_kind: 'community', scope_id: this.place.community_id }
    await this.call('POST', '/v1/staff', this.person('property_manager').access_token, body)
    return who
  }

  gate(name) {
    return this.report.gates.find((g) => g.name === name && g.community_id === this.place.community_id).gate_id
  }

  entry(gate) {
    return this.report.entry_codes.find((e) => e.gate_id === this.gate(gate))
  }

  async call(method, where, token, body) {
    const answer = await fetch(this.url + where, {
      method, headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), 'Content-Type': 'application/json' }, ...(body ? { body: JSON.stringify(body) } : {}),
    })
    if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }

  /** Somebody with a parcel asks at a gate for a home that is not there: the guards are asked. */
  async courier(gate) {
    const body = { kind: 'courier', name: '测试快递', phone: '13900001111', building: '99', unit: '9', room: '999' }
    await this.call('POST', `/v1/entry/${this.entry(gate).code}/visits`, '', body)
  }

  /** A resident with a home, who answers visitors. */
  async host() {
    const { access_token: token, pass_id: pass } = this.report.people['欧阳小燕']
    const me = await this.call('GET', '/v1/me', token)
    const home = me.residencies.find((r) => r.status === 'active')
    const approve = async () => {
      const waiting = await this.call('GET', '/v1/visits?state=requested', token)
      await this.call('POST', `/v1/visits/${waiting.items[0].id}/approve`, token, {})
    }
    const speak = async (gateId) => (await this.call('POST', `/v1/me/passes/${pass}/spoken-codes`, token, { gate_id: gateId })).code
    const refuse = async (reason) => {
      const waiting = await this.call('GET', '/v1/visits?state=requested', token)
      await this.call('POST', `/v1/visits/${waiting.items[0].id}/decline`, token, { reason })
    }
    const invite = async () => (await this.call('POST', '/v1/visits', token, { household_id: home.household_id, kind: 'once', visitor_name: '测试邀请', valid_until: new Date(Date.now() + 3 * 3600_000).toISOString() })).share_url
    const looks = async () => (await this.call('GET', '/v1/me/access-log?limit=200', token)).items
    return { home, looks, approve, refuse, invite, speak }
  }

  /** What the gates of the garden have recorded, newest first. */
  async passages() {
    return (await this.call('GET', `/v1/communities/${this.place.community_id}/passages?limit=50`, this.person('guard').access_token)).items
  }

  stop = () => stopDemo(this.process)
}
