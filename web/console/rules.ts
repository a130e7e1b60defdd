import type { Schemas } from '../shared/types'

type Rules = Schemas['GateRules']
type Kind = keyof Schemas['RuleKinds']

export const KINDS: Kind[] = ['resident', 'visitor', 'courier', 'staff', 'vehicle']
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** readHours reads "07:00-22:00"; an empty text is the whole day, undefined what is no span. */
export function readHours(text: string): Schemas['RuleHours'][] | undefined {
  if (!text.trim()) return []
  const span = /^\s*(\d{1,2}:\d{2})\s*[-–—~至到]\s*(\d{1,2}:\d{2})\s*$/.exec(text)
  const [from, to] = [span?.[1], span?.[2]].map((t) => t?.padStart(5, '0'))
  const good = (t: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(t)
  if (!from || !to || !good(from) || !(good(to) || to === '24:00') || from === to) return undefined
  return [{ days: [...DAYS], from, to }]
}

/** simple says whether the hours of a kind are what one line of text can hold. What is
 * more is kept as it is: this page never loses what it cannot show. */
export function simple(hours: Schemas['RuleHours'][] | undefined): boolean {
  return !hours?.length || (hours.length === 1 && hours[0]!.days.length === DAYS.length)
}

export function writeHours(hours: Schemas['RuleHours'][] | undefined): string {
  return hours?.length ? `${hours[0]!.from}-${hours[0]!.to}` : ''
}

/** changed gives the rules with the quotas and hours of a form. */
export function changed(rules: Rules, quota: Record<string, string>, hours: Record<string, string>, cards: string): Rules {
  const kinds: Schemas['RuleKinds'] = {}
  for (const kind of KINDS) {
    const old = rules.kinds[kind] ?? {}
    kinds[kind] = { quota: Number(quota[kind]) || 0, hours: simple(old.hours) ? (readHours(hours[kind] ?? '') ?? []) : old.hours! }
  }
  return { ...rules, kinds, card_quota: Number(cards) || 0 }
}
