package service

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// RuleTrial is what a replica needs to compare rules at its gates.
type RuleTrial struct {
	ID    string
	Phase model.RulePhase
	// Other are the proposed rules, or, once those are in force, the ones before.
	Other       admission.Rules
	EffectiveAt int64
	WatchUntil  int64
}

// RuleWarning says that announced rules would not have admitted.
type RuleWarning struct {
	Reason  admission.Reason
	Outcome admission.Outcome
	// From is the day from which they hold, in the community's zone; zero is not said.
	From time.Time
}

// addTrials gives communities the proposals that fit the rules read beside them;
// one that does not was read in the middle of a change, which the feed repeats.
func (v *placesView) addTrials(open []store.OpenProposal, inForce map[string]string) error {
	for _, p := range open {
		c, now := v.communities[p.CommunityID], inForce[p.CommunityID]
		t := &RuleTrial{ID: p.ID, Phase: p.Phase, EffectiveAt: p.EffectiveAt, WatchUntil: p.WatchUntil}
		body, fits := p.Rules, now == p.BaseRules
		if p.Phase == model.RuleEnforce {
			body, fits = p.BaseRules, madeAs(now) == p.Version
		}
		if c == nil || !fits {
			continue
		}
		if err := json.Unmarshal([]byte(body), &t.Other); err != nil {
			return fmt.Errorf("proposed rules %s: %w", p.ID, err)
		}
		c.Trial = t
	}
	return nil
}

// tried is a scan that was decided by the other rules as well.
type tried struct {
	trial    *RuleTrial
	decision admission.Decision
	zone     *time.Location
}

// try decides a genuine code by the rules on trial too; nil when there are none, or
// when they ask for what cannot be read now: nobody at a gate waits for a trial.
func (g *Gates) try(ctx context.Context, dev *DeviceView, s *Scan, d *admission.Decision, facts *gateFacts, now time.Time) *tried {
	community := dev.Gate.Community
	t := community.Trial
	if t == nil || !d.Genuine || t.Phase == model.RuleEnforce && model.Millis(now) >= t.WatchUntil {
		return nil
	}
	rules := t.Other
	community.underEmergency(&rules)
	q := g.question(dev, s)
	q.Issued = true // the signature was found good a moment ago
	other, err := g.answer(ctx, dev, q, &rules, facts, now)
	if err != nil {
		return nil
	}
	filled := rules.Filled()
	return &tried{trial: t, decision: other, zone: time.FixedZone("", filled.ZoneMinutes*60)}
}

// keepTried counts what was tried and gives the warning that follows from it. A
// passage that lost a race was decided by the race, not by rules.
func (g *Gates) keepTried(t *tried, d *admission.Decision, stored *model.Passage) *RuleWarning {
	if t == nil {
		return nil
	}
	before, after := d, &t.decision
	if t.trial.Phase == model.RuleEnforce {
		before, after = after, before
	}
	g.trials.add(t.trial, model.TrialPassages, "")
	if stored.Reason != string(d.Reason) {
		return nil
	}
	switch {
	case before.Outcome == admission.Admit && after.Outcome == admission.Refuse:
		g.trials.add(t.trial, model.TrialRefused, after.Reason)
	case before.Outcome == admission.Admit && after.Outcome == admission.Refer:
		g.trials.add(t.trial, model.TrialReferred, after.Reason)
	case before.Outcome != admission.Admit && after.Outcome == admission.Admit:
		g.trials.add(t.trial, model.TrialAdmitted, before.Reason)
	}
	if t.trial.Phase != model.RuleWarn || d.Outcome != admission.Admit || after.Outcome == admission.Admit {
		return nil
	}
	w := &RuleWarning{Reason: after.Reason, Outcome: after.Outcome}
	if t.trial.EffectiveAt > 0 {
		w.From = time.UnixMilli(t.trial.EffectiveAt).In(t.zone)
	}
	return w
}

// trialCounts are the counts of this replica that are not stored yet. What a
// process counted since its last flush is lost with it, at most trialFlush.
type trialCounts struct {
	mu     sync.Mutex
	counts map[model.RuleTrial]int64
}

const (
	trialFlush      = 2 * time.Second
	trialFlushLimit = 5 * time.Second
)

func (c *trialCounts) add(t *RuleTrial, what model.TrialCount, reason admission.Reason) {
	c.put(model.RuleTrial{ProposalID: t.ID, Phase: t.Phase, What: what, Reason: string(reason)}, 1)
}

func (c *trialCounts) put(key model.RuleTrial, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[model.RuleTrial]int64{}
	}
	c.counts[key] += n
}

func (c *trialCounts) take() map[model.RuleTrial]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.counts
	c.counts = nil
	return out
}

// FlushTrials stores what was counted; after a failure it is counted again later.
func (g *Gates) FlushTrials(ctx context.Context) error {
	counts := g.trials.take()
	if len(counts) == 0 {
		return nil
	}
	rows := make([]model.RuleTrial, 0, len(counts))
	for key, n := range counts {
		key.Total = n
		rows = append(rows, key)
	}
	// One order for all replicas, so that they wait for each other's rows instead of
	// dead-locking.
	slices.SortFunc(rows, func(a, b model.RuleTrial) int {
		return cmp.Or(cmp.Compare(a.ProposalID, b.ProposalID), cmp.Compare(a.Phase, b.Phase), cmp.Compare(a.What, b.What), cmp.Compare(a.Reason, b.Reason))
	})
	err := g.Store.AddRuleTrials(ctx, rows)
	if err != nil {
		for key, n := range counts {
			g.trials.put(key, n)
		}
	}
	return err
}

// KeepTrials flushes until ctx ends, and once more then.
func (g *Gates) KeepTrials(ctx context.Context) {
	failing := false
	flush := func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, trialFlushLimit)
		defer cancel()
		err := g.FlushTrials(ctx)
		if err != nil && !failing {
			g.Log.Warn("counts of a rule trial wait", "code", model.CodeOf(err))
		}
		failing = err != nil
	}
	for model.Wait(ctx, trialFlush) == nil {
		flush(ctx)
	}
	flush(context.WithoutCancel(ctx))
}
