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
	// Identified stands in for a code that was not shown as a text.
	Identified admission.Identity
	// Way is how the pass was shown; empty for what the code says.
	Way string
	// SpokenID is the spoken code that an admission spends.
	SpokenID string
	// Plate is the number plate that was read, and owner whose it is.
	Plate string
	owner store.PlateOwner
	// ByStaff says that a guard recorded it and no device.
	ByStaff bool
}

// ScanAnswer is the decision as recorded, with what the gate may show.
type ScanAnswer struct {
	Passage model.Passage
	// Pass is nil when the code was not genuine: then nobody's name is shown.
	Pass *PassView
	// Colour is the holder's, empty when not known and outside an emergency.
	Colour admission.Colour
	Now    time.Time
	// Warning is set for an admission that announced rules would not make.
	Warning *RuleWarning
	// Duplicate says that the scan had been recorded before.
	Duplicate bool
}

// Scan decides, records, and answers after the commit. The same scan id from the
// same device answers the same. Errors: unauthenticated, overloaded, unavailable,
// storage_full, timeout; the device then asks again with the same scan id.
func (g *Gates) Scan(ctx context.Context, caller *model.Caller, s Scan) (ScanAnswer, error) {
	dev, err := g.device(caller)
	if err != nil {
		return ScanAnswer{}, err
	}
	return g.present(ctx, dev, &s)
}

// present decides on what was shown at a gate, records it, and answers.
func (g *Gates) present(ctx context.Context, dev *DeviceView, s *Scan) (ScanAnswer, error) {
	now := g.Clock.Now()
	facts := g.factsAt(dev, now)
	decision, err := g.decide(ctx, dev, s, facts, now)
	if err != nil {
		return ScanAnswer{}, err
	}
	tried := g.try(ctx, dev, s, &decision, facts, now)
	pass, err := g.genuinePass(ctx, dev.CommunityID, decision.Genuine, decision.Header.Pass)
	if err != nil {
		return ScanAnswer{}, err
	}
	recording := g.recording(dev, s, &decision, pass, now)
	answer, fresh, err := g.keepMeasured(ctx, dev, recording, pass, s.TemperatureTenths, now)
	if err != nil || !fresh {
		return answer, err
	}
	answer.Warning = g.keepTried(tried, &decision, &answer.Passage)
	// A spoken code that came second was refused without spending the use.
	if p := &answer.Passage; p.Decision == string(admission.Admit) || p.Reason == string(admission.ReasonUsed) && s.SpokenID == "" {
		g.used.add(decision.Use, passcode.WindowAt(now))
	}
	return answer, nil
}

// keepMeasured is keep for a passage at which a temperature was measured, in tenths
// of °C; 0 is none. The answer's colour knows of it, as that of a repeated one will.
func (g *Gates) keepMeasured(ctx context.Context, dev *DeviceView, r store.Recording, pass *PassView, tenths int, now time.Time) (ScanAnswer, bool, error) {
	pass, err := g.measured(ctx, dev.Gate.Community, &r, pass, tenths, r.Passage.ReceivedAt)
	if err != nil {
		return ScanAnswer{}, false, err
	}
	return g.keep(ctx, dev, r, pass, now)
}

// keep records a passage and answers with it as recorded; it is not fresh when the
// scan id had been recorded before.
func (g *Gates) keep(ctx context.Context, dev *DeviceView, r store.Recording, pass *PassView, now time.Time) (answer ScanAnswer, fresh bool, err error) {
	recorded, err := g.recorder.Record(ctx, r)
	if err != nil {
		return ScanAnswer{}, false, err
	}
	if r.Notable {
		g.Directory.forgetPass(pass.Pass)
	}
	answer = ScanAnswer{Passage: recorded.Passage, Pass: pass, Now: now, Duplicate: recorded.Duplicate}
	if recorded.Duplicate {
		number := recorded.Passage.PassNumber
		answer.Pass, err = g.genuinePass(ctx, dev.CommunityID, number != 0, number)
	}
	answer.Colour = answer.Pass.colour(dev.Gate.Community, model.Millis(now))
	return answer, !recorded.Duplicate, err
}

// decide asks the engine, fetches what its facts lacked, and asks again.
func (g *Gates) decide(ctx context.Context, dev *DeviceView, s *Scan, facts *gateFacts, now time.Time) (admission.Decision, error) {
	return g.answer(ctx, dev, g.question(dev, s), dev.Gate.Community.Rules, facts, now)
}

func (g *Gates) question(dev *DeviceView, s *Scan) admission.Question {
	offset, known := g.Directory.ClockOffset(dev)
	return admission.Question{Code: s.Code, Plate: s.Way == model.WayPlate, Issued: g.Directory.codes.issued(s.Code), Direction: s.Direction, ScannedAt: s.ScannedAt,
		ClockOffset: offset, ClockOffsetKnown: known, TemperatureTenths: s.TemperatureTenths, Identified: s.Identified}
}

