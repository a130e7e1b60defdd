package service

import (
	"context"
	"slices"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
)

// waitLimit is how long before its admission somebody may have stood at a gate.
const waitLimit = 5 * time.Minute

// ManualEntry is an admission by a guard's hand.
type ManualEntry struct {
	// PassID is the pass of the person; empty for one without.
	PassID    string
	Direction admission.Direction
	// Reason is one of model.ManualReasons; with other a Note says more.
	Reason string
	// Note is sealed with the passage and goes with it; it is in no log.
	Note string
	// Override admits where the engine's reason is one that a guard is warned of.
	Override          bool
	ScanID            string
	TemperatureTenths int
	PresentedAt       time.Time
}

// warned are the reasons for which somebody is stopped on purpose. A hand may still
// admit, but not by mistake.
var warned = []admission.Reason{admission.ReasonRevoked, admission.ReasonRestricted, admission.ReasonApprovalPending, admission.ReasonHealthRed}

// Manual records that a guard admitted somebody by hand, with the act in the audit
// log. Errors: not_found out of scope or for another community's pass, invalid when
// a note is missing, override_required with the engine's reason as the state when
// the person is stopped on purpose, and those of Scan.
func (g *Gates) Manual(ctx context.Context, caller *model.Caller, gateID string, e ManualEntry) (ScanAnswer, error) {
	desk, err := g.desk(caller, permPassageManual, gateID)
	if err != nil {
		return ScanAnswer{}, err
	}
	if answer, known, err := g.recorded(ctx, desk, e.ScanID); known || err != nil {
		return answer, err
	}
	hand := model.ManualPassage{Reason: e.Reason, Note: e.Note}
	if err := hand.Check(); err != nil {
		return ScanAnswer{}, err
	}
	if e.Override && e.Note == "" {
		return ScanAnswer{}, model.Invalid(model.FieldError{Field: "/note", Code: "required"})
	}
	s := Scan{ScanID: e.ScanID, Direction: e.Direction, ScannedAt: g.presented(e.PresentedAt), TemperatureTenths: e.TemperatureTenths,
		Way: model.WayManual, ByStaff: true}
	now := g.Clock.Now()
	decision := admission.Manual(desk.Gate.Community.Rules, now)
	pass, err := g.handed(ctx, desk, &e, &s)
	if err != nil {
		return ScanAnswer{}, err
	}
	if pass != nil {
		if hand.Overridden, err = g.overridden(ctx, desk, &s, pass, e.Override, now); err != nil {
			return ScanAnswer{}, err
		}
		decision.Genuine, decision.Use.Window = true, passcode.WindowAt(now)
		decision.Header = passcode.Header{Kind: s.Identified.Kind, Pass: pass.Number, Group: pass.AccessGroup}
	}
	r := g.recording(desk, &s, &decision, pass, now)
	r.Use, r.Lost = nil, nil // a hand spends no code
	r.Hand, r.Audit = &hand, caller
	answer, _, err := g.keepMeasured(ctx, desk, r, pass, e.TemperatureTenths, now)
	return answer, err
}

// handed is the pass that the guard named, or nil when none was.
func (g *Gates) handed(ctx context.Context, at *DeviceView, e *ManualEntry, s *Scan) (*PassView, error) {
	if e.PassID == "" {
		return nil, nil
	}
	row, err := g.Store.View(ctx).PassOf(at.CommunityID, e.PassID)
	if err != nil {
		return nil, err
	}
	if s.Identified, err = g.identity(ctx, row.Number); err != nil {
		return nil, err
	}
	return g.genuinePass(ctx, at.CommunityID, true, row.Number)
}

// overridden asks the engine what it would have said, and gives its reason when that
// is one to be warned of and the guard insists. Out of the community everybody goes.
func (g *Gates) overridden(ctx context.Context, at *DeviceView, s *Scan, pass *PassView, insists bool, now time.Time) (string, error) {
	d, err := g.decide(ctx, at, s, g.factsAt(at, now), now)
	if err != nil || s.Direction == admission.Out {
		return "", err
	}
	reason := d.Reason
	// The engine stops at its first reason: the hour must not hide the colour.
	if pass.colour(at.Gate.Community, model.Millis(now)) == admission.Red && !slices.Contains(warned, reason) {
		reason = admission.ReasonHealthRed
	}
	if !slices.Contains(warned, reason) {
		return "", nil
	}
	if !insists {
		return "", &model.Error{Code: model.CodeOverrideRequired, State: string(reason)}
	}
	return string(reason), nil
}
