package service

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Reason is why the card ended: the words of staff, or the code of its pass, such as
// moved_out.
func (v *CardView) Reason() string {
	if v.Card.Reason != "" {
		return v.Card.Reason
	}
	return v.Pass.Reason
}

// List gives a community's cards, newest first, those of one residency when it is
// given. Errors: not_found out of scope.
func (c *Cards) List(ctx context.Context, caller *model.Caller, communityID, residencyID string, p Page) (List[CardView], error) {
	if err := c.Directory.Reach(caller, permCardRead, communityID); err != nil {
		return List[CardView]{}, err
	}
	tx := c.Store.View(ctx)
	found, err := tx.Cards(communityID, residencyID, p.Cursor, p.Size()+1)
	if err != nil {
		return List[CardView]{}, err
	}
	return c.page(tx, found, p)
}

// Own gives the cards of the caller and of whom the caller carries, newest first.
func (c *Cards) Own(ctx context.Context, caller *model.Caller, p Page) (List[CardView], error) {
	tx := c.Store.View(ctx)
	people, err := carriedBy(tx, caller.PersonID)
	if err != nil {
		return List[CardView]{}, err
	}
	found, err := tx.CardsOfPersons(people, p.Cursor, p.Size()+1)
	if err != nil {
		return List[CardView]{}, err
	}
	return c.page(tx, found, p)
}

// Sheet gives a card with its code, to be printed. Who prints it could walk in with
// it, so that takes the right to make cards, and is written down. Errors: not_found,
// pass_invalid with how the card stands when it is over.
func (c *Cards) Sheet(ctx context.Context, caller *model.Caller, communityID, id string) (CardView, error) {
	if err := c.Directory.Reach(caller, permCardManage, communityID); err != nil {
		return CardView{}, err
	}
	var out CardView
	err := c.Store.Update(ctx, func(tx *store.Tx) error {
		card, err := tx.Card(communityID, id)
		if err != nil {
			return err
		}
		if standing := passStanding(&card.Pass, c.now()); standing != PassValid {
			return &model.Error{Code: model.CodePassInvalid, State: standing}
		}
		views, err := c.views(tx, []store.HeldCard{card})
		if err != nil {
			return err
		}
		out = views[0]
		return tx.Audit(caller, communityID, "card.print", "card", id, nil)
	})
	return out, err
}

func (c *Cards) page(tx *store.Tx, found []store.HeldCard, p Page) (List[CardView], error) {
	page := paged(found, p, func(h store.HeldCard) string { return h.Card.PassID })
	views, err := c.views(tx, page.Items)
	return List[CardView]{Items: views, Next: page.Next}, err
}

// views adds to cards what a page of them needs, with one query for the names.
func (c *Cards) views(tx *store.Tx, cards []store.HeldCard) ([]CardView, error) {
	ids := make([]string, len(cards))
	for i := range cards {
		ids[i] = cards[i].Card.PersonID
	}
	people, err := tx.Persons(ids)
	if err != nil {
		return nil, err
	}
	out := make([]CardView, len(cards))
	for i, card := range cards {
		out[i] = CardView{HeldCard: card, NameMasked: model.MaskName(people[card.Card.PersonID].Name), LastDay: dateOf(card.Card.LastDay),
			Standing: passStanding(&card.Pass, c.now()), DailyCap: c.Directory.dailyCap(&card.Pass),
			Gates: c.Directory.gatesNamed(card.Card.CommunityID, c.Directory.gatesOf(&card.Pass))}
		if community, ok := c.Directory.Community(card.Card.CommunityID); ok {
			out[i].Community = community.Name
		}
	}
	return out, nil
}

// gatesOf are the ids of the gates that a pass's access group names.
func (d *Directory) gatesOf(p *model.Pass) []string {
	community, ok := d.Community(p.CommunityID)
	if !ok || community.Groups[p.AccessGroup] == nil {
		return nil
	}
	return community.Groups[p.AccessGroup].Gates
}

// gatesNamed are gates of a community in the order of their making.
func (d *Directory) gatesNamed(communityID string, ids []string) []model.Gate {
	community, ok := d.Community(communityID)
	if !ok {
		return nil
	}
	var out []model.Gate
	for _, g := range community.Gates {
		if slices.Contains(ids, g.ID) {
			out = append(out, g.Gate)
		}
	}
	return out
}

// dailyCap is the smaller of a card's own bound and that of the rules.
func (d *Directory) dailyCap(p *model.Pass) int {
	limit := admission.DefaultCardQuota
	if community, ok := d.Community(p.CommunityID); ok && community.Rules.CardQuota != 0 {
		limit = community.Rules.CardQuota
	}
	if p.Quota != 0 {
		limit = min(limit, p.Quota)
	}
	return limit
}
