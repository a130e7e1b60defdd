package service

import (
	"context"
	"encoding/hex"
	"net/netip"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// How many tries to sign in as staff may fail within failureWindow. The window
// slides: when the oldest failure leaves it, one more try is free.
//
// Passwords are guessed at one account from one place (pairLimit), at one account
// from many places (accountLimit), and at many accounts from one place
// (networkLimit). A stranger can thus lock an account only for the own network
// and not for its owner elsewhere; who commands four networks or more can lock
// one account for everybody, until the window has passed or somebody unlocks it.
// That is the price of a bound on guessing from many places, and why it is four
// times as high. A try that was refused by a lock does not count: a lock never
// renews itself. Names that do not exist are counted and locked like others.
//
// Wrong one-time codes are counted per account whatever the network, and tightly:
// to be asked for one the password must have been right, so no stranger can cause
// that lock, and six digits must not be guessed.
const (
	failureWindow = 15 * time.Minute
	pairLimit     = 5
	accountLimit  = 20
	networkLimit  = 20
	totpLimit     = 5
)

// failureBuckets are what one try counts against. The pair's extends the account's
// with hexadecimal digits, so that counting the account counts all its pairs; that
// of one-time codes extends it with something else and is cleared with it.
type failureBuckets struct{ account, pair, network, totp string }

func bucketsOf(ring *gm.Ring, username string, from netip.Addr) failureBuckets {
	account := accountBucket(ring, username)
	network := failureBucket(ring, "sign_in.network", networkOf(from).String())
	return failureBuckets{account: account, pair: account + network, network: network, totp: account + "totp"}
}

// accountBucket is what all failures of a username begin with.
func accountBucket(ring *gm.Ring, username string) string {
	return failureBucket(ring, "sign_in.account", username)
}

// failureBucket is half a keyed digest in hexadecimal: neither a name nor an
// address can be read from it, or found by trying all.
func failureBucket(ring *gm.Ring, field, value string) string {
	return hex.EncodeToString(ring.Index(field, value)[:16])
}

// networkOf is what one household or office shares: /24 of IPv4, /64 of IPv6. An
// unknown address is a network like any other.
func networkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// failureLimit is how many failures of a bucket lock it.
type failureLimit struct {
	bucket string
	n      int
}

func (b failureBuckets) limits() []failureLimit {
	return []failureLimit{{b.pair, pairLimit}, {b.account, accountLimit}, {b.network, networkLimit}}
}

// notLocked answers account_locked when a limit is reached; own is 1 when the
// caller's own try is already among the failures, else 0.
func (s *Sessions) notLocked(ctx context.Context, own int, limits ...failureLimit) error {
	now := s.now()
	var until int64
	for _, l := range limits {
		at, err := s.Store.View(ctx).NthSignInFailure(l.bucket, now-failureWindow.Milliseconds(), l.n+own)
		if err != nil {
			return err
		}
		if at != 0 {
			until = max(until, at+failureWindow.Milliseconds())
		}
	}
	if until == 0 {
		return nil
	}
	return model.FailLater(model.CodeAccountLocked, int((until-now)/1000)+1)
}

// hold counts a try as failed before it is made, and answers account_locked when
// that is one too many. Counting first is what bounds tries that come at once: each
// sees all that were counted before it. The try is given back by release.
func (s *Sessions) hold(ctx context.Context, names []string, limits ...failureLimit) (held []string, err error) {
	failures := make([]store.SignInFailure, len(names))
	for i, name := range names {
		failures[i] = store.SignInFailure{ID: model.NewID(s.Clock.Now()), Bucket: name, At: s.now()}
		held = append(held, failures[i].ID)
	}
	if err := s.Store.Update(ctx, func(tx *store.Tx) error { return tx.AddSignInFailures(failures) }); err != nil {
		return nil, err
	}
	locked := s.notLocked(ctx, 1, limits...)
	if locked == nil {
		return held, nil
	}
	if err := s.release(ctx, held); err != nil {
		return nil, err
	}
	return nil, locked
}

// release takes back tries that were held and did not fail.
func (s *Sessions) release(ctx context.Context, held []string) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error { return tx.RemoveSignInFailures(held) })
}
