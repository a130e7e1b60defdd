package model_test

import (
	"slices"
	"testing"

	"communitypass.cn/communitypass/model"
)

// Every entry says in both languages what for and how long, and names a basis, a
// class and roles that exist.
func TestEveryPersonalFieldIsExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range model.PersonalFields() {
		name := f.Table + "." + f.Column
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
		for _, p := range []model.Phrase{f.Purpose, f.Retention.Until} {
			if p.ZH == "" || p.EN == "" {
				t.Errorf("%s is not explained in both languages", name)
			}
		}
		if !slices.Contains([]model.Basis{model.BasisConsent, model.BasisContract, model.BasisDuty}, f.Basis) {
			t.Errorf("%s has no basis", name)
		}
		if f.Class != model.FieldGeneral && f.Class != model.FieldSensitive {
			t.Errorf("%s has no class", name)
		}
		for _, r := range f.Readers {
			if _, ok := r.Row(); !ok {
				t.Errorf("%s is read by %q, which is no role", name, r)
			}
		}
		if slices.Contains(model.ImpersonalColumns[f.Table], f.Column) {
			t.Errorf("%s is declared impersonal as well", name)
		}
	}
	if len(seen) == 0 {
		t.Error("the registry is empty")
	}
}

// What tells where somebody was, or how they are, is sensitive; sealed indexes and
// credentials are shown to nobody.
func TestTheRegistryIsStrictWhereItMatters(t *testing.T) {
	fields := map[string]model.PersonalField{}
	for _, f := range model.PersonalFields() {
		fields[f.Table+"."+f.Column] = f
	}
	for _, name := range []string{"passages.pass_number", "passages.temperature_tenths", "uses.pass_number", "conflicts.pass_number", "persons.id_last4_ct", "outbox.body"} {
		if fields[name].Class != model.FieldSensitive {
			t.Errorf("%s is not sensitive", name)
		}
	}
	for _, name := range []string{"persons.name_ix", "persons.phone_ix", "roster_entries.phone_ix", "staff_accounts.password_hash", "staff_accounts.totp_ct",
		"wechat_accounts.openid_ct", "outbox.body", "idempotency_keys.answer_ct"} {
		if f, ok := fields[name]; !ok || len(f.Readers) > 0 {
			t.Errorf("%s is missing, or shown to %v", name, f.Readers)
		}
	}
	if got := fields["passages.pass_number"].Retention.Days; got != 30 {
		t.Errorf("passages are kept %d days", got)
	}
}
