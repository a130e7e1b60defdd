package service

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// visitWish is what is wanted of a visit, by whomever.
type visitWish struct {
	communityID string
	home        model.Household // without id when there is none
	kind        model.VisitKind
	origin      model.VisitOrigin
	gateID      string
	addressIx   []byte
	// author is who invites; empty for the visitor.
	author      string
	name, phone string
	purpose     string
	plate       string
	party       int
	group       admission.Group
	from, until int64
	token       string
	invitation  string
}

// Windows of visits that say nothing of their own.
const (
	courierWindow = 2 * time.Hour
	askedWindow   = 8 * time.Hour
	// courierQuota is how often a courier may come in a day, per perimeter.
	courierQuota = 3
)

// create stores the visitor, the visit and its pass, which opens nothing yet, and
// begins the chain. Errors: invalid for what the rule of the kind does not allow.
func (s *Visits) create(tx *store.Tx, caller *model.Caller, w visitWish) (model.Visit, error) {
	rule, err := visitRule(tx, w.communityID, w.kind)
	if err != nil {
		return model.Visit{}, err
	}
	if err := s.checkWish(&w, rule); err != nil {
		return model.Visit{}, err
	}
	now := s.Clock.Now()
	v := model.Visit{ID: model.NewID(now), CommunityID: w.communityID, Kind: w.kind, Origin: w.origin, HouseholdID: w.home.ID, AddressIx: w.addressIx, GateID: w.gateID,
		AuthorID: w.author, HostID: w.author, VisitorID: model.NewID(now), PassID: model.NewID(now), State: model.VisitRequested,
		Purpose: w.purpose, Plate: w.plate, PartySize: w.party, ValidFrom: w.from, ValidUntil: w.until, EndsAt: w.until, CreatedAt: model.Millis(now)}
	switch {
	case v.AuthorID == "":
		v.AuthorID = v.VisitorID
	case v.Origin == model.VisitArranged && v.HouseholdID != "":
		v.HostID = "" // whoever of the home agrees
	}
	v.TokenHash, v.InviteHash = hashed(w.token), hashed(w.invitation)
	chain, err := json.Marshal(rule)
	if err != nil {
		return model.Visit{}, err
	}
	v.Chain = string(chain)
	number, body, err := s.opens(tx, w.communityID, w.group)
	if err != nil {
		return model.Visit{}, err
	}
	v.Opens = body
	if err := tx.CreatePerson(model.Person{ID: v.VisitorID, Name: w.name, Phone: w.phone, CreatedAt: v.CreatedAt}); err != nil {
		return model.Visit{}, err
	}
	if err := tx.CreateVisit(v); err != nil {
		return model.Visit{}, err
	}
	if err := tx.CreatePass(visitPass(&v, number, w.home.Building)); err != nil {
		return model.Visit{}, err
	}
	if caller == nil {
		caller = &model.Caller{Kind: model.CallerVisit, AccountID: v.ID, PersonID: v.VisitorID, VisitID: v.ID}
	}
	action := "visit.ask"
	if w.origin != model.VisitAsked {
		action = "visit.invite"
	}
	if err := s.noteVisit(tx, caller, &v, action); err != nil {
		return model.Visit{}, err
	}
	if err := s.nextStep(tx, caller, &v); err != nil {
		return model.Visit{}, err
	}
	return tx.Visit(v.ID)
}

func hashed(token string) *string {
	if token == "" {
		return nil
	}
	h := gm.HashToken(token)
	return &h
}

func visitPass(v *model.Visit, group uint16, building string) model.Pass {
	p := model.Pass{ID: v.PassID, Number: model.NewPassNumber(), CommunityID: v.CommunityID, PersonID: v.VisitorID, VisitID: v.ID,
		Kind: passcode.Visitor.String(), AccessGroup: group, Building: building, State: model.PassPending,
		ValidFrom: v.ValidFrom, ValidUntil: v.ValidUntil, CreatedAt: v.CreatedAt}
	switch v.Kind {
	case model.VisitCourier:
		p.Kind, p.Quota = passcode.Courier.String(), courierQuota
	case model.VisitVehicle:
		p.Kind = passcode.Vehicle.String()
	case model.VisitGroup:
		p.Quota = v.PartySize
	}
	return p
}

// checkWish holds a wish against the rule of its kind and fills in what it left
// open.
func (s *Visits) checkWish(w *visitWish, rule model.VisitRule) error {
	now := s.now()
	var bad []model.FieldError
	refuse := func(field, code, limit string) {
		bad = append(bad, model.FieldError{Field: field, Code: code, Limit: limit})
	}
	if w.from == 0 || w.from < now {
		w.from = now
	}
	if w.until == 0 && w.kind == model.VisitCourier {
		w.until = w.from + courierWindow.Milliseconds()
	}
	if w.party == 0 {
		w.party = 1
	}
	longest := (time.Duration(rule.MaxHours) * time.Hour).Milliseconds()
	last := now + (maxVisitDays * 24 * time.Hour).Milliseconds()
	switch {
	case w.until == 0:
		refuse("/valid_until", "required", "")
	case w.until <= w.from, w.until-w.from > longest, w.until > last:
		refuse("/valid_until", "range", "≤ "+strconv.Itoa(rule.MaxHours)+" h, ≤ "+strconv.Itoa(maxVisitDays)+" d")
	}
	if w.party > rule.MaxParty {
		refuse("/party_size", "range", "≤ "+strconv.Itoa(rule.MaxParty))
	}
	if w.kind == model.VisitVehicle && w.plate == "" {
		refuse("/plate", "required", "")
	}
	if recurring := w.kind == model.VisitRecurring; recurring && len(w.group.Hours) == 0 {
		refuse("/hours", "required", "")
	} else if !recurring && len(w.group.Hours) > 0 {
		refuse("/hours", "unknown", "")
	}
	bad = append(bad, w.group.Validate()...)
	if bad != nil {
		return model.Invalid(bad...)
	}
	return nil
}

// siteOf are the gates on the way to a home: those of the site, of its building,
// of the perimeter of the gate where somebody asks, and the barriers for somebody who
// comes in a vehicle; all when there is none.
func siteOf(c *CommunityView, building, gateID, plate string) []string {
	perimeters := []string{"site"}
	if building != "" {
		perimeters = append(perimeters, "building-"+building)
	}
	var all, out []string
	for _, g := range c.Gates {
		if g.ID == gateID {
			perimeters = append(perimeters, g.Perimeter)
		}
	}
	for _, g := range c.Gates {
		all = append(all, g.ID)
		if slices.Contains(perimeters, g.Perimeter) || plate != "" && g.Kind == model.GateBarrier {
			out = append(out, g.ID)
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}
