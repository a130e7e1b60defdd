package model

// peopleFields are about residents themselves.
var peopleFields = []fieldGroup{
	{"persons", []string{"name_ct"}, Phrase{"在门口和名单上认出本人（仅显示姓氏）", "Tell who it is at the gate and on lists, masked"},
		BasisContract, FieldGeneral, keepPerson, readsNames},
	{"persons", []string{"phone_ct"}, Phrase{"联系本人，并与住户名册核对", "Reach the person and match the household's roster"},
		BasisContract, FieldGeneral, keepPerson, readsHomes},
	{"persons", []string{"id_last4_ct"}, Phrase{"同名时与住户名册核对", "Match the roster where names are equal"},
		BasisConsent, FieldSensitive, keepPerson, nil},
	{"persons", []string{"name_ix", "phone_ix"}, Phrase{"不解密即可查找", "Find the person without opening what is sealed"},
		BasisContract, FieldGeneral, keepPerson, nil},
	{"persons", []string{"id"}, Phrase{"把同一人的记录联系起来", "Tie the records of one person together"},
		BasisContract, FieldGeneral, keepTie, readsHomes},
	{"data_keys", []string{"subject_id"}, Phrase{"指明密钥属于谁，销毁密钥即删除其信息", "Say whose key it is: to destroy it is to delete what it sealed"},
		BasisDuty, FieldGeneral, keepTie, nil},
	{"roster_entries", []string{"name_ct", "phone_ct", "relation"}, Phrase{"核对认领住户的人是否在名册上", "Check that whoever claims a household is on its roster"},
		BasisContract, FieldGeneral, keepRoster, readsHomes[1:]},
	{"roster_entries", []string{"id_last4_ct"}, Phrase{"同名时核对", "Match where names are equal"},
		BasisContract, FieldSensitive, keepRoster, nil},
	{"roster_entries", []string{"name_ix", "phone_ix", "id_last4_ix"}, Phrase{"不解密即可核对", "Match without opening what is sealed"},
		BasisContract, FieldGeneral, keepRoster, nil},
	{"roster_entries", []string{"claimed_by"}, Phrase{"记录名册条目由谁认领", "Say who claimed the entry"},
		BasisContract, FieldGeneral, keepTie, nil},
	{"residencies", []string{"person_id", "household_id", "relation"}, Phrase{"确认谁住在哪一户，据此发放通行证", "Know who lives where, which is what a pass is given for"},
		BasisContract, FieldGeneral, keepTie, readsHomes},
	{"residencies", []string{"claimed_name_ix"}, Phrase{"待审核期间与名册核对", "Match the roster while the claim waits"},
		BasisContract, FieldGeneral, keepTie, nil},
	{"residencies", []string{"reason"}, Phrase{"说明审核结果的理由", "Give the reason for a decision"},
		BasisContract, FieldGeneral, keepTie, readsHomes},
}

// placeFields are addresses.
var placeFields = []fieldGroup{
	{"households", []string{"building", "unit", "room"}, Phrase{"确定住户的地址", "Name the home"},
		BasisContract, FieldGeneral, keepHome, readsHomes},
	{"passes", []string{"building"}, Phrase{"在门口提示持证人所在楼栋", "Show the guard which building the holder lives in"},
		BasisContract, FieldGeneral, keepTie, readsNames},
}

// trailFields say where somebody was.
var trailFields = []fieldGroup{
	{"passes", []string{"person_id"}, Phrase{"指明通行证属于谁", "Say whose pass it is"},
		BasisContract, FieldGeneral, keepTie, readsNames},
	{"passes", []string{"number"}, Phrase{"通行码中的随机编号，不含身份信息", "The random number in pass codes, which says nothing by itself"},
		BasisContract, FieldGeneral, keepTie, nil},
	{"passes", []string{"reason"}, Phrase{"说明通行证失效的原因", "Say why a pass ended"},
		BasisContract, FieldGeneral, keepTie, readsHomes},
	{"passages", []string{"pass_number"}, Phrase{"记录通行，以便查询和处理纠纷", "Record who passed, for questions and disputes"},
		BasisContract, FieldSensitive, keepTrail, readsPassages},
	{"passages", []string{"temperature_tenths"}, Phrase{"应急状态下判断体温", "Judge the temperature in an emergency"},
		BasisDuty, FieldSensitive, keepTrail, readsPassages},
	{"uses", []string{"pass_number"}, Phrase{"一码一次，防止重复使用", "Let each code be used once"},
		BasisContract, FieldSensitive, keepDay, nil},
	{"conflicts", []string{"pass_number"}, Phrase{"发现离线时被重复使用的通行码", "Find codes that were used more than once while gates were offline"},
		BasisContract, FieldSensitive, keepTrail, readsPassages},
	{"outbox", []string{"body"}, Phrase{"按字段策略告知接收方", "Tell recipients what their field policy allows"},
		BasisContract, FieldSensitive, keepSent, nil},
	{"changes", []string{"ref"}, Phrase{"使撤销在各台服务器上立即生效", "Make a withdrawal hold on every server at once"},
		BasisContract, FieldGeneral, keepHour, nil},
}
