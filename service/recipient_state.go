package service

import (
	"context"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Pause stops sending to a recipient; its events are kept. Errors: not_found,
// state_changed for one that is disabled.
func (s *Recipients) Pause(ctx context.Context, caller *model.Caller, id string) (RecipientShown, error) {
	shown, err := s.move(ctx, caller, id, "recipient.pause", []string{model.StateActive}, model.StatePaused)
	if err == nil && model.RecipientFormats[shown.Format].Login {
		s.signOff(ctx, id)
	}
	return shown, err
}

// signOff takes our leave of a platform that we are registered with. It does not have
// to hear it: one that is not told any more that we are there finds out.
func (s *Recipients) signOff(ctx context.Context, id string) {
	to, err := s.Store.View(ctx).RecipientForSending(id)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, signOffLimit)
	defer cancel()
	if o := s.courier.SignOff(ctx, to); o.Class != OutcomeDelivered {
		s.Log.Info("recipient not told that we go", "recipient", id, "detail", o.Detail)
	}
}

// Resume sends again, oldest first, to a recipient that was paused or that was
// disabled by its own 410.
func (s *Recipients) Resume(ctx context.Context, caller *model.Caller, id string) (RecipientShown, error) {
	shown, err := s.move(ctx, caller, id, "recipient.resume", []string{model.StatePaused, model.StateDisabled}, model.StateActive)
	if err == nil {
		s.nudge(id)
	}
	return shown, err
}

// move changes the state once; a recipient that is already there stays as it is.
func (s *Recipients) move(ctx context.Context, caller *model.Caller, id, action string, from []string, to string) (RecipientShown, error) {
	r, err := s.recipient(ctx, caller, "recipient.manage", id)
	if err != nil {
		return RecipientShown{}, err
	}
	if r.State != to {
		err = s.change(ctx, caller, r, action, map[string]string{"from": r.State}, func(tx *store.Tx) error {
			did, err := tx.MoveRecipient(r.CommunityID, id, from, to)
			if err == nil && !did {
				return s.lost(tx, id)
			}
			return err
		})
		if err != nil {
			return RecipientShown{}, err
		}
	}
	return s.Get(ctx, caller, id)
}

// lost names the state that stands in the way.
func (s *Recipients) lost(tx *store.Tx, id string) error {
	now, err := tx.Recipient(id)
	if err != nil {
		return err
	}
	e := model.Fail(model.CodeStateChanged)
	e.State = now.State
	return e
}

// TestResult is what a recipient said to a test event.
type TestResult struct {
	Delivered bool
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	Detail string
}

// Test sends one signed event now, in whatever state the recipient is. It is no
// part of the stream: it has no sequence and is not kept.
func (s *Recipients) Test(ctx context.Context, caller *model.Caller, id string) (TestResult, error) {
	r, err := s.recipient(ctx, caller, "recipient.manage", id)
	if err != nil {
		return TestResult{}, err
	}
	to, err := s.Store.View(ctx).RecipientForSending(id)
	if err != nil {
		return TestResult{}, err
	}
	sending, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	o := s.courier.Send(sending, to, model.Delivery{ID: model.NewID(s.Clock.Now()), RecipientID: id, CommunityID: r.CommunityID,
		Type: model.EventTest, Subject: id, OccurredAt: s.now(), Body: "{}"})
	out := TestResult{Delivered: o.Class == OutcomeDelivered, Status: o.Status, Detail: o.Detail}
	if out.Detail == "" {
		out.Detail = string(o.Class)
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.Audit(caller, r.CommunityID, "recipient.test", "recipient", id,
			map[string]string{"outcome": string(o.Class), "status": strconv.Itoa(o.Status)})
	})
	if out.Delivered {
		s.nudge(id)
	}
	return out, err
}

// FieldPolicy is which fields may leave for a recipient, per event type.
type FieldPolicy struct {
	Fields map[string][]string
	// Version counts the changes; it is the ETag.
	Version int64
}

// FieldPolicy reads the policy in force.
func (s *Recipients) FieldPolicy(ctx context.Context, caller *model.Caller, id string) (FieldPolicy, error) {
	r, err := s.recipient(ctx, caller, "recipient.read", id)
	return FieldPolicy{Fields: r.FieldPolicy, Version: r.PolicyVersion}, err
}

// SetFieldPolicy replaces the policy, if its version is one of versions or
// versions is nil. A type that is not given lets nothing out. It holds for all
// that has not been sent yet. Errors: not_found, invalid, precondition_failed
// with the current version.
func (s *Recipients) SetFieldPolicy(ctx context.Context, caller *model.Caller, id string, fields map[string][]string, versions []int64) (FieldPolicy, error) {
	r, err := s.recipient(ctx, caller, "recipient.manage", id)
	if err != nil {
		return FieldPolicy{}, err
	}
	policy, err := checkPolicy(fields)
	if err != nil {
		return FieldPolicy{}, err
	}
	var now model.Recipient
	err = s.change(ctx, caller, r, "recipient.field_policy", nil, func(tx *store.Tx) error {
		did, err := tx.SetFieldPolicy(r.CommunityID, id, versions, policy)
		if err != nil {
			return err
		}
		if now, err = tx.Recipient(id); err != nil || did {
			return err
		}
		e := model.Fail(model.CodePreconditionFailed)
		e.State = strconv.FormatInt(now.PolicyVersion, 10)
		return e
	})
	return FieldPolicy{Fields: now.FieldPolicy, Version: now.PolicyVersion}, err
}
