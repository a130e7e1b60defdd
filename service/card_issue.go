package service

import (
	"fmt"
	"slices"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// issue makes a card with all that follows from it, in one transaction.
func (c *Cards) issue(tx *store.Tx, caller *model.Caller, communityID string, in NewCard, replaces string) (CardView, error) {
	community, ok := c.Directory.Community(communityID)
	if !ok {
		return CardView{}, model.NotFound()
	}
	now := c.Clock.Now()
	lastDay, err := cardLastDay(community.Rules, in.LastDay, now)
	if err != nil {
		return CardView{}, err
	}
	residency, err := c.holder(tx, communityID, &in)
	if err != nil {
		return CardView{}, err
	}
	home, err := tx.Household(communityID, residency.HouseholdID)
	if err != nil {
		return CardView{}, err
	}
	pass := model.Pass{ID: model.NewID(now), Number: model.NewPassNumber(), CommunityID: communityID, PersonID: in.PersonID,
		ResidencyID: residency.ID, Kind: passcode.Resident.String(), Building: home.Building, State: model.PassActive,
		ValidFrom: model.Millis(now), ValidUntil: dayEnd(community.Rules, lastDay), CreatedAt: model.Millis(now),
		Format: model.FormatCard, Quota: in.DailyCap}
	if pass.AccessGroup, err = c.cardGroup(tx, community, residency.ID, in.GateIDs); err != nil {
		return CardView{}, err
	}
	card := model.Card{PassID: pass.ID, CommunityID: communityID, PersonID: in.PersonID, ResidencyID: residency.ID, LastDay: lastDay,
		IssuedBy: caller.AccountID, CreatedAt: pass.CreatedAt, ReplacesID: replaces}
	if err := c.signCard(&card, &pass, community.Number); err != nil {
		return CardView{}, err
	}
	if err := storeCard(tx, pass, card); err != nil {
		return CardView{}, err
	}
	return c.issued(tx, caller, store.HeldCard{Card: card, Pass: pass}, in.GateIDs)
}

func storeCard(tx *store.Tx, pass model.Pass, card model.Card) error {
	if err := tx.CreatePass(pass); err != nil {
		return err
	}
	err := tx.CreateCard(card)
	if model.CodeOf(err) == model.CodeConflict {
		return model.Fail(model.CodeCardLimit, err)
	}
	return err
}

// issued writes what followed from a new card. Its gates are those asked for: the
// group may be too young for this replica's memory.
func (c *Cards) issued(tx *store.Tx, caller *model.Caller, card store.HeldCard, gates []string) (CardView, error) {
	detail := map[string]string{"residency_id": card.Card.ResidencyID, "last_day": dateOf(card.Card.LastDay)}
	if card.Card.ReplacesID != "" {
		detail["replaces"] = card.Card.ReplacesID
	}
	if err := tx.Audit(caller, card.Card.CommunityID, "card.issue", "card", card.Card.PassID, detail); err != nil {
		return CardView{}, err
	}
	err := c.tell(tx, model.Message{PersonID: card.Card.PersonID, CommunityID: card.Card.CommunityID, Template: "card_issued",
		SubjectKind: "card", SubjectID: card.Card.PassID, Params: map[string]string{"last_day": detail["last_day"]}})
	if err != nil {
		return CardView{}, err
	}
	views, err := c.views(tx, []store.HeldCard{card})
	if err != nil {
		return CardView{}, err
	}
	views[0].Gates = c.Directory.gatesNamed(card.Card.CommunityID, gates)
	return views[0], nil
}

// holder finds whose card it is to be, holding the residency so that a move-out
// waits, and puts the person into in.
func (c *Cards) holder(tx *store.Tx, communityID string, in *NewCard) (model.Residency, error) {
	active, err := tx.HoldActive(communityID, in.ResidencyID)
	if err != nil {
		return model.Residency{}, err
	}
	residency, err := tx.Residency(communityID, in.ResidencyID)
	switch {
	case err != nil:
		return model.Residency{}, err
	case !active:
		return model.Residency{}, &model.Error{Code: model.CodeStateChanged, State: residency.Status}
	case in.PersonID == "" || in.PersonID == residency.PersonID:
		in.PersonID = residency.PersonID
		return residency, nil
	}
	carried, err := tx.Dependants(residency.PersonID)
	if err != nil {
		return model.Residency{}, err
	}
	if !slices.ContainsFunc(carried, func(d model.Dependant) bool {
		return d.PersonID == in.PersonID && d.CommunityID == communityID && d.HouseholdID == residency.HouseholdID
	}) {
		return model.Residency{}, model.Invalid(model.FieldError{Field: "/person_id", Code: "unknown"})
	}
	return residency, nil
}

// cardGroup is the access group of just these gates, at the hours of the
// residency's own pass. A card opens nothing that its holder could not.
func (c *Cards) cardGroup(tx *store.Tx, community *CommunityView, residencyID string, gates []string) (uint16, error) {
	var own *admission.Group
	passes, err := tx.PassesOfResidency(community.ID, residencyID)
	if err != nil {
		return 0, err
	}
	for _, p := range passes {
		if p.Format != model.FormatCard && p.State == model.PassActive {
			own = community.Groups[p.AccessGroup]
		}
	}
	group := admission.Group{Gates: gates}
	if own != nil {
		group.Hours = own.Hours
	}
	var bad []model.FieldError
	for i, id := range gates {
		known := slices.ContainsFunc(community.Gates, func(g *GateView) bool { return g.ID == id })
		if !known || own != nil && !own.All && !slices.Contains(own.Gates, id) {
			bad = append(bad, model.FieldError{Field: fmt.Sprintf("/gate_ids/%d", i), Code: "unknown"})
		}
	}
	if bad != nil {
		return 0, model.Invalid(bad...)
	}
	return c.groupFor(tx, community.ID, group)
}

// signCard puts the card's one code into it.
func (c *Cards) signCard(card *model.Card, pass *model.Pass, community uint32) error {
	signer, ok := c.Directory.passSigner(pass.CommunityID)
	if !ok {
		return model.Fail(model.CodeKeyMissing, fmt.Errorf("community %s has no signer of pass codes", pass.CommunityID))
	}
	text, err := signer.Sign(passcode.Header{Format: passcode.Card, Kind: passcode.Resident, Key: signer.number, Community: community,
		Pass: pass.Number, Group: pass.AccessGroup, Window: card.LastDay})
	if err != nil {
		return model.Fail(model.CodeInternal, err)
	}
	card.Code, card.KeyNumber = text, signer.number
	return nil
}

// cardLastDay is the number of a card's last day, which lies between today and
// cardDays from now where the community is.
func cardLastDay(rules *admission.Rules, date string, now time.Time) (uint32, error) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, model.Invalid(model.FieldError{Field: "/last_day", Code: "format"})
	}
	today := rules.DayAt(now)
	if first := passcode.DayStart(today); day.Before(first) || day.After(first.AddDate(0, 0, cardDays)) {
		return 0, model.Invalid(model.FieldError{Field: "/last_day", Code: "range", Limit: "0..365"})
	}
	return passcode.DayAt(day), nil
}

// dayEnd is the first instant after a day where the community is, in Unix
// milliseconds.
func dayEnd(rules *admission.Rules, day uint32) int64 {
	return model.Millis(passcode.DayStart(day + 1).Add(-zoneOf(rules)))
}

// dateOf is a day as people write it.
func dateOf(day uint32) string { return passcode.DayStart(day).Format(time.DateOnly) }

func zoneOf(rules *admission.Rules) time.Duration {
	if rules.ZoneMinutes == 0 {
		return admission.DefaultZone * time.Minute
	}
	return time.Duration(rules.ZoneMinutes) * time.Minute
}
