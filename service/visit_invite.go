package service

import (
	"context"
	"strconv"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Prefixes of the visitor's token and of the invitation that is exchanged for it.
const (
	visitPrefix      = "vt"
	invitationPrefix = "it"
)

// Invitation is what a resident or the property says of a visit. Instants of 0, empty
// lists and texts say nothing.
type Invitation struct {
	// CommunityID is needed of staff; a resident's follows from the home.
	CommunityID string
	HouseholdID string
	Kind        model.VisitKind
	From, Until int64
	GateIDs     []string
	Floors      []string
	Hours       admission.Hours
	PartySize   int
	Name, Phone string
	Purpose     string
	Plate       string
}

// Invited is a visit with the link for the visitor. What is exchanged for the
// visitor's token stands behind the #, which browsers send to nobody.
type Invited struct {
	VisitView
	ShareURL string
}

// Invite makes a visit of a resident, or of the property: for a home, or without one
// for its own office. Who invites has agreed; what else the chain asks for goes on as
// ever, so that the property's visitor waits for the home. Errors: not_found for a
// home that the caller does not speak for or a community out of scope, invalid.
func (s *Visits) Invite(ctx context.Context, caller *model.Caller, in Invitation) (Invited, error) {
	if err := s.mayInvite(caller, in); err != nil {
		return Invited{}, err
	}
	invitation := model.NewSecret(invitationPrefix)
	var made model.Visit
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		home, err := s.invitingHome(tx, caller, in)
		if err != nil {
			return err
		}
		group, err := s.invitedTo(home, in)
		if err != nil {
			return err
		}
		origin := model.VisitInvited
		if caller.Kind == model.CallerStaff {
			origin = model.VisitArranged
		}
		made, err = s.create(tx, caller, visitWish{communityID: home.CommunityID, home: home, kind: in.Kind, origin: origin,
			author: caller.PersonID, name: in.Name, phone: in.Phone, purpose: in.Purpose, plate: in.Plate, party: in.PartySize,
			group: group, from: in.From, until: in.Until, invitation: invitation})
		return err
	})
	if err != nil {
		return Invited{}, err
	}
	v, err := s.view(ctx, made)
	return Invited{VisitView: v, ShareURL: s.publicURL + "/visit#" + invitation}, err
}

// mayInvite asks for what each kind of caller must say.
func (s *Visits) mayInvite(caller *model.Caller, in Invitation) error {
	switch {
	case caller.Kind == model.CallerStaff && in.CommunityID == "":
		return model.Invalid(model.FieldError{Field: "/community_id", Code: "required"})
	case caller.Kind == model.CallerStaff:
		return s.Directory.Reach(caller, permissionVisitInvite, in.CommunityID)
	case in.HouseholdID == "":
		return model.Invalid(model.FieldError{Field: "/household_id", Code: "required"})
	}
	return nil
}

// invitingHome is the home that is visited; without an id for the property's office.
func (s *Visits) invitingHome(tx *store.Tx, caller *model.Caller, in Invitation) (model.Household, error) {
	if caller.Kind == model.CallerStaff {
		if in.HouseholdID == "" {
			return model.Household{CommunityID: in.CommunityID}, nil
		}
		return tx.Household(in.CommunityID, in.HouseholdID)
	}
	homes, err := s.homesOf(tx, caller.PersonID)
	if err != nil {
		return model.Household{}, err
	}
	for _, r := range homes {
		if r.HouseholdID == in.HouseholdID && (in.CommunityID == "" || in.CommunityID == r.CommunityID) {
			return tx.Household(r.CommunityID, r.HouseholdID)
		}
	}
	return model.Household{}, model.NotFound()
}

// invitedTo is what the invitation opens: the gates named, else those on the way.
func (s *Visits) invitedTo(home model.Household, in Invitation) (admission.Group, error) {
	g := admission.Group{Gates: in.GateIDs, Floors: in.Floors, Hours: in.Hours}
	community, ok := s.Directory.Community(home.CommunityID)
	if !ok {
		return g, model.NotFound()
	}
	for i, id := range in.GateIDs {
		if gate, ok := s.Directory.Gate(id); !ok || gate.CommunityID != home.CommunityID {
			return g, model.Invalid(model.FieldError{Field: "/gate_ids/" + strconv.Itoa(i), Code: "enum"})
		}
	}
	if len(in.GateIDs) == 0 {
		g.Gates = siteOf(community, home.Building, "", in.Plate)
	}
	return g, nil
}

// Admitted is what a visitor is given: the visit and the token that shows it.
type Admitted struct {
	VisitorView
	Token string
}

// Accept exchanges an invitation for the visitor's token, once; name and phone fill
// in what the host left open. Errors: not_found for what is no invitation or has run
// out, state_changed with claimed when it was exchanged already, or with the state
// of a visit that is over.
func (s *Visits) Accept(ctx context.Context, invitation, name, phone string) (Admitted, error) {
	hash := gm.HashToken(invitation)
	v, err := s.Store.View(ctx).VisitByInvite(hash)
	if err != nil {
		return Admitted{}, err
	}
	token := model.NewSecret(visitPrefix)
	v, err = s.change(ctx, v, func(tx *store.Tx, v *model.Visit) error {
		switch {
		case v.TokenHash != nil:
			return &model.Error{Code: model.CodeStateChanged, State: "claimed"}
		case v.State.Over():
			return stateOf(v)
		case v.EndsAt <= s.now():
			return model.NotFound()
		}
		claimed, err := tx.ClaimInvite(v.CommunityID, v.ID, hash, gm.HashToken(token))
		if err == nil && !claimed {
			err = &model.Error{Code: model.CodeStateChanged, State: "claimed"}
		}
		if err != nil {
			return err
		}
		if err := nameVisitor(tx, v.VisitorID, name, phone); err != nil {
			return err
		}
		caller := &model.Caller{Kind: model.CallerVisit, AccountID: v.ID, PersonID: v.VisitorID, VisitID: v.ID}
		return tx.Audit(caller, v.CommunityID, "visit.accept", "visit", v.ID, nil)
	})
	if err != nil {
		return Admitted{}, err
	}
	view, err := s.visitorView(ctx, v)
	return Admitted{VisitorView: view, Token: token}, err
}

// nameVisitor fills in what is not known of the visitor; what the host said stands.
func nameVisitor(tx *store.Tx, id, name, phone string) error {
	p, err := tx.Person(id)
	if err != nil {
		return err
	}
	if p.Name != "" {
		name = p.Name
	}
	if p.Phone != "" {
		phone = p.Phone
	}
	if name == p.Name && phone == p.Phone {
		return nil
	}
	p.Name, p.Phone = name, phone
	return tx.SavePerson(p)
}
