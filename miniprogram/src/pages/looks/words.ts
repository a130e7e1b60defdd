import { sentences } from '../../lib/language'

const WHAT = {
  lookup: ['门口按门牌查找', 'Found at the gate by home and initial'],
  trail: ['查阅通行轨迹', 'Passages were read'],
  trail_page: ['继续查阅通行轨迹', 'More passages were read'],
  sharing: ['查阅告知过谁', 'Who was told about you was read'],
  sharing_page: ['继续查阅告知过谁', 'More of who was told about you was read'],
  health_follow_up: ['健康随访', 'Health was followed up'],
  roster_export: ['导出住户名册', 'The roster was exported'],
  restriction: ['查阅通行限制', 'A restriction was read'],
} as const

const PURPOSE = {
  gate: ['门口核实住户', 'to let in a resident at the gate'],
  incident: ['处理事件', 'an incident'],
  dispute: ['纠纷', 'a dispute'],
  resident_request: ['本人要求', 'at your request'],
  law_enforcement: ['配合执法', 'law enforcement'],
  legal_request: ['依法调取', 'a request by law'],
  emergency_contact: ['紧急联络', 'emergency contact'],
  migration: ['系统迁移', 'migration of the system'],
  restriction_duty: ['办理通行限制和申诉', 'to decide on restrictions and appeals'],
  inspection: ['检查', 'an inspection'],
} as const

const ROLE = {
  guard: ['保安', 'Guard'],
  property_manager: ['物业经理', 'Property manager'],
  committee_officer: ['居委会', 'Committee officer'],
  street_officer: ['街道', 'Street officer'],
  auditor: ['审计', 'Auditor'],
  security_admin: ['安全管理员', 'Security admin'],
  system_admin: ['系统管理员', 'System admin'],
} as const

/** Words of a code, or the code: a purpose may also be what somebody wrote. */
function words(table: Record<string, readonly [string, string]>): (code: string) => string {
  const say = sentences(table)
  return (code) => (code in table ? say(code) : code)
}

export const whatOf = words(WHAT)
export const purposeOf = words(PURPOSE)
export const roleOf = words(ROLE)
