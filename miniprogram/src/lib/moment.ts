import { language } from './language'

const two = (n: number): string => String(n).padStart(2, '0')
const days = [['周日', 'Sun'], ['周一', 'Mon'], ['周二', 'Tue'], ['周三', 'Wed'], ['周四', 'Thu'], ['周五', 'Fri'], ['周六', 'Sat']] as const

/** moment is an instant as people say it, on the phone's clock: today 20:31, 周三 11-25 20:31. */
export function moment(at: string | null | undefined, now = new Date()): string {
  if (!at) return ''
  const t = new Date(at)
  const clock = `${two(t.getHours())}:${two(t.getMinutes())}`
  const en = language.value === 'en'
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const day = Math.floor((t.getTime() - midnight) / 86_400_000)
  if (day === 0) return `${en ? 'today' : '今天'} ${clock}`
  if (day === 1) return `${en ? 'tomorrow' : '明天'} ${clock}`
  if (day === -1) return `${en ? 'yesterday' : '昨天'} ${clock}`
  const year = t.getFullYear() === now.getFullYear() ? '' : `${t.getFullYear()}-`
  return `${days[t.getDay()]![en ? 1 : 0]} ${year}${two(t.getMonth() + 1)}-${two(t.getDate())} ${clock}`
}
