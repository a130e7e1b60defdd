import { sentences } from '../../lib/language'

export const say = sentences({
  title: ['通行码', 'Pass code'],
  offline: ['没有网络。通行码还能用到 {0}。', 'There is no network. The code goes on until {0}.'],
  swipe: ['左右滑动切换家人', 'Swipe to change between people'],
  carried: ['代办', 'for'],
  green: ['绿码', 'Green'],
  yellow: ['黄码', 'Yellow'],
  red: ['红码', 'Red'],
  symbol: ['{0}的通行码，请对准门口的读头', 'Pass code of {0}. Hold it to the reader'],
  left: ['{0} 秒后换新码', 'New code in {0} seconds'],
  show: ['对准读头，每 30 秒换新', 'Hold it to the reader; new every 30 s'],
  lift: ['呼梯', 'Call a lift'],
  spoken: ['口令', 'Spoken code'],
  other_ways: ['也可以刷纸质卡，或者告诉门卫您的楼号、单元和室号。', 'A printed card works too, or tell the guard your building, unit and room.'],
  not_yet: ['通行证还没有生效。', 'The pass is not valid yet.'],
  coming: ['正在取通行码……', 'Getting the code…'],
  ended: ['没有网络，存着的通行码已经用完。连上网络后会自动出现。', 'There is no network and the codes kept have ended. A new one comes when there is a network.'],
  to: ['显示{0}的通行码', 'Show the code of {0}'],
  nothing: ['还没有通行证', 'There is no pass yet'],
  nothing_text: ['认领住户并通过后，通行码会出现在这里。', 'Once you have claimed your home and it was agreed to, the code is here.'],
  claim: ['认领住户', 'Claim a home'],
  again: ['再试一次', 'Try again'],
})

/** clock is an instant as 20:31, on the phone's clock. */
export function clock(at: number): string {
  const t = new Date(at)
  return `${String(t.getHours()).padStart(2, '0')}:${String(t.getMinutes()).padStart(2, '0')}`
}
