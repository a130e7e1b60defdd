package service

import (
	"context"
	"slices"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Restrictions are colours and bans that staff set, and the appeals against them.
type Restrictions struct{ Deps }

// NewRestrictions makes the use cases of restrictions.
func NewRestrictions(d Deps) *Restrictions { return &Restrictions{Deps: d} }

const (
	// emergencyRestriction and ordinaryRestriction are the longest that one may last.
	emergencyRestriction = 14 * 24 * time.Hour
	ordinaryRestriction  = 30 * 24 * time.Hour
	// appealTime is how long staff have to answer an appeal.
	appealTime = 48 * time.Hour
)

// Kinds of subjects of a restriction.
const (
	SubjectPerson    = "person"
	SubjectHousehold = "household"
	SubjectPass      = "pass"
)

// Templates of messages about restrictions. They say nothing of what or why.
const (
	templateRestrictionSet    = "restriction_set"
	templateRestrictionLifted = "restriction_lifted"
	templateRestrictionAuto   = "restriction_auto_lifted"
	templateRestrictionEnded  = "restriction_expired"
	templateAppealDecided     = "appeal_decided"
)

// Why a restriction ended, as stored.
const (
	endedByStaff      = "lifted"
	endedByAppeal     = "appeal"
	endedByNoAnswer   = "appeal_unanswered"
	endedByExpiry     = "expired"
	restrictionTarget = "restriction"
)

// restrictionDuty is why restrictions are read, as whom they concern is shown it. It is
// fixed, as the guard's at the gate: the list is one of work, asked for by state and
// never by person, and whoever may read it may do nothing else with it than decide.
const restrictionDuty = "restriction_duty"

// NewRestriction is what is said to propose one.
type NewRestriction struct {
	SubjectKind, SubjectID string
	Effect, Basis, Reason  string
	// HealthBased is nil for what the effect says: a colour is, a ban is not.
	HealthBased *bool
	ExpiresAt   time.Time
}

// RestrictionShown is a restriction with its appeals, oldest first.
type RestrictionShown struct {
	model.Restriction
	Appeals []model.Appeal
}

// Propose asks for a restriction, which holds from the second approver on. Errors:
// not_found out of scope or for a subject that is not of the community,
// not_in_emergency for one of health in ordinary mode, invalid.
func (s *Restrictions) Propose(ctx context.Context, caller *model.Caller, communityID string, in NewRestriction) (RestrictionShown, error) {
	if err := s.Directory.Reach(caller, "restriction.propose", communityID); err != nil {
		return RestrictionShown{}, err
	}
	r, err := s.proposed(caller, communityID, in)
	if err != nil {
		return RestrictionShown{}, err
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.hold(tx, &r); err != nil {
			return err
		}
		people, err := s.people(tx, &r)
		if err == nil && len(people) == 0 {
			err = model.NotFound()
		}
		if err != nil {
			return err
		}
		a, err := s.askApproval(tx, model.Approval{CommunityID: communityID, Kind: model.ApproveRestriction, SubjectID: r.ID,
			Answerer: model.AnswererSecond, AuthorID: caller.AccountID}, 0)
		if err != nil {
			return err
		}
		r.ApprovalID = a.ID
		if err := tx.CreateRestriction(r); err != nil {
			return err
		}
		return tx.Audit(caller, communityID, "restriction.propose", restrictionTarget, r.ID, map[string]string{"expires_at": instantText(r.ExpiresAt)})
	})
	return RestrictionShown{Restriction: r}, err
}

// proposed checks what was said.
func (s *Restrictions) proposed(caller *model.Caller, communityID string, in NewRestriction) (model.Restriction, error) {
	now := s.Clock.Now()
	community, _ := s.Directory.Community(communityID)
	r := model.Restriction{ID: model.NewID(now), CommunityID: communityID, SubjectKind: in.SubjectKind, SubjectID: in.SubjectID,
		RestrictionDetails: model.RestrictionDetails{Effect: in.Effect, Basis: in.Basis, Reason: in.Reason},
		State:              model.RestrictionProposed, AuthorID: caller.AccountID, CreatedAt: model.Millis(now), ExpiresAt: model.Millis(in.ExpiresAt)}
	health := in.Effect != model.EffectBan || in.HealthBased != nil && *in.HealthBased
	e, emergency := community.emergency(model.Millis(now))
	if health && !emergency {
		return r, model.Fail(model.CodeNotInEmergency)
	}
	if health {
		r.EmergencyID = e.ID
	}
	limit, text := ordinaryRestriction, "30 d"
	if emergency {
		limit, text = emergencyRestriction, "14 d"
	}
	if r.ExpiresAt <= model.Millis(now) || r.ExpiresAt > model.Millis(now.Add(limit)) {
		return r, model.Invalid(model.FieldError{Field: "/expires_at", Code: "range", Limit: text})
	}
	return r, nil
}

