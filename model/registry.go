package model

// Phrase is a text for people, in both languages.
type Phrase struct{ ZH, EN string }

// Basis is why the law lets a personal field be kept: Personal Information
// Protection Law of China, article 13, paragraph 1.
type Basis string

// Bases.
const (
	// BasisConsent is item 1: the person agreed, knowing what for.
	BasisConsent Basis = "consent"
	// BasisContract is item 2: needed for the property service that the person has.
	BasisContract Basis = "contract"
	// BasisDuty is item 3: a law asks for it.
	BasisDuty Basis = "duty"
)

// FieldClass says how careful to be (article 28).
type FieldClass string

// Classes.
const (
	FieldGeneral FieldClass = "general"
	// FieldSensitive is for health, whereabouts and what else can harm when it leaks.
	FieldSensitive FieldClass = "sensitive"
)

// Retention is how long a field is kept: for Days, or, when that is 0, for as long
// as Until says.
type Retention struct {
	Days  int
	Until Phrase
}

// PersonalField is one column that says something about a person, be it sealed or
// by a pseudonym.
type PersonalField struct {
	Table, Column string
	Purpose       Phrase
	Basis         Basis
	Class         FieldClass
	Retention     Retention
	// Readers are the roles that may be shown it, masked where people see names;
	// none for what only the system itself reads.
	Readers []Role
}

// PersonalFields is the registry of personal fields: whatever a table holds is
// either here or in ImpersonalColumns, and a test compares both with the schema.
// The privacy notice is made from it.
func PersonalFields() []PersonalField {
	var out []PersonalField
	for _, groups := range [][]fieldGroup{peopleFields, placeFields, trailFields, accountFields, recordFields, healthFields} {
		for _, g := range groups {
			for _, column := range g.columns {
				out = append(out, PersonalField{Table: g.table, Column: column, Purpose: g.purpose, Basis: g.basis,
					Class: g.class, Retention: g.keep, Readers: g.readers})
			}
		}
	}
	return out
}

// fieldGroup is columns of a table that are kept for one purpose.
type fieldGroup struct {
	table   string
	columns []string
	purpose Phrase
	basis   Basis
	class   FieldClass
	keep    Retention
	readers []Role
}

// Retentions that several fields share.
var (
	keepPerson   = Retention{Until: Phrase{"至本人注销或撤回同意，届时销毁其密钥", "Until the person leaves or withdraws; the key is then destroyed"}}
	keepRoster   = Retention{Until: Phrase{"至物业将其从住户名册中删除", "Until the property company takes the person off the household's roster"}}
	keepHome     = Retention{Until: Phrase{"至该户从小区档案中删除", "Until the household is removed from the community"}}
	keepTie      = Retention{Until: Phrase{"至相关记录删除", "As long as the record that it ties to a person"}}
	keepAccount  = Retention{Until: Phrase{"至账号停用并删除", "Until the account is closed and deleted"}}
	keepLog      = Retention{Until: Phrase{"按法律要求留存，不少于六个月", "As long as the law asks for logs, six months at least"}}
	keepShared   = Retention{Days: 3 * 365, Until: Phrase{"送达后三年；注销时即去除本人编号", "Three years after it was delivered; the person is taken out when they leave"}}
	keepSent     = Retention{Days: 30, Until: Phrase{"送达后三十天，以便对账", "Thirty days after it was delivered, so that books can be compared"}}
	keepHealth   = Retention{Until: Phrase{"至应急状态结束，届时立即销毁其密钥", "Until the emergency ends; its key is then destroyed at once"}}
	keepTrail    = Retention{Days: 30, Until: Phrase{"通行后三十天，除非运营方另有设定", "Thirty days after the passage, unless the operator has set otherwise"}}
	keepVisit    = Retention{Days: 30, Until: Phrase{"来访结束后三十天，届时销毁访客的密钥", "Thirty days after the visit ended; the visitor's key is then destroyed"}}
	keepIncident = Retention{Days: 180, Until: Phrase{"事件处理完毕后一百八十天，除非运营方另有设定", "One hundred and eighty days after it was resolved, unless the operator has set otherwise"}}
	keepShift    = Retention{Days: 180, Until: Phrase{"交班后一百八十天", "One hundred and eighty days after the shift"}}
	keepMessage  = Retention{Days: 90, Until: Phrase{"九十天", "Ninety days"}}
	keepDay      = Retention{Days: 1, Until: Phrase{"一天", "One day"}}
	keepCount    = Retention{Days: 9, Until: Phrase{"九天", "Nine days"}}
	keepHour     = Retention{Until: Phrase{"一小时", "One hour"}}
)

// Readers that several fields share.
var (
	readsHomes     = []Role{RoleResident, RolePropertyManager, RoleCommitteeOfficer}
	readsPassages  = []Role{RoleGuard, RolePropertyManager, RoleCommitteeOfficer}
	readsVisits    = []Role{RoleResident, RoleVisitor, RoleGuard, RolePropertyManager, RoleCommitteeOfficer}
	readsNames     = []Role{RoleResident, RoleGate, RoleGuard, RolePropertyManager, RoleCommitteeOfficer}
	readsStaff     = []Role{RolePropertyManager, RoleCommitteeOfficer, RoleStreetOfficer, RoleAuditor, RoleSecurityAdmin, RoleSystemAdmin}
	readsIncidents = []Role{RoleResident, RoleGuard, RolePropertyManager, RoleCommitteeOfficer, RoleStreetOfficer}
	readsLog       = []Role{RoleAuditor}
)
