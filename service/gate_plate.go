package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
)

// Drive is a vehicle at a barrier.
type Drive struct {
	// ScanID is the device's own name of what it saw.
	ScanID string
	// Plate is in the form of model.SeenPlate, empty when none could be read.
	Plate     string
	Direction admission.Direction
	At        time.Time
}

// Drive decides on a vehicle that stands before a barrier, records it as a passage,
// and answers. Its plate stands for the pass of the home or visit that told it. A
// plate is no code that is spent: neither a second reading nor who of the home is
// inside counts against it. Errors: those of Scan.
func (g *Gates) Drive(ctx context.Context, caller *model.Caller, v Drive) (ScanAnswer, error) {
	dev, s, facts, err := g.driven(ctx, caller, v)
	if err != nil {
		return ScanAnswer{}, err
	}
	now := g.Clock.Now()
	decision, err := g.decide(ctx, dev, &s, facts, now)
	if err != nil {
		return ScanAnswer{}, err
	}
	return g.keepDrive(ctx, dev, &s, &decision, true, now)
}

// Drove records a vehicle that another system has let through. It opens nothing:
// what happened stands, whatever we should have said. Errors: those of Scan.
func (g *Gates) Drove(ctx context.Context, caller *model.Caller, v Drive) (ScanAnswer, error) {
	dev, s, _, err := g.driven(ctx, caller, v)
	if err != nil {
		return ScanAnswer{}, err
	}
	d := admission.Decision{Outcome: admission.Admit, Reason: admission.ReasonOK, RuleVersion: dev.Gate.Community.Rules.Version, JudgedAt: v.At}
	if id := s.Identified; id.Pass != 0 {
		d.Genuine, d.Header = true, passcode.Header{Kind: id.Kind, Pass: id.Pass, Group: id.Group}
	}
	return g.keepDrive(ctx, dev, &s, &d, false, g.Clock.Now())
}

// driven is the scan that a vehicle stands for, with the facts to judge it by.
func (g *Gates) driven(ctx context.Context, caller *model.Caller, v Drive) (*DeviceView, Scan, *gateFacts, error) {
	s := Scan{ScanID: v.ScanID, Direction: v.Direction, ScannedAt: v.At, Way: model.WayPlate, Plate: v.Plate}
	dev, err := g.device(caller)
	if err != nil {
		return nil, s, nil, err
	}
	if v.Plate != "" {
		s.owner, err = g.Store.View(ctx).PlateOwner(dev.CommunityID, v.Plate, g.now())
		if err != nil {
			return nil, s, nil, err
		}
	}
	if s.owner.PassNumber != 0 {
		if s.Identified, err = g.identity(ctx, s.owner.PassNumber); err != nil {
			return nil, s, nil, err
		}
		if s.owner.VisitID == "" { // the home's vehicle, whoever holds the pass
			s.Identified.Kind = passcode.Vehicle
		}
	}
	facts := g.factsAt(dev, g.Clock.Now())
	facts.driving, facts.insideKnown = true, true
	return dev, s, facts, nil
}

// keepDrive records a vehicle; asked says that its driver waits for the answer.
func (g *Gates) keepDrive(ctx context.Context, dev *DeviceView, s *Scan, d *admission.Decision, asked bool, now time.Time) (ScanAnswer, error) {
	pass, err := g.genuinePass(ctx, dev.CommunityID, d.Genuine, d.Header.Pass)
	if err != nil {
		return ScanAnswer{}, err
	}
	r := g.recording(dev, s, d, pass, now)
	r.Use = nil
	if !asked {
		r.Passage.Online, r.Passage.Outcome, r.Passage.OutcomeAt, r.Quota = false, model.OutcomePassed, r.Passage.ReceivedAt, nil
	}
	r.Events = g.vehicleEvents(dev.Gate.Community, s, pass, r.Events)
	answer, _, err := g.keep(ctx, dev, r, pass, now)
	return answer, err
}

// vehicleEvents adds to the events of a passage that a vehicle was let through.
func (g *Gates) vehicleEvents(c *CommunityView, s *Scan, pass *PassView, passage func(*model.Passage, *model.Conflict) []model.Delivery) func(*model.Passage, *model.Conflict) []model.Delivery {
	return func(p *model.Passage, conflict *model.Conflict) []model.Delivery {
		out := passage(p, conflict)
		if conflict != nil || p.Decision != string(admission.Admit) {
			return out
		}
		data := map[string]any{"passage_id": p.ID, "gate_id": p.GateID, "device_id": p.DeviceID, "direction": p.Direction, "kind": p.Kind,
			"reason": p.Reason, "passed_at": model.FromMillis(p.ScannedAt), "online": p.Online}
		for name, value := range map[string]string{"plate_masked": model.MaskPlate(s.Plate), "visit_id": s.owner.VisitID, "household_id": s.owner.HouseholdID} {
			if value != "" {
				data[name] = value
			}
		}
		if pass != nil && pass.Building != "" {
			data["building"] = pass.Building
		}
		return append(out, g.events(c, model.EventVehiclePassed, p.ID, p.ReceivedAt, data)...)
	}
}
