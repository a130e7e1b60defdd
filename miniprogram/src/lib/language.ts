import { ref } from 'vue'
import { keep, kept } from './kept'

export type Language = 'zh' | 'en'

/** The language of all pages: what was chosen here, else that of the phone. */
export const language = ref<Language>(first())

function first(): Language {
  const chosen = kept<Language>('language')
  if (chosen === 'zh' || chosen === 'en') return chosen
  return String(uni.getLocale?.() ?? 'zh').startsWith('en') ? 'en' : 'zh'
}

export function setLanguage(to: Language): void {
  language.value = to
  keep('language', to)
}

/** What the server is asked to answer in. */
export const acceptLanguage = (): string => (language.value === 'zh' ? 'zh-CN' : 'en')

/** sentences makes a function that says a sentence of a table in the present language;
 * {0}, {1} stand for what is filled in. */
export function sentences<K extends string>(table: Record<K, readonly [zh: string, en: string]>) {
  return (key: K, ...fill: (string | number)[]): string => {
    const text = table[key][language.value === 'zh' ? 0 : 1]
    return fill.reduce<string>((so, value, i) => so.replace(`{${i}}`, String(value)), text)
  }
}

/** both picks from a text that the server gives in two languages. */
export const both = (text: { zh: string; en: string }): string => text[language.value]
