package simulator

import "communitypass.cn/communitypass/model"

// castStaff are the people who work in the world, from wide to narrow: two wherever
// something needs a second person. Each
// community has its own guard and manager, so that one may be shown to be a
// stranger in the other's.
func castStaff() []StaffMember {
	return []StaffMember{
		{"admin", "郑系统", "13900000801", model.RoleSystemAdmin, model.ScopePlatform, ""},
		{"zhou.street", "周科长", "13900000802", model.RoleStreetOfficer, model.ScopeStreet, "望江街道"},
		{"sun.committee", "孙主任", "13900000803", model.RoleCommitteeOfficer, model.ScopeCommittee, "春晓居委会"},
		{"wu.committee", "吴副主任", "13900000808", model.RoleCommitteeOfficer, model.ScopeCommittee, "春晓居委会"},
		{"xie.audit", "谢审计", "13900000809", model.RoleAuditor, model.ScopePlatform, ""},
		{"han.security", "韩安全", "13900000810", model.RoleSecurityAdmin, model.ScopePlatform, ""},
		{"qian.garden", "钱经理", "13900000804", model.RolePropertyManager, model.ScopeCommunity, "春晓花园"},
		{"jiang.garden", "蒋主管", "13900000811", model.RolePropertyManager, model.ScopeCommunity, "春晓花园"},
		{"zhao.garden", "赵保安", "13900000805", model.RoleGuard, model.ScopeCommunity, "春晓花园"},
		{"feng.harbour", "冯经理", "13900000806", model.RolePropertyManager, model.ScopeCommunity, "望江苑"},
		{"qin.harbour", "秦保安", "13900000807", model.RoleGuard, model.ScopeCommunity, "望江苑"},
	}
}
