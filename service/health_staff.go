package service

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// FollowUp is somebody whom the committee should look after: not green, or without
// the report that is due.
type FollowUp struct {
	PersonID    string
	NameMasked  string
	PhoneMasked string
	Household   model.Household
	ColourResult
	DueAt int64
	Due   bool
}

// inEmergency is the community's emergency, for staff within reach. Errors: not_found
// out of scope, not_in_emergency.
func (h *Health) inEmergency(caller *model.Caller, p model.Permission, communityID string) (*EmergencyView, error) {
	if err := h.Directory.Reach(caller, p, communityID); err != nil {
		return nil, err
	}
	c, _ := h.Directory.Community(communityID)
	if e, ok := c.emergency(h.now()); ok {
		return e, nil
	}
	return nil, model.Fail(model.CodeNotInEmergency)
}

// FollowUps lists the people of concern of a community in the order of their ids,
// and writes into each one's access log that they were looked at, and why. It is
// never a list of everybody. Errors: not_found out of scope, not_in_emergency.
func (h *Health) FollowUps(ctx context.Context, caller *model.Caller, communityID, purpose string, p Page) (List[FollowUp], error) {
	e, err := h.inEmergency(caller, "health.follow", communityID)
	if err != nil {
		return List[FollowUp]{}, err
	}
	var out List[FollowUp]
	err = h.Store.Update(ctx, func(tx *store.Tx) error {
		found, err := h.concern(tx, communityID, e, p)
		if err != nil {
			return err
		}
		out = paged(found, p, func(f FollowUp) string { return f.PersonID })
		people := make([]string, len(out.Items))
		for i, f := range out.Items {
			people[i] = f.PersonID
		}
		if err := h.nameFollowUps(tx, communityID, people, out.Items); err != nil {
			return err
		}
		return h.looked(tx, caller, Look{CommunityID: communityID, Permission: "health.follow", What: "health_follow_up", Purpose: purpose}, people...)
	})
	return out, err
}

// concern finds one more than a page of people of concern, behind the cursor.
func (h *Health) concern(tx *store.Tx, communityID string, e *EmergencyView, p Page) ([]FollowUp, error) {
	now := h.now()
	restricted, err := h.restrictedBy(tx, communityID)
	if err != nil {
		return nil, err
	}
	var out []FollowUp
	for after := p.Cursor; len(out) <= p.Size(); {
		page, err := tx.Standings(communityID, e.ID, after, standingsPage)
		if err != nil || len(page) == 0 {
			return out, err
		}
		ids := make([]string, len(page))
		for i, s := range page {
			ids[i] = s.PersonID
		}
		after = ids[len(ids)-1]
		known, err := healthOf(tx, e, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			f := FollowUp{PersonID: id, ColourResult: colourOf(e.Colours, known[id].facts, restricted[id], now), DueAt: known[id].dueAt,
				Due: e.reportDue(known[id].dueAt, 0, now)}
			if f.Due || severity(f.Colour) > severity(admission.Green) {
				out = append(out, f)
			}
		}
	}
	return out[:min(len(out), p.Size()+1)], nil
}

// restrictedBy are the standing restrictions of a community by the people whom they
// concern.
func (h *Health) restrictedBy(tx *store.Tx, communityID string) (map[string][]model.Restriction, error) {
	active, err := tx.ActiveRestrictions(communityID)
	if err != nil {
		return nil, err
	}
	out := map[string][]model.Restriction{}
	who := Restrictions{h.Deps}
	for i := range active {
		people, err := who.people(tx, &active[i])
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			out[p] = append(out[p], active[i])
		}
	}
	return out, nil
}

