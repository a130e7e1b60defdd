package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Cards is the printed cards of those who have no phone at hand.
type Cards struct{ Deps }

// NewCards makes the use cases of cards.
func NewCards(d Deps) *Cards { return &Cards{Deps: d} }

const (
	permCardRead   model.Permission = "card.read"
	permCardManage model.Permission = "card.manage"

	// cardDays is how many days from today a card may be good.
	cardDays = 365
	cardLost = "lost"
)

// NewCard is what a card is asked for.
type NewCard struct {
	ResidencyID string
	// PersonID is somebody whom the residency's person carries; empty for the
	// residency's own person.
	PersonID string
	GateIDs  []string
	// DailyCap is the card's own bound a day; 0 leaves that of the rules.
	DailyCap int
	// LastDay is a date as 2026-12-31, the last on which the card is good.
	LastDay string
}

// CardView is a card as it may be shown: with everything but the code.
type CardView struct {
	store.HeldCard
	NameMasked string
	// Community is the community's name.
	Community string
	// LastDay is the last date on which the card is good, as 2026-12-31.
	LastDay string
	// Standing is how the card stands now.
	Standing string
	Gates    []model.Gate
	// DailyCap is how often a day the card admits, per direction and perimeter.
	DailyCap int
}

// Issue makes a card for an active residency's person or dependant: a pass of its
// own, bound to gates that the person may pass, whose code is signed once. Errors:
// not_found out of scope or for an unknown residency, state_changed when it is not
// active, invalid, card_limit, key_missing.
func (c *Cards) Issue(ctx context.Context, caller *model.Caller, communityID string, in NewCard) (CardView, error) {
	if err := c.Directory.Reach(caller, permCardManage, communityID); err != nil {
		return CardView{}, err
	}
	var out CardView
	err := c.Store.Update(ctx, func(tx *store.Tx) (err error) {
		out, err = c.issue(tx, caller, communityID, in, "")
		return err
	})
	return out, err
}

// Reissue revokes a card that was lost and makes another like it, at once. Errors:
// as of Issue; state_changed when the card is over already.
func (c *Cards) Reissue(ctx context.Context, caller *model.Caller, communityID, id, reason string) (CardView, error) {
	if err := c.Directory.Reach(caller, permCardManage, communityID); err != nil {
		return CardView{}, err
	}
	var out CardView
	var old store.HeldCard
	err := c.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if old, err = tx.Card(communityID, id); err != nil {
			return err
		}
		if standing := passStanding(&old.Pass, c.now()); standing != PassValid {
			return &model.Error{Code: model.CodeStateChanged, State: standing}
		}
		gates := c.Directory.gatesOf(&old.Pass)
		if len(gates) == 0 { // this replica has not heard of the card's group yet
			return model.FailLater(model.CodeUnavailable, 1)
		}
		if err := c.end(tx, caller, old, "card.revoke", reason); err != nil {
			return err
		}
		in := NewCard{ResidencyID: old.Card.ResidencyID, PersonID: old.Card.PersonID, GateIDs: gates,
			DailyCap: old.Pass.Quota, LastDay: dateOf(old.Card.LastDay)}
		out, err = c.issue(tx, caller, communityID, in, id)
		return err
	})
	if err != nil {
		return CardView{}, err
	}
	c.Directory.forgetPass(old.Pass)
	return out, nil
}

// Revoke ends a card: gates refuse it within a second. Errors: not_found,
// state_changed when it was revoked before.
func (c *Cards) Revoke(ctx context.Context, caller *model.Caller, communityID, id, reason string) (CardView, error) {
	if err := c.Directory.Reach(caller, permCardManage, communityID); err != nil {
		return CardView{}, err
	}
	return c.revoke(ctx, caller, reason, func(tx *store.Tx) (store.HeldCard, error) { return tx.Card(communityID, id) })
}

// RevokeOwn ends a card that the caller, or somebody whom the caller carries, has
// lost. Errors as of Revoke.
func (c *Cards) RevokeOwn(ctx context.Context, caller *model.Caller, id string) (CardView, error) {
	return c.revoke(ctx, caller, cardLost, func(tx *store.Tx) (store.HeldCard, error) {
		people, err := carriedBy(tx, caller.PersonID)
		if err != nil {
			return store.HeldCard{}, err
		}
		return tx.CardOfPersons(people, id)
	})
}

func (c *Cards) revoke(ctx context.Context, caller *model.Caller, reason string, find func(tx *store.Tx) (store.HeldCard, error)) (CardView, error) {
	var out CardView
	err := c.Store.Update(ctx, func(tx *store.Tx) error {
		card, err := find(tx)
		if err != nil {
			return err
		}
		if err := c.end(tx, caller, card, "card.revoke", reason); err != nil {
			return err
		}
		card.Pass.State, card.Card.Reason = model.PassWithdrawn, reason
		views, err := c.views(tx, []store.HeldCard{card})
		if err == nil {
			out = views[0]
		}
		return err
	})
	if err != nil {
		return CardView{}, err
	}
	c.Directory.forgetPass(out.Pass)
	return out, nil
}

// end withdraws a card, once, with its audit entry and a word to the holder.
func (c *Cards) end(tx *store.Tx, caller *model.Caller, card store.HeldCard, action, reason string) error {
	community, id := card.Card.CommunityID, card.Card.PassID
	ended, err := tx.WithdrawCard(community, id, card.Pass.Number, reason)
	if err != nil {
		return err
	}
	if !ended {
		return &model.Error{Code: model.CodeStateChanged, State: PassWithdrawn}
	}
	if err := tx.Audit(caller, community, action, "card", id, map[string]string{"residency_id": card.Card.ResidencyID}); err != nil {
		return err
	}
	return c.tell(tx, model.Message{PersonID: card.Card.PersonID, CommunityID: community, Template: "card_revoked",
		SubjectKind: "card", SubjectID: id, Params: map[string]string{"reason": reason}})
}
