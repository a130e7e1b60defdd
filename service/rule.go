package service

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	permissionRuleRead    model.Permission = "rule.read"
	permissionRulePropose model.Permission = "rule.propose"
	permissionRuleDecide  model.Permission = "rule.decide"
)

// Rules is the use cases of a community's rules: those in force, those proposed,
// and what proposed ones would have done.
type Rules struct {
	Deps
	// rehearsing lets one rehearsal at a time read history on a replica.
	rehearsing chan struct{}
}

// NewRules makes the use cases of rules.
func NewRules(d Deps) *Rules { return &Rules{Deps: d, rehearsing: make(chan struct{}, 1)} }

// RulesShown are the rules in force with the settings of gates.
type RulesShown struct {
	CommunityID string
	Rules       admission.Rules
	Gates       []model.Gate
	// Open is the proposal under way, nil for none.
	Open *ProposalShown
	// Tag is the entity tag: it changes with the rules in force and with the proposal
	// under way.
	Tag string
}

// ProposalShown is a version of the rules with what was counted of it.
type ProposalShown struct {
	model.RuleProposal
	Parsed admission.Rules
	Trials []model.RuleTrial
	// Current says that these are the rules in force.
	Current bool
}

// gatesShown bounds the settings of gates in one answer.
const gatesShown = 500

// Current shows the rules in force. A stranger gets not_found.
func (s *Rules) Current(ctx context.Context, caller *model.Caller, communityID string) (RulesShown, error) {
	if err := s.Directory.Reach(caller, permissionRuleRead, communityID); err != nil {
		return RulesShown{}, err
	}
	return s.current(s.Store.View(ctx), communityID)
}

func (s *Rules) current(tx *store.Tx, communityID string) (RulesShown, error) {
	set, err := tx.RulesInForce(communityID)
	if err != nil {
		return RulesShown{}, err
	}
	out := RulesShown{CommunityID: communityID}
	if out.Rules, err = parseRules(set.Body, set.Version); err != nil {
		return out, err
	}
	if out.Gates, err = tx.Gates(communityID, "", gatesShown); err != nil {
		return out, err
	}
	open, err := openProposal(tx, communityID)
	if err != nil {
		return out, err
	}
	out.Tag = rulesTag(set.Version, open)
	if open != nil {
		shown, err := s.shown(tx, set, []model.RuleProposal{*open})
		if err != nil {
			return out, err
		}
		out.Open = &shown[0]
	}
	return out, nil
}

func openProposal(tx *store.Tx, communityID string) (*model.RuleProposal, error) {
	p, err := tx.OpenRuleProposal(communityID)
	switch {
	case model.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &p, nil
}

func rulesTag(version int64, open *model.RuleProposal) string {
	tag := strconv.FormatInt(version, 10)
	if open != nil {
		tag += "-" + open.ID + "-" + string(open.Phase)
	}
	return tag
}

// parseRules reads stored rules, without what belongs to an emergency.
func parseRules(body string, version int64) (admission.Rules, error) {
	var r admission.Rules
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return r, err
	}
	return ordinary(r, version), nil
}

// ordinary is what a person may set of rules, under a version: an emergency sets
// the rest.
func ordinary(r admission.Rules, version int64) admission.Rules {
	r.Version, r.EmergencyUntil, r.ReportRequired = version, 0, false
	return r
}

// madeAs is the version under which stored rules were put in force. The beginning
// and the end of an emergency give a community's rules another number and leave
// their body, with this version in it, as it is.
func madeAs(body string) int64 {
	var r struct {
		Version int64 `json:"version"`
	}
	if json.Unmarshal([]byte(body), &r) != nil {
		return 0
	}
	return max(r.Version, 1)
}

// shown completes proposals with their rules and counts.
func (s *Rules) shown(tx *store.Tx, inForce model.RuleSet, proposals []model.RuleProposal) ([]ProposalShown, error) {
	ids := make([]string, len(proposals))
	for i, p := range proposals {
		ids[i] = p.ID
	}
	trials, err := tx.RuleTrials(ids...)
	if err != nil {
		return nil, err
	}
	out, current := make([]ProposalShown, len(proposals)), madeAs(inForce.Body)
	for i, p := range proposals {
		out[i] = ProposalShown{RuleProposal: p, Current: p.Version == current}
		if out[i].Parsed, err = parseRules(p.Rules, max(p.Version, 1)); err != nil {
			return nil, err
		}
		out[i].Trials = slices.DeleteFunc(slices.Clone(trials), func(t model.RuleTrial) bool { return t.ProposalID != p.ID })
	}
	return out, nil
}

