import { ref, type Ref } from 'vue'
import { get } from './client'
import { needSignIn, told } from './entry'
import type { Paged } from './types'

/** listed is a list of the server, page by page: what came stays when more does not. */
export function listed<T>(path: () => string) {
  const items = ref([]) as Ref<T[]>
  const next = ref<string | null>(null)
  const loaded = ref(false)
  const trouble = ref('')

  async function load(cursor: string): Promise<void> {
    if (!(await needSignIn())) return
    const asked = path()
    const glue = asked.includes('?') ? '&' : '?'
    try {
      const page = await get<Paged<T>>(`${asked}${cursor ? `${glue}cursor=${encodeURIComponent(cursor)}` : ''}`)
      if (asked !== path()) return // another list was chosen meanwhile
      items.value = cursor ? [...items.value, ...page.items] : page.items
      next.value = page.next_cursor
      trouble.value = ''
      loaded.value = true
    } catch (thrown) {
      trouble.value = told(thrown)
    }
  }

  return { items, next, loaded, trouble, look: () => load(''), more: () => load(next.value ?? '') }
}
