import { createReadStream, existsSync } from 'node:fs'
import { createServer, request } from 'node:http'
import path from 'node:path'

/** What the pages may do: files and calls of their own server, and no inline script. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

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
