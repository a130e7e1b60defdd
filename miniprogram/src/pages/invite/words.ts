import { sentences } from '../../lib/language'
import type { VisitKind } from '../../lib/visits'

export const say = sentences({
  title: ['邀请来访', 'Invite somebody'],
  to: ['来哪里', 'To which home'],
  home: ['{0} 号楼 {1} 单元 {2} 室', 'Building {0}, unit {1}, room {2}'],
  no_home: ['认领住户并通过后才能邀请。', 'Claim a home first; once it is agreed to you can invite.'],
  kind: ['来访类型', 'Kind'],
  how_long: ['多久', 'How long'],
  one_hour: ['1 小时', '1 hour'],
  hours: ['{0} 小时', '{0} hours'],
  days: ['{0} 天', '{0} days'],
  name: ['访客姓名（可由访客自己填）', 'Name (the visitor may fill it in)'],
  phone: ['访客手机号（可不填）', 'Phone (optional)'],
  phone_wrong: ['手机号应为 11 位数字。', 'A mobile number has 11 digits.'],
  purpose: ['事由（可不填）', 'Purpose (optional)'],
  plate: ['车牌', 'Number plate'],
  party: ['人数', 'How many'],
  party_wrong: ['1 到 50 人。', 'From 1 to 50.'],
  needed: ['必填', 'Needed'],
  send: ['生成邀请链接', 'Make the link'],
  busy: ['请稍候……', 'One moment…'],
  made: ['邀请好了。把链接发给访客，对方打开就有通行码。', 'Done. Send the link to your visitor: it opens to a pass code.'],
  once_shown: ['链接只显示这一次，也只能用一次。', 'The link is shown this once, and works once.'],
  letter: ['请您来{0}。时间：{1}。打开链接领取通行码：{2}', 'You are invited to {0}, {1}. Open this link for your pass code: {2}'],
  share: ['发给微信好友', 'Send in WeChat'],
  card: ['请您来{0}，点开领取通行码', 'You are invited to {0}: open for your pass code'],
  card_none: ['社区通行', 'CommunityPass'],
  hours_wrong: ['请选至少一天，起止时间不能相同。', 'Choose a day at least, and two different hours.'],
  copy: ['复制邀请', 'Copy the invitation'],
  copied: ['已复制，去微信粘贴发送', 'Copied. Paste it into a chat'],
  not_copied: ['没有复制成功，请长按链接自己复制。', 'It was not copied. Press the link long and copy it by hand.'],
  done: ['完成', 'Done'],
})

/** The lengths offered for a kind, shortest first; the server's rules have the last word. */
export function lengths(kind: VisitKind): { value: string; label: string }[] {
  const hours = { once: [3, 6, 12, 24], courier: [1, 2, 4], group: [3, 6, 12, 24], vehicle: [3, 6, 12, 24], recurring: [7 * 24, 30 * 24, 90 * 24] }[kind]
  return hours.map((h) => ({ value: String(h), label: h > 24 ? say('days', h / 24) : h === 1 ? say('one_hour') : say('hours', h) }))
}
