import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Agent is a gate agent as it stands beside a reader: the real program, in a folder of
 * its own, enrolled by a code that the console showed. */
export class Agent {
  /** start enrols and runs it. Its requests go through another address than the server's
   * where one is named; with guard it has a page for whoever stands at the gate. */
  static start(folder, { server, code, through = server, guard = false }) {
    const program = path.join(folder, 'gateagent')
    const built = spawnSync(process.env.GO ?? 'go', ['build', '-o', program, './cmd/gateagent'], { cwd: root, stdio: 'inherit' })
    if (built.status !== 0) throw new Error('the gate agent does not build')
    const data = path.join(folder, 'agent')
    const enrolled = spawnSync(program, ['enrol', '--data', data, '--server', server, '--code', code, '--name', '东门小盒'], { encoding: 'utf8' })
    if (enrolled.status !== 0) throw new Error(`the agent was not enrolled: ${enrolled.stderr}`)
    const agent = new Agent()
    agent.token = randomBytes(12).toString('hex')
    agent.process = spawn(program, ['run', '--data', data, '--server', through, '--listen', '127.0.0.1:0', ...(guard ? ['--guard', agent.token] : ['--reader', 'in=stdin'])], { stdio: ['pipe', 'ignore', 'pipe'] })
    agent.process.stderr.on('data', (d) => (agent.said = (agent.said + d).slice(-4000)))
    return agent
  }

  said = ''

  /** page is the address of the guard's page, once the agent has said it. */
  async page() {
    for (;;) {
      const [, address] = /"guard":"([^"]+)TOKEN"/.exec(this.said) ?? []
      if (address) return address + this.token
      if (this.process.exitCode !== null) throw new Error(`the agent ended: ${this.said}`)
      await new Promise((heard) => this.process.stderr.once('data', heard))
    }
  }

  async stop() {
    if (this.process.exitCode !== null) return
    const ended = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.kill('SIGTERM')
    await ended
  }
}
