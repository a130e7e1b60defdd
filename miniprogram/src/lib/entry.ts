import { asProblem } from './problem'
import { present } from './session'

// Where somebody was going who has yet to sign in, such as the lift of a sticker.
let wanted = ''

/** onward takes whoever has signed in to where they were going, else to their code. */
export function onward(): void {
  if (wanted) uni.reLaunch({ url: wanted })
  else uni.switchTab({ url: '/pages/pass/pass' })
  wanted = ''
}

/** needSignIn sends whoever is signed in nowhere to the first page; with a path, they
 * come back to it. */
export async function needSignIn(back = ''): Promise<boolean> {
  if (await present()) return true
  wanted = back
  uni.reLaunch({ url: '/pages/start/start' })
  return false
}

/** told is the sentence for what went wrong; a sign-in that has ended leads to the first page. */
export function told(thrown: unknown): string {
  const why = asProblem(thrown)
  if (why.status === 401) uni.reLaunch({ url: '/pages/start/start' })
  return why.message
}
