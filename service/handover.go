package service

import (
	"cmp"
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	permissionHandoverRead    model.Permission = "handover.read"
	permissionHandoverWrite   model.Permission = "handover.write"
	permissionHandoverHistory model.Permission = "handover.history"

	// guardsSee is how far back a list goes for who may not see the whole of it.
	guardsSee = 3 * day
)

// Handovers are the shifts at gates as they are handed on (交接班).
type Handovers struct{ Deps }

// NewHandovers makes the use cases.
func NewHandovers(d Deps) *Handovers { return &Handovers{d} }

// HandoverView is a hand-over with the masked names of who went and who came; empty
// for who is gone.
type HandoverView struct {
	model.Handover
	AuthorName, AcceptedByName string
}

// ShiftSummary is how the shift at a gate stands.
type ShiftSummary struct {
	Since   int64
	Numbers model.HandoverNumbers
	// HolderID is the account of who has the gate; empty when nobody was handed it.
	HolderID, HolderName string
	Waiting              *HandoverView
}

// Summary says what the shift at a gate was so far, who has the gate, and what waits.
// Errors: not_found out of scope.
func (s *Handovers) Summary(ctx context.Context, caller *model.Caller, gateID string) (ShiftSummary, error) {
	gate, err := s.gate(caller, permissionHandoverRead, gateID)
	if err != nil {
		return ShiftSummary{}, err
	}
	tx := s.Store.View(ctx)
	last, err := orNothing(tx.LastAccepted(gateID))
	if err != nil {
		return ShiftSummary{}, err
	}
	out := ShiftSummary{Since: s.began(&last)}
	if out.Numbers, err = tx.HandoverNumbers(gate.CommunityID, gateID, out.Since, s.now()+1); err != nil {
		return ShiftSummary{}, err
	}
	waiting, err := orNothing(tx.WaitingHandover(gateID))
	if err != nil {
		return ShiftSummary{}, err
	}
	seen, err := s.views(tx, []model.Handover{last, waiting})
	if err != nil {
		return ShiftSummary{}, err
	}
	out.HolderID, out.HolderName = last.AcceptedBy, seen[0].AcceptedByName
	if waiting.ID != "" { // who goes has the gate until somebody comes
		out.Waiting, out.HolderID, out.HolderName = &seen[1], waiting.AuthorID, seen[1].AuthorName
	}
	return out, nil
}

// HandOver ends the caller's shift at a gate. Unsent are the records that the phone has
// still to send. Errors: not_found out of scope, conflict while another waits or
// when the gate was taken over just now.
func (s *Handovers) HandOver(ctx context.Context, caller *model.Caller, gateID, note string, unsent int64) (HandoverView, error) {
	gate, err := s.gate(caller, permissionHandoverWrite, gateID)
	if err != nil {
		return HandoverView{}, err
	}
	h := model.Handover{ID: model.NewID(s.Clock.Now()), CommunityID: gate.CommunityID, GateID: gateID, OpenGate: &gateID, State: model.HandoverWaiting,
		AuthorID: caller.AccountID, CreatedAt: s.now(), Unsent: unsent, Note: note}
	// Counted before the transaction: a day of a large community takes a while to count,
	// and scans would wait for the one writer. What passes from now on is the next shift's.
	view := s.Store.View(ctx)
	last, err := orNothing(view.LastAccepted(gateID))
	if err != nil {
		return HandoverView{}, err
	}
	h.Since = s.began(&last)
	if h.HandoverNumbers, err = view.HandoverNumbers(gate.CommunityID, gateID, h.Since, h.CreatedAt); err != nil {
		return HandoverView{}, err
	}
	var out HandoverView
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		// Who took the gate over meanwhile has another shift to tell of.
		if now, err := orNothing(tx.LastAccepted(gateID)); err != nil || now.ID != last.ID {
			return cmp.Or(err, error(model.Fail(model.CodeConflict)))
		}
		if err := tx.CreateHandover(h); err != nil {
			return err
		}
		if err := s.audit(tx, caller, "handover.make", &h); err != nil {
			return err
		}
		out, err = s.view(tx, h)
		return err
	})
	return out, err
}

// Accept takes a gate over. Errors: not_found out of scope, self_approval for the
// author under whichever account, state_changed with the state.
func (s *Handovers) Accept(ctx context.Context, caller *model.Caller, id string) (HandoverView, error) {
	return s.end(ctx, caller, id, "handover.accept", func(tx *store.Tx, h *model.Handover) (bool, error) {
		author, err := tx.Staff(h.AuthorID)
		if err != nil {
			return false, err
		}
		if h.AuthorID == caller.AccountID || author.PersonID == caller.PersonID {
			return false, model.Fail(model.CodeSelfApproval)
		}
		return tx.EndHandover(h.CommunityID, h.ID, model.HandoverAccepted, caller.AccountID, s.now())
	})
}

