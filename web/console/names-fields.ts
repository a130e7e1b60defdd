/** The words for fields of events. */
export const fieldNames = {
  passage_id: ['通行编号', 'passage number'], gate_id: ['门', 'gate'], direction: ['方向', 'direction'], decision: ['判定', 'decision'], reason: ['原因代码', 'reason'], kind: ['类型', 'kind'], scanned_at: ['扫码时间', 'time of the scan'], received_at: ['收到时间', 'time of receipt'],
  online: ['是否在线', 'whether online'], person_id: ['人员编号（可关联到人）', 'person number (points to a person)'], building: ['楼栋', 'building'], rule_version: ['规则版本', 'rule version'], device_id: ['设备', 'device'], skew_seconds: ['时钟偏差', 'clock skew'], conflict_id: ['冲突编号', 'conflict number'], perimeter: ['周界', 'perimeter'],
  window_start: ['码的时间', 'window of the code'], passage_ids: ['相关通行', 'passages concerned'], residency_id: ['居住关系编号', 'residency number'], household_id: ['户编号', 'home number'], relation: ['居住关系', 'relation'], status: ['状态', 'state'], changed_at: ['变更时间', 'time of the change'], unit: ['单元', 'unit'],
  room: ['房号', 'room'], visit_id: ['来访编号', 'visit number'], origin: ['来源', 'origin'], state: ['状态', 'state'], party_size: ['人数', 'number of people'], valid_from: ['开始', 'begins'], valid_until: ['结束', 'ends'], report_id: ['申报编号', 'report number'],
  emergency_id: ['应急编号', 'emergency number'], reported_at: ['申报时间', 'time of the report'], corrected: ['是否更正', 'whether corrected'], passed_at: ['通过时间', 'time of passing'], plate_masked: ['车牌（打码）', 'plate (masked)'], incident_id: ['事件编号', 'incident number'], severity: ['程度', 'severity'], level: ['升级层级', 'level'],
  raised_at: ['发生时间', 'time raised'], alarms: ['报警次数', 'number of alarms'], post: ['岗位', 'post'], resolution: ['结果', 'result'], call_id: ['呼梯编号', 'call number'], lift_group_id: ['电梯组', 'group of lifts'], called_at: ['呼梯时间', 'time of the call'], from_floor: ['从几层', 'from floor'],
  to_floor: ['到几层', 'to floor'], lift: ['电梯', 'lift'],
} as const
