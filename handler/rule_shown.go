package handler

import (
	"encoding/json"
	"maps"
	"slices"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// gateRules reads rules of a body. The names are those in which rules are stored
// and sent to gates, so JSON itself carries them over.
func gateRules(in *wire.GateRules) (admission.Rules, error) {
	var out admission.Rules
	text, err := json.Marshal(in)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		return out, model.Invalid(model.FieldError{Field: "/rules", Code: "format"})
	}
	return out, nil
}

func gateRulesShown(r *admission.Rules) wire.GateRules {
	filled := r.Filled()
	kind := func(k admission.KindRule) *wire.RuleKind {
		out := &wire.RuleKind{Quota: &k.Quota}
		hours := each(k.Hours, ruleHours)
		out.Hours = &hours
		return out
	}
	return wire.GateRules{ZoneMinutes: &filled.ZoneMinutes, CardQuota: &filled.CardQuota, TemperatureLimitTenths: &filled.TemperatureLimit,
		ReportHours: &filled.ReportHours, PhoneStrips: &filled.PhoneStrips, Kinds: wire.RuleKinds{Resident: kind(r.Kinds.Resident), Visitor: kind(r.Kinds.Visitor),
			Courier: kind(r.Kinds.Courier), Staff: kind(r.Kinds.Staff), Vehicle: kind(r.Kinds.Vehicle)}}
}

func ruleHours(s admission.Span) wire.RuleHours {
	// Stored hours were checked when they were proposed, so neither can fail.
	from, _ := s.From.MarshalText()
	to, _ := s.To.MarshalText()
	out := wire.RuleHours{From: string(from), To: string(to)}
	days, _ := s.Days.MarshalJSON()
	_ = json.Unmarshal(days, &out.Days)
	return out
}

func ruleDraft(in *wire.RuleProposal) (service.RuleDraft, error) {
	rules, err := gateRules(&in.Rules)
	out := service.RuleDraft{Rules: rules, RehearsalID: given(in.RehearsalId), EffectiveAt: given(in.EffectiveAt).Time}
	if w := in.Watch; w != nil {
		out.WatchHours, out.ThresholdPercent, out.LeastPassages = w.Hours, w.ThresholdPercent, w.LeastPassages
	}
	return out, err
}

func rulesShown(s *service.RulesShown) wire.Rules {
	out := wire.Rules{CommunityId: s.CommunityID, Version: s.Rules.Version, Rules: gateRulesShown(&s.Rules),
		Gates: each(s.Gates, func(g model.Gate) wire.RuleGate {
			return wire.RuleGate{GateId: g.ID, Name: g.Name, Passback: wire.Passback(g.Passback), Fallback: wire.Fallback(g.Fallback)}
		})}
	if s.Open != nil {
		open := ruleVersion(*s.Open)
		out.Proposal = &open
	}
	return out
}

func ruleVersion(p service.ProposalShown) wire.RuleVersion {
	out := wire.RuleVersion{Id: p.ID, CommunityId: p.CommunityID, Phase: wire.RulePhase(p.Phase), Current: p.Current, Rules: gateRulesShown(&p.Parsed),
		BaseVersion: p.BaseVersion, Version: optional(p.Version), RestoredVersion: optional(p.RestoredVersion), RehearsalId: optional(p.RehearsalID),
		AuthorId: optional(p.AuthorID), EffectiveAt: laterInstant(p.EffectiveAt), WatchUntil: laterInstant(p.WatchUntil),
		Trials: ruleTrials(p.Trials), CreatedAt: instant.Of(p.CreatedAt), PhaseAt: instant.Of(p.PhaseAt)}
	if p.WatchHours > 0 {
		least := int(p.LeastPassages)
		out.Watch = &wire.RuleWatch{Hours: &p.WatchHours, ThresholdPercent: &p.ThresholdPercent, LeastPassages: &least}
	}
	return out
}

// laterInstant is nil for what has no instant.
func laterInstant(ms int64) *wire.Instant {
	if ms == 0 {
		return nil
	}
	at := instant.Of(ms)
	return &at
}

// ruleTrials puts counts together, one item a phase, in the order of phases.
func ruleTrials(counts []model.RuleTrial) []wire.RuleTrial {
	out := []wire.RuleTrial{}
	for _, phase := range []model.RulePhase{model.RuleShadow, model.RuleWarn, model.RuleEnforce} {
		t := wire.RuleTrial{Phase: wire.RulePhase(phase), WouldRefuse: wire.ReasonCounts{}, WouldRefer: wire.ReasonCounts{}, WouldAdmit: wire.ReasonCounts{}}
		for _, c := range counts {
			switch {
			case c.Phase != phase:
			case c.What == model.TrialPassages:
				t.Passages += c.Total
			case c.What == model.TrialRefused:
				t.WouldRefuse[c.Reason] += c.Total
			case c.What == model.TrialReferred:
				t.WouldRefer[c.Reason] += c.Total
			case c.What == model.TrialAdmitted:
				t.WouldAdmit[c.Reason] += c.Total
			}
		}
		if t.Passages > 0 {
			out = append(out, t)
		}
	}
	return out
}

func ruleRehearsal(r service.RehearsalShown) wire.RuleRehearsal {
	c := &r.Counts
	return wire.RuleRehearsal{Id: r.ID, CommunityId: r.CommunityID, Rules: gateRulesShown(&r.Parsed), BaseVersion: c.BaseVersion, Days: r.Days,
		Complete: c.Complete, From: instant.Of(c.From), ReplayedUntil: instant.Of(c.ReplayedUntil), Passages: c.Passages, Replayed: c.Replayed,
		UnlikeRecord: c.Unlike, NewlyRefused: maps.Clone(c.Refused), NewlyReferred: maps.Clone(c.Referred), NewlyAdmitted: maps.Clone(c.Admitted),
		PeopleStopped: wire.RulePeople{All: c.People, Elders: c.Elders, Children: c.Children, AgeUnknown: c.AgeUnknown},
		ByHour:        slices.Clone(c.ByHour[:]), ByKind: maps.Clone(c.ByKind), ByGate: maps.Clone(c.ByGate), SamplePassageIds: c.Samples,
		CreatedAt: instant.Of(r.CreatedAt)}
}
