package model

import "slices"

// Permission is what an operation of the contract asks for (x-permission).
type Permission string

// Role is a set of permissions; staff hold it in a scope.
type Role string

// ScopeKind is the kind of place a role is held in.
type ScopeKind string

// Scopes, from wide to narrow.
const (
	ScopePlatform  ScopeKind = "platform"
	ScopeStreet    ScopeKind = "street"
	ScopeCommittee ScopeKind = "committee"
	ScopeCommunity ScopeKind = "community"
)

// Roles.
const (
	RoleResident         Role = "resident"
	RoleVisitor          Role = "visitor"
	RoleGate             Role = "gate"
	RoleGuard            Role = "guard"
	RolePropertyManager  Role = "property_manager"
	RoleCommitteeOfficer Role = "committee_officer"
	RoleStreetOfficer    Role = "street_officer"
	RoleAuditor          Role = "auditor"
	RoleSecurityAdmin    Role = "security_admin"
	RoleSystemAdmin      Role = "system_admin"
)

// RoleRow is one line of the table of roles.
type RoleRow struct {
	Role Role
	// Scopes are the kinds of places in which the role can be held; none for
	// residents and devices, whose scope is their own household or gate.
	Scopes      []ScopeKind
	Permissions []Permission
	// MayGrant are the roles that a holder may give, within the own scope.
	MayGrant []Role
	// NeedsTOTP asks for a second factor at sign-in.
	NeedsTOTP bool
}

// RoleTable is the whole of who may do what. Operations name the permission, the
// scope is checked where the row is read: a stranger's row answers like a
// missing one.
var RoleTable = []RoleRow{
	{Role: RoleResident,
		Permissions: []Permission{"session.end", "me.read", "me.write", "health.correct", "lift.call", "visit.read", "visit.invite", "visit.decide"}},
	{Role: RoleVisitor,
		Permissions: []Permission{"visitor.read", "visitor.write", "lift.visit"}},
	{Role: RoleGate,
		Permissions: []Permission{"gate.operate"}},
	{Role: RoleGuard, Scopes: []ScopeKind{ScopeCommunity},
		Permissions: []Permission{"session.end", "staff.self", "place.read", "gate.read", "passage.read", "passage.manual", "gate.open", "command.read", "gate.scan", "lookup.use",
			"visit.read", "visit.decide", "approval.read", "notice.read", "camera.view", "lift.read",
			"incident.read", "incident.raise", "incident.handle", "duty.read", "handover.read", "handover.write"}},
	{Role: RolePropertyManager, Scopes: []ScopeKind{ScopeCommunity}, NeedsTOTP: true,
		Permissions: []Permission{"session.end", "staff.self", "place.read", "household.read", "household.manage", "roster.import", "roster.export",
			"residency.read", "residency.decide", "gate.read", "gate.manage", "device.read", "command.read", "device.enrol", "device.revoke", "lift.read", "lift.manage",
			"passage.read", "passage.manual", "gate.open", "gate.scan", "lookup.use", "trail.read", "camera.view",
			"visit.read", "visit.decide", "visit.invite", "visit.policy", "approval.read", "card.read", "card.manage",
			"rule.read", "rule.propose", "emergency.read", "notice.read", "notice.manage", "statistics.read",
			"export.request", "export.decide", "recipient.read", "recipient.manage", "staff.read", "staff.manage",
			"incident.read", "incident.raise", "incident.handle", "incident.review", "duty.read", "duty.manage", "handover.read", "handover.write", "handover.history"},
		MayGrant: []Role{RoleGuard}},
	{Role: RoleCommitteeOfficer, Scopes: []ScopeKind{ScopeCommittee}, NeedsTOTP: true,
		Permissions: []Permission{"session.end", "staff.self", "place.read", "household.read", "residency.read", "residency.decide", "gate.read",
			"device.read", "command.read", "passage.read", "trail.read", "camera.view",
			"visit.read", "visit.decide", "visit.policy", "approval.read", "card.read", "card.manage",
			"rule.read", "rule.propose", "rule.decide", "emergency.read", "emergency.declare", "emergency.decide",
			"health.summary", "health.follow", "health.correct", "restriction.read", "restriction.propose", "restriction.decide",
			"notice.read", "notice.manage", "statistics.read", "export.request", "export.decide",
			"recipient.read", "staff.read", "staff.manage",
			"finding.read", "finding.close",
			"incident.read", "incident.raise", "incident.handle", "incident.review", "incident.sensitive", "duty.read"},
		MayGrant: []Role{RolePropertyManager, RoleGuard}},
	{Role: RoleStreetOfficer, Scopes: []ScopeKind{ScopeStreet}, NeedsTOTP: true,
		Permissions: []Permission{"session.end", "staff.self", "place.read", "gate.read", "device.read", "command.read",
			"approval.read", "rule.read", "rule.decide", "emergency.read", "emergency.declare", "emergency.decide",
			"health.summary", "restriction.read", "restriction.decide", "notice.read", "notice.manage", "statistics.read", "export.decide",
			"recipient.read", "staff.read", "staff.manage",
			"incident.read", "incident.handle", "incident.review", "incident.sensitive", "duty.read"},
		MayGrant: []Role{RoleCommitteeOfficer}},
	{Role: RoleAuditor, Scopes: []ScopeKind{ScopePlatform, ScopeStreet}, NeedsTOTP: true,
		Permissions: []Permission{"session.end", "staff.self", "place.read", "staff.read", "audit.read", "emergency.read", "rule.read", "statistics.read",
			"finding.read", "finding.close"}},
	{Role: RoleSecurityAdmin, Scopes: []ScopeKind{ScopePlatform}, NeedsTOTP: true,
		Permissions: []Permission{"session.end", "staff.self", "place.read", "staff.read", "staff.manage"},
		MayGrant:    []Role{RoleAuditor, RoleStreetOfficer, RoleCommitteeOfficer, RolePropertyManager, RoleGuard}},
	{Role: RoleSystemAdmin, Scopes: []ScopeKind{ScopePlatform}, NeedsTOTP: true,
		Permissions: []Permission{"session.end", "staff.self", "place.read", "place.manage", "gate.read", "gate.manage", "device.read", "command.read", "device.enrol",
			"device.revoke", "lift.read", "lift.manage", "recipient.read", "recipient.manage", "staff.read", "staff.manage"},
		MayGrant: []Role{RoleSecurityAdmin, RoleAuditor, RoleStreetOfficer, RoleCommitteeOfficer, RolePropertyManager, RoleGuard}},
}

// Row is the role's line of the table.
func (r Role) Row() (RoleRow, bool) {
	i := slices.IndexFunc(RoleTable, func(row RoleRow) bool { return row.Role == r })
	if i < 0 {
		return RoleRow{}, false
	}
	return RoleTable[i], true
}

// Administers reports whether the role is one of the three administrators (系统、安全、
// 审计), which exclude each other: who runs the system does not say who may what,
// and neither of them is who looks at what they did.
func (r Role) Administers() bool {
	return r == RoleSystemAdmin || r == RoleSecurityAdmin || r == RoleAuditor
}

// Has reports whether the role carries the permission.
func (r Role) Has(p Permission) bool {
	row, ok := r.Row()
	return ok && slices.Contains(row.Permissions, p)
}

// MayGrant reports whether a holder of r may give other.
func (r Role) MayGrant(other Role) bool {
	row, ok := r.Row()
	return ok && slices.Contains(row.MayGrant, other)
}
