import { words } from '../shared/language'
import { fieldNames } from './names-fields'

/** The fields that events can have, as model.EventFields has them; a test of package model
 * holds the two together. usual is what a new recipient is sent. */
export const eventFields: Record<string, { usual: readonly string[]; more: readonly string[] }> = {
  'cn.communitypass.passage.recorded': { usual: ['passage_id', 'gate_id', 'direction', 'decision', 'reason', 'kind', 'scanned_at', 'received_at', 'online'], more: ['person_id', 'building', 'rule_version', 'device_id', 'skew_seconds'] },
  'cn.communitypass.passage.conflict': { usual: ['conflict_id', 'direction', 'perimeter', 'window_start', 'passage_ids'], more: [] },
  'cn.communitypass.residency.changed': { usual: ['residency_id', 'household_id', 'relation', 'status', 'changed_at'], more: ['person_id', 'building', 'unit', 'room'] },
  'cn.communitypass.visit.changed': { usual: ['visit_id', 'kind', 'origin', 'state', 'changed_at'], more: ['household_id', 'building', 'unit', 'room', 'party_size', 'valid_from', 'valid_until'] },
  'cn.communitypass.health.reported': { usual: ['report_id', 'emergency_id', 'reported_at', 'corrected'], more: ['person_id'] },
  'cn.communitypass.vehicle.passed': { usual: ['passage_id', 'gate_id', 'direction', 'kind', 'passed_at', 'online'], more: ['plate_masked', 'visit_id', 'household_id', 'building', 'device_id', 'reason'] },
  'cn.communitypass.incident.changed': { usual: ['incident_id', 'kind', 'severity', 'state', 'level', 'raised_at', 'changed_at'], more: ['gate_id', 'device_id', 'alarms', 'origin', 'post', 'resolution'] },
  'cn.communitypass.lift.called': { usual: ['call_id', 'lift_group_id', 'state', 'called_at'], more: ['from_floor', 'to_floor', 'lift', 'building', 'passage_id', 'person_id'] },
  'cn.communitypass.command.ended': { usual: ['command_id', 'task_id', 'kind', 'state', 'answer_code', 'device_id', 'gate_id', 'ended_at'], more: [] },
  'cn.communitypass.device.status': { usual: ['device_id', 'gate_id', 'state', 'changed_at'], more: [] },
}

const say = words(fieldNames)

/** fieldName is the word for a field; one that has none here is shown as it is. */
export const fieldName = (field: string): string => (field in fieldNames ? say(field as keyof typeof fieldNames) : field)
