import { Stock, type Kept } from './codes'
import { forget, keep, kept } from './kept'
import type { Schemas } from './types'

type Pass = Schemas['Pass']

// A mini-program that is opened again without a network shows the codes it had: they
// end within ten minutes. A browser's storage is open to too much, and a page that is
// not loaded shows nothing anyway: there they stay in memory.
let onPhone = true
// #ifdef H5
onPhone = false
// #endif

let stocks: Record<string, Stock> = {}
let passes: Pass[] = []

/** The passes as they were last seen: names and numbers masked as the server gave them. */
export function passesKept(): Pass[] {
  if (passes.length === 0 && onPhone) passes = kept<Pass[]>('passes') ?? []
  return passes
}

export function keepPasses(seen: Pass[]): void {
  passes = seen
  for (const id of Object.keys(stocks)) if (!seen.some((p) => p.id === id)) delete stocks[id]
  if (onPhone) keep('passes', seen)
  keepCodes()
}

/** The codes of a pass, with those that were kept on the phone. */
export function stockOf(id: string): Stock {
  if (!stocks[id]) stocks[id] = new Stock(undefined, onPhone ? kept<Record<string, Kept>>('codes')?.[id] : undefined)
  return stocks[id]
}

export function keepCodes(): void {
  if (onPhone) keep('codes', Object.fromEntries(Object.entries(stocks).map(([id, s]) => [id, s.kept()])))
}

export function forgetCodes(): void {
  stocks = {}
  passes = []
  forget('passes')
  forget('codes')
}
