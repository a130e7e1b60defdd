package service

import (
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// ResidencyView is a residency with its address and its person's masked name.
type ResidencyView struct {
	model.Residency
	Household  model.Household
	NameMasked string
}

// residencyViews looks up addresses and names with one query each. A person who is
// gone has no name.
func residencyViews(tx *store.Tx, residencies []model.Residency) ([]ResidencyView, error) {
	var homes, people []string
	for _, r := range residencies {
		homes, people = append(homes, r.HouseholdID), append(people, r.PersonID)
	}
	households, err := tx.HouseholdsByID(homes)
	if err != nil {
		return nil, err
	}
	persons, err := tx.Persons(people)
	if err != nil {
		return nil, err
	}
	out := make([]ResidencyView, len(residencies))
	for i, r := range residencies {
		out[i] = ResidencyView{Residency: r, Household: households[r.HouseholdID], NameMasked: model.MaskName(persons[r.PersonID].Name)}
	}
	return out, nil
}

func residencyView(tx *store.Tx, r model.Residency) (ResidencyView, error) {
	views, err := residencyViews(tx, []model.Residency{r})
	if err != nil {
		return ResidencyView{}, err
	}
	return views[0], nil
}

// tellResidency writes what happened to a residency into the audit log and to the
// community's recipients.
func (d *Deps) tellResidency(tx *store.Tx, caller *model.Caller, action string, v ResidencyView) error {
	err := tx.Audit(caller, v.CommunityID, action, "residency", v.ID,
		map[string]string{"status": v.Status, "household_id": v.HouseholdID})
	if err != nil {
		return err
	}
	community, ok := d.Directory.Community(v.CommunityID)
	if !ok {
		return model.NotFound()
	}
	now := d.now()
	return tx.Emit(d.events(community, model.EventResidencyChanged, v.ID, now, residencyData(v, now)))
}

// residencyData is everything that an event of a residency may say; the field
// policy of each recipient chooses from it.
func residencyData(v ResidencyView, at int64) map[string]any {
	return map[string]any{
		"residency_id": v.ID, "household_id": v.HouseholdID, "relation": v.Relation, "status": v.Status,
		"changed_at": model.FromMillis(at),
		"person_id":  v.PersonID, "building": v.Household.Building, "unit": v.Household.Unit, "room": v.Household.Room,
	}
}

// grantPass gives the person of an active residency a resident's pass.
func (d *Deps) grantPass(tx *store.Tx, v ResidencyView) error {
	now := d.Clock.Now()
	group := v.AccessGroup
	if group == 0 {
		group = residentsGroup
	}
	return tx.CreatePass(model.Pass{ID: model.NewID(now), Number: model.NewPassNumber(), CommunityID: v.CommunityID,
		PersonID: v.PersonID, ResidencyID: v.ID, Kind: passcode.Resident.String(), AccessGroup: group, Building: v.Household.Building,
		State: model.PassActive, ValidFrom: model.Millis(now), ValidUntil: v.LeaseUntil, CreatedAt: model.Millis(now)})
}
