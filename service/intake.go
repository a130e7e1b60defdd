package service

import (
	"context"
	"encoding/hex"
	"maps"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Intake takes in what devices of other makers say, once it is in neutral words.
type Intake struct {
	Deps
	gates *Gates
	// opener is nil where no barrier is opened by command.
	opener Opener
	heard  heardLately
	// Lifts hears what lift controllers tell; with none they are refused.
	Lifts *Lifts
}

// NewIntake makes the intake; codes that are shown are decided by gates.
func NewIntake(d Deps, gates *Gates) *Intake { return &Intake{Deps: d, gates: gates} }

// Known finds the device of a protocol that an unguessable part of its address
// belongs to.
func (i *Intake) Known(protocol, pathToken string) (*DeviceView, bool) {
	v, ok := i.Directory.places.Load().devicesByPath[gm.HashToken(pathToken)]
	if !ok || v.Protocol != protocol {
		return nil, false
	}
	return v, true
}

// KnownBySerial finds the device of a protocol that calls a fixed place and names
// itself. Of two that name themselves alike it is the one that was made known first.
func (i *Intake) KnownBySerial(protocol, serial string) (*DeviceView, bool) {
	v, ok := i.Directory.places.Load().devicesBySerial[vendorSerial{protocol, serial}]
	return v, ok
}

// Take stores events and says what became of each, in their order. A live question
// is decided and recorded as a passage; the same key gets the same answer. An event
// that was told before is not stored again. Errors: forbidden when the device calls
// itself by another's serial number; unavailable, overloaded, storage_full, timeout,
// after which the device must send everything again.
func (i *Intake) Take(ctx context.Context, dev *DeviceView, serial string, events []model.DeviceEvent) ([]model.DeviceAnswer, error) {
	if serial != "" && dev.Serial != "" && serial != dev.Serial {
		return nil, model.Fail(model.CodeForbidden)
	}
	answers := make([]model.DeviceAnswer, len(events))
	for n, e := range events {
		var err error
		if answers[n], err = i.take(ctx, dev, e); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

func (i *Intake) take(ctx context.Context, dev *DeviceView, e model.DeviceEvent) (model.DeviceAnswer, error) {
	if e.Lift != nil {
		if i.Lifts == nil {
			return model.DeviceAnswer{}, model.Fail(model.CodeForbidden)
		}
		return model.DeviceAnswer{}, i.Lifts.HearDevice(ctx, dev, *e.Lift)
	}
	if e.Standing != nil {
		return i.stand(ctx, dev, e)
	}
	now := i.Clock.Now()
	e.ID, e.CommunityID, e.DeviceID, e.GateID, e.ReceivedAt = model.NewID(now), dev.CommunityID, dev.ID, dev.GateID, model.Millis(now)
	named := e.Key != ""
	if !named {
		e.Key = e.ID
	}
	e.Key = shortKey(e.Key)
	if e.Kind == model.DevicePlate && dev.Gate.Kind == model.GateBarrier && (e.Live || e.State == model.DeviceAdmitted) {
		return i.drive(ctx, dev, e, now)
	}
	if e.Kind == model.DeviceCode && e.Live {
		answer, err := i.ask(ctx, dev, e, now)
		if err != nil || answer.Duplicate || (!named && e.Native == "") {
			return answer, err // a reader without a memory has told nothing beside the passage
		}
		e.PassageID, e.State = answer.PassageID, answer.Decision
		_, err = i.keep(ctx, e)
		return answer, err
	}
	i.tooWarm(dev, &e)
	duplicate, err := i.keep(ctx, e)
	return model.DeviceAnswer{Duplicate: duplicate}, err
}

// tooWarm marks a reading above what an emergency allows; outside one a temperature
// means nothing to us. The temperature itself is not kept.
func (i *Intake) tooWarm(dev *DeviceView, e *model.DeviceEvent) {
	if e.Kind != model.DeviceReading || dev.Gate == nil {
		return
	}
	emergency, ok := dev.Gate.Community.emergency(e.ReceivedAt)
	if !ok || emergency.TemperatureLimitTenths == 0 || e.TemperatureTenths < emergency.TemperatureLimitTenths {
		return
	}
	detail := maps.Clone(e.Detail)
	if detail == nil {
		detail = map[string]string{}
	}
	detail["what"] = string(model.IncidentTemperature)
	e.State, e.Detail = "raised", detail
}

// answerable is how long a device may send its question again for the answer that it
// missed. Later nobody stands at the gate, and an admission is not said twice.
const answerable = 10 * time.Second

// ask decides on a code that somebody shows now. It is judged by our clock: the
// device's own is kept with the event.
func (i *Intake) ask(ctx context.Context, dev *DeviceView, e model.DeviceEvent, now time.Time) (model.DeviceAnswer, error) {
	caller := &model.Caller{Kind: model.CallerDevice, AccountID: dev.ID}
	scan := Scan{ScanID: e.Key, Code: e.Code, Direction: directionAt(dev, e.Direction), ScannedAt: now, TemperatureTenths: e.TemperatureTenths}
	a, err := i.gates.Scan(ctx, caller, scan)
	if err != nil {
		return model.DeviceAnswer{}, err
	}
	if a.Duplicate && model.Millis(now)-a.Passage.ReceivedAt > answerable.Milliseconds() {
		a.Passage.Decision, a.Passage.Reason = string(admission.Refuse), string(admission.ReasonUsed)
	}
	return model.DeviceAnswer{Decision: a.Passage.Decision, Reason: a.Passage.Reason, PassageID: a.Passage.ID, Duplicate: a.Duplicate}, nil
}

// directionAt is what the device said, else the way that its gate goes.
func directionAt(dev *DeviceView, said string) admission.Direction {
	if said == "out" || said == "" && dev.Gate.Direction == "out" {
		return admission.Out
	}
	return admission.In
}

// keep stores an event and says whether it had been told before.
func (i *Intake) keep(ctx context.Context, e model.DeviceEvent) (duplicate bool, err error) {
	err = i.Store.Update(ctx, func(tx *store.Tx) error { return tx.CreateDeviceEvent(e) })
	if model.CodeOf(err) != model.CodeConflict {
		return false, err
	}
	_, err = i.Store.View(ctx).DeviceEventByKey(e.DeviceID, e.Key)
	return err == nil, err
}

// shortKey is a device's key as it fits our columns and ids of scans: itself, or,
// when it is long or has other characters, its digest.
func shortKey(key string) string {
	if plainKey(key) {
		return key
	}
	return hex.EncodeToString(gm.SM3([]byte(key)))
}

func plainKey(key string) bool {
	for _, c := range key {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '_', c == '.', c == ':', c == '-':
		default:
			return false
		}
	}
	return len(key) <= 64
}

// DeviceEventFilter narrows a list of events.
type DeviceEventFilter = store.DeviceEventFilter

// Events lists what a community's devices said, newest first. Errors: not_found out
// of scope.
func (i *Intake) Events(ctx context.Context, caller *model.Caller, communityID string, f store.DeviceEventFilter, p Page) (List[model.DeviceEvent], error) {
	if err := i.Directory.Reach(caller, permissionDeviceRead, communityID); err != nil {
		return List[model.DeviceEvent]{}, err
	}
	found, err := i.Store.View(ctx).DeviceEvents(communityID, f, p.Cursor, p.Size()+1)
	return paged(found, p, func(e model.DeviceEvent) string { return e.ID }), err
}
