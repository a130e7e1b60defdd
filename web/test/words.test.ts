import { readFileSync, readdirSync, statSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const here = (name: string) => new URL(`../${name}`, import.meta.url)

describe('sentences', () => {
  it('are there in both languages, with the same places to fill in', () => {
    for (const file of ['visitor/words.ts', 'guard/words.ts', 'shared/problem.ts', 'console/words.ts', 'console/words-pages.ts', 'console/words-desk.ts', 'console/names-fields.ts', 'shared/sign-in.ts', 'console/names.ts']) {
      const pairs = [...readFileSync(here(file), 'utf8').matchAll(/(\w+): \[\s*'([^']*)',\s*'([^']*)'/g)]
      expect(pairs.length, file).toBeGreaterThan(2)
      for (const [, key, zh, en] of pairs) {
        expect(zh, `${file} ${key}`).toMatch(/[\u4e00-\u9fff]|^$/)
        expect(en, `${file} ${key}`).not.toMatch(/[\u4e00-\u9fff]{3}/)
        const places = (text = '') => [...text.matchAll(/\{\d\}/g)].map(String).sort()
        expect(places(en), `${file} ${key}`).toEqual(places(zh))
      }
    }
  })
})

describe('the build', () => {
  const files = (dir: string): string[] => { try { return readdirSync(here(dir)) } catch { return [] } }
  const built = files('dist').includes('visitor.html')

  it.skipIf(!built)('keeps the visitor page below 60 KB and asks no other host', () => {
    const html = readFileSync(here('dist/visitor.html'), 'utf8')
    const named = [...html.matchAll(/(?:src|href)="\/web\/([^"]+)"/g)].map((m) => m[1]!).filter((f) => /\.(js|css)$/.test(f))
    expect(named.length).toBeGreaterThan(2)
    const bytes = named.reduce((sum, f) => sum + gzipSync(readFileSync(here(`dist/${f}`)), { level: 9 }).length, 0)
    expect(bytes).toBeLessThan(60 * 1024)
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|https?:\/\//)
    for (const name of files('dist/assets')) expect(statSync(here(`dist/assets/${name}`)).size).toBeGreaterThan(0)
  })
})
