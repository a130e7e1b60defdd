package service

import (
	"context"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// visitTokenGrace is how long after the end of a visit its token still shows it.
const visitTokenGrace = time.Hour

// visitor finds the visit that a token shows. Errors: unauthenticated for a token
// that is not ours or whose visit is over.
func (s *Sessions) visitor(ctx context.Context, token string) (*model.Caller, error) {
	v, err := s.Store.View(ctx).VisitByToken(gm.HashToken(token))
	if model.IsNotFound(err) || err == nil && s.now() >= v.EndsAt+visitTokenGrace.Milliseconds() {
		return nil, model.Fail(model.CodeUnauthenticated, errNoCredential)
	}
	if err != nil {
		return nil, err
	}
	return &model.Caller{Kind: model.CallerVisit, AccountID: v.ID, PersonID: v.VisitorID, VisitID: v.ID}, nil
}

// What a visitor is to do next.
const (
	NextWait      = "wait"
	NextShowCode  = "show_code"
	NextAskGuard  = "ask_guard"
	NextLeave     = "leave"
	NextNothing   = "nothing"
	NextComeLater = "come_later"
)

// VisitorView is a visit as the visitor sees it: neither who was asked nor who
// answered.
type VisitorView struct {
	VisitView
	Next string
}

// Own shows the visit of the caller's token.
func (s *Visits) Own(ctx context.Context, caller *model.Caller) (VisitorView, error) {
	v, err := s.Store.View(ctx).Visit(caller.VisitID)
	if err != nil {
		return VisitorView{}, err
	}
	return s.visitorView(ctx, v)
}

func (s *Visits) visitorView(ctx context.Context, v model.Visit) (VisitorView, error) {
	views, err := s.views(s.Store.View(ctx), []model.Visit{v})
	if err != nil {
		return VisitorView{}, err
	}
	return VisitorView{VisitView: views[0], Next: s.nextFor(&v)}, nil
}

func (s *Visits) nextFor(v *model.Visit) string {
	switch v.State {
	case model.VisitRequested:
		return NextWait
	case model.VisitApproved, model.VisitArrived:
		switch now := s.now(); {
		case now < v.ValidFrom:
			return NextComeLater
		case now >= v.ValidUntil:
			return NextLeave
		}
		return NextShowCode
	case model.VisitOverstayed:
		return NextLeave
	case model.VisitDeclined, model.VisitExpired:
		return NextAskGuard
	}
	return NextNothing
}

// OwnCodes issues pass codes of the caller's visit. Errors: pass_invalid with how
// the pass stands: pending until somebody has agreed.
func (s *Visits) OwnCodes(ctx context.Context, caller *model.Caller, count int) (Issued, error) {
	v, err := s.Store.View(ctx).Visit(caller.VisitID)
	if err != nil {
		return Issued{}, err
	}
	return s.codes.Issue(ctx, caller, v.PassID, count)
}

// OwnLeave says that the visitor goes, or does not want to come any more. Errors:
// state_changed.
func (s *Visits) OwnLeave(ctx context.Context, caller *model.Caller) (VisitorView, error) {
	v, err := s.Store.View(ctx).Visit(caller.VisitID)
	if err != nil {
		return VisitorView{}, err
	}
	v, err = s.change(ctx, v, func(tx *store.Tx, v *model.Visit) error { return s.ownLeave(tx, caller, v) })
	if err != nil {
		return VisitorView{}, err
	}
	return s.visitorView(ctx, v)
}

func (s *Visits) ownLeave(tx *store.Tx, caller *model.Caller, v *model.Visit) error {
	m := settlement{from: model.VisitLive, to: model.VisitLeft}
	if v.State == model.VisitRequested {
		m = settlement{from: []model.VisitState{model.VisitRequested}, to: model.VisitCancelled}
	}
	return s.settle(tx, caller, v, m)
}
