import { sentences } from '../../lib/language'

const KIND = {
  property: ['物业系统', 'Property system'],
  city: ['城市平台', 'City platform'],
  parking: ['停车系统', 'Parking system'],
  alarm: ['报警系统', 'Alarm system'],
} as const

const EVENT = {
  'passage.recorded': ['通行记录', 'A passage'],
  'passage.conflict': ['通行码在两处使用', 'A code used in two places'],
  'residency.changed': ['居住关系变更', 'A change of residency'],
  'visit.changed': ['来访', 'A visit'],
  'health.reported': ['已做健康申报（不含内容）', 'That health was reported, not what'],
  'vehicle.passed': ['车辆通行', 'A vehicle that passed'],
  'device.status': ['设备状态', 'State of a device'],
  'incident.changed': ['安全事件', 'An incident'],
  'lift.called': ['呼梯', 'A lift that was called'],
} as const

const FIELD = {
  passage_id: ['通行编号', 'passage number'], gate_id: ['门', 'gate'], direction: ['方向', 'direction'], decision: ['判定', 'decision'], reason: ['原因代码', 'reason'], kind: ['类型', 'kind'], scanned_at: ['扫码时间', 'time of the scan'], received_at: ['收到时间', 'time of receipt'],
  online: ['是否在线', 'whether online'], person_id: ['您的人员编号', 'your person number'], building: ['楼栋', 'building'], rule_version: ['规则版本', 'rule version'], device_id: ['设备', 'device'], skew_seconds: ['时钟偏差', 'clock skew'], conflict_id: ['冲突编号', 'conflict number'], perimeter: ['周界', 'perimeter'],
  window_start: ['码的时间', 'window of the code'], passage_ids: ['相关通行', 'passages concerned'], residency_id: ['居住关系编号', 'residency number'], household_id: ['户编号', 'home number'], relation: ['居住关系', 'relation'], status: ['状态', 'state'], changed_at: ['变更时间', 'time of the change'], unit: ['单元', 'unit'],
  room: ['房号', 'room'], visit_id: ['来访编号', 'visit number'], origin: ['来源', 'origin'], state: ['状态', 'state'], party_size: ['人数', 'number of people'], valid_from: ['开始', 'begins'], valid_until: ['结束', 'ends'], report_id: ['申报编号', 'report number'],
  emergency_id: ['应急编号', 'emergency number'], reported_at: ['申报时间', 'time of the report'], corrected: ['是否更正', 'whether corrected'], call_id: ['呼梯编号', 'call number'], lift_group_id: ['电梯组', 'group of lifts'], called_at: ['呼梯时间', 'time of the call'], from_floor: ['从几层', 'from floor'], to_floor: ['到几层', 'to floor'], lift: ['电梯', 'lift'],
} as const

/** Words of a code; a code of a newer server is shown as it is. */
function words(table: Record<string, readonly [string, string]>): (code: string) => string {
  const say = sentences(table)
  return (code) => (code in table ? say(code) : code)
}

export const kindOf = words(KIND)
export const fieldOf = words(FIELD)
const eventWords = words(EVENT)
export const eventOf = (type: string): string => eventWords(type.replace('cn.communitypass.', ''))
