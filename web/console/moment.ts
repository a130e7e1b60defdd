import { language } from '../shared/language'

const ZONE = 'Asia/Shanghai'
const locale = () => (language.value === 'zh' ? 'zh-CN' : 'en-GB')

/** moment writes an instant as people read it, at the place where the gates are. */
export function moment(at: string | number | null | undefined): string {
  if (!at) return '—'
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at))
}

/** clock writes the time of an instant with seconds. */
export function clock(at: string | number): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(new Date(at))
}

/** day is an instant's calendar day in China, YYYY-MM-DD. */
export function day(at: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(new Date(at))
}

/** fromLocal reads the value of a datetime-local field as time of China, where there is
 * no summer time; undefined when it is none. */
export function fromLocal(text: string): string | undefined {
  const at = Date.parse(`${text.length === 10 ? `${text}T00:00` : text}:00+08:00`)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

/** toLocal is the value of a datetime-local field for an instant. */
export function toLocal(at: number): string {
  return new Date(at + 8 * 3600_000).toISOString().slice(0, 16)
}
