package service

import (
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Relations of a person to a household.
const (
	relationOwner  = "owner"
	relationTenant = "tenant"
	relationFamily = "family"
	relationHelper = "helper"
)

// residencyTemplates name the sentences that people are told when the state of
// their residency changes.
var residencyTemplates = map[string]string{
	model.ResidencyActive: "residency_approved", model.ResidencyDeclined: "residency_declined", model.ResidencyEnded: "residency_ended",
}

// tellOf tells the person of a residency, or those who carry that person, about it.
// The address and the reason stand in the sentence, and whom it is about for a
// carer.
func (d *Deps) tellOf(tx *store.Tx, v ResidencyView, template string, more map[string]string) error {
	carers, err := tx.CarersOf(v.HouseholdID, v.PersonID)
	if err != nil {
		return err
	}
	params := map[string]string{"building": v.Household.Building, "unit": v.Household.Unit, "room": v.Household.Room,
		"name": v.NameMasked, "reason": v.Reason}
	for name, value := range more {
		params[name] = value
	}
	told := []string{v.PersonID}
	if len(carers) > 0 {
		told = told[:0]
		for _, c := range carers {
			told = append(told, c.CarerID)
		}
	}
	for _, person := range told {
		err := d.tell(tx, model.Message{PersonID: person, CommunityID: v.CommunityID, Template: template,
			SubjectKind: "residency", SubjectID: v.ID, Params: params})
		if err != nil {
			return err
		}
	}
	return nil
}

// dayOf is an instant as a date for people, in China's time.
func dayOf(at int64) string {
	return model.FromMillis(at).In(chinaTime).Format(time.DateOnly)
}

// chinaTime is the zone of dates that people write without one.
var chinaTime = time.FixedZone("", 8*60*60)