// hold keeps the emergency of a restriction of health from ending meanwhile.
func (s *Restrictions) hold(tx *store.Tx, r *model.Restriction) error {
	if r.EmergencyID == "" {
		return nil
	}
	held, err := tx.HoldEmergency(r.EmergencyID)
	if err == nil && !held {
		err = model.Fail(model.CodeNotInEmergency)
	}
	return err
}

// people are whom a restriction concerns; nobody when the subject is not of the
// community.
func (s *Restrictions) people(tx *store.Tx, r *model.Restriction) ([]string, error) {
	switch r.SubjectKind {
	case SubjectHousehold:
		return tx.ActivePeople(r.CommunityID, r.SubjectID)
	case SubjectPass:
		p, err := tx.PassOf(r.CommunityID, r.SubjectID)
		if model.IsNotFound(err) {
			return nil, nil
		}
		return []string{p.PersonID}, err
	}
	homes, err := tx.ResidenciesOfPerson(r.SubjectID, model.ResidencyActive, ownResidencies)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(homes, func(h model.Residency) bool { return h.CommunityID == r.CommunityID }) {
		return []string{r.SubjectID}, nil
	}
	passes, err := tx.LivePassesOf(r.CommunityID, []string{r.SubjectID})
	if err != nil || len(passes) == 0 {
		return nil, err
	}
	return []string{r.SubjectID}, nil
}

// List gives a community's restrictions, newest first, of one state when it is
// given. Whom they concern is shown the look and its fixed purpose, restriction_duty. Errors: not_found out of scope.
func (s *Restrictions) List(ctx context.Context, caller *model.Caller, communityID string, state model.RestrictionState, p Page) (List[RestrictionShown], error) {
	if err := s.Directory.Reach(caller, "restriction.read", communityID); err != nil {
		return List[RestrictionShown]{}, err
	}
	var out List[RestrictionShown]
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		found, err := tx.Restrictions(communityID, state, p.Cursor, p.Size()+1)
		if err != nil {
			return err
		}
		if out, err = withAppeals(tx, paged(found, p, func(r model.Restriction) string { return r.ID })); err != nil {
			return err
		}
		var seen []string
		for _, r := range out.Items {
			people, err := s.people(tx, &r.Restriction)
			if err != nil {
				return err
			}
			seen = append(seen, people...)
		}
		slices.Sort(seen)
		return s.looked(tx, caller, Look{CommunityID: communityID, Permission: "restriction.read", What: restrictionTarget, Purpose: restrictionDuty}, slices.Compact(seen)...)
	})
	return out, err
}

func withAppeals(tx *store.Tx, page List[model.Restriction]) (List[RestrictionShown], error) {
	ids := make([]string, len(page.Items))
	for i, r := range page.Items {
		ids[i] = r.ID
	}
	appeals, err := tx.AppealsOf(ids)
	out := List[RestrictionShown]{Next: page.Next}
	for _, r := range page.Items {
		shown := RestrictionShown{Restriction: r}
		for _, a := range appeals {
			if a.RestrictionID == r.ID {
				shown.Appeals = append(shown.Appeals, a)
			}
		}
		out.Items = append(out.Items, shown)
	}
	return out, err
}

// Mine lists what was approved against the caller or a dependant, newest first.
func (s *Restrictions) Mine(ctx context.Context, caller *model.Caller, p Page) (List[RestrictionShown], error) {
	tx := s.Store.View(ctx)
	subjects, err := ownSubjects(tx, caller)
	if err != nil {
		return List[RestrictionShown]{}, err
	}
	found, err := tx.RestrictionsOn(subjects, p.Cursor, p.Size()+1)
	if err != nil {
		return List[RestrictionShown]{}, err
	}
	return withAppeals(tx, paged(found, p, func(r model.Restriction) string { return r.ID }))
}

func ownSubjects(tx *store.Tx, caller *model.Caller) ([]string, error) {
	people, err := ownPeople(tx, caller)
	if err != nil {
		return nil, err
	}
	return subjectsOf(tx, people)
}

// subjectsOf are all ids by which a restriction can concern some people: their own,
// those of the homes where they live and of the passes that they hold.
func subjectsOf(tx *store.Tx, people []string) ([]string, error) {
	out := slices.Clone(people)
	for _, person := range people {
		homes, err := tx.ResidenciesOfPerson(person, model.ResidencyActive, ownResidencies)
		if err != nil {
			return nil, err
		}
		for _, h := range homes {
			out = append(out, h.HouseholdID)
		}
	}
	passes, err := tx.PassesOfPersons(people)
	if err != nil {
		return nil, err
	}
	for _, p := range passes {
		out = append(out, p.ID)
	}
	return out, nil
}
