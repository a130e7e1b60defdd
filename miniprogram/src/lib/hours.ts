import type { Schemas } from './types'

/** Hours of the week as they are chosen: some days, and one span for all of them. */
export interface Week {
  days: string[]
  from: string
  to: string
}

type Days = Schemas['WeeklyHours'][number]['days']

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** The days in their order, as the server wants them. */
export const hoursOf = (week: Week): Schemas['WeeklyHours'] => [{ days: WEEKDAYS.filter((d) => week.days.includes(d)) as Days, from: week.from, to: week.to }]
export const isWeek = (week: Week): boolean => week.days.length > 0 && week.from !== week.to
