package service

import (
	"context"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// keyLife is how long, in milliseconds, a key gives its first answer again.
const keyLife = 24 * 60 * 60 * 1000

// keyStale is after how many milliseconds a claim whose request never ended, for
// its server died, is given to the next. It is far beyond a request's budget.
const keyStale = 60 * 1000

// Idempotency remembers what a request with an Idempotency-Key answered.
//
// The claim, what the handler commits, and the answer are separate commits. When
// a server dies between the handler's and the answer's, the key stays claimed,
// and after a minute a retry runs the handler again: what must never happen twice
// has its own unique key or conditional update beneath.
type Idempotency struct{ Deps }

// NewIdempotency makes it.
func NewIdempotency(d Deps) *Idempotency { return &Idempotency{d} }

// Claim takes a key for a request. The answer is nil when the caller of Claim is
// to run the request and then call Keep or Release with the claim; else it is the
// one given before. It fails with idempotency_key_reused when the key was used
// for another request, idempotency_in_progress while the first still runs.
func (s *Idempotency) Claim(ctx context.Context, caller, key string, request []byte) (model.IdempotencyKey, *model.Answer, error) {
	now := s.now()
	claim := model.IdempotencyKey{Caller: caller, KeyHash: gm.HashToken(key), RequestDigest: gm.HashToken(string(request)),
		State: model.IdempotencyRunning, CreatedAt: now, ExpiresAt: now + keyLife}
	err := s.Store.Update(ctx, func(tx *store.Tx) error { return tx.InsertKeyUse(claim) })
	if err == nil {
		return claim, nil, nil
	}
	if model.CodeOf(err) != model.CodeConflict {
		return claim, nil, err
	}
	found, err := s.Store.View(ctx).KeyUse(claim.Caller, claim.KeyHash)
	if model.IsNotFound(err) {
		// Released or purged just now: the retry will find it free.
		return claim, nil, model.FailLater(model.CodeIdempotencyRunning, 1)
	}
	if err != nil {
		return claim, nil, err
	}
	switch {
	case found.ExpiresAt <= now:
		return s.take(ctx, found, claim)
	case found.RequestDigest != claim.RequestDigest:
		return claim, nil, model.Fail(model.CodeIdempotencyMismatch)
	case found.State == model.IdempotencyAnswered:
		return found, &found.Answer, nil
	case found.CreatedAt < now-keyStale:
		return s.take(ctx, found, claim)
	}
	return claim, nil, model.FailLater(model.CodeIdempotencyRunning, 1)
}

// take claims a key whose last use is over; one of several callers gets it.
func (s *Idempotency) take(ctx context.Context, old, claim model.IdempotencyKey) (model.IdempotencyKey, *model.Answer, error) {
	var won bool
	err := s.Store.Update(ctx, func(tx *store.Tx) (err error) {
		won, err = tx.TakeKeyUse(old, claim)
		return err
	})
	if err == nil && !won {
		err = model.FailLater(model.CodeIdempotencyRunning, 1)
	}
	return claim, nil, err
}

// Keep stores the answer of a claimed request. One that was taken over in the
// meantime keeps the other's.
func (s *Idempotency) Keep(ctx context.Context, claim model.IdempotencyKey, answer model.Answer) error {
	claim.Answer = answer
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.KeepAnswer(claim)
		return err
	})
}

// Release gives a claim back, so that a retry runs the request again.
func (s *Idempotency) Release(ctx context.Context, claim model.IdempotencyKey) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error { return tx.ReleaseKeyUse(claim) })
}