// Withdraw takes back the caller's own hand-over: the shift goes on. Errors: not_found
// out of scope, answer_not_yours for another's, state_changed with the state.
func (s *Handovers) Withdraw(ctx context.Context, caller *model.Caller, id string) (HandoverView, error) {
	return s.end(ctx, caller, id, "handover.withdraw", func(tx *store.Tx, h *model.Handover) (bool, error) {
		if h.AuthorID != caller.AccountID {
			return false, model.Fail(model.CodeAnswerNotYours)
		}
		return tx.EndHandover(h.CommunityID, h.ID, model.HandoverWithdrawn, "", s.now())
	})
}

// List lists the hand-overs of a gate, newest first: all for who may see their history,
// else those of the last days. Errors: not_found out of scope.
func (s *Handovers) List(ctx context.Context, caller *model.Caller, gateID string, p Page) (List[HandoverView], error) {
	gate, err := s.gate(caller, permissionHandoverRead, gateID)
	if err != nil {
		return List[HandoverView]{}, err
	}
	var since int64
	if s.Directory.Reach(caller, permissionHandoverHistory, gate.CommunityID) != nil {
		since = s.now() - guardsSee.Milliseconds()
	}
	tx := s.Store.View(ctx)
	found, err := tx.Handovers(gateID, since, p.Cursor, p.Size()+1)
	if err != nil {
		return List[HandoverView]{}, err
	}
	seen, err := s.views(tx, found)
	return paged(seen, p, func(h HandoverView) string { return h.ID }), err
}

// end finds a hand-over within the caller's reach and ends it.
func (s *Handovers) end(ctx context.Context, caller *model.Caller, id, action string, step func(*store.Tx, *model.Handover) (bool, error)) (HandoverView, error) {
	h, err := s.Store.View(ctx).Handover(id)
	if err != nil {
		return HandoverView{}, err
	}
	if err := s.Directory.Reach(caller, permissionHandoverWrite, h.CommunityID); err != nil {
		return HandoverView{}, err
	}
	var out HandoverView
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		did, err := step(tx, &h)
		if err != nil {
			return err
		}
		now, err := tx.Handover(h.ID)
		if err != nil {
			return err
		}
		if !did {
			return &model.Error{Code: model.CodeStateChanged, State: string(now.State)}
		}
		if err := s.audit(tx, caller, action, &h); err != nil {
			return err
		}
		out, err = s.view(tx, now)
		return err
	})
	return out, err
}

// gate is one that the caller may do something at.
func (s *Handovers) gate(caller *model.Caller, may model.Permission, gateID string) (*GateView, error) {
	gate, ok := s.Directory.Gate(gateID)
	if !ok {
		return nil, model.NotFound()
	}
	return gate, s.Directory.Reach(caller, may, gate.CommunityID)
}

// began is when the numbers of a shift begin: where those of the one before ended, so
// that nothing falls between two; a day ago at most.
func (s *Handovers) began(last *model.Handover) int64 {
	return max(last.CreatedAt, s.Clock.Now().Add(-longestShift).UnixMilli())
}

func (s *Handovers) audit(tx *store.Tx, caller *model.Caller, action string, h *model.Handover) error {
	return tx.Audit(caller, h.CommunityID, action, "handover", h.ID, map[string]string{"gate_id": h.GateID})
}

func (s *Handovers) view(tx *store.Tx, h model.Handover) (HandoverView, error) {
	seen, err := s.views(tx, []model.Handover{h})
	if err != nil {
		return HandoverView{}, err
	}
	return seen[0], nil
}

// views adds the names.
func (s *Handovers) views(tx *store.Tx, found []model.Handover) ([]HandoverView, error) {
	var ids []string
	for _, h := range found {
		ids = append(ids, h.AuthorID, h.AcceptedBy)
	}
	names, err := tx.StaffNames(ids)
	out := make([]HandoverView, len(found))
	for i, h := range found {
		out[i] = HandoverView{h, model.MaskName(names[h.AuthorID]), model.MaskName(names[h.AcceptedBy])}
	}
	return out, err
}

// orNothing is the zero hand-over where there is none.
func orNothing(h model.Handover, err error) (model.Handover, error) {
	if model.IsNotFound(err) {
		return model.Handover{}, nil
	}
	return h, err
}
