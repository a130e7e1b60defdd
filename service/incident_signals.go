package service

import (
	"context"
	"errors"
	"strings"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// signalBatch is how many events of devices one transaction considers, signalTurns
	// how many transactions one pass makes.
	signalBatch, signalTurns = 500, 8
	// signalEvidence is how many events of one incident its timeline points to.
	signalEvidence = 20
	// longestWhat is what the column of a device's word holds.
	longestWhat = 32
	// allAlarms is the word by which a device takes back all that it told.
	allAlarms = "all"
)

// errConsidered says that another replica was quicker.
var errConsidered = errors.New("considered by somebody else")

// Consider looks at the events of devices that nobody has looked at, and raises what
// follows from them. An event and its incident are one transaction, so that each is
// considered once, whichever replica dies or is paused.
func (s *Incidents) Consider(ctx context.Context, lease store.Lease) error {
	for range signalTurns {
		n, err := s.considerSome(ctx, lease)
		if err != nil || n < signalBatch {
			return err
		}
	}
	return nil
}

func (s *Incidents) considerSome(ctx context.Context, lease store.Lease) (int, error) {
	events, err := s.Store.View(ctx).UnconsideredEvents(signalBatch)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	ids := make([]string, len(events))
	for n := range events {
		ids[n] = events[n].ID
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.HoldLease(lease); err != nil {
			return err
		}
		all, err := tx.ConsiderEvents(ids)
		if err != nil {
			return err
		}
		if !all {
			return errConsidered
		}
		for _, sig := range signalsOf(events) {
			if err := s.signal(tx, sig); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errConsidered) {
		return 0, nil
	}
	return len(events), err
}

// signal is what some events of one device say about one thing.
type signal struct {
	key, what string
	kind      model.IncidentKind
	first     *model.DeviceEvent
	events    []*model.DeviceEvent
	alarms    int
	lastAt    int64
	cleared   bool     // as the last of them said
	replaces  []string // keys of the events that they take the place of
}

// signalsOf puts events together that are about the same, so that ten thousand of them
// cost as little as one.
func signalsOf(events []model.DeviceEvent) []*signal {
	var out []*signal
	known := map[string]*signal{}
	for n := range events {
		e := &events[n]
		kind, what, cleared, ok := model.IncidentOf(e)
		if !ok {
			continue
		}
		what = what[:min(len(what), longestWhat)]
		key := e.DeviceID + "." + what
		sig := known[key]
		if sig == nil {
			sig = &signal{key: key, what: what, kind: kind, first: e}
			known[key], out = sig, append(out, sig)
		}
		sig.lastAt, sig.cleared = e.ReceivedAt, cleared
		sig.replaces = append(sig.replaces, strings.Fields(e.Detail["replaces"])...)
		if !cleared {
			sig.alarms++
			sig.events = append(sig.events, e)
		}
	}
	return out
}

// signal counts alarms to the incident that is open for them, or raises one, and notes
// what was taken back.
func (s *Incidents) signal(tx *store.Tx, sig *signal) error {
	if sig.alarms > 0 {
		open, err := tx.CountAlarms(sig.key, sig.alarms, sig.lastAt)
		if err == nil && !open {
			err = s.raiseSignal(tx, sig)
		}
		if err == nil {
			err = s.pointTo(tx, sig)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case sig.kind == model.IncidentWarning:
		return s.replaced(tx, sig)
	case !sig.cleared:
		return nil
	case sig.what == allAlarms:
		return tx.ClearAlarms(sig.first.DeviceID, "", sig.lastAt)
	}
	return tx.ClearAlarms(sig.first.DeviceID, sig.key, sig.lastAt)
}

// replaced notes that warnings are over to which an update or a cancellation refers. An
// update of the same level and subject goes on with the incident that is there.
func (s *Incidents) replaced(tx *store.Tx, sig *signal) error {
	for _, key := range sig.replaces {
		e, err := tx.DeviceEventByKey(sig.first.DeviceID, key)
		if model.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		_, what, _, ok := model.IncidentOf(&e)
		if old := e.DeviceID + "." + what; ok && (old != sig.key || sig.cleared) {
			if err := tx.ClearAlarms(e.DeviceID, old, sig.lastAt); err != nil {
				return err
			}
		}
	}
	return nil
}

// raiseSignal raises an incident for a device; a place that is gone needs nobody.
func (s *Incidents) raiseSignal(tx *store.Tx, sig *signal) error {
	e := sig.first
	if _, ok := s.Directory.Community(e.CommunityID); !ok {
		return nil
	}
	i := model.Incident{CommunityID: e.CommunityID, Kind: sig.kind, Origin: model.FromDevice, GateID: e.GateID, DeviceID: e.DeviceID,
		What: sig.what, Severity: model.WarningSeverity(sig.what), OpenKey: &sig.key, Alarms: sig.alarms}
	_, err := s.raiseIncident(tx, systemCaller, i)
	return err
}

// pointTo lets the timeline point to the events, or the passages that they are about.
// The first say enough.
func (s *Incidents) pointTo(tx *store.Tx, sig *signal) error {
	i, err := tx.OpenIncident(sig.key)
	if err != nil {
		if model.IsNotFound(err) {
			return nil
		}
		return err
	}
	known, err := tx.CountIncidentEntries(i.ID, model.EntryEvidence)
	if err != nil {
		return err
	}
	for _, e := range sig.events[:min(len(sig.events), max(0, signalEvidence-int(known)))] {
		line := model.IncidentEntry{Kind: model.EntryEvidence, Evidence: model.EvidenceDeviceEvent, Ref: e.ID, RefAt: e.ReceivedAt}
		if e.PassageID != "" {
			line.Evidence, line.Ref = model.EvidencePassage, e.PassageID
		}
		if err := s.noteIncident(tx, systemCaller, &i, line); err != nil {
			return err
		}
	}
	return nil
}
