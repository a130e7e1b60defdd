package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// HealthDuty is how a person stands in an emergency, as shown to the person.
type HealthDuty struct {
	PersonID, CommunityID string
	Emergency             *EmergencyView
	ColourResult
	// DueAt is when the next report is due, 0 for never; Due says that it is.
	DueAt int64
	Due   bool
	// Consented says that the caller has agreed to report.
	Consented bool
}

// Duties shows the caller how he and his dependants stand, and what is due; empty in
// ordinary mode.
func (h *Health) Duties(ctx context.Context, caller *model.Caller) ([]HealthDuty, error) {
	tx := h.Store.View(ctx)
	people, err := ownPeople(tx, caller)
	if err != nil {
		return nil, err
	}
	return h.duties(tx, caller, people)
}

func (d *Deps) duties(tx *store.Tx, caller *model.Caller, people []string) ([]HealthDuty, error) {
	var out []HealthDuty
	for _, person := range people {
		homes, err := communitiesOf(tx, caller, person)
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		for _, id := range homes {
			c, _ := d.Directory.Community(id)
			e, ok := c.emergency(d.now())
			if !ok || seen[e.ID] {
				continue
			}
			seen[e.ID] = true
			duty, err := d.duty(tx, c, e, person)
			if err != nil {
				return nil, err
			}
			out = append(out, duty)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	agreed, err := tx.Consented(caller.PersonID, model.ConsentHealth)
	for i := range out {
		out[i].Consented = agreed
	}
	return out, err
}

func (d *Deps) duty(tx *store.Tx, c *CommunityView, e *EmergencyView, person string) (HealthDuty, error) {
	known, err := healthOf(tx, e, []string{person})
	if err != nil {
		return HealthDuty{}, err
	}
	subjects, err := subjectsOf(tx, []string{person})
	if err != nil {
		return HealthDuty{}, err
	}
	restrictions, err := tx.RestrictionsOn(subjects, "", lapsePage)
	if err != nil {
		return HealthDuty{}, err
	}
	restrictions = slices.DeleteFunc(restrictions, func(r model.Restriction) bool { return r.CommunityID != c.ID })
	k := known[person]
	out := HealthDuty{PersonID: person, CommunityID: c.ID, Emergency: e, DueAt: k.dueAt,
		ColourResult: colourOf(e.Colours, k.facts, restrictions, d.now())}
	if out.DueAt == 0 {
		out.DueAt = e.firstDue(0)
	}
	out.Due = e.reportDue(out.DueAt, 0, d.now())
	return out, nil
}

// worstColour is the most severe of what is shown of a person's own duties.
func worstColour(duties []HealthDuty, person string) admission.Colour {
	var out admission.Colour
	for _, d := range duties {
		if d.PersonID == person && severity(d.Colour) > severity(out) {
			out = d.Colour
		}
	}
	return out
}
