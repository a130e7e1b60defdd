import { sentences } from '../../lib/language'

/** What may be reported at a tap; the server keeps the words. */
export const SYMPTOMS = {
  none_of_them: ['没有', 'None'],
  fever: ['发热', 'fever'],
  cough: ['咳嗽', 'cough'],
  sore_throat: ['咽痛', 'sore throat'],
  unwell: ['其他不适', 'otherwise unwell'],
} as const

export const say = sentences({
  ...SYMPTOMS,
  title: ['健康申报', 'Health report'],
  ordinary: ['现在不需要申报', 'Nothing is asked now'],
  ordinary_text: ['只有小区进入应急状态时才收集健康信息，结束后销毁。', 'Health is asked only in an emergency, and destroyed when it ends.'],
  who: ['为谁申报', 'For whom'],
  green: ['绿码', 'Green'],
  yellow: ['黄码', 'Yellow'],
  red: ['红码', 'Red'],
  ends: ['应急状态到 {0} 结束', 'The emergency ends {0}'],
  consent: ['申报前请先阅读', 'Read this first'],
  agree: ['同意并申报', 'Agree and go on'],
  due: ['请申报', 'A report is due'],
  not_due: ['现在不必申报，也可以报', 'Nothing is due now; you may report'],
  temperature: ['体温（°C）', 'Temperature (°C)'],
  temperature_wrong: ['体温应在 30 到 45 °C 之间。', 'The temperature is between 30 and 45 °C.'],
  answer_all: ['请回答每一项。', 'Answer every question.'],
  symptoms: ['有没有症状', 'Symptoms'],
  exposure: ['14 天内接触过病例', 'Contact with a case within 14 days'],
  yes: ['有', 'Yes'],
  no: ['没有', 'No'],
  travel: ['去过哪里（可不填）', 'Where you have been (optional)'],
  test: ['检测结果', 'Test'],
  negative: ['阴性', 'Negative'],
  positive: ['阳性', 'Positive'],
  waiting: ['等结果', 'Waiting'],
  none: ['没有检测', 'No test'],
  send: ['提交', 'Send'],
  busy: ['请稍候……', 'One moment…'],
  kept: ['已申报。', 'Reported.'],
  kept_until: ['已申报。下次：{0}', 'Reported. The next is due {0}'],
})
