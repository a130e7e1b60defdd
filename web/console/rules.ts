import type { Schemas } from '../shared/types'

type Rules = Schemas['GateRules']
type Kind = keyof Schemas['RuleKinds']
type Hours = Schemas['RuleHours']

export const KINDS: Kind[] = ['resident', 'visitor', 'courier', 'staff', 'vehicle']
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** tidyTime writes a time as the contract has it: "7:00" is 07:00, whichever colon. */
export function tidyTime(text: string): string {
  const time = text.trim().replace('：', ':')
  return /^\d:\d{2}$/.test(time) ? `0${time}` : time
}

/** wrongHours names what is wrong with a span; nothing when it is one. An end before the
 * beginning runs past midnight. */
export function wrongHours(span: Hours): 'hours_bad' | 'days_bad' | undefined {
  const good = (t: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(t)
  if (!good(span.from) || !(good(span.to) || span.to === '24:00') || span.from === span.to) return 'hours_bad'
  return span.days.length ? undefined : 'days_bad'
}

/** changed gives the rules with the quotas and hours of a form. */
export function changed(rules: Rules, quota: Record<string, string>, hours: Record<string, Hours[]>, cards: string): Rules {
  const kinds: Schemas['RuleKinds'] = {}
  for (const kind of KINDS) kinds[kind] = { quota: Number(quota[kind]) || 0, hours: hours[kind] ?? [] }
  return { ...rules, kinds, card_quota: Number(cards) || 0 }
}
