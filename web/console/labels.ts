import { words } from '../shared/language'
import { names } from './names'

const say = words(names)

/** label is the word for a value of the contract. A value that this page does not know
 * yet is shown as it is, never left out. */
export function label(group: string, value: string | null | undefined): string {
  if (!value) return '—'
  const key = `${group}_${value.replaceAll('-', '_')}`
  return key in names ? say(key as keyof typeof names) : value
}

/** options are the choices of a group for a select. */
export function options(group: string, values: readonly string[]): { value: string; label: string }[] {
  return values.map((value) => ({ value, label: label(group, value) }))
}
