package store

import "communitypass.cn/communitypass/model"

// exporter says how the rows of a person in one table are found and opened.
type exporter struct {
	table, column string
	by            key
	// sealed are the fields that sealed columns are bound to.
	sealed map[string]string
	// under names the columns of which the first that is not empty says whose data key
	// sealed the row; none for the person's own. A row whose key is destroyed is not
	// there any more.
	under []string
	// notes are sealed under the key ring, bound to the row's key; bound says how, where
	// it is not as the words of a guard.
	notes string
	bound func(id string) string
	// also narrows the rows.
	also string
	// hides are the columns that hold what is somebody else's in these rows.
	hides []string
}

// What a row is sealed under, where that is not the person's own key.
var (
	underItself     = []string{"id"}
	underEmergency  = []string{"emergency_id"}
	underRestricted = []string{"emergency_id", "restriction_id", "id"}
	ofTheVisitor    = []string{"visitor_id", "author_id", "purpose_ct", "plate_ct", "pass_id"}
)

// exporters are all tables of which a person is given the own rows. Each personal
// column of the registry comes with its table, unless NotExported names it. A new
// table is one line here. Of two lines of one table the first that finds a row
// shows it.
var exporters = []exporter{
	{table: "persons", column: "id", sealed: map[string]string{"name_ct": fieldPersonName, "phone_ct": fieldPersonPhone, "id_last4_ct": fieldPersonID4}},
	{table: "wechat_accounts", column: "person_id", sealed: map[string]string{"openid_ct": fieldOpenID, "unionid_ct": fieldUnionID}},
	{table: "sessions", column: "account_id", by: byAccount},
	{table: "dependants", column: "person_id"},
	{table: "dependants", column: "carer_id"},
	{table: "residencies", column: "person_id"},
	{table: "households", column: "id", by: byHousehold},
	{table: "household_plates", column: "household_id", by: byHousehold, notes: "plate_ct", bound: householdPlateContext},
	{table: "roster_entries", column: "claimed_by", under: underItself,
		sealed: map[string]string{"name_ct": fieldRosterName, "phone_ct": fieldRosterPhone, "id_last4_ct": fieldRosterID4}},
	{table: "passes", column: "person_id"},
	{table: "cards", column: "person_id"},
	{table: "spoken_codes", column: "pass_number", by: byPass},
	{table: "passages", column: "pass_number", by: byPass},
	{table: "manual_passages", column: "passage_id", by: byPassage, notes: "note_ct"},
	{table: "device_events", column: "passage_id", by: byPassage},
	{table: "conflicts", column: "pass_number", by: byPass},
	{table: "visits", column: "visitor_id", sealed: map[string]string{"purpose_ct": fieldVisitPurpose, "plate_ct": fieldVisitPlate}},
	{table: "visits", column: "host_id", hides: ofTheVisitor},
	{table: "visits", column: "author_id", hides: ofTheVisitor},
	{table: "visits", column: "decided_by", hides: ofTheVisitor},
	{table: "visit_delegates", column: "person_id"},
	{table: "visit_delegates", column: "delegate_id"},
	{table: "lift_calls", column: "person_id"},
	{table: "lift_rights", column: "person_id"},
	{table: "lift_grants", column: "author_id"},
	{table: "lift_preferences", column: "person_id"},
	{table: "messages", column: "person_id", sealed: map[string]string{"params_ct": fieldMessageParams}},
	{table: "message_pushes", column: "person_id"},
	{table: "message_allowances", column: "person_id"},
	{table: "notice_reads", column: "person_id"},
	{table: "consents", column: "person_id"},
	{table: "access_log", column: "person_id"},
	{table: "sharing_ledger", column: "person_id"},
	{table: "approvals", column: "person_id"},
	{table: "data_exports", column: "person_id"},
	{table: "health_reports", column: "person_id", under: underEmergency, sealed: map[string]string{"body_ct": fieldReportBody}},
	{table: "temperature_readings", column: "person_id", under: underEmergency, sealed: map[string]string{"value_ct": fieldReadingValue}},
	{table: "health_standings", column: "person_id", under: underEmergency, sealed: map[string]string{"facts_ct": fieldStandingFacts}},
	// As in the person's own list: what is proposed holds nobody yet.
	{table: "restrictions", column: "subject_id", by: byRestricted, under: underRestricted, also: "state <> 'proposed'",
		sealed: map[string]string{"details_ct": fieldRestriction}},
	{table: "appeals", column: "person_id", under: underRestricted, sealed: map[string]string{"text_ct": fieldAppeal}},
	{table: "appeals", column: "restriction_id", by: byOwnRestriction, under: underRestricted, sealed: map[string]string{"text_ct": fieldAppeal}},
	{table: "incidents", column: "reporter_id", notes: "text_ct", bound: incidentContext},
	{table: "outbox", column: "subject", by: bySubject},
	{table: "audit_log", column: "actor_id", by: byActor},
}

