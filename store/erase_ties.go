package store

import (
	"gorm.io/gorm"
)

// tie is a column by which rows hang on a person. A new table is one line here.
type tie struct {
	table, column string
	fate          fate
	// also is set on blanked and cut rows.
	also string
	// within narrows the rows, so that no large table is gone through: see around.
	within string
}

// systemReasons keeps, of the reason of a visit, what no human wrote.
const systemReasons = "reason = CASE WHEN reason IN ('nobody_answered', 'nobody_came', 'too_late', 'host_moved') THEN reason ELSE '' END"

// ties are all of them, in the order in which they are cut; a test holds them
// against the registry of fields.
var ties = []tie{
	{"wechat_accounts", "person_id", dropped, "", ""},
	{"messages", "person_id", dropped, "", ""},
	{"message_pushes", "person_id", dropped, "", ""},
	{"message_allowances", "person_id", dropped, "", ""},
	{"notice_reads", "person_id", dropped, "", ""},
	{"notices", "told_after", handled, "", ""}, // see eraseCursors
	{"data_exports", "person_id", dropped, "", ""},
	{"dependants", "carer_id", dropped, "", ""},
	{"dependants", "person_id", dropped, "", ""},
	{"cards", "person_id", dropped, "", ""},
	{"visit_delegates", "person_id", dropped, "", ""},
	{"lift_calls", "person_id", dropped, "", ""},
	{"lift_rights", "person_id", dropped, "", ""},
	{"lift_grants", "author_id", dropped, "", "household_id IN @homes"},
	{"lift_preferences", "person_id", dropped, "", ""},
	{"visit_delegates", "delegate_id", dropped, "", ""},
	{"health_reports", "person_id", dropped, "", ""},
	{"health_reports", "author_id", cut, "", "person_id IN @carried"},
	{"temperature_readings", "person_id", dropped, "", ""},
	{"health_standings", "person_id", dropped, "", ""},
	{"restrictions", "subject_id", handled, "", ""}, // see eraseHealth
	{"appeals", "person_id", cut, "", ""},           // and its words: see eraseHealth
	{"incidents", "reporter_id", cut, "text_ct = NULL", ""},
	{"roster_entries", "claimed_by", blanked, "claimed_at = 0", ""},
	{"roster_entries", "added_by", blanked, "", "household_id IN @homes"},
	{"approvals", "person_id", blanked, "reason = ''", ""},
	{"approvals", "author_id", cut, "", "subject_id IN @subjects"},
	{"approvals", "decided_by", cut, "reason = ''", "subject_id IN @subjects"},
	{"visits", "decided_by", cut, systemReasons, "household_id IN @homes"},
	{"visits", "host_id", cut, systemReasons, "household_id IN @homes"},
	{"visits", "author_id", cut, "", "(household_id IN @homes OR id IN @visits)"},
	{"visits", "visitor_id", cut, "purpose_ct = NULL, plate_ct = NULL, plate_ix = NULL, reason = '', token_hash = NULL, invite_hash = NULL", "id IN @visits"},
	{"residencies", "added_by", blanked, "", "household_id IN @homes"},
	{"residencies", "person_id", cut, "claimed_name_ix = NULL, reason = ''", ""},
	{"passes", "person_id", cut, "building = '', residency_id = '', visit_id = ''", ""},
	{"sessions", "person_id", handled, "", ""}, // found by the account, see eraseSignIns
	{"consents", "person_id", kept, "", ""},
	{"access_log", "person_id", kept, "", ""},
	{"sharing_ledger", "person_id", blanked, "", ""},     // the proof stays, of nobody
	{"rule_proposals", "author_person_id", kept, "", ""}, // staff are not erased this way
	{"staff_accounts", "person_id", kept, "", ""},
}

// around is where rows that name a person can be found: the homes where the person
// lived, who was carried, the visits that the person made, and what approvals of
// these are about.
func (t *Tx) around(personID string) (map[string]any, error) {
	out := map[string]any{"person": personID}
	for _, look := range []struct {
		name, wanted string
		q            func() *gorm.DB
	}{
		{"homes", "household_id", func() *gorm.DB { return t.db.Table("residencies").Where("person_id = ?", personID) }},
		{"carried", "person_id", func() *gorm.DB { return t.db.Table("dependants").Where("carer_id = ?", personID) }},
		{"visits", "visit_id", func() *gorm.DB { return t.db.Table("passes").Where("person_id = ? AND visit_id <> ''", personID) }},
		{"received", "id", func() *gorm.DB { return t.db.Table("visits").Where("household_id IN ?", out["homes"]) }},
		{"neighbours", "id", func() *gorm.DB { return t.db.Table("residencies").Where("household_id IN ?", out["homes"]) }},
	} {
		ids := []string{}
		if err := look.q().Distinct(look.wanted).Pluck(look.wanted, &ids).Error; err != nil {
			return nil, translate(err)
		}
		out[look.name] = append(ids, "-") // an empty list is no SQL
	}
	subjects := append(append([]string{}, out["visits"].([]string)...), out["received"].([]string)...)
	out["subjects"] = append(subjects, out["neighbours"].([]string)...)
	return out, nil
}

func (t *Tx) cutTies(personID string, _ *Erased) error {
	around, err := t.around(personID)
	if err != nil {
		return err
	}
	for _, tie := range ties {
		switch tie.fate {
		case dropped:
			err = t.db.Exec("DELETE FROM "+tie.table+" WHERE "+tie.where(), around).Error
		case blanked:
			err = t.db.Exec("UPDATE "+tie.table+" SET "+tie.column+" = ''"+tie.alsoSet()+" WHERE "+tie.where(), around).Error
		case cut:
			err = t.cutRows(tie, around)
		}
		if err != nil {
			return translate(err)
		}
	}
	return nil
}

func (t *Tx) cutRows(tie tie, around map[string]any) error {
	var ids []string
	if err := t.db.Table(tie.table).Where(tie.where(), around).Pluck("id", &ids).Error; err != nil {
		return err
	}
	for _, id := range ids {
		if err := t.db.Exec("UPDATE "+tie.table+" SET "+tie.column+" = ?"+tie.alsoSet()+" WHERE id = ?", t.pseudonym(), id).Error; err != nil {
			return err
		}
	}
	return nil
}

func (tie tie) where() string {
	if tie.within == "" {
		return tie.column + " = @person"
	}
	return tie.column + " = @person AND " + tie.within
}

func (tie tie) alsoSet() string {
	if tie.also == "" {
		return ""
	}
	return ", " + tie.also
}
