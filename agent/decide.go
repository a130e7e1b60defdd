package agent

import (
	"context"
	"slices"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/passcode"
)

// heldMost bounds the decisions that are held in memory while the disk takes none.
const heldMost = 1000

// Presentation is somebody showing something at the gate.
type Presentation struct {
	Code      string
	Direction admission.Direction
	// TemperatureTenths is in tenths of °C; 0 is not measured.
	TemperatureTenths int
}

// String shows no code: it is for logs.
func (p Presentation) String() string { return "presentation " + p.Direction.String() }

// Answer is what the gate does and says.
type Answer struct {
	ScanID  string
	Outcome admission.Outcome
	Reason  admission.Reason
	// Message and Next are what the screen says, in Chinese.
	Message, Next string
	// Notice is what else the screen must say, in Chinese: that nothing is written down.
	Notice      string
	SkewSeconds int
	// Online says that the server has decided.
	Online    bool
	Direction admission.Direction
	At        time.Time
}

// Admitted says whether the door may open.
func (a Answer) Admitted() bool { return a.Outcome == admission.Admit }

// Present decides. While the server answers it decides; when it does not answer in
// time, the gate decides by its bundle, and goes on alone until the server is heard
// again. What is decided here is on the disk before Present returns, or nobody comes in
// by it.
func (a *Agent) Present(ctx context.Context, p Presentation) Answer {
	a.deciding.Lock()
	defer a.deciding.Unlock()
	now := a.clock.Now()
	e := Entry{Kind: entryPassage, ScanID: model.NewID(now), Code: p.Code, Direction: p.Direction.String(),
		ScannedAt: model.Millis(now), TemperatureTenths: p.TemperatureTenths}
	if a.isOnline() && !a.isRevoked() {
		if answer, ok := a.ask(ctx, &e, p); ok {
			return a.said(answer, p.Direction)
		}
		now = a.clock.Now()
	}
	d := a.decide(ctx, &e, p, now)
	return a.settled(&e, d, p.Direction)
}

// settled writes a decision down and says it; what cannot be written lets nobody in.
func (a *Agent) settled(e *Entry, d admission.Decision, way admission.Direction) Answer {
	notice := ""
	if err := a.record(e, &d, way); err != nil {
		d, notice = a.unwritten(*e, d, way, err), faultSentences[faultDisk][0]
	} else {
		a.mend(faultDisk)
	}
	message, next := admission.Sentence(d.Reason, d.Outcome, "zh")
	return a.said(Answer{ScanID: e.ScanID, Outcome: d.Outcome, Reason: d.Reason, Message: message, Next: next, Notice: notice, SkewSeconds: d.SkewSeconds}, way)
}

// record writes a decision down. An admission that finds its use taken meanwhile, by
// a gate that this agent is the edge of, becomes what it is.
func (a *Agent) record(e *Entry, d *admission.Decision, way admission.Direction) error {
	a.using.Lock()
	defer a.using.Unlock()
	if d.Outcome == admission.Admit && d.Genuine {
		if _, spent := a.memory.spentBy(d.Use); spent {
			d.Reason, d.Outcome = admission.ReasonUsed, refusal(way)
		} else {
			use, quota := d.Use, d.Quota
			e.Spent, e.Counted = &use, &quota
		}
	}
	e.Decision, e.Reason, e.RuleVersion = string(d.Outcome), string(d.Reason), d.RuleVersion
	if err := a.journal.Append(append(slices.Clip(a.held), *e)...); err != nil {
		return err
	}
	a.held = nil
	a.memory.keep(*e)
	return nil
}

// said counts an answer, and keeps it for the guard's page.
func (a *Agent) said(answer Answer, way admission.Direction) Answer {
	answer.Direction, answer.At = way, a.clock.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counts[answer.Outcome]++
	a.recent = append(a.recent[max(0, len(a.recent)-recentMost+1):], answer)
	return answer
}

// decide is the gate alone.
func (a *Agent) decide(ctx context.Context, e *Entry, p Presentation, now time.Time) admission.Decision {
	bundle, revoked := a.inForce()
	if bundle == nil || a.isRevoked() {
		return a.undecidable(p.Direction)
	}
	e.BundleVersion = bundle.Version
	stale := bundle.stale(now)
	if stale {
		a.fault(faultStale)
	}
	question := admission.Question{Code: p.Code, Direction: p.Direction, ScannedAt: now, TemperatureTenths: p.TemperatureTenths}
	d := admission.Decide(question, &bundle.Gate, bundle.Rules, facts{bundle, a.memory, revoked}, now, stale)
	if d.Genuine {
		a.clock.Shown(d.Header, false)
	}
	if d.Outcome == admission.Admit && d.Genuine && a.Edge != nil && !a.Edge.claim(ctx, a, e.ScanID, d.Use) {
		d.Reason, d.Outcome = admission.ReasonUsed, refusal(p.Direction)
	}
	return d
}

