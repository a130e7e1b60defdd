package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Recorder is what Gates needs of the group-committing writer.
type Recorder interface {
	Record(ctx context.Context, r store.Recording) (store.Recorded, error)
	RecordAll(ctx context.Context, all []store.Recording) ([]store.Recorded, []error)
}

// Gates is what gate devices ask for: decisions, recording, bundles.
type Gates struct {
	Deps
	recorder Recorder
	used     usedMemory
	bundles  bundleMemory
	history  exceptionHistory
	trials   trialCounts
}

// NewGates makes the use cases of gates.
func NewGates(d Deps, r Recorder) *Gates { return &Gates{Deps: d, recorder: r} }

// device is the caller's device as it stands in memory now; a revoked one is a
// stranger, whatever its token said a moment ago.
func (g *Gates) device(caller *model.Caller) (*DeviceView, error) {
	if caller == nil || caller.Kind != model.CallerDevice {
		return nil, model.Fail(model.CodeUnauthenticated)
	}
	v, ok := g.Directory.Device(caller.AccountID)
	if !ok || v.State != model.StateActive {
		return nil, model.Fail(model.CodeUnauthenticated)
	}
	return v, nil
}

// SetOutcome records what followed a decision: passed, annulled or timed_out. It
// happens once; the same outcome again is no error, another one is state_changed.
func (g *Gates) SetOutcome(ctx context.Context, caller *model.Caller, passageID, outcome string) (model.Passage, error) {
	dev, err := g.device(caller)
	if err != nil {
		return model.Passage{}, err
	}
	var p model.Passage
	err = g.Store.Update(ctx, func(tx *store.Tx) error {
		if p, err = tx.Passage(dev.CommunityID, passageID); err != nil {
			return err
		}
		switch {
		case p.DeviceID != dev.ID:
			return model.NotFound()
		case p.Outcome == outcome:
			return nil
		}
		moved, err := tx.SetOutcome(dev.CommunityID, dev.ID, passageID, outcome)
		if err != nil {
			return err
		}
		if !moved {
			return &model.Error{Code: model.CodeStateChanged, State: p.Outcome}
		}
		p.Outcome = outcome
		if outcome == model.OutcomeAnnulled || outcome == model.OutcomeTimedOut {
			if err := tx.ReleaseQuota(passageID); err != nil {
				return err
			}
		}
		return tx.Audit(caller, dev.CommunityID, "passage.outcome", "passage", passageID, map[string]string{"outcome": outcome})
	})
	return p, err
}
