package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// So that a joker can neither ring at a home without end nor fill the guards' list:
// waitingLimit bounds how many may wait for one address, be it there or not,
// waitingNowhere for how many homes that are not there the guards are asked, and
// waitingAll how many may wait in a community. What was taken back counts for
// rungAgain, or else asking and leaving in turn would ring for ever. None of the bounds
// tells whether somebody lives at an address.
const (
	waitingLimit   = 10
	waitingNowhere = 50
	waitingAll     = 1000
	rungAgain      = time.Hour
)

// EntryForm is what the form at a gate needs: nothing of who lives there.
type EntryForm struct {
	CommunityName string
	GateName      string
	Kinds         []EntryKind
}

// EntryKind is a kind of visit that may be asked for at a gate.
type EntryKind struct {
	Kind       model.VisitKind
	MaxParty   int
	NeedsPlate bool
}

// Entry gives the form of a poster code. Errors: not_found.
func (s *Visits) Entry(ctx context.Context, code string) (EntryForm, error) {
	gate, err := s.entryGate(ctx, code)
	if err != nil {
		return EntryForm{}, err
	}
	rules, err := visitRules(s.Store.View(ctx), gate.CommunityID)
	if err != nil {
		return EntryForm{}, err
	}
	out := EntryForm{CommunityName: gate.Community.Name, GateName: gate.Name}
	for _, r := range rules.Rules {
		if r.AtGate {
			out.Kinds = append(out.Kinds, EntryKind{Kind: r.Kind, MaxParty: r.MaxParty, NeedsPlate: r.Kind == model.VisitVehicle})
		}
	}
	return out, nil
}

func (s *Visits) entryGate(ctx context.Context, code string) (*GateView, error) {
	e, err := s.Store.View(ctx).EntryCode(code)
	if err != nil {
		return nil, err
	}
	gate, ok := s.Directory.Gate(e.GateID)
	if !ok {
		return nil, model.NotFound()
	}
	return gate, nil
}

// Asking is what a visitor fills in at a gate.
type Asking struct {
	Kind                 model.VisitKind
	Name, Phone          string
	Building, Unit, Room string
	Purpose              string
	PartySize            int
	Plate                string
}

// Ask makes a visit of somebody at a gate, without signing in. A home that is not
// there, or where nobody can answer, waits for the guard and looks like any other:
// the form is no way to learn who lives where. Errors: not_found, invalid,
// rate_limited when too many wait for that home.
func (s *Visits) Ask(ctx context.Context, code string, in Asking) (Admitted, error) {
	gate, err := s.entryGate(ctx, code)
	if err != nil {
		return Admitted{}, err
	}
	address, err := normalHome(in.Building, in.Unit, in.Room)
	if err != nil {
		return Admitted{}, err
	}
	if model.NormalName(in.Name) == "" {
		return Admitted{}, model.Invalid(model.FieldError{Field: "/name", Code: "format"})
	}
	token := model.NewSecret(visitPrefix)
	var made model.Visit
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		made, err = s.asked(tx, gate, address, in, token)
		return err
	})
	if err != nil {
		return Admitted{}, err
	}
	view, err := s.visitorView(ctx, made)
	return Admitted{VisitorView: view, Token: token}, err
}

// asked is Ask inside its transaction.
func (s *Visits) asked(tx *store.Tx, gate *GateView, address model.Household, in Asking, token string) (model.Visit, error) {
	rule, err := visitRule(tx, gate.CommunityID, in.Kind)
	if err != nil {
		return model.Visit{}, err
	}
	if !rule.AtGate {
		return model.Visit{}, model.Invalid(model.FieldError{Field: "/kind", Code: "enum"})
	}
	home, err := tx.HouseholdAt(gate.CommunityID, address.Building, address.Unit, address.Room)
	if err != nil && !model.IsNotFound(err) {
		return model.Visit{}, err
	}
	index, err := tx.AddressIndex(gate.CommunityID, address)
	if err != nil {
		return model.Visit{}, err
	}
	if err := s.roomToWait(tx, gate.CommunityID, index); err != nil {
		return model.Visit{}, err
	}
	window := askedWindow.Milliseconds()
	if in.Kind == model.VisitCourier {
		window = courierWindow.Milliseconds()
	}
	now := s.now()
	return s.create(tx, nil, visitWish{communityID: gate.CommunityID, home: home, kind: in.Kind, origin: model.VisitAsked, gateID: gate.ID, addressIx: index,
		name: in.Name, phone: in.Phone, purpose: in.Purpose, plate: in.Plate, party: in.PartySize,
		group: admission.Group{Gates: siteOf(gate.Community, address.Building, gate.ID, in.Plate)}, from: now,
		until: now + min(window, int64(rule.MaxHours)*3600_000), token: token})
}

// roomToWait is rate_limited when too many wait. They are counted and not locked: of
// visitors who ask at the same moment one more may wait.
func (s *Visits) roomToWait(tx *store.Tx, communityID string, address []byte) error {
	there, err := tx.VisitsWaiting(communityID, store.WaitingAt{Address: address, TakenBackSince: s.now() - rungAgain.Milliseconds()})
	if err != nil {
		return err
	}
	all, err := tx.VisitsWaiting(communityID, store.WaitingAt{})
	if err != nil {
		return err
	}
	if there >= waitingLimit || all >= waitingAll {
		return model.FailLater(model.CodeRateLimited, 60)
	}
	return nil
}