// answer is the engine's by given rules. The quota in it is what is left to the
// slots: admissions from before the quota was in force count, but hold none.
func (g *Gates) answer(ctx context.Context, dev *DeviceView, q admission.Question, rules *admission.Rules, facts *gateFacts, now time.Time) (admission.Decision, error) {
	for {
		d := admission.Decide(q, &dev.Gate.Admission, rules, facts, now, false)
		if !facts.lack() {
			if d.QuotaLimit > 0 && d.Outcome == admission.Admit {
				d.QuotaLimit -= facts.without
			}
			return d, nil
		}
		if err := g.fetch(ctx, dev, rules, facts, &d); err != nil {
			return d, err
		}
	}
}

// fetch reads what the facts lacked when the engine asked.
func (g *Gates) fetch(ctx context.Context, dev *DeviceView, rules *admission.Rules, facts *gateFacts, d *admission.Decision) (err error) {
	switch {
	case facts.passWanted != 0:
		facts.pass, err = g.Directory.Pass(ctx, facts.passWanted)
		facts.passWanted, facts.passFetched = 0, true
	case facts.countWanted:
		from, until := rules.DayBounds(d.JudgedAt)
		facts.slots, facts.without, err = g.Store.View(ctx).Admitted(dev.CommunityID, quotaSpend(facts.countedFor, 0), model.Millis(from), model.Millis(until))
		facts.countWanted, facts.counted = false, true
	case facts.insideWanted:
		var last string
		last, err = g.Store.View(ctx).LastAdmitted(dev.CommunityID, d.Header.Pass, dev.Gate.Perimeter)
		facts.insideWanted, facts.insideKnown, facts.inside = false, true, last == "in"
	}
	return err
}

func quotaSpend(k admission.QuotaKey, limit int) model.QuotaSpend {
	return model.QuotaSpend{Day: k.Day, PassNumber: k.Pass, Direction: uint8(k.Direction), Perimeter: k.Perimeter, Limit: limit}
}

// recording is the passage as decided, with what must be stored beside it.
func (g *Gates) recording(dev *DeviceView, s *Scan, d *admission.Decision, pass *PassView, now time.Time) store.Recording {
	ms := model.Millis(now)
	r := store.Recording{ScanID: s.ScanID, Passage: model.Passage{
		CommunityID: dev.CommunityID, GateID: dev.GateID, DeviceID: dev.ID,
		Kind: "unknown", Direction: s.Direction.String(), Perimeter: dev.Gate.Perimeter,
		Decision: string(d.Outcome), Reason: string(d.Reason), RuleVersion: d.RuleVersion, Online: true,
		SkewSeconds: d.SkewSeconds,
		ScannedAt:   model.Millis(s.ScannedAt), ReceivedAt: ms, Outcome: "decided", Way: wayOf(s, d),
	}}
	community := dev.Gate.Community
	if d.Genuine {
		r.Passage.PassNumber, r.Passage.Kind, r.Passage.WindowNo = d.Header.Pass, d.Header.Kind.String(), d.Use.Window
	} else if s.Code != "" {
		r.Passage.CodeDigest = codeDigest(s.Code)
	}
	if d.Genuine && d.Outcome == admission.Admit {
		r.Use = &model.Use{WindowNo: d.Use.Window, PassNumber: d.Use.Pass, Direction: uint8(d.Use.Direction), Perimeter: d.Use.Perimeter}
		r.Lost, r.SpokenID = lostUse, s.SpokenID
		if d.QuotaLimit > 0 {
			spend := quotaSpend(d.Quota, d.QuotaLimit)
			r.Quota, r.Full = &spend, fullQuota
		}
	}
	if s.ByStaff {
		r.Audit = &model.Caller{Kind: model.CallerStaff, AccountID: dev.ID}
	}
	r.Events = func(p *model.Passage, c *model.Conflict) []model.Delivery {
		if s.ByStaff { // recipients are told of devices only
			told := *p
			told.DeviceID = ""
			p = &told
		}
		return g.passageEvents(community, p, c, pass)
	}
	return r
}

// wayOf is how a pass was shown, as far as that is beyond doubt.
func wayOf(s *Scan, d *admission.Decision) string {
	switch {
	case s.Way != "" || !d.Genuine:
		return s.Way
	case d.Header.Format == passcode.Card:
		return model.WayCard
	}
	return model.WayCode
}

// lostUse turns an admission into what it is when another gate or replica has
// spent the code in the same moment. Going out is never refused.
func lostUse(p *model.Passage) {
	p.Reason, p.Decision = string(admission.ReasonUsed), string(admission.Refuse)
	if p.Direction == admission.Out.String() {
		p.Decision = string(admission.Refer)
	}
}

// fullQuota is lostUse for the last slot of a quota.
func fullQuota(p *model.Passage) {
	lostUse(p)
	p.Reason = string(admission.ReasonQuotaReached)
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
