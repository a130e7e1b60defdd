import { sentences } from '../../lib/language'

export const say = sentences({
  title: ['登录', 'Sign in'],
  welcome: ['社区通行', 'CommunityPass'],
  what: ['出示通行码进出小区，邀请和答复来访，查看自己的记录。', 'Show a code at the gates, invite and answer visitors, see your own records.'],
  sign_in: ['微信登录', 'Sign in with WeChat'],
  busy: ['请稍候……', 'One moment…'],
  demo: ['演示版本：这里的微信是模拟的。', 'A demo: WeChat is simulated here.'],
  demo_code: ['演示登录码，例如 wx-ouyang', 'Sign-in code of the demo, such as wx-ouyang'],
  in_wechat: ['请在微信中打开“社区通行”小程序登录。', 'Open the CommunityPass mini-program in WeChat to sign in.'],
  wechat_silent: ['微信没有答复，请再试一次。', 'WeChat did not answer. Try again.'],
  privacy: ['收集哪些信息、为什么', 'What is collected and why'],
  phone: ['确认手机号', 'Confirm your phone'],
  phone_why: ['手机号与物业登记一致时，认领住户马上通过。也可以不提供，由物业人工核对。', 'If it agrees with what the property company has, your home is yours at once. Without it, staff check by hand.'],
  phone_yes: ['用微信绑定的手机号', 'Use the number WeChat has'],
  phone_no: ['先不提供', 'Not now'],
})
