import { sentences } from './language'
import type { Schemas } from './types'

/** Hours of the week as they are chosen: some days, and one span for all of them. */
export interface Week {
  days: string[]
  from: string
  to: string
}

type Days = Schemas['WeeklyHours'][number]['days']

export const WEEKDAYS: Days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

const say = sentences({ mon: ['周一', 'Mon'], tue: ['周二', 'Tue'], wed: ['周三', 'Wed'], thu: ['周四', 'Thu'], fri: ['周五', 'Fri'], sat: ['周六', 'Sat'], sun: ['周日', 'Sun'] })

/** A day of the week as people say it. */
export const dayOf = (day: Days[number]): string => say(day)

/** Hours of the week as people say them: 周一 周三 08:00–18:00. */
export const spanOf = (span: { days: Days; from: string; to: string }): string => `${span.days.map(dayOf).join(' ')} ${span.from}–${span.to}`

/** The days in their order, as the server wants them. */
export const hoursOf = (week: Week): Schemas['WeeklyHours'] => [{ days: WEEKDAYS.filter((d) => week.days.includes(d)), from: week.from, to: week.to }]
export const isWeek = (week: Week): boolean => week.days.length > 0 && week.from !== week.to
