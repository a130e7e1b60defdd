package service

import (
	"context"
	"encoding/json"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// numberAttempts bounds how often a community, or a key, tries for the next
	// number when others take it first.
	numberAttempts = 20
	// lastCommunityNumber is the highest that fits a pass code: 24 bits.
	lastCommunityNumber = 1<<24 - 1
	// residentsGroup is the access group that residents' passes are given; every
	// community is made with it.
	residentsGroup = 1
)

// CreateCommunity adds a community that works at once: with a number, a key that
// signs its codes, first rules, and an access group for residents. Errors:
// forbidden, invalid, not_found for the committee, conflict when too many are
// made at once.
func (s *Places) CreateCommunity(ctx context.Context, caller *model.Caller, committeeID, name string) (model.Community, error) {
	name, err := s.mayAdd(caller, name)
	if err != nil {
		return model.Community{}, err
	}
	c := model.Community{ID: model.NewID(s.Clock.Now()), CommitteeID: committeeID, Name: name,
		Mode: model.ModeOrdinary, RuleVersion: 1, CreatedAt: s.now()}
	create := func(tx *store.Tx) error { return s.createCommunity(tx, caller, &c) }
	err = s.Store.Update(ctx, create)
	for try := 1; model.CodeOf(err) == model.CodeConflict && try < numberAttempts; try++ {
		err = s.Store.Update(ctx, create)
	}
	if err != nil {
		return model.Community{}, err
	}
	s.showHere(ctx, s.Directory.LoadPlaces, s.Directory.LoadKeys)
	return c, nil
}

func (s *Places) createCommunity(tx *store.Tx, caller *model.Caller, c *model.Community) error {
	if _, err := tx.Committee(c.CommitteeID); err != nil {
		return err
	}
	last, err := tx.LastCommunityNumber()
	if err != nil {
		return err
	}
	if last >= lastCommunityNumber {
		return model.Fail(model.CodeStorageFull)
	}
	c.Number = last + 1
	if err := tx.CreateCommunity(*c); err != nil {
		return err
	}
	if err := s.equip(tx, caller, c); err != nil {
		return err
	}
	if err := tx.Changed(model.ChangeCommunity, c.ID, c.ID); err != nil {
		return err
	}
	return tx.Audit(caller, c.ID, "community.create", "community", c.ID, map[string]string{"committee_id": c.CommitteeID})
}

// equip gives a new community what its gates decide by.
func (s *Places) equip(tx *store.Tx, caller *model.Caller, c *model.Community) error {
	key, err := gm.Generate(s.Directory.master, model.KeyPass, c.ID, 1, s.Clock.Now())
	if err != nil {
		return err
	}
	key.State, key.ActivatedAt = model.KeyActive, key.CreatedAt
	if err := tx.CreateKey(key); err != nil {
		return err
	}
	rules, err := json.Marshal(admission.Rules{Version: c.RuleVersion})
	if err != nil {
		return err
	}
	group, err := json.Marshal(admission.Group{All: true})
	if err != nil {
		return err
	}
	if err := tx.CreateRules(model.RuleSet{CommunityID: c.ID, Version: c.RuleVersion, Body: string(rules), CreatedBy: caller.AccountID, CreatedAt: c.CreatedAt}); err != nil {
		return err
	}
	if err := tx.CreateGroup(model.AccessGroup{CommunityID: c.ID, Number: residentsGroup, Name: "居民 Residents", Body: string(group), CreatedAt: c.CreatedAt}); err != nil {
		return err
	}
	return tx.Changed(model.ChangeKeys, c.ID, key.ID)
}
