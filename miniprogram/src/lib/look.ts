import { ref } from 'vue'
import { keep, kept } from './kept'

/** Large type, for those who want it: everything a third larger. */
export const large = ref<boolean>(kept<boolean>('large') === true)

export function setLarge(to: boolean): void {
  large.value = to
  keep('large', to)
}
