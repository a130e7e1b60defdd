package service

import (
	"context"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// liftRights are the floors that somebody may call a lift to, now.
type liftRights struct {
	groups map[string]LiftGroupView
	// floors are by group, then by floor.
	floors map[string]map[string]bool
	// homes are the floors of the own homes: household, by group, then floor.
	homes map[string]map[string]string
	// own are the households that the person may share the floor of.
	own []model.Household
}

func (r *liftRights) give(groupID, floor string) {
	if r.floors[groupID] == nil {
		r.floors[groupID] = map[string]bool{}
	}
	r.floors[groupID][floor] = true
}

// may says that a call from one landing to another is the person's to make: at least
// one floor of the group is, and both ends are, or are open.
func (r *liftRights) may(groupID string, ends ...model.LiftLanding) bool {
	mine := r.floors[groupID]
	return len(mine) > 0 && !slices.ContainsFunc(ends, func(l model.LiftLanding) bool { return !l.Open && !mine[l.Floor] })
}

// rightsOf are the rights of a caller: of a resident by homes, passes and grants, of
// a visitor by the visit.
func (l *Lifts) rightsOf(tx *store.Tx, caller *model.Caller) (*liftRights, error) {
	if caller.Kind == model.CallerVisit {
		return l.visitRights(tx, caller.VisitID)
	}
	return l.residentRights(tx, caller.PersonID)
}

func (l *Lifts) residentRights(tx *store.Tx, personID string) (*liftRights, error) {
	residencies, err := tx.ResidenciesOfPerson(personID, model.ResidencyActive, ownResidencies)
	if err != nil {
		return nil, err
	}
	var communities, households []string
	now := l.now()
	residencies = slices.DeleteFunc(residencies, func(r model.Residency) bool { return !r.Lives(now) })
	for _, r := range residencies {
		communities, households = append(communities, r.CommunityID), append(households, r.HouseholdID)
	}
	out, err := l.noRights(tx, communities)
	if err != nil {
		return nil, err
	}
	homes, err := tx.HouseholdsByID(households)
	if err != nil {
		return nil, err
	}
	for _, r := range residencies {
		floors, valid, err := l.passFloors(tx, r)
		if err != nil {
			return nil, err
		}
		if home, ok := homes[r.HouseholdID]; ok && valid {
			out.live(home, floors)
			if r.Relation != relationHelper {
				out.own = append(out.own, home)
			}
		}
	}
	grants, err := tx.LiftGrantsTo(households, "")
	for _, g := range grants {
		out.give(g.GroupID, g.Floor)
	}
	return out, err
}

// noRights are the groups of communities, and no right to any floor.
func (l *Lifts) noRights(tx *store.Tx, communities []string) (*liftRights, error) {
	groups, err := tx.LiftGroups(communities, liftGroupsMost)
	if err != nil {
		return nil, err
	}
	groups = slices.DeleteFunc(groups, func(g model.LiftGroup) bool { return g.State != model.StateActive })
	views, err := liftViews(tx, groups)
	out := &liftRights{groups: map[string]LiftGroupView{}, floors: map[string]map[string]bool{}, homes: map[string]map[string]string{}}
	for _, v := range views {
		out.groups[v.ID] = v
	}
	return out, err
}

// passFloors are the floors of the pass that came with a residency, and whether that
// pass is good now: a withdrawn pass calls no lift.
func (l *Lifts) passFloors(tx *store.Tx, r model.Residency) (floors []string, valid bool, err error) {
	passes, err := tx.PassesOfResidency(r.CommunityID, r.ID)
	for _, p := range passes {
		if p.PersonID == r.PersonID && passStanding(&p, l.now()) == PassValid {
			valid, floors = true, append(floors, l.groupFloors(&p)...)
		}
	}
	return floors, valid, err
}

// groupFloors are what the access group of a pass names, as the engine knows it.
func (l *Lifts) groupFloors(p *model.Pass) []string {
	if community, ok := l.Directory.Community(p.CommunityID); ok {
		if group := community.Groups[p.AccessGroup]; group != nil {
			return group.Floors
		}
	}
	return nil
}

// live gives the floor of a home and those that a pass names, in the groups that
// serve the home.
func (r *liftRights) live(home model.Household, floors []string) {
	for id, g := range r.groups {
		if g.CommunityID != home.CommunityID || g.Building != home.Building || g.Unit != "" && g.Unit != home.Unit {
			continue
		}
		for _, landing := range g.Landings {
			if leadsTo(landing, home.Room) {
				r.give(id, landing.Floor)
				if r.homes[home.ID] == nil {
					r.homes[home.ID] = map[string]string{}
				}
				r.homes[home.ID][id] = landing.Floor
			}
			if slices.Contains(floors, landing.Floor) {
				r.give(id, landing.Floor)
			}
		}
	}
}

// visitRights are those of an approved visit, in its hours: the floors that it names,
// or with none the home's, and what the hosts have shared.
func (l *Lifts) visitRights(tx *store.Tx, visitID string) (*liftRights, error) {
	v, err := tx.Visit(visitID)
	if err != nil {
		return nil, err
	}
	out, err := l.noRights(tx, []string{v.CommunityID})
	if err != nil {
		return nil, err
	}
	pass, err := tx.PassOfVisit(v.CommunityID, v.ID)
	if err != nil || passStanding(&pass, l.now()) != PassValid || !l.openNow(&pass) {
		return out, err
	}
	floors := l.groupFloors(&pass)
	if homes, err := tx.HouseholdsByID([]string{v.HouseholdID}); err != nil {
		return nil, err
	} else if home, ok := homes[v.HouseholdID]; ok {
		if len(floors) > 0 {
			home.Room = "" // the host said which floors
		}
		out.live(home, floors)
	}
	grants, err := tx.LiftGrantsTo(nil, visitID)
	for _, g := range grants {
		out.give(g.GroupID, g.Floor)
	}
	return out, err
}

// openNow says that the hours of a pass are open, as the engine judges them.
func (l *Lifts) openNow(p *model.Pass) bool {
	community, ok := l.Directory.Community(p.CommunityID)
	if !ok {
		return false
	}
	group := community.Groups[p.AccessGroup]
	return group != nil && community.Rules.Within(group.Hours, l.Clock.Now())
}

// LiftsOf is what a caller sees of the lifts that are there for them.
type LiftsOf struct {
	LiftGroupView
	// Floors are those that the caller may call to; in a fire all of them.
	Floors []string
	// HouseholdID is the own home that the group serves; empty for none. AfterPassage
	// says that a passage calls the lift for it.
	HouseholdID  string
	AfterPassage bool
}

// Own lists the groups of which the caller may call a lift, by id.
func (l *Lifts) Own(ctx context.Context, caller *model.Caller) ([]LiftsOf, error) {
	tx := l.Store.View(ctx)
	rights, err := l.rightsOf(tx, caller)
	if err != nil {
		return nil, err
	}
	wanted, err := tx.LiftPreferences(caller.PersonID)
	var out []LiftsOf
	for id, g := range rights.groups {
		if len(rights.floors[id]) == 0 {
			continue
		}
		one := LiftsOf{LiftGroupView: g}
		for _, landing := range g.Landings {
			if (g.Mode == model.LiftFire || landing.Open || rights.floors[id][landing.Floor]) && !slices.Contains(one.Floors, landing.Floor) {
				one.Floors = append(one.Floors, landing.Floor)
			}
		}
		for home, floors := range rights.homes {
			if _, served := floors[id]; served && (one.HouseholdID == "" || home < one.HouseholdID) {
				one.HouseholdID, one.AfterPassage = home, wanted[home]
			}
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b LiftsOf) int { return strings.Compare(a.ID, b.ID) })
	return out, err
}