// undecidable is the answer of a gate that has nothing to decide by, or no right to.
func (a *Agent) undecidable(way admission.Direction) admission.Decision {
	d := admission.Decision{Reason: admission.ReasonGateStale, Outcome: refusal(way)}
	if a.id.Fallback != admission.FallbackClosed && !a.isRevoked() {
		d.Outcome = admission.Refer
	}
	return d
}

// refusal is a refusal, which on the way out is only ever a referral.
func refusal(way admission.Direction) admission.Outcome {
	if way == admission.Out {
		return admission.Refer
	}
	return admission.Refuse
}

// unwritten makes of an entry that could not be written down what the gate does when it
// cannot decide: what nobody would ever hear of must not let anybody in. Nobody is kept
// in by a disk: who may leave leaves. What stands is held in memory, and written when
// the disk takes it again.
func (a *Agent) unwritten(e Entry, d admission.Decision, way admission.Direction, err error) admission.Decision {
	a.Log.Error("the journal cannot be written: nobody comes in by this gate alone", "err", err)
	a.fault(faultDisk)
	a.mu.Lock()
	a.unrecorded++
	a.mu.Unlock()
	if d.Outcome == admission.Admit && way == admission.In {
		return a.undecidable(way)
	}
	a.using.Lock()
	defer a.using.Unlock()
	a.memory.keep(e)
	if len(a.held) < heldMost {
		a.held = append(a.held, e)
	}
	return d
}

// writeHeld writes what is held, when the disk takes it.
func (a *Agent) writeHeld() error {
	a.using.Lock()
	defer a.using.Unlock()
	if len(a.held) == 0 {
		return nil
	}
	if err := a.journal.Append(a.held...); err != nil {
		return err
	}
	a.held = nil
	a.mend(faultDisk)
	return nil
}

// ask lets the server decide; ok is false when it did not answer in time, or not as a
// server that decides.
func (a *Agent) ask(ctx context.Context, e *Entry, p Presentation) (answer Answer, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, a.Ask)
	defer cancel()
	scan := wire.Scan{ScanId: e.ScanID, Code: p.Code, Direction: wire.Direction(e.Direction), ScannedAt: instant.Of(e.ScannedAt),
		TemperatureC: celsius(p.TemperatureTenths)}
	d, err := a.Server.Scan(ctx, scan)
	if err != nil {
		e.Asked = true
		if credentialOver(err) {
			a.credential(true)
		}
		a.setOnline(false)
		a.Wake()
		return Answer{}, false
	}
	answer = Answer{ScanID: e.ScanID, Outcome: admission.Outcome(d.Decision), Reason: admission.Reason(d.Reason), Message: d.Message, Online: true}
	if d.Next != nil {
		answer.Next = *d.Next
	}
	if d.SkewSeconds != nil {
		answer.SkewSeconds = *d.SkewSeconds
	}
	if answer.Admitted() {
		a.remember(ctx, *e, p)
	}
	return answer, true
}

// remember keeps that the server has admitted, for a gate that is alone a moment
// later. It is in the server's books; that it fails here is no reason to stay shut.
func (a *Agent) remember(ctx context.Context, e Entry, p Presentation) {
	bundle, _ := a.inForce()
	code, err := passcode.Parse(p.Code)
	if bundle == nil || err != nil {
		return
	}
	now := model.FromMillis(e.ScannedAt)
	use := admission.UseKey{Window: code.Window, Pass: code.Pass, Direction: p.Direction, Perimeter: bundle.Gate.Perimeter}
	if !code.Format.Windowed() {
		use.Window = passcode.WindowAt(now)
	}
	e.Kind, e.Code, e.Spent = entrySeen, "", &use
	e.Counted = &admission.QuotaKey{Day: bundle.Rules.DayAt(now), Pass: code.Pass, Direction: p.Direction, Perimeter: bundle.Gate.Perimeter}
	if err := a.journal.Append(e); err != nil {
		a.fault(faultDisk)
	}
	a.memory.keep(e)
	if a.Edge != nil {
		_ = a.Edge.claim(ctx, a, e.ScanID, use)
	}
}

func celsius(tenths int) *float32 {
	if tenths == 0 {
		return nil
	}
	c := float32(tenths) / 10
	return &c
}
