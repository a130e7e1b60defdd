import { sentences } from './language'

const say = sentences({
  pass: ['通行码', 'Pass'],
  visits: ['来访', 'Visits'],
  inbox: ['消息', 'Messages'],
  me: ['我的', 'Me'],
})

/** nameTabs says the tabs in the present language; only a page with tabs may. */
export function nameTabs(): void {
  ;(['pass', 'visits', 'inbox', 'me'] as const).forEach((key, index) => uni.setTabBarItem({ index, text: say(key), fail: () => undefined }))
}
