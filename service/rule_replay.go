package service

import (
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// replay judges recorded passages in their order by two sets of rules, each with
// its own memory of what it admitted.
type replay struct {
	community *CommunityView
	gates     map[string]*admission.Gate
	passes    map[uint64]*model.Pass // nil for a number that is not there
	base      side
	proposed  side
	stopped   map[string]bool // by person
	zone      time.Duration
	result    *RehearsalResult
}

// side is one set of rules with what it has admitted so far.
type side struct {
	rules    *admission.Rules
	used     map[admission.UseKey]bool
	window   uint32
	admitted map[admission.QuotaKey]int
	day      uint32
	inside   map[insideKey]bool
}

type insideKey struct {
	pass      uint64
	perimeter string
}

func newReplay(c *CommunityView, rules admission.Rules, from int64) *replay {
	// An emergency holds for both. Of reports and temperatures history knows nothing.
	c.underEmergency(&rules)
	current := *c.Rules
	rules.ReportRequired, current.ReportRequired = false, false
	filled := rules.Filled()
	r := &replay{community: c, gates: map[string]*admission.Gate{}, passes: map[uint64]*model.Pass{}, base: newSide(&current),
		proposed: newSide(&rules), stopped: map[string]bool{}, zone: time.Duration(filled.ZoneMinutes) * time.Minute,
		result: &RehearsalResult{From: from, ReplayedUntil: from, Refused: map[string]int64{}, Referred: map[string]int64{}, Admitted: map[string]int64{},
			ByKind: map[string]int64{}, ByGate: map[string]int64{}, Samples: []string{}, BaseVersion: c.Rules.Version}}
	for _, g := range c.Gates {
		r.gates[g.ID] = &g.Admission
	}
	return r
}

func newSide(rules *admission.Rules) side {
	return side{rules: rules, used: map[admission.UseKey]bool{}, admitted: map[admission.QuotaKey]int{}, inside: map[insideKey]bool{}}
}

// meet loads the passes of a page that were not met before.
func (r *replay) meet(tx *store.Tx, page []model.Passage) error {
	var unknown []uint64
	for i := range page {
		number := page[i].PassNumber
		if _, known := r.passes[number]; number == 0 || known {
			continue
		}
		r.passes[number] = nil
		unknown = append(unknown, number)
	}
	for len(unknown) > 0 {
		n := min(len(unknown), rehearsalPeopleStep)
		found, err := tx.PassesNumbered(r.community.ID, unknown[:n])
		if err != nil {
			return err
		}
		for i := range found {
			r.passes[found[i].Number] = &found[i]
		}
		unknown = unknown[n:]
	}
	return nil
}

// notForRules are reasons that rules have no part in: the code itself, or a guard.
var notForRules = map[string]bool{
	string(admission.ReasonUnknownCode): true, string(admission.ReasonWrongCommunity): true, string(admission.ReasonGateStale): true,
	string(admission.ReasonBadSignature): true, string(admission.ReasonExpired): true, string(admission.ReasonClockSkew): true,
	string(admission.ReasonManual): true,
}

// passage judges one recorded passage by both.
func (r *replay) passage(p *model.Passage) {
	r.result.Passages++
	r.result.ReplayedUntil = p.ReceivedAt
	gate, kind := r.gates[p.GateID], kindNamed(p.Kind)
	if p.PassNumber == 0 || gate == nil || kind == 0 || notForRules[p.Reason] {
		return
	}
	r.result.Replayed++
	before, after := r.judge(&r.base, p, gate, kind), r.judge(&r.proposed, p, gate, kind)
	if string(before.Outcome) != p.Decision {
		r.result.Unlike++
	}
	switch {
	case before.Outcome != admission.Admit && after.Outcome == admission.Admit:
		r.result.Admitted[string(before.Reason)]++
	case before.Outcome == admission.Admit && after.Outcome == admission.Refuse:
		r.result.Refused[string(after.Reason)]++
		r.stop(p, after.JudgedAt)
	case before.Outcome == admission.Admit && after.Outcome == admission.Refer:
		r.result.Referred[string(after.Reason)]++
		r.stop(p, after.JudgedAt)
	}
}

func (r *replay) stop(p *model.Passage, at time.Time) {
	r.result.ByHour[at.Add(r.zone).UTC().Hour()]++
	r.result.ByKind[p.Kind]++
	r.result.ByGate[p.GateID]++
	if len(r.result.Samples) < rehearsalSamples {
		r.result.Samples = append(r.result.Samples, p.ID)
	}
	if pass := r.passes[p.PassNumber]; pass != nil && pass.PersonID != "" {
		r.stopped[pass.PersonID] = true
	}
}

// judge asks the engine as of then, and remembers an admission.
func (r *replay) judge(s *side, p *model.Passage, gate *admission.Gate, kind passcode.Kind) admission.Decision {
	// A device's clock is not trusted where the server's was there.
	at := time.UnixMilli(p.ReceivedAt).UTC()
	if !p.Online {
		at = time.UnixMilli(p.ScannedAt).UTC()
	}
	direction := admission.In
	if p.Direction == admission.Out.String() {
		direction = admission.Out
	}
	pass := r.passes[p.PassNumber]
	id := admission.Identity{Kind: kind, Pass: p.PassNumber}
	if pass != nil {
		id.Group = pass.AccessGroup
	}
	facts := pastFacts{replay: r, side: s, pass: pass, at: p.ReceivedAt,
		use: admission.UseKey{Window: p.WindowNo, Pass: p.PassNumber, Direction: direction, Perimeter: p.Perimeter}}
	d := admission.Decide(admission.Question{Identified: id, Direction: direction, ScannedAt: at, TemperatureTenths: p.TemperatureTenths}, gate, s.rules, &facts, at, false)
	if d.Outcome == admission.Admit {
		s.remember(facts.use, d.Quota, direction, p.Outcome != model.OutcomeAnnulled && p.Outcome != model.OutcomeTimedOut)
	}
	return d
}

// remember keeps an admission: of uses those of the last windows, of quotas those
// of the last two days.
func (s *side) remember(use admission.UseKey, quota admission.QuotaKey, d admission.Direction, passed bool) {
	if use.Window > s.window {
		s.window = use.Window
		for old := range s.used {
			if old.Window+2 < s.window {
				delete(s.used, old)
			}
		}
	}
	s.used[use] = true
	if !passed {
		return
	}
	if quota.Day > s.day {
		s.day = quota.Day
		for old := range s.admitted {
			if old.Day+1 < s.day {
				delete(s.admitted, old)
			}
		}
	}
	s.admitted[quota]++
	s.inside[insideKey{use.Pass, use.Perimeter}] = d == admission.In
}

// pastFacts are what history says of one passage.
type pastFacts struct {
	*replay
	side *side
	pass *model.Pass
	at   int64
	use  admission.UseKey
}

func (f *pastFacts) Key(uint16) (*passcode.Verifier, bool) { return nil, false }

// Pass is the pass as of then, as far as its row tells: when it was withdrawn is
// kept, what else changed is not.
func (f *pastFacts) Pass(uint64) (admission.Pass, admission.Knowledge) {
	p := f.pass
	if p == nil {
		return admission.Pass{}, admission.Missing
	}
	return admission.Pass{Withdrawn: p.State == model.PassWithdrawn && (p.WithdrawnAt == 0 || p.WithdrawnAt <= f.at),
		ApprovalPending: p.State == model.PassPending, ValidFrom: p.ValidFrom, ValidUntil: p.ValidUntil,
		Group: p.AccessGroup, Quota: f.quota()}, admission.Known
}

// quota adds the quota of cards, which the engine takes from a code.
func (f *pastFacts) quota() int {
	if f.pass.Format != int(passcode.Card) {
		return f.pass.Quota
	}
	return f.side.rules.Quota(&passcode.Header{Format: passcode.Card}, f.pass.Quota)
}

func (f *pastFacts) Group(number uint16) (*admission.Group, bool) {
	g, ok := f.community.Groups[number]
	return g, ok
}

func (f *pastFacts) Used(admission.UseKey) bool { return f.side.used[f.use] }

func (f *pastFacts) Admitted(key admission.QuotaKey) int { return f.side.admitted[key] }

func (f *pastFacts) Inside(pass uint64, perimeter string) bool {
	return f.side.inside[insideKey{pass, perimeter}]
}

func kindNamed(name string) passcode.Kind {
	for _, k := range []passcode.Kind{passcode.Resident, passcode.Visitor, passcode.Courier, passcode.Staff, passcode.Vehicle} {
		if k.String() == name {
			return k
		}
	}
	return 0
}
