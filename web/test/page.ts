import { vi } from 'vitest'

/** The few things of a browser that the shared parts touch. */
export function page(languages: string[] = ['zh-CN']): Map<string, string> {
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v), removeItem: (k: string) => void kept.delete(k) })
  vi.stubGlobal('navigator', { languages, language: languages[0], onLine: true })
  vi.stubGlobal('document', { documentElement: { lang: '' }, createElement: () => ({}) })
  return kept
}

export const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', ...headers } })
