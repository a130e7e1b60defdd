import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

// One document a page. The console's is built once it is there.
const documents = ['visitor', 'guard', 'console'].filter((name) => existsSync(here(`${name}.html`)))

/** guardWorker writes the service worker of the guard's page: which files it keeps is
 * known only when they have their names. */
function guardWorker(): Plugin {
  return {
    name: 'guard-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      const keep = new Set<string>()
      const add = (name: string) => {
        const file = bundle[name]
        if (!file || keep.has(name)) return
        keep.add(name)
        if (file.type !== 'chunk') return
        for (const next of [...file.imports, ...file.dynamicImports]) add(next)
        const more = (file as { viteMetadata?: { importedCss?: Set<string>; importedAssets?: Set<string> } }).viteMetadata
        for (const next of [...(more?.importedCss ?? []), ...(more?.importedAssets ?? [])]) add(next)
      }
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === 'chunk' && file.isEntry && file.name === 'guard') add(name)
      }
      const files = [...keep].sort().map((name) => `/web/${name}`)
      if (files.length < 2) this.error('the guard page has no files')
      const version = createHash('sha256').update(files.join()).digest('hex').slice(0, 12)
      this.emitFile({ type: 'asset', fileName: 'guard-sw.js', source: worker(version, files) })
    },
  }
}

// The page and its files are kept for when there is no network. Calls of the API pass
// through untouched: an answer of yesterday must never open a door.
const worker = (version: string, files: string[]) => `const KEPT = 'guard-${version}'
const FILES = ${JSON.stringify(files)}
self.addEventListener('install', (e) => {
  e.waitUntil(caches.open(KEPT).then((c) => c.addAll(['/guard', '/web/guard.webmanifest', '/web/icon.svg', ...FILES])).then(() => self.skipWaiting()))
})
self.addEventListener('activate', (e) => {
  e.waitUntil(caches.keys().then((all) => Promise.all(all.filter((k) => k.startsWith('guard-') && k !== KEPT).map((k) => caches.delete(k)))).then(() => self.clients.claim()))
})
self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || url.origin !== location.origin) return
  if (e.request.mode === 'navigate') {
    e.respondWith(fetch(e.request, { signal: AbortSignal.timeout(4000) }).catch(() => caches.match('/guard')))
  } else if (FILES.includes(url.pathname)) {
    e.respondWith(caches.match(url.pathname).then((kept) => kept || fetch(e.request)))
  }
})
`

export default defineConfig({
  root: here('.'),
  base: '/web/',
  plugins: [vue(), guardWorker()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['es2020', 'chrome80', 'safari14'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: Object.fromEntries(documents.map((name) => [name, here(`${name}.html`)])) },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
  test: { include: ['test/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0])