// nameFollowUps adds masked names and phones, and the home in the community.
func (h *Health) nameFollowUps(tx *store.Tx, communityID string, people []string, items []FollowUp) error {
	persons, err := tx.Persons(people)
	if err != nil {
		return err
	}
	homes, err := tx.HomesIn(communityID, people)
	for i := range items {
		p := persons[items[i].PersonID]
		items[i].NameMasked, items[i].PhoneMasked, items[i].Household = model.MaskName(p.Name), model.MaskPhone(p.Phone), homes[items[i].PersonID]
	}
	return err
}

// smallestGroup is the fewest people that a number may stand for: fewer could be
// recognised.
const smallestGroup = 5

// Counts are numbers of people by colour.
type Counts struct{ People, Green, Yellow, Red, Unknown, Overdue int }

func (c *Counts) add(colour admission.Colour, due bool) {
	c.People++
	switch colour {
	case admission.Green:
		c.Green++
	case admission.Yellow:
		c.Yellow++
	case admission.Red:
		c.Red++
	default:
		c.Unknown++
	}
	if due {
		c.Overdue++
	}
}

// BuildingCounts are the numbers of one building.
type BuildingCounts struct {
	Building string
	Counts
}

// HealthSummary is a community in numbers, without anybody in it.
type HealthSummary struct {
	EmergencyID string
	Counts
	ReportsToday int64
	// Buildings of five people or more; the others are only counted, with as many more
	// as it takes that no difference stands for fewer.
	Buildings       []BuildingCounts
	BuildingsHidden int
}

// Summary counts. Errors: not_found out of scope, not_in_emergency.
func (h *Health) Summary(ctx context.Context, caller *model.Caller, communityID string) (HealthSummary, error) {
	e, err := h.inEmergency(caller, "health.summary", communityID)
	if err != nil {
		return HealthSummary{}, err
	}
	tx := h.Store.View(ctx)
	out := HealthSummary{EmergencyID: e.ID}
	if out.ReportsToday, err = tx.ReportsSince(communityID, e.ID, dayStart(h.Clock.Now())); err != nil {
		return out, err
	}
	restricted, err := h.restrictedBy(tx, communityID)
	if err != nil {
		return out, err
	}
	now, buildings := h.now(), map[string]*Counts{}
	err = eachStanding(tx, communityID, e, func(page []string, known map[string]passHealth) error {
		homes, err := tx.HomesIn(communityID, page)
		for _, id := range page {
			colour, due := colourOf(e.Colours, known[id].facts, restricted[id], now).Colour, e.reportDue(known[id].dueAt, 0, now)
			out.add(colour, due)
			if home, ok := homes[id]; ok {
				if buildings[home.Building] == nil {
					buildings[home.Building] = &Counts{}
				}
				buildings[home.Building].add(colour, due)
			}
		}
		return err
	})
	out.Buildings, out.BuildingsHidden = shownBuildings(buildings, out.People)
	return out, err
}

// shownBuildings are those of five people or more, and how many are hidden. What is
// shown can be taken off the whole: those hidden are five together at least, too, for
// which the smallest of the others are hidden with them.
func shownBuildings(all map[string]*Counts, everybody int) (shown []BuildingCounts, hidden int) {
	for name, counts := range all {
		shown = append(shown, BuildingCounts{name, *counts})
		everybody -= counts.People
	}
	slices.SortFunc(shown, func(a, b BuildingCounts) int {
		return cmp.Or(cmp.Compare(a.People, b.People), strings.Compare(a.Building, b.Building))
	})
	people := everybody // now those of no building
	for hidden < len(shown) && (shown[hidden].People < smallestGroup || people > 0 && people < smallestGroup) {
		people += shown[hidden].People
		hidden++
	}
	shown = shown[hidden:]
	slices.SortFunc(shown, func(a, b BuildingCounts) int { return strings.Compare(a.Building, b.Building) })
	return shown, hidden
}

// dayStart is midnight in China, in Unix milliseconds.
func dayStart(now time.Time) int64 {
	local := now.In(time.FixedZone("", admission.DefaultZone*60))
	return model.Millis(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location()))
}