// Reasons why a personal column is not in anybody's export.
var (
	copiesSealed = model.Phrase{ZH: "可查找的散列，内容与同表的明文字段相同", EN: "A hash for finding what the same table gives in clear"}
	findsName    = model.Phrase{ZH: "可查找的散列，内容与姓名相同", EN: "A hash for finding the name, which is given in clear"}
	namesStaff   = model.Phrase{ZH: "指向工作人员；查阅记录里给出其角色", EN: "Names a member of staff; the access log gives the role"}
	namesDecider = model.Phrase{ZH: "指向作出决定的工作人员或家人", EN: "Names the member of staff or of the family who decided"}
	ofStaff      = model.Phrase{ZH: "工作人员账号的数据，不属于居民", EN: "About accounts of staff, not of residents"}
	ofStaffWork  = model.Phrase{ZH: "工作人员的履职记录，不属于居民", EN: "What staff did in their work, not about residents"}
	ofMachinery  = model.Phrase{ZH: "系统内部的短期记录，不含更多内容", EN: "Short-lived machinery that says nothing more"}
	secretHash   = model.Phrase{ZH: "凭证的散列，导出会危及安全", EN: "A hash of a credential, which would endanger you"}
	credential   = model.Phrase{ZH: "凭证本身，导出会危及安全；请向物业索取纸质卡", EN: "A credential itself, which would endanger you; the property office prints the card"}
	noPerson     = model.Phrase{ZH: "车牌未与任何人关联", EN: "A plate that is tied to nobody"}
	ofVisitors   = model.Phrase{ZH: "您家来访者的信息属于来访者本人", EN: "What is about visitors to your home is theirs"}
)

