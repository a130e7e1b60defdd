package service

import (
	"context"
	"slices"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// liftGrantLongest is how long a floor may be shared.
	liftGrantLongest = 30 * 24 * time.Hour
	// liftGrantsMost bounds what a person's homes share at once.
	liftGrantsMost = 50
)

// NewLiftGrant is a floor to be shared: with a neighbour's home, named by its
// address, or with a visit.
type NewLiftGrant struct {
	HouseholdID string
	GroupID     string
	// Building, Unit and Room name the neighbour's home; VisitID a visit to the own one.
	Building, Unit, Room string
	VisitID              string
	ValidUntil           int64
}

// LiftGrantView is a shared floor with the neighbour's home, which is empty for a visit.
type LiftGrantView struct {
	model.LiftGrant
	To model.Household
}

// Grants lists what the caller's homes share now, newest first.
func (l *Lifts) Grants(ctx context.Context, caller *model.Caller) ([]LiftGrantView, error) {
	tx := l.Store.View(ctx)
	homes, err := l.sharers(tx, caller)
	if err != nil {
		return nil, err
	}
	shared, err := tx.LiftGrantsBy(homes, liftGrantsMost)
	if err != nil {
		return nil, err
	}
	var neighbours []string
	for _, g := range shared {
		if g.ToHouseholdID != "" {
			neighbours = append(neighbours, g.ToHouseholdID)
		}
	}
	known, err := tx.HouseholdsByID(neighbours)
	out := make([]LiftGrantView, len(shared))
	for i, g := range shared {
		out[i] = LiftGrantView{g, known[g.ToHouseholdID]}
	}
	return out, err
}

// sharers are the homes that a caller speaks for.
func (l *Lifts) sharers(tx *store.Tx, caller *model.Caller) ([]string, error) {
	rights, err := l.residentRights(tx, caller.PersonID)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(rights.own))
	for i, h := range rights.own {
		out[i] = h.ID
	}
	return out, nil
}

// Grant shares the floor of an own home until an instant (串门). Errors: not_found
// for a home, lift, neighbour or visit that is not there; invalid; limit_reached.
func (l *Lifts) Grant(ctx context.Context, caller *model.Caller, in NewLiftGrant) (LiftGrantView, error) {
	now := l.now()
	if in.ValidUntil <= now || in.ValidUntil > now+liftGrantLongest.Milliseconds() {
		return LiftGrantView{}, model.Invalid(model.FieldError{Field: "/valid_until", Code: "range", Limit: "30 d"})
	}
	if (in.VisitID == "") == (in.Room == "") {
		return LiftGrantView{}, model.Invalid(model.FieldError{Field: "/visit_id", Code: "required"})
	}
	var out LiftGrantView
	err := l.Store.Update(ctx, func(tx *store.Tx) (err error) {
		out, err = l.grant(tx, caller, in)
		return err
	})
	return out, err
}

func (l *Lifts) grant(tx *store.Tx, caller *model.Caller, in NewLiftGrant) (LiftGrantView, error) {
	rights, err := l.residentRights(tx, caller.PersonID)
	if err != nil {
		return LiftGrantView{}, err
	}
	at := slices.IndexFunc(rights.own, func(h model.Household) bool { return h.ID == in.HouseholdID })
	floor := rights.homes[in.HouseholdID][in.GroupID]
	if at < 0 || floor == "" {
		return LiftGrantView{}, model.NotFound()
	}
	home := rights.own[at]
	g := LiftGrantView{LiftGrant: model.LiftGrant{ID: model.NewID(l.Clock.Now()), CommunityID: home.CommunityID, GroupID: in.GroupID, Floor: floor, AuthorID: caller.PersonID,
		HouseholdID: home.ID, VisitID: in.VisitID, ValidFrom: l.now(), ValidUntil: in.ValidUntil, CreatedAt: l.now()}}
	if in.VisitID != "" {
		v, err := tx.Visit(in.VisitID)
		if err != nil || v.HouseholdID != home.ID || v.State.Over() {
			return g, orNotFound(err)
		}
	} else {
		neighbour, err := tx.HouseholdAt(home.CommunityID, model.NormalAddress(in.Building), model.NormalAddress(in.Unit), model.NormalAddress(in.Room))
		if err != nil || neighbour.ID == home.ID {
			return g, orNotFound(err)
		}
		g.ToHouseholdID, g.To = neighbour.ID, neighbour
	}
	shared, err := tx.LiftGrantsBy([]string{home.ID}, liftGrantsMost)
	if err != nil {
		return g, err
	}
	if len(shared) >= liftGrantsMost {
		return g, model.Fail(model.CodeLimitReached)
	}
	if err := tx.CreateLiftGrant(g.LiftGrant); err != nil {
		return g, err
	}
	return g, tx.Audit(caller, g.CommunityID, "lift.grant", "lift_grant", g.ID, nil)
}

// EndGrant takes a shared floor back at once. Errors: not_found, state_changed.
func (l *Lifts) EndGrant(ctx context.Context, caller *model.Caller, id string) error {
	return l.Store.Update(ctx, func(tx *store.Tx) error {
		homes, err := l.sharers(tx, caller)
		if err != nil {
			return err
		}
		g, err := tx.LiftGrantOf(homes, id)
		if err != nil {
			return err
		}
		ended, err := tx.EndLiftGrant(homes, id)
		if err != nil {
			return err
		}
		if !ended {
			return &model.Error{Code: model.CodeStateChanged, State: "ended"}
		}
		return tx.Audit(caller, g.CommunityID, "lift.ungrant", "lift_grant", id, nil)
	})
}
