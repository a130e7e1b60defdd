import { sentences } from '../../lib/language'

export const say = sentences({
  title: ['来访', 'Visits'],
  waiting: ['等您答复', 'Waiting for you'],
  look: ['查看', 'Details'],
  agree: ['同意', 'Let in'],
  busy: ['请稍候……', 'One moment…'],
  invite: ['邀请来访', 'Invite somebody'],
  coming: ['将要来、正在访', 'Coming or here'],
  over: ['以前的', 'Earlier'],
  older: ['更早的', 'Older'],
  nothing: ['还没有来访', 'No visits yet'],
  nothing_text: ['邀请来访，或等访客在门口扫入口码请求进入。', 'Invite somebody, or wait until a visitor asks at the gate.'],
})
