import { asProblem } from './problem'
import { present } from './session'

/** needSignIn sends whoever is signed in nowhere to the first page. */
export async function needSignIn(): Promise<boolean> {
  if (await present()) return true
  uni.reLaunch({ url: '/pages/start/start' })
  return false
}

/** told is the sentence for what went wrong; a sign-in that has ended leads to the first page. */
export function told(thrown: unknown): string {
  const why = asProblem(thrown)
  if (why.status === 401) uni.reLaunch({ url: '/pages/start/start' })
  return why.message
}
