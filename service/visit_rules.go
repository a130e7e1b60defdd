package service

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Bounds of the rules for visits.
const (
	maxVisitDays  = 90
	maxVisitHours = maxVisitDays * 24
	maxVisitParty = 50
)

// defaultVisitRules hold in a community that has set none: the home agrees, then,
// when it is silent, the guard, and when he is silent too nobody comes in.
func defaultVisitRules() []model.VisitRule {
	rule := func(kind model.VisitKind, atGate bool, minutes, party, hours int) model.VisitRule {
		return model.VisitRule{Kind: kind, AtGate: atGate, Steps: []model.VisitStep{{Who: model.AnswererHost, Minutes: minutes, Silence: model.SilenceGuard}},
			GuardMinutes: 10, Fallback: model.FallbackDecline, MaxParty: party, MaxHours: hours}
	}
	return []model.VisitRule{rule(model.VisitOnce, true, 5, 5, 24), rule(model.VisitRecurring, false, 5, 1, maxVisitHours),
		rule(model.VisitCourier, true, 3, 1, 4), rule(model.VisitGroup, true, 5, maxVisitParty, 24), rule(model.VisitVehicle, true, 5, 9, 24)}
}

// VisitRules is a community's rules for visits with their version.
type VisitRules struct {
	Version   int
	UpdatedAt int64
	Rules     []model.VisitRule
}

// Rules shows a community's rules for visits; version 0 are the defaults. Errors:
// not_found out of scope.
func (s *Visits) Rules(ctx context.Context, caller *model.Caller, communityID string) (VisitRules, error) {
	if err := s.Directory.Reach(caller, permissionVisitPolicy, communityID); err != nil {
		return VisitRules{}, err
	}
	return visitRules(s.Store.View(ctx), communityID)
}

// SetRules replaces the rules of the kinds given and leaves the others; visits that
// wait go on by the rules that held when they were asked. Errors: not_found out of
// scope, invalid, precondition_failed with the version when version is not the last.
func (s *Visits) SetRules(ctx context.Context, caller *model.Caller, communityID string, version int, rules []model.VisitRule) (VisitRules, error) {
	if err := s.Directory.Reach(caller, permissionVisitPolicy, communityID); err != nil {
		return VisitRules{}, err
	}
	if bad := checkVisitRules(rules); bad != nil {
		return VisitRules{}, model.Invalid(bad...)
	}
	var out VisitRules
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		before, err := visitRules(tx, communityID)
		if err != nil {
			return err
		}
		stale := &model.Error{Code: model.CodePreconditionFailed, State: strconv.Itoa(before.Version)}
		if before.Version != version {
			return stale
		}
		out = VisitRules{Version: version + 1, UpdatedAt: s.now(), Rules: mergedRules(before.Rules, rules)}
		body, err := json.Marshal(out.Rules)
		if err != nil {
			return err
		}
		saved, err := tx.SaveVisitPolicy(model.VisitPolicy{CommunityID: communityID, Version: out.Version, Body: string(body),
			UpdatedBy: caller.AccountID, UpdatedAt: out.UpdatedAt})
		if err == nil && !saved {
			err = stale
		}
		if err != nil {
			return err
		}
		return tx.Audit(caller, communityID, "visit.policy", "community", communityID, map[string]string{"version": strconv.Itoa(out.Version)})
	})
	return out, err
}

func visitRules(tx *store.Tx, communityID string) (VisitRules, error) {
	out := VisitRules{Rules: defaultVisitRules()}
	p, err := tx.VisitPolicy(communityID)
	if model.IsNotFound(err) {
		return out, nil
	}
	if err != nil {
		return VisitRules{}, err
	}
	var set []model.VisitRule
	if err := json.Unmarshal([]byte(p.Body), &set); err != nil {
		return VisitRules{}, err
	}
	return VisitRules{Version: p.Version, UpdatedAt: p.UpdatedAt, Rules: mergedRules(out.Rules, set)}, nil
}

func mergedRules(all, set []model.VisitRule) []model.VisitRule {
	out := slices.Clone(all)
	for _, r := range set {
		if i := slices.IndexFunc(out, func(o model.VisitRule) bool { return o.Kind == r.Kind }); i >= 0 {
			out[i] = r
		}
	}
	return out
}

// visitRule is the rule for a kind.
func visitRule(tx *store.Tx, communityID string, kind model.VisitKind) (model.VisitRule, error) {
	all, err := visitRules(tx, communityID)
	if err != nil {
		return model.VisitRule{}, err
	}
	for _, r := range all.Rules {
		if r.Kind == kind {
			return r, nil
		}
	}
	return model.VisitRule{}, model.Invalid(model.FieldError{Field: "/kind", Code: "enum"})
}

// chainOrder is the order in which those of a chain are asked.
var chainOrder = []model.Answerer{model.AnswererHost, model.AnswererProperty, model.AnswererCommittee}

// checkVisitRules lists what the contract cannot say by itself.
func checkVisitRules(rules []model.VisitRule) []model.FieldError {
	var bad []model.FieldError
	seen := map[model.VisitKind]bool{}
	for i, r := range rules {
		at := "/items/" + strconv.Itoa(i)
		if seen[r.Kind] {
			bad = append(bad, model.FieldError{Field: at + "/kind", Code: "duplicate"})
		}
		seen[r.Kind] = true
		last := -1
		for j, step := range r.Steps {
			place := slices.Index(chainOrder, step.Who)
			if place <= last {
				bad = append(bad, model.FieldError{Field: at + "/steps/" + strconv.Itoa(j) + "/who", Code: "enum"})
			}
			last = place
		}
		if r.Fallback == model.FallbackAdmit && r.Kind != model.VisitCourier {
			bad = append(bad, model.FieldError{Field: at + "/fallback", Code: "enum"})
		}
		if r.AtGate && (r.Kind == model.VisitRecurring || len(r.Steps) == 0) {
			// Whoever asks at the gate is let in by somebody.
			bad = append(bad, model.FieldError{Field: at + "/at_gate", Code: "enum"})
		}
	}
	return bad
}
