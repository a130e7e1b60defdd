import { spawn, spawnSync } from 'node:child_process'
import { createReadStream, existsSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { createServer as listener } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the pages may do: files and calls of their own server, and no inline script. */
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The Chromium to use: CHROMIUM, or that of the system. None is downloaded. */
export function findChromium() {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => p && existsSync(p))
  if (!found) throw new Error('no Chromium: apt-get install chromium, or set CHROMIUM to its path')
  return found
}

const freePort = () => new Promise((resolve, reject) => {
  const server = listener().once('error', reject)
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

/** startDemo runs a demo of its own, from COMMUNITYPASS or built from this tree, and
 * gives what it says of itself. */
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

const KINDS = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png', '.json': 'application/json' }

/** serve puts the browser build at /app/ in front of a server, as one domain. */
export function serve(build, upstream) {
  const to = new URL(upstream)
  const server = createServer((req, res) => {
    const asked = new URL(req.url, 'http://x').pathname
    if (!asked.startsWith('/app/')) {
      const on = request({ host: to.hostname, port: to.port, path: req.url, method: req.method, headers: req.headers }, (r) => {
        res.writeHead(r.statusCode, r.headers)
        r.pipe(res)
      })
      on.on('error', () => res.destroy())
      return req.pipe(on)
    }
    const file = path.join(build, asked === '/app/' ? 'index.html' : path.normalize(asked.slice(5)))
    if (!file.startsWith(build) || !existsSync(file)) return res.writeHead(404).end()
    res.writeHead(200, { 'Content-Type': KINDS[path.extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' })
    createReadStream(file).pipe(res)
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ server, url: `http://127.0.0.1:${server.address().port}` })))
}
