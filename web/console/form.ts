import { shallowRef } from 'vue'

/** One field of a question. */
export interface Field {
  key: string
  label: string
  type?: 'text' | 'textarea' | 'select' | 'datetime-local' | 'date' | 'number' | 'password' | 'checks'
  options?: { value: string; label: string }[]
  required?: boolean
  value?: string
  max?: number
  hint?: string
  /** The key of a field that this one must repeat. */
  same?: string
}

/** A question in a dialog. send does the act: while it fails the dialog stays open with
 * what was typed, and says what is wrong. */
export interface Question {
  title: string
  text?: string
  fields?: Field[]
  ok: string
  danger?: boolean
  send: (values: Record<string, string>) => Promise<unknown>
  done?: string
}

export const asked = shallowRef<Question>()

/** ask opens the one dialog of the page. */
export function ask(question: Question): void {
  asked.value = question
}

/** A text that is shown once, such as a new password. */
export const shown = shallowRef<{ title: string; text: string; lines: [string, string][]; svg?: string }>()
