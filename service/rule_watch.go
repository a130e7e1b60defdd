package service

import (
	"context"
	"errors"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const watchPage = 100

// Watch looks once at every version that is under watch: it brings back the rules
// before one that stops too many, and settles one whose time is over. One that
// fails does not keep the others.
func (s *Rules) Watch(ctx context.Context) error {
	var failures error
	for after := ""; ; {
		found, err := s.Store.View(ctx).RuleProposalsIn(model.RuleEnforce, after, watchPage)
		if err != nil {
			return errors.Join(failures, err)
		}
		for _, p := range found {
			after = p.ID
			failures = errors.Join(failures, s.watchOne(ctx, p))
		}
		if len(found) < watchPage || ctx.Err() != nil {
			return failures
		}
	}
}

func (s *Rules) watchOne(ctx context.Context, p model.RuleProposal) error {
	counts, err := s.Store.View(ctx).RuleTrials(p.ID)
	if err != nil {
		return err
	}
	tooMany := stopsTooMany(&p, counts)
	if !tooMany && s.now() < p.WatchUntil+watchSlack.Milliseconds() {
		return nil
	}
	system := &model.Caller{Kind: model.CallerSystem}
	_, err = s.change(ctx, p.CommunityID, p.ID, func(tx *store.Tx, p *model.RuleProposal) error {
		if p.Phase != model.RuleEnforce {
			return nil // another replica, or a person, was first
		}
		if tooMany {
			return s.restore(tx, system, p, "threshold")
		}
		p.Phase = model.RuleSettled
		if err := s.moved(tx, model.RuleEnforce, p); err != nil {
			return err
		}
		return s.noted(tx, system, p, "rule.settle", nil)
	})
	return err
}

// stopsTooMany reports whether more than the threshold's share of the passages
// under watch were stopped though the rules before would have admitted them.
func stopsTooMany(p *model.RuleProposal, counts []model.RuleTrial) bool {
	var all, stopped int64
	for _, c := range counts {
		switch {
		case c.Phase != model.RuleEnforce:
		case c.What == model.TrialPassages:
			all += c.Total
		case c.What == model.TrialRefused, c.What == model.TrialReferred:
			stopped += c.Total
		}
	}
	return all >= p.LeastPassages && stopped*100 > int64(p.ThresholdPercent)*all
}
