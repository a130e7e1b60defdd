package model

// healthFields exist in an emergency only. Sealed columns are under the emergency's
// own key.
var healthFields = []fieldGroup{
	{"health_reports", []string{"body_ct"}, Phrase{"应急状态下的健康申报", "What somebody reports of his health in an emergency"},
		BasisConsent, FieldSensitive, keepHealth, []Role{RoleResident}},
	{"health_reports", []string{"person_id", "author_id"}, Phrase{"指明申报属于谁、由谁填写", "Say whose report it is and who wrote it"},
		BasisConsent, FieldSensitive, keepHealth, []Role{RoleResident}},
	{"temperature_readings", []string{"person_id", "value_ct"}, Phrase{"应急状态下在门口测得的体温", "The temperature measured at a gate in an emergency"},
		BasisDuty, FieldSensitive, keepHealth, nil},
	{"health_standings", []string{"person_id", "facts_ct", "due_at"}, Phrase{"得出码色，并提醒应做的申报", "Give the colour, and remind of a report that is due"},
		BasisDuty, FieldSensitive, keepHealth, []Role{RoleResident, RoleGate, RoleCommitteeOfficer}},
	{"health_standings", []string{"reminded_at"}, Phrase{"避免重复提醒", "Remind once"},
		BasisDuty, FieldGeneral, keepHealth, nil},
	{"restrictions", []string{"subject_kind", "subject_id"}, Phrase{"指明限制针对谁", "Say whom a restriction concerns"},
		BasisDuty, FieldSensitive, keepTie, []Role{RoleResident, RoleCommitteeOfficer, RoleStreetOfficer}},
	{"restrictions", []string{"details_ct"}, Phrase{"限制的内容、依据和理由", "What is restricted, on what basis and why"},
		BasisDuty, FieldSensitive, keepTie, []Role{RoleResident, RoleCommitteeOfficer, RoleStreetOfficer}},
	{"restrictions", []string{"author_id", "approver_id", "ended_by"}, Phrase{"说明由谁设置、复核和解除", "Say who set, approved and ended it"},
		BasisDuty, FieldGeneral, keepLog, []Role{RoleCommitteeOfficer, RoleStreetOfficer}},
	{"appeals", []string{"person_id", "text_ct"}, Phrase{"申诉及其答复", "An appeal and its answer"},
		BasisDuty, FieldSensitive, keepTie, []Role{RoleResident, RoleCommitteeOfficer, RoleStreetOfficer}},
	{"appeals", []string{"decided_by"}, Phrase{"说明申诉由谁处理", "Say who answered an appeal"},
		BasisDuty, FieldGeneral, keepLog, []Role{RoleCommitteeOfficer, RoleStreetOfficer}},
	{"emergencies", []string{"author_id", "ended_by"}, Phrase{"说明由谁发起和结束应急状态", "Say who declared and who ended an emergency"},
		BasisDuty, FieldGeneral, keepLog, readsStaff},
	{"emergency_renewals", []string{"author_id"}, Phrase{"说明由谁申请延期", "Say who asked for a renewal"},
		BasisDuty, FieldGeneral, keepLog, readsStaff},
}
