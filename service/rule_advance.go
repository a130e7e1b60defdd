package service

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Advance approves a proposal's next phase, warn or enforce; from shadow either.
// Once in force it is watched. Errors: not_found, self_approval, state_changed with
// the phase, invalid for an enforcement before the day that people were told.
func (s *Rules) Advance(ctx context.Context, caller *model.Caller, communityID, id string, to model.RulePhase) (ProposalShown, error) {
	if err := s.Directory.Reach(caller, permissionRuleDecide, communityID); err != nil {
		return ProposalShown{}, err
	}
	return s.change(ctx, communityID, id, func(tx *store.Tx, p *model.RuleProposal) error {
		from := p.Phase
		ahead := from == model.RuleShadow && to == model.RuleWarn || to == model.RuleEnforce && (from == model.RuleShadow || from == model.RuleWarn)
		switch {
		case !ahead:
			return &model.Error{Code: model.CodeStateChanged, State: string(from)}
		case to == model.RuleEnforce && s.now() < p.EffectiveAt:
			return model.Invalid(model.FieldError{Field: "/to", Code: "range", Limit: "after effective_at"})
		}
		step, err := s.approveStep(tx, caller, p)
		if err != nil {
			return err
		}
		p.Phase = to
		if to == model.RuleEnforce {
			err = s.enforce(tx, p)
		} else {
			err = s.askSecond(tx, p, step+1)
		}
		if err != nil {
			return err
		}
		if err := s.moved(tx, from, p); err != nil {
			return err
		}
		if err := s.noted(tx, caller, p, "rule.advance", map[string]string{"from": string(from)}); err != nil {
			return err
		}
		return s.tellAuthor(tx, p, "rule_advanced", map[string]string{"phase": string(to)})
	})
}

// change does one step of a proposal while nobody else can, and shows it.
func (s *Rules) change(ctx context.Context, communityID, id string, step func(tx *store.Tx, p *model.RuleProposal) error) (ProposalShown, error) {
	var shown ProposalShown
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.lock(tx, communityID); err != nil {
			return err
		}
		p, err := tx.RuleProposal(communityID, id)
		if err != nil {
			return err
		}
		if err := step(tx, &p); err != nil {
			return err
		}
		shown, err = s.version(tx, communityID, id)
		return err
	})
	if err == nil {
		s.showHere(ctx, s.Directory.LoadPlaces)
	}
	return shown, err
}

// moved moves the row, once.
func (s *Rules) moved(tx *store.Tx, from model.RulePhase, p *model.RuleProposal) error {
	did, err := tx.MoveRuleProposal(from, *p)
	if err == nil && !did {
		return &model.Error{Code: model.CodeStateChanged, State: string(from)}
	}
	return err
}

// approveStep answers the approval that waits, and says which step it was.
func (s *Rules) approveStep(tx *store.Tx, caller *model.Caller, p *model.RuleProposal) (int, error) {
	chain, err := tx.ApprovalsOf(p.CommunityID, p.ID)
	if err != nil {
		return 0, err
	}
	for _, a := range chain {
		if a.State != model.ApprovalPending {
			continue
		}
		_, err := s.answerApproval(tx, p.CommunityID, a.ID, model.ApprovalApproved, caller.AccountID, "")
		return a.Step, err
	}
	return 0, &model.Error{Code: model.CodeStateChanged, State: string(p.Phase)}
}

// errSuperseded says that other rules are in force than those a proposal builds on.
func errSuperseded() error { return &model.Error{Code: model.CodeStateChanged, State: "superseded"} }

// enforce makes the proposal the rules in force, if those are still the ones that
// it was proposed against, under whatever number.
func (s *Rules) enforce(tx *store.Tx, p *model.RuleProposal) error {
	now, err := tx.RulesInForce(p.CommunityID)
	if err != nil {
		return err
	}
	base, err := tx.RuleSet(p.CommunityID, p.BaseVersion)
	if err != nil {
		return err
	}
	if now.Body != base.Body {
		return errSuperseded()
	}
	p.Version = now.Version + 1
	p.WatchUntil = model.Millis(s.Clock.Now().Add(time.Duration(p.WatchHours) * time.Hour))
	return s.putInForce(tx, p, now.Version, p.Version, p.Rules, p.AuthorID)
}

