package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

// How many wrong codes are free within spokenWindow: for one guard or device, at
// one gate, and in the whole community. A code has a million values and lives five
// minutes, so that all guards of a community together guess one of ten live codes
// with a chance of one in five thousand a window.
const (
	spokenWindow      = 15 * time.Minute
	spokenByOne       = 5
	spokenAtGate      = 5
	spokenInCommunity = 20
)

// SpokenEntry is a spoken code as a guard or a device entered it.
type SpokenEntry struct {
	Code      string
	Direction admission.Direction
	// ScanID makes the entry idempotent for whoever made it; it may be empty.
	ScanID            string
	TemperatureTenths int
	// PresentedAt is when the person stood at the gate; zero when that is not said.
	PresentedAt time.Time
}

// RedeemByGuard decides on a spoken code at a gate as on a scan, and records it.
// What is no live code of the gate's perimeter is refused and recorded like an
// unknown code. Errors: not_found out of scope, rate_limited after wrong codes, and
// those of Scan.
func (g *Gates) RedeemByGuard(ctx context.Context, caller *model.Caller, gateID string, e SpokenEntry) (ScanAnswer, error) {
	desk, err := g.desk(caller, permPassageManual, gateID)
	if err != nil {
		return ScanAnswer{}, err
	}
	return g.redeem(ctx, desk, true, e)
}

// RedeemByDevice is RedeemByGuard for the keypad of a gate.
func (g *Gates) RedeemByDevice(ctx context.Context, caller *model.Caller, e SpokenEntry) (ScanAnswer, error) {
	dev, err := g.device(caller)
	if err != nil {
		return ScanAnswer{}, err
	}
	return g.redeem(ctx, dev, false, e)
}

// What a guard may do at a gate.
const (
	permPassageManual model.Permission = "passage.manual"
	permGateScan      model.Permission = "gate.scan"
)

// desk stands for a device where a guard works: the staff account at a gate.
func (g *Gates) desk(caller *model.Caller, may model.Permission, gateID string) (*DeviceView, error) {
	gate, ok := g.Directory.Gate(gateID)
	if !ok {
		return nil, model.NotFound()
	}
	if err := g.Directory.Reach(caller, may, gate.CommunityID); err != nil {
		return nil, err
	}
	return &DeviceView{Device: model.Device{ID: caller.AccountID, CommunityID: gate.CommunityID, GateID: gate.ID}, Gate: gate}, nil
}

func (g *Gates) redeem(ctx context.Context, at *DeviceView, byStaff bool, e SpokenEntry) (ScanAnswer, error) {
	if answer, known, err := g.recorded(ctx, at, e.ScanID); known || err != nil {
		return answer, err
	}
	held, err := g.holdTry(ctx, spokenWindow, tryBound{"spoken.by", at.ID, spokenByOne},
		tryBound{"spoken.gate", at.GateID, spokenAtGate}, tryBound{"spoken.community", at.CommunityID, spokenInCommunity})
	if err != nil {
		return ScanAnswer{}, err
	}
	s := e.scan(g.presented(e.PresentedAt))
	s.ByStaff = byStaff
	found, err := g.Store.View(ctx).SpokenCode(at.CommunityID, at.Gate.Perimeter, e.Code)
	switch {
	case model.IsNotFound(err), err == nil && found.Replaced:
		return g.stopped(ctx, at, &s, admission.ReasonUnknownCode)
	case err != nil:
		return ScanAnswer{}, err
	case found.UsedAt != 0:
		return g.stopped(ctx, at, &s, admission.ReasonUsed)
	case g.now() >= found.ExpiresAt:
		return g.stopped(ctx, at, &s, admission.ReasonExpired)
	}
	if err := g.releaseTry(ctx, held); err != nil {
		return ScanAnswer{}, err
	}
	if s.Identified, err = g.identity(ctx, found.PassNumber); err != nil {
		return ScanAnswer{}, err
	}
	s.SpokenID = found.ID
	return g.present(ctx, at, &s)
}

func (e *SpokenEntry) scan(at time.Time) Scan {
	return Scan{ScanID: e.ScanID, Direction: e.Direction, ScannedAt: at, TemperatureTenths: e.TemperatureTenths, Way: model.WaySpoken}
}

// presented is when somebody stood at a gate: what was said where that lies within
// the last five minutes, else now.
func (g *Gates) presented(said time.Time) time.Time {
	now := g.Clock.Now()
	if said.IsZero() || said.After(now) || now.Sub(said) > waitLimit {
		return now
	}
	return said
}

// identity is the pass of a number for the engine.
func (g *Gates) identity(ctx context.Context, number uint64) (admission.Identity, error) {
	pass, err := g.Directory.Pass(ctx, number)
	if err != nil {
		return admission.Identity{}, err
	}
	id := admission.Identity{Pass: number}
	if pass != nil { // of a pass that is gone the engine says that it is revoked
		id.Group = pass.AccessGroup
		id.Kind, _ = passKind(pass.Kind)
	}
	return id, nil
}

// stopped records that what was said is no code that is good here.
func (g *Gates) stopped(ctx context.Context, at *DeviceView, s *Scan, reason admission.Reason) (ScanAnswer, error) {
	now := g.Clock.Now()
	d := admission.Decision{Outcome: admission.Refuse, Reason: reason, RuleVersion: at.Gate.Community.Rules.Version, JudgedAt: now}
	if s.Direction == admission.Out {
		d.Outcome = admission.Refer // an exit never locks
	}
	answer, _, err := g.keep(ctx, at, g.recording(at, s, &d, nil, now), nil, now)
	return answer, err
}

// recorded is the answer to what the same guard or device has sent before.
func (g *Gates) recorded(ctx context.Context, at *DeviceView, scanID string) (ScanAnswer, bool, error) {
	if scanID == "" {
		return ScanAnswer{}, false, nil
	}
	p, err := g.Store.View(ctx).PassageOfScan(at.ID, scanID)
	if model.IsNotFound(err) {
		return ScanAnswer{}, false, nil
	}
	if err != nil {
		return ScanAnswer{}, false, err
	}
	now := g.Clock.Now()
	pass, err := g.genuinePass(ctx, at.CommunityID, p.PassNumber != 0, p.PassNumber)
	return ScanAnswer{Passage: p, Pass: pass, Colour: pass.colour(at.Gate.Community, model.Millis(now)), Now: now}, true, err
}