// NotExported are the personal columns that are left out, and why.
var NotExported = map[string]model.Phrase{
	"persons.name_ix": copiesSealed, "persons.phone_ix": copiesSealed, "wechat_accounts.openid_ix": copiesSealed,
	"roster_entries.name_ix": copiesSealed, "roster_entries.phone_ix": copiesSealed, "roster_entries.id_last4_ix": copiesSealed,
	"residencies.claimed_name_ix": copiesSealed, "residency_names.ix": findsName, "household_plates.plate_ix": copiesSealed, "visits.plate_ix": copiesSealed,
	"residencies.decided_by": namesStaff, "approvals.decided_by": namesStaff, "approvals.author_id": namesStaff,
	"access_log.reader_id": namesStaff, "privacy_findings.reader_id": namesStaff, "privacy_findings.closed_by": namesStaff,
	"exports.author_id": namesStaff, "exports.decided_by": namesStaff, "restrictions.author_id": namesStaff,
	"restrictions.approver_id": namesStaff, "restrictions.ended_by": namesStaff, "appeals.decided_by": namesStaff,
	"cards.issued_by": namesStaff, "visits.decided_by": namesDecider,
	"rules.created_by": ofStaffWork, "rule_proposals.author_id": ofStaffWork, "rule_proposals.author_person_id": ofStaffWork,
	"rule_rehearsals.created_by": ofStaffWork, "device_commands.created_by": ofStaffWork, "gate_enrolments.created_by": ofStaffWork, "roster_imports.created_by": ofStaffWork,
	"recipients.created_by": ofStaffWork, "visit_policies.updated_by": ofStaffWork, "notices.created_by": ofStaffWork,
	"emergencies.author_id": ofStaffWork, "emergencies.ended_by": ofStaffWork, "emergency_renewals.author_id": ofStaffWork,
	"staff_accounts.username": ofStaff, "staff_accounts.person_id": ofStaff, "staff_accounts.last_sign_in_at": ofStaff,
	"staff_accounts.password_hash": ofStaff, "staff_accounts.totp_ct": ofStaff, "staff_accounts.totp_next_ct": ofStaff,
	"staff_accounts.created_by": ofStaff, "staff_passwords.staff_id": ofStaff, "staff_passwords.password_hash": ofStaff,
	"staff_grants.staff_id": ofStaff, "staff_grants.granted_by": ofStaff,
	"refresh_tokens.session_id": secretHash, "sign_in_failures.bucket": secretHash, "spoken_codes.code_ix": secretHash, "cards.code_ct": credential,
	"idempotency_keys.caller": ofMachinery, "idempotency_keys.request_digest": ofMachinery, "idempotency_keys.answer_ct": ofMachinery,
	"data_keys.subject_id": ofMachinery, "changes.ref": ofMachinery, "uses.pass_number": ofMachinery, "quota_slots.pass_number": ofMachinery,
	"incidents.author_id": namesStaff, "incidents.assignee_id": namesStaff, "incidents.acknowledged_by": namesStaff, "incidents.dispatched_to": namesStaff,
	"incidents.arrived_by": namesStaff, "incidents.resolved_by": namesStaff, "incidents.reviewed_by": namesStaff,
	"incident_entries.actor_id": ofStaffWork, "incident_entries.subject_id": ofStaffWork, "incident_entries.ref": ofStaffWork, "incident_entries.text_ct": ofStaffWork,
	"handovers.author_id": ofStaffWork, "handovers.accepted_by": ofStaffWork, "handovers.note_ct": ofStaffWork,
	"duty_shifts.staff_id": ofStaffWork, "duty_shifts.created_by": ofStaffWork,
	"device_events.plate_ct": noPerson,
	"notices.told_after":     ofMachinery, "tombstones.subject_id": ofMachinery,
}

// HiddenOfOthers are personal columns that are in the export of one person and not
// in that of another whose rows they are in too, and why.
var HiddenOfOthers = map[string]model.Phrase{
	"visits.visitor_id": ofVisitors, "visits.author_id": ofVisitors, "visits.purpose_ct": ofVisitors, "visits.plate_ct": ofVisitors,
}

// machineColumns say nothing to anybody, or are secrets of others.
var machineColumns = map[string]bool{"audit_log.sealed": true, "residencies.open": true, "residencies.indexed": true, "dependants.active": true,
	"outbox.leased_by": true, "outbox.leased_until": true, "outbox.next_at": true, "outbox.attempts": true, "outbox.last_status": true,
	"outbox.last_detail": true, "outbox.state": true, "cards.slot": true, "spoken_codes.live": true, "appeals.open": true,
	"visits.token_hash": true, "visits.invite_hash": true, "visits.turn": true,
	"incidents.open_key": true, "incidents.due_at": true, "device_events.considered": true,
	"lift_calls.is_live": true, "lift_calls.turn": true, "lift_calls.answers": true, "lift_calls.hold_id": true,
	"message_pushes.next_at": true, "message_pushes.leased_until": true, "message_pushes.attempts": true}
