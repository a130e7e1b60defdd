package service

import (
	"context"
	"encoding/hex"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"
)

// Scan is one presentation of a code to a gate.
type Scan struct {
	ScanID    string
	Code      string
	Direction admission.Direction
	ScannedAt time.Time
	// TemperatureTenths is in tenths of °C; 0 means not measured.
	TemperatureTenths int
}

// ScanAnswer is the decision as recorded, with what the gate may show.
type ScanAnswer struct {
	Passage model.Passage
	// Pass is nil when the code was not genuine: then nobody's name is shown.
	Pass *PassView
	Now  time.Time
}

// Scan decides, records, and answers after the commit. The same scan id from the
// same device answers the same. Errors: unauthenticated, overloaded, unavailable,
// storage_full, timeout; the device then asks again with the same scan id.
func (g *Gates) Scan(ctx context.Context, caller *model.Caller, s Scan) (ScanAnswer, error) {
	dev, err := g.device(caller)
	if err != nil {
		return ScanAnswer{}, err
	}
	now := g.Clock.Now()
	facts := gateFacts{directory: g.Directory, community: dev.Gate.Community, keys: g.Directory.keys.Load(), used: &g.used}
	decision, err := g.decide(ctx, dev, &s, &facts, now)
	if err != nil {
		return ScanAnswer{}, err
	}
	pass, err := g.genuinePass(ctx, dev.CommunityID, decision.Genuine, decision.Header.Pass)
	if err != nil {
		return ScanAnswer{}, err
	}
	recorded, err := g.recorder.Record(ctx, g.recording(dev, &s, &decision, pass, now))
	if err != nil {
		return ScanAnswer{}, err
	}
	answer := ScanAnswer{Passage: recorded.Passage, Pass: pass, Now: now}
	if recorded.Duplicate {
		number := recorded.Passage.PassNumber
		answer.Pass, err = g.genuinePass(ctx, dev.CommunityID, number != 0, number)
		return answer, err
	}
	if recorded.Passage.Decision == string(admission.Admit) || recorded.Passage.Reason == string(admission.ReasonUsed) {
		g.used.add(decision.Use, passcode.WindowAt(now))
	}
	return answer, nil
}

// decide asks the engine, fetches what its facts lacked, and asks again.
func (g *Gates) decide(ctx context.Context, dev *DeviceView, s *Scan, facts *gateFacts, now time.Time) (admission.Decision, error) {
	offset, known := g.Directory.ClockOffset(dev)
	q := admission.Question{Code: s.Code, Issued: g.Directory.codes.issued(s.Code), Direction: s.Direction, ScannedAt: s.ScannedAt,
		ClockOffset: offset, ClockOffsetKnown: known, TemperatureTenths: s.TemperatureTenths}
	for {
		d := admission.Decide(q, &dev.Gate.Admission, dev.Gate.Community.Rules, facts, now, false)
		var err error
		switch {
		case facts.passWanted != 0:
			facts.pass, err = g.Directory.Pass(ctx, facts.passWanted)
			facts.passWanted, facts.passFetched = 0, true
		case facts.insideWanted:
			var last string
			last, err = g.Store.View(ctx).LastAdmitted(dev.CommunityID, d.Header.Pass, dev.Gate.Perimeter)
			facts.insideWanted, facts.insideKnown, facts.inside = false, true, last == "in"
		default:
			return d, nil
		}
		if err != nil {
			return d, err
		}
	}
}

// recording is the passage as decided, with what must be stored beside it.
func (g *Gates) recording(dev *DeviceView, s *Scan, d *admission.Decision, pass *PassView, now time.Time) store.Recording {
	ms := model.Millis(now)
	r := store.Recording{ScanID: s.ScanID, Passage: model.Passage{
		CommunityID: dev.CommunityID, GateID: dev.GateID, DeviceID: dev.ID,
		Kind: "unknown", Direction: s.Direction.String(), Perimeter: dev.Gate.Perimeter,
		Decision: string(d.Outcome), Reason: string(d.Reason), RuleVersion: d.RuleVersion, Online: true,
		TemperatureTenths: s.TemperatureTenths, SkewSeconds: d.SkewSeconds,
		ScannedAt: model.Millis(s.ScannedAt), ReceivedAt: ms, Outcome: "decided",
	}}
	community := dev.Gate.Community
	if d.Genuine {
		r.Passage.PassNumber, r.Passage.Kind, r.Passage.WindowNo = d.Header.Pass, d.Header.Kind.String(), d.Use.Window
	} else {
		r.Passage.CodeDigest = codeDigest(s.Code)
	}
	if d.Genuine && d.Outcome == admission.Admit {
		r.Use = &model.Use{WindowNo: d.Use.Window, PassNumber: d.Use.Pass, Direction: uint8(d.Use.Direction), Perimeter: d.Use.Perimeter}
		r.Lost = lostUse
	}
	r.Events = func(p *model.Passage, c *model.Conflict) []model.Delivery {
		return g.passageEvents(community, p, c, pass)
	}
	return r
}

// lostUse turns an admission into what it is when another gate or replica has
// spent the code in the same moment. Going out is never refused.
func lostUse(p *model.Passage) {
	p.Reason, p.Decision = string(admission.ReasonUsed), string(admission.Refuse)
	if p.Direction == admission.Out.String() {
		p.Decision = string(admission.Refer)
	}
}

// passageEvents are the events that follow from a stored passage, or from a conflict.
func (g *Gates) passageEvents(community *CommunityView, p *model.Passage, c *model.Conflict, pass *PassView) []model.Delivery {
	if len(community.Recipients) == 0 {
		return nil
	}
	if c != nil {
		return g.events(community, model.EventPassageConflict, c.ID, c.CreatedAt, conflictData(c))
	}
	var personID, building string
	if pass != nil {
		personID, building = pass.PersonID, pass.Building
	}
	return g.Deps.passageEvents(community, p, personID, building)
}

func conflictData(c *model.Conflict) map[string]any {
	return map[string]any{"conflict_id": c.ID, "direction": admission.Direction(c.Direction).String(), "perimeter": c.Perimeter,
		"window_start": passcode.WindowStart(c.WindowNo), "passage_ids": c.PassageIDs}
}

// genuinePass is the pass that a genuine code names: what a code claims without a
// good signature must neither be looked up nor shown.
func (g *Gates) genuinePass(ctx context.Context, communityID string, genuine bool, number uint64) (*PassView, error) {
	if !genuine {
		return nil, nil
	}
	pass, err := g.Directory.Pass(ctx, number)
	if err != nil || pass == nil || pass.CommunityID != communityID {
		return nil, err
	}
	return pass, nil
}

// codeDigest names a text that is no code of ours without keeping it.
func codeDigest(text string) string { return hex.EncodeToString(gm.SM3([]byte(text))[:16]) }

// LoadUses fills the memory of spent codes when a process starts.
func (g *Gates) LoadUses(ctx context.Context) error {
	now := passcode.WindowAt(g.Clock.Now())
	uses, err := g.Store.View(ctx).UsesFrom(now-min(now, 1), 1_000_000)
	if err != nil {
		return err
	}
	for _, u := range uses {
		g.used.add(admission.UseKey{Window: u.WindowNo, Pass: u.PassNumber, Direction: admission.Direction(u.Direction), Perimeter: u.Perimeter}, now)
	}
	return nil
}
