package service

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// RuleDraft is what somebody proposes.
type RuleDraft struct {
	Rules       admission.Rules
	RehearsalID string
	// EffectiveAt is told at the gates in the phase warn; zero is not said.
	EffectiveAt time.Time
	// The watch once it is in force; nil for the defaults.
	WatchHours, ThresholdPercent, LeastPassages *int
}

// Defaults of a watch, and its bounds.
const (
	DefaultWatchHours       = 24
	DefaultThresholdPercent = 5
	DefaultLeastPassages    = 50

	mostWatchHours    = 30 * 24
	mostLeastPassages = 1_000_000
)

// Propose puts rules on trial in the phase shadow. ifMatch are the entity tags that
// the author goes by, nil for any. Errors: not_found, invalid, precondition_failed
// with the state after a lost race, state_changed while another proposal is under
// way.
func (s *Rules) Propose(ctx context.Context, caller *model.Caller, communityID string, in RuleDraft, ifMatch []string) (ProposalShown, error) {
	if err := s.Directory.Reach(caller, permissionRulePropose, communityID); err != nil {
		return ProposalShown{}, err
	}
	p, err := s.draft(caller, communityID, in)
	if err != nil {
		return ProposalShown{}, err
	}
	var shown ProposalShown
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.propose(tx, caller, &p, ifMatch); err != nil {
			return err
		}
		shown, err = s.version(tx, communityID, p.ID)
		return err
	})
	if err == nil {
		s.showHere(ctx, s.Directory.LoadPlaces)
	}
	return shown, err
}

// draft checks what was proposed.
func (s *Rules) draft(caller *model.Caller, communityID string, in RuleDraft) (model.RuleProposal, error) {
	now := s.Clock.Now()
	p := model.RuleProposal{ID: model.NewID(now), CommunityID: communityID, Phase: model.RuleShadow, RehearsalID: in.RehearsalID,
		WatchHours: orElse(in.WatchHours, DefaultWatchHours), ThresholdPercent: orElse(in.ThresholdPercent, DefaultThresholdPercent),
		LeastPassages: int64(orElse(in.LeastPassages, DefaultLeastPassages)), AuthorID: caller.AccountID, AuthorPersonID: caller.PersonID,
		CreatedAt: model.Millis(now), PhaseAt: model.Millis(now)}
	bad := badRules(in.Rules)
	refuse := func(field, limit string) {
		bad = append(bad, model.FieldError{Field: field, Code: "range", Limit: limit})
	}
	if p.WatchHours < 1 || p.WatchHours > mostWatchHours {
		refuse("/watch/hours", "1..720")
	}
	if p.ThresholdPercent < 0 || p.ThresholdPercent > 100 {
		refuse("/watch/threshold_percent", "0..100")
	}
	if p.LeastPassages < 1 || p.LeastPassages > mostLeastPassages {
		refuse("/watch/least_passages", "1..1000000")
	}
	if !in.EffectiveAt.IsZero() {
		p.EffectiveAt = model.Millis(in.EffectiveAt)
		if in.EffectiveAt.Before(now) || in.EffectiveAt.After(now.AddDate(1, 0, 0)) {
			refuse("/effective_at", "within a year from now")
		}
	}
	if len(bad) > 0 {
		return p, model.Invalid(bad...)
	}
	body, err := json.Marshal(ordinary(in.Rules, 1))
	p.Rules = string(body)
	return p, err
}

// badRules is Validate with pointers into a body that holds the rules beside other
// things.
func badRules(r admission.Rules) []model.FieldError {
	r = ordinary(r, 1)
	bad := r.Validate()
	for i := range bad {
		bad[i].Field = "/rules" + bad[i].Field
	}
	return bad
}

func orElse(v *int, standard int) int {
	if v == nil {
		return standard
	}
	return *v
}

func (s *Rules) propose(tx *store.Tx, caller *model.Caller, p *model.RuleProposal, ifMatch []string) error {
	if err := s.lock(tx, p.CommunityID); err != nil {
		return err
	}
	set, err := tx.RulesInForce(p.CommunityID)
	if err != nil {
		return err
	}
	open, err := openProposal(tx, p.CommunityID)
	if err != nil {
		return err
	}
	state := "version " + rulesTag(set.Version, nil)
	if open != nil {
		state = string(open.Phase)
	}
	switch {
	case ifMatch != nil && !slices.Contains(ifMatch, rulesTag(set.Version, open)):
		return &model.Error{Code: model.CodePreconditionFailed, State: state}
	case open != nil:
		return &model.Error{Code: model.CodeStateChanged, State: state}
	}
	if err := s.rehearsed(tx, p); err != nil {
		return err
	}
	p.BaseVersion = set.Version
	if err := tx.CreateRuleProposal(*p); err != nil {
		return err
	}
	if err := s.askSecond(tx, p, 1); err != nil {
		return err
	}
	return s.noted(tx, caller, p, "rule.propose", nil)
}

// rehearsed makes sure that a rehearsal which is named was one of these rules.
func (s *Rules) rehearsed(tx *store.Tx, p *model.RuleProposal) error {
	if p.RehearsalID == "" {
		return nil
	}
	r, err := tx.RuleRehearsal(p.CommunityID, p.RehearsalID)
	if err != nil && !model.IsNotFound(err) {
		return err
	}
	if err != nil || r.Rules != p.Rules {
		return model.Invalid(model.FieldError{Field: "/rehearsal_id", Code: "enum", Limit: "a rehearsal of these rules"})
	}
	return nil
}

// askSecond opens the approval of the next step.
func (s *Rules) askSecond(tx *store.Tx, p *model.RuleProposal, step int) error {
	_, err := s.askApproval(tx, model.Approval{CommunityID: p.CommunityID, Kind: model.ApproveRule, SubjectID: p.ID, Step: step,
		Answerer: model.AnswererSecond, AuthorID: p.AuthorID}, 0)
	return err
}

func (s *Rules) lock(tx *store.Tx, communityID string) error {
	found, err := tx.LockRules(communityID)
	if err == nil && !found {
		return model.NotFound()
	}
	return err
}

// noted writes what follows from every step of a proposal.
func (s *Rules) noted(tx *store.Tx, caller *model.Caller, p *model.RuleProposal, action string, detail map[string]string) error {
	if detail == nil {
		detail = map[string]string{}
	}
	detail["phase"] = string(p.Phase)
	if err := tx.Changed(model.ChangeCommunity, p.CommunityID, p.CommunityID); err != nil {
		return err
	}
	return tx.Audit(caller, p.CommunityID, action, "rule_version", p.ID, detail)
}