func (s *Rules) putInForce(tx *store.Tx, p *model.RuleProposal, from, to int64, body, by string) error {
	rules, err := parseRules(body, to)
	if err != nil {
		return err
	}
	text, err := json.Marshal(rules)
	if err != nil {
		return err
	}
	did, err := tx.SetRuleVersion(p.CommunityID, from, to)
	if err == nil && !did {
		return errSuperseded()
	}
	if err != nil {
		return err
	}
	return tx.CreateRules(model.RuleSet{CommunityID: p.CommunityID, Version: to, Body: string(text), CreatedBy: by, CreatedAt: s.now()})
}

// Withdraw takes back a proposal: before it is in force without a trace at the
// gates, under watch by bringing back the rules before. The author may until it is
// in force, who decides on rules always. Errors: not_found, forbidden,
// state_changed with the phase.
func (s *Rules) Withdraw(ctx context.Context, caller *model.Caller, communityID, id, reason string) (ProposalShown, error) {
	if err := s.Directory.Reach(caller, permissionRulePropose, communityID); err != nil {
		return ProposalShown{}, err
	}
	decides := s.Directory.Reach(caller, permissionRuleDecide, communityID) == nil
	return s.change(ctx, communityID, id, func(tx *store.Tx, p *model.RuleProposal) error {
		from := p.Phase
		switch {
		case !decides && (p.AuthorID != caller.AccountID || from == model.RuleEnforce):
			return model.Fail(model.CodeForbidden)
		case !from.Open():
			return &model.Error{Code: model.CodeStateChanged, State: string(from)}
		case from == model.RuleEnforce:
			return s.restore(tx, caller, p, reason)
		}
		p.Phase = model.RuleWithdrawn
		if err := s.moved(tx, from, p); err != nil {
			return err
		}
		if err := tx.CloseApprovals(communityID, id, model.ApprovalCancelled); err != nil {
			return err
		}
		if err := s.noted(tx, caller, p, "rule.withdraw", map[string]string{"from": string(from), "reason": reason}); err != nil {
			return err
		}
		if caller.AccountID == p.AuthorID {
			return nil
		}
		return s.tellAuthor(tx, p, "rule_withdrawn", nil)
	})
}

// restore brings back the rules before a proposal under watch, as a version with a
// number of its own.
func (s *Rules) restore(tx *store.Tx, caller *model.Caller, p *model.RuleProposal, reason string) error {
	base, err := tx.RuleSet(p.CommunityID, p.BaseVersion)
	if err != nil {
		return err
	}
	now, err := tx.RulesInForce(p.CommunityID)
	if err != nil {
		return err
	}
	if madeAs(now.Body) != p.Version {
		return errSuperseded()
	}
	p.Phase, p.RestoredVersion = model.RuleRolledBack, now.Version+1
	if err := s.moved(tx, model.RuleEnforce, p); err != nil {
		return err
	}
	if err := s.putInForce(tx, p, now.Version, p.RestoredVersion, base.Body, caller.AccountID); err != nil {
		return err
	}
	detail := map[string]string{"version": strconv.FormatInt(p.Version, 10), "restored_version": strconv.FormatInt(p.RestoredVersion, 10), "reason": reason}
	if err := s.noted(tx, caller, p, "rule.roll_back", detail); err != nil {
		return err
	}
	return s.tellBoth(tx, p, "rule_rolled_back", map[string]string{"version": strconv.FormatInt(p.Version, 10),
		"restored_version": strconv.FormatInt(p.RestoredVersion, 10)})
}

func (s *Rules) tellAuthor(tx *store.Tx, p *model.RuleProposal, template string, params map[string]string) error {
	if p.AuthorPersonID == "" {
		return nil
	}
	return s.tell(tx, model.Message{PersonID: p.AuthorPersonID, CommunityID: p.CommunityID, Template: template,
		SubjectKind: "rule_version", SubjectID: p.ID, Params: params})
}

// tellBoth tells the author and everybody who approved.
func (s *Rules) tellBoth(tx *store.Tx, p *model.RuleProposal, template string, params map[string]string) error {
	if err := s.tellAuthor(tx, p, template, params); err != nil {
		return err
	}
	chain, err := tx.ApprovalsOf(p.CommunityID, p.ID)
	if err != nil {
		return err
	}
	told := map[string]bool{p.AuthorID: true, "": true}
	for _, a := range chain {
		if told[a.DecidedBy] {
			continue
		}
		told[a.DecidedBy] = true
		account, err := tx.Staff(a.DecidedBy)
		if model.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		copied := *p
		copied.AuthorPersonID = account.PersonID
		if err := s.tellAuthor(tx, &copied, template, params); err != nil {
			return err
		}
	}
	return nil
}
