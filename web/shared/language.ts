import { ref, watchEffect } from 'vue'

export type Language = 'zh' | 'en'

const KEPT = 'cp.language'

/** The language of this page: what was chosen here before, else the browser's. */
export const language = ref<Language>(chosen() ?? preferred())

function chosen(): Language | undefined {
  try {
    const kept = localStorage.getItem(KEPT)
    if (kept === 'zh' || kept === 'en') return kept
  } catch {
    // Storage may be forbidden; then the choice lasts as long as the page.
  }
}

/** Chinese unless the browser asks for a language and Chinese is not among them. */
function preferred(): Language {
  const asked = navigator.languages ?? [navigator.language]
  return asked.length === 0 || asked.some((l) => l.toLowerCase().startsWith('zh')) ? 'zh' : 'en'
}

export function setLanguage(to: Language): void {
  language.value = to
  try {
    localStorage.setItem(KEPT, to)
  } catch {
    // As above.
  }
}

watchEffect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
})

/** What the server is asked to answer in. */
export const acceptLanguage = (): string => (language.value === 'zh' ? 'zh-CN' : 'en')

/** A table of sentences: to each key the Chinese and the English. */
export type Table = Record<string, readonly [zh: string, en: string]>

/** words gives the sentences of a table in the present language; {0}, {1} are filled in. */
export function words<T extends Table>(table: T): (key: keyof T, ...fill: (string | number)[]) => string {
  return (key, ...fill) => {
    const sentence = table[key]![language.value === 'zh' ? 0 : 1]
    return fill.reduce<string>((text, value, i) => text.replace(`{${i}}`, String(value)), sentence)
  }
}
