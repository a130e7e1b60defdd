package model

// accountFields are how people sign in.
var accountFields = []fieldGroup{
	{"wechat_accounts", []string{"openid_ix", "openid_ct", "unionid_ct"}, Phrase{"用微信登录", "Sign in with WeChat"},
		BasisContract, FieldGeneral, keepAccount, nil},
	{"wechat_accounts", []string{"person_id"}, Phrase{"指明账号属于谁", "Say whose account it is"},
		BasisContract, FieldGeneral, keepTie, nil},
	{"staff_accounts", []string{"username", "person_id", "last_sign_in_at"}, Phrase{"管理工作人员账号，停用长期不用的账号", "Manage staff accounts and find those long unused"},
		BasisDuty, FieldGeneral, keepAccount, readsStaff},
	{"staff_accounts", []string{"password_hash", "totp_ct"}, Phrase{"核对登录者的身份", "Check who signs in"},
		BasisDuty, FieldSensitive, keepAccount, nil},
	{"staff_accounts", []string{"created_by"}, whoDidIt, BasisDuty, FieldGeneral, keepAccount, readsStaff},
	{"staff_grants", []string{"staff_id", "granted_by"}, Phrase{"记录谁被谁授予了什么权限", "Record who was given which rights by whom"},
		BasisDuty, FieldGeneral, keepAccount, readsStaff},
	{"sessions", []string{"account_id", "person_id"}, Phrase{"识别登录，并可随时终止", "Know a sign-in and be able to end it"},
		BasisContract, FieldGeneral, keepAccount, nil},
	{"refresh_tokens", []string{"session_id"}, Phrase{"发现被盗用的登录凭证", "Find out when a sign-in was stolen"},
		BasisContract, FieldGeneral, keepTie, nil},
	{"sign_in_failures", []string{"bucket"}, Phrase{"阻止猜测密码；账号和网络只存散列", "Stop the guessing of passwords; account and network are hashed"},
		BasisDuty, FieldGeneral, keepDay, nil},
	{"idempotency_keys", []string{"caller", "request_digest", "answer_ct"}, Phrase{"重复提交时给出同样的结果", "Answer the same when something is sent twice"},
		BasisContract, FieldGeneral, keepDay, nil},
}

var whoDidIt = Phrase{"记录由谁操作", "Record who did it"}

// recordFields say who did what.
var recordFields = []fieldGroup{
	{"audit_log", []string{"actor_id", "target_id", "detail"}, Phrase{"查明谁在何时做了什么；只存编号，以及工作人员填写的理由", "Find out who did what and when: ids only, and the reasons that staff gave"},
		BasisDuty, FieldGeneral, keepLog, readsLog},
	{"rules", []string{"created_by"}, whoDidIt, BasisDuty, FieldGeneral, keepTie, readsLog},
	{"gate_enrolments", []string{"created_by"}, whoDidIt, BasisDuty, FieldGeneral, keepDay, nil},
	{"residencies", []string{"decided_by"}, whoDidIt, BasisDuty, FieldGeneral, keepTie, readsLog},
	{"roster_imports", []string{"created_by"}, whoDidIt, BasisDuty, FieldGeneral, keepTie, readsLog},
	{"recipients", []string{"created_by"}, whoDidIt, BasisDuty, FieldGeneral, keepTie, readsLog},
}
