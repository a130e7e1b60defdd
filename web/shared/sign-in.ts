import { words } from './language'

/** The sentences of signing in, on each page of staff. */
export const say = words({
  sign_in: ['登录', 'Sign in'], sign_in_text: ['用自己的账号登录，每次操作都记在您名下。', 'Use your own account: what you do is recorded under it.'],
  username: ['账号', 'Account'], password: ['密码', 'Password'], totp: ['动态口令（6 位）', 'One-time code (6 digits)'], totp_hint: ['没有绑定动态口令的账号可以不填', 'May stay empty where the account has none'], totp_needed: ['这个账号还需要动态口令。', 'This account needs a one-time code as well.'],
  new_password: ['新密码', 'New password'], new_password_hint: ['密码要先更换：至少 8 个字符', 'It must be replaced first: 8 characters at least'],
  needed: ['请填写', 'Please fill this in'], busy: ['请稍候…', 'One moment…'], ended: ['登录已结束，请重新登录。', 'Your sign-in has ended. Please sign in again.'],
})
