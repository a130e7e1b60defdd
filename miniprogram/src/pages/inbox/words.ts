import { sentences } from '../../lib/language'

export const say = sentences({
  title: ['消息', 'Messages'],
  notices: ['小区通知', 'Notices'],
  messages: ['我的消息', 'For you'],
  urgent: ['【紧急】', 'Urgent: '],
  read_all: ['全部标为已读', 'Mark all as read'],
  nothing: ['没有消息', 'No messages'],
  nothing_text: ['来访请求、认领结果和小区通知会出现在这里。', 'Visitors who ask, answers to your claims and notices appear here.'],
})