// Versions lists the versions of a community's rules, newest first: every proposal,
// and last of all the rules it was made with, under the community's own id.
func (s *Rules) Versions(ctx context.Context, caller *model.Caller, communityID string, p Page) (List[ProposalShown], error) {
	if err := s.Directory.Reach(caller, permissionRuleRead, communityID); err != nil {
		return List[ProposalShown]{}, err
	}
	if p.Cursor == communityID {
		return List[ProposalShown]{}, nil
	}
	tx := s.Store.View(ctx)
	found, err := tx.RuleProposals(communityID, p.Cursor, p.Size()+1)
	if err != nil {
		return List[ProposalShown]{}, err
	}
	if len(found) <= p.Size() {
		first, err := firstRules(tx, communityID)
		if err != nil {
			return List[ProposalShown]{}, err
		}
		found = append(found, first)
	}
	set, err := tx.RulesInForce(communityID)
	if err != nil {
		return List[ProposalShown]{}, err
	}
	items, err := s.shown(tx, set, found)
	return paged(items, p, func(v ProposalShown) string { return v.ID }), err
}

// firstRules are the rules that a community was made with, as a version that
// nobody proposed.
func firstRules(tx *store.Tx, communityID string) (model.RuleProposal, error) {
	set, err := tx.RuleSet(communityID, 1)
	return model.RuleProposal{ID: communityID, CommunityID: communityID, Phase: model.RuleSettled, Rules: set.Body, Version: 1,
		AuthorID: set.CreatedBy, CreatedAt: set.CreatedAt, PhaseAt: set.CreatedAt}, err
}

// Version shows one version. Errors: not_found.
func (s *Rules) Version(ctx context.Context, caller *model.Caller, communityID, id string) (ProposalShown, error) {
	if err := s.Directory.Reach(caller, permissionRuleRead, communityID); err != nil {
		return ProposalShown{}, err
	}
	return s.version(s.Store.View(ctx), communityID, id)
}

func (s *Rules) version(tx *store.Tx, communityID, id string) (ProposalShown, error) {
	var p model.RuleProposal
	var err error
	if id == communityID {
		p, err = firstRules(tx, communityID)
	} else {
		p, err = tx.RuleProposal(communityID, id)
	}
	if err != nil {
		return ProposalShown{}, err
	}
	set, err := tx.RulesInForce(communityID)
	if err != nil {
		return ProposalShown{}, err
	}
	out, err := s.shown(tx, set, []model.RuleProposal{p})
	if err != nil {
		return ProposalShown{}, err
	}
	return out[0], nil
}

// GateSettings are what a gate does on passback, and when it cannot decide.
type GateSettings struct {
	Passback admission.Passback
	Fallback admission.Fallback
}

// SetGate changes the settings of a gate at once: they are of the gate, no part of
// a version. Errors: not_found, invalid.
func (s *Rules) SetGate(ctx context.Context, caller *model.Caller, communityID, gateID string, in GateSettings) (model.Gate, error) {
	if err := s.Directory.Reach(caller, permissionGateManage, communityID); err != nil {
		return model.Gate{}, err
	}
	probe := admission.Gate{ID: gateID, Community: 1, Perimeter: "x", Passback: in.Passback, Fallback: in.Fallback}
	if bad := probe.Validate(); len(bad) > 0 {
		return model.Gate{}, model.Invalid(bad...)
	}
	var gate model.Gate
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		found, err := tx.SetGateSettings(communityID, gateID, string(in.Passback), string(in.Fallback))
		if err == nil && !found {
			err = model.NotFound()
		}
		if err != nil {
			return err
		}
		if gate, err = tx.Gate(communityID, gateID); err != nil {
			return err
		}
		if err := tx.Changed(model.ChangeGate, communityID, gateID); err != nil {
			return err
		}
		return tx.Audit(caller, communityID, "gate.settings", "gate", gateID, map[string]string{"passback": gate.Passback, "fallback": gate.Fallback})
	})
	if err == nil {
		s.showHere(ctx, s.Directory.LoadPlaces)
	}
	return gate, err
}

// watchSlack lets every replica's counts arrive before a watch is closed.
const watchSlack = 10 * time.Second
