import { ref } from 'vue'
import { askOpenly, remove, speakFor } from './client'
import { forget, keep, kept } from './kept'
import { Problem } from './problem'
import type { Schemas } from './types'
import { endSigning } from './signers'
import { forgetCodes } from './stocks'

/** Whether somebody is signed in, as far as is known here. */
export const signedIn = ref(false)

// The access token lives in memory alone. The refresh token lies in the mini-program's
// own storage, or, in a browser, in a cookie that no script can read.
let access = ''
let inCookie = false
// #ifdef H5
inCookie = true
// #endif

type Session = Schemas['Session']

function begin(session: Session): Session {
  access = session.access_token
  if (session.refresh_token) keep('refresh', session.refresh_token)
  if (inCookie) keep('was-here', true)
  signedIn.value = true
  return session
}

/** Ends what is known here of the sign-in, with the codes that were kept for it. */
function end(): void {
  access = ''
  signedIn.value = false
  forget('refresh')
  forget('was-here')
  forgetCodes()
  endSigning()
}

/** signIn takes what wx.login gave. */
export async function signIn(code: string): Promise<Session> {
  return begin(await askOpenly<Session>('POST', '/v1/sessions/wechat', { body: inCookie ? { code, cookie: true } : { code } }))
}

/** wechatCode asks WeChat for a code that is good once. */
export function wechatCode(): Promise<string> {
  return new Promise((resolve, reject) => {
    uni.login({ provider: 'weixin', success: (r) => resolve(r.code), fail: () => reject(new Problem(0, { code: 'wechat' })) })
  })
}

let renewing: Promise<boolean> | undefined

/** renew gets a new access token; calls that come meanwhile wait for the same one. A
 * refresh token is good once, so that two at a time would end the sign-in. It throws
 * when nobody answers: then one is as signed in as before. */
export function renew(): Promise<boolean> {
  renewing ??= renewed().finally(() => (renewing = undefined))
  return renewing
}

async function renewed(): Promise<boolean> {
  const token = kept<string>('refresh')
  if (token || (inCookie && kept('was-here'))) {
    try {
      begin(await askOpenly<Session>('POST', '/v1/sessions/refresh', { body: inCookie ? { cookie: true } : { refresh_token: token } }))
      return true
    } catch (thrown) {
      if (!(thrown instanceof Problem) || thrown.unanswered || thrown.status === 429) throw thrown
    }
  }
  return (await signedInSilently()) || (end(), false)
}

/** WeChat knows who holds the phone: whoever has been here before need not tap. */
async function signedInSilently(): Promise<boolean> {
  // #ifdef MP-WEIXIN
  if (!kept('refresh')) return false
  try {
    await signIn(await wechatCode())
    return true
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.unanswered && thrown.code !== 'wechat') throw thrown
  }
  // #endif
  return false
}

speakFor({ token: () => access, renew })

/** present says whether somebody is signed in, asking the server when it must. Without a
 * network it says yes to whoever was signed in here: the codes kept may still be shown. */
export async function present(): Promise<boolean> {
  if (access) return true
  try {
    return await renew()
  } catch {
    return kept('refresh') !== undefined || kept('was-here') !== undefined
  }
}

/** signOut ends the sign-in on the server too. When it cannot be reached, the sign-in is
 * not said to be over. */
export async function signOut(): Promise<void> {
  try {
    await remove('/v1/sessions/current')
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status !== 401) throw thrown
  }
  end()
}

/** gone forgets a sign-in that the server has ended, as when the account was deleted. */
export const gone = (): void => end()
