import { defineConfig, type Plugin } from 'vite'
import uniPlugin from '@dcloudio/vite-plugin-uni'

// The package is CommonJS and gives its function as default.default where the
// configuration is loaded as a module.
const uni = ((uniPlugin as unknown as { default?: typeof uniPlugin }).default ?? uniPlugin) as typeof uniPlugin

/** ownServerOnly takes the addresses of uni's maker out of the build: pictures for a
 * shadow below the bar, and advertisements, neither of which is used here. What would
 * still ask elsewhere fails the build. */
function ownServerOnly(): Plugin {
  return {
    name: 'own-server-only',
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk') file.code = file.code.replace(/https:\/\/ha[cs]1\.dcloud\.net\.cn\/\w+/g, '')
        else if (file.fileName.endsWith('.css')) file.source = String(file.source).replace(/url\(https:\/\/cdn\.dcloud\.net\.cn\/[^)]*\)/g, 'none')
      }
    },
    writeBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        const text = file.type === 'chunk' ? file.code : String(file.source)
        if (/https?:\/\/[\w.]*(?:dcloud\.net\.cn\/(?:img|ah)|alicdn|jsdelivr|unpkg)/.test(text)) this.error(`${file.fileName} would ask another server`)
      }
    },
  }
}

/** signingApart keeps what signs codes out of the file that every page of the mini-program
 * loads: it needs BigInt, which the oldest phones have not. A browser's build does this
 * by itself; uni-app's for WeChat knows no import() and puts all packages together. */
function signingApart(): Plugin {
  const parts = /\/(passcode\/ts\/src|node_modules\/(sm-crypto-v2|@noble))\//
  const inWechat = process.env.UNI_PLATFORM === 'mp-weixin'
  return {
    name: 'signing-apart',
    configResolved({ build: { rollupOptions: { output } } }) {
      if (!inWechat || !output || Array.isArray(output) || typeof output.manualChunks !== 'function') return
      const others = output.manualChunks
      output.manualChunks = (id, tools) => (parts.test(id) ? 'lib/signing' : others(id, tools))
    },
    renderDynamicImport: ({ targetModuleId }) => (inWechat && targetModuleId?.endsWith('/src/lib/signing.ts') ? { left: 'Promise.resolve().then(() => require(', right: '))' } : null),
  }
}

export default defineConfig({
  plugins: [uni(), ownServerOnly(), signingApart()],
  // The phone's side of format 3 lies in passcode/ts, with packages of its own there.
  resolve: { dedupe: ['sm-crypto-v2'] },
  build: {
    // No data: fonts or pictures, which a strict policy would have to allow, and no
    // inline script that makes up for missing modulepreload.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
