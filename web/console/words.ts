import { words } from '../shared/language'
import { wordsOfDesk } from './words-desk'
import { wordsOfPages } from './words-pages'

const table = {
  app: ['社区通行 · 工作台', 'CommunityPass · Console'],
  skip: ['跳到正文', 'Skip to content'], menu: ['菜单', 'Menu'], close: ['关闭', 'Close'], place: ['小区', 'Community'],
  home: ['待办', 'To do'], passages: ['通行', 'Passages'], residents: ['住户', 'Residents'], visits: ['来访与审批', 'Visits and approvals'], gates: ['门与设备', 'Gates and devices'], incidents: ['事件', 'Incidents'], recipients: ['接收方', 'Recipients'],
  rules: ['规则', 'Rules'], emergency: ['应急状态', 'Emergency mode'], statistics: ['统计', 'Statistics'], staff: ['工作人员', 'Staff'], audit: ['审计', 'Audit'], privacy: ['隐私', 'Privacy'], restrictions: ['限制与申诉', 'Restrictions and appeals'], notices: ['通知', 'Notices'], messages: ['消息', 'Messages'], duty: ['值班', 'Duty'], account: ['我的账号', 'My account'],
  loading: ['正在打开…', 'Opening…'],
  username: ['账号', 'Account'], password: ['密码', 'Password'], totp: ['动态口令（6 位）', 'One-time code (6 digits)'],
  busy: ['请稍候…', 'One moment…'], sign_out: ['退出', 'Sign out'],
  guard_only: ['保安请用手机上的保安页。', 'Guards have a page of their own, on the phone.'], guard_page: ['打开保安页', 'Open the guard page'],
  no_place: ['您的账号还没有可以管理的小区。', 'Your account has no community yet.'],
  again: ['重试', 'Try again'], more: ['加载更多', 'Load more'], all_shown: ['共 {0} 条，已全部显示', '{0}, all shown'], some_shown: ['已显示 {0} 条', '{0} shown'],
  filter: ['在已显示的行里查找', 'Find in the rows shown'], none: ['这里还没有内容', 'Nothing here yet'], none_found: ['没有符合条件的内容', 'Nothing matches'], reload: ['刷新', 'Refresh'], list: ['列表', 'List'],
  all: ['全部', 'All'], state: ['状态', 'State'], kind: ['类型', 'Kind'], time: ['时间', 'Time'], gate: ['门', 'Gate'], name: ['姓名', 'Name'], title: ['名称', 'Name'], reason: ['原因', 'Reason'], actions: ['操作', 'Actions'], home_address: ['住址', 'Home'],
  cancel: ['取消', 'Cancel'], ok: ['确定', 'OK'], done: ['已完成', 'Done'], approve: ['同意', 'Approve'], decline: ['拒绝', 'Decline'], why_decline: ['拒绝的理由（会告诉对方）', 'Why (the other side is told)'],
  need_field: ['请填写“{0}”', 'Please fill in “{0}”'], from: ['从', 'From'], until: ['到', 'Until'], print: ['打印', 'Print'], once_only: ['只显示这一次，请现在记下。', 'Shown this once: please note it down now.'],
  ...wordsOfPages,
  ...wordsOfDesk,
} as const

export type Key = keyof typeof table
export const say = words(table)
