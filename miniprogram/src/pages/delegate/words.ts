import { sentences } from '../../lib/language'

export const say = sentences({
  title: ['代我答复来访', 'Answering for me'],
  what: ['您外出时，家人可以代您同意或拒绝来访。您自己也照样可以答复。', 'While you are away, somebody of your home can let visitors in or decline. You still can, too.'],
  home: ['{0} 号楼 {1} 单元 {2} 室', 'Building {0}, unit {1}, room {2}'],
  which: ['哪一户', 'Which home'],
  who: ['由谁代答', 'Who answers'],
  who_needed: ['请选一位家人。', 'Choose somebody.'],
  how_long: ['代答多久', 'For how long'],
  days: ['{0} 天', '{0} days'],
  always: ['直到收回', 'Until taken back'],
  send: ['请代我答复', 'Let them answer'],
  busy: ['请稍候……', 'One moment…'],
  set: ['已设置。新的来访也会告诉对方。', 'Done. They are told of new visits too.'],
  answers: ['{0} 在代您答复', '{0} answers for you'],
  until: ['到 {0}', 'until {0}'],
  until_told: ['直到您收回', 'until you take it back'],
  take_back: ['收回', 'Take back'],
  taken_back: ['已收回，只由您自己答复。', 'Taken back. You answer alone again.'],
  moved: ['已不能代答的人', 'Somebody who cannot any more'],
  nobody: ['家里还没有可以代答的人', 'Nobody of your home can answer yet'],
  nobody_text: ['家人用自己的微信登录并认领本户后，就可以代您答复。', 'Once somebody of your family has signed in and claimed the home, they can.'],
})
