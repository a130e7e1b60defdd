package store_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func TestSessionEndsOnce(t *testing.T) {
	h := testkit.NewHouse(t)
	now := model.Millis(h.Clock.Now())
	account := h.ID()
	var ids []string
	h.Update(t, func(tx *store.Tx) error {
		for range 3 {
			ids = append(ids, h.ID())
			s := model.Session{ID: ids[len(ids)-1], Kind: "staff", AccountID: account, PersonID: h.ID(), CreatedAt: now, ExpiresAt: now + 1000}
			if err := tx.CreateSession(s); err != nil {
				return err
			}
		}
		return nil
	})
	var first, second bool
	h.Update(t, func(tx *store.Tx) (err error) {
		if first, err = tx.EndSession(ids[0], "signed_out"); err == nil {
			second, err = tx.EndSession(ids[0], "account_disabled")
		}
		return err
	})
	if s, err := h.Store.View(t.Context()).Session(ids[0]); !first || second || err != nil || s.EndReason != "signed_out" || s.EndedAt != now {
		t.Errorf("ended %v, then %v: %+v, %v", first, second, s, err)
	}
	h.Clock.Advance(time.Millisecond)
	var rest []string
	h.Update(t, func(tx *store.Tx) (err error) {
		rest, err = tx.EndSessionsOf(account, "account_disabled")
		return err
	})
	if len(rest) != 2 || rest[0] != ids[1] || rest[1] != ids[2] {
		t.Errorf("the rest are %v of %v", rest, ids)
	}
	if changes, err := h.Store.View(t.Context()).ChangesAfter(0, 10); err != nil || len(changes) != 3 {
		t.Errorf("%d lines in the feed, %v", len(changes), err)
	}
}

func TestKeepSession(t *testing.T) {
	h := testkit.NewHouse(t)
	now := model.Millis(h.Clock.Now())
	id := h.ID()
	keep := func(until int64) (ok bool) {
		h.Update(t, func(tx *store.Tx) (err error) { ok, err = tx.KeepSession(id, until); return err })
		return ok
	}
	h.Update(t, func(tx *store.Tx) error {
		return tx.CreateSession(model.Session{ID: id, Kind: "person", AccountID: h.ID(), PersonID: h.ID(), ExpiresAt: now + 1000})
	})
	// The same end counts as well: MySQL alone would say that nothing changed.
	if !keep(now+1000) || !keep(now+2000) {
		t.Error("a session that is alive was not kept")
	}
	h.Clock.Advance(2 * time.Second)
	if keep(now + 9000) {
		t.Error("an expired session was kept")
	}
}

func TestRefreshTokenIsSpentOnce(t *testing.T) {
	h := testkit.NewHouse(t)
	now := model.Millis(h.Clock.Now())
	h.Update(t, func(tx *store.Tx) error {
		return tx.CreateRefreshToken(model.RefreshToken{Hash: "aa", SessionID: h.ID(), IssuedAt: now, ExpiresAt: now + 1000})
	})
	use := func(hash string) (r model.RefreshToken, spent bool, err error) {
		err = h.Store.Update(t.Context(), func(tx *store.Tx) (err error) { r, spent, err = tx.UseRefreshToken(hash); return err })
		return r, spent, err
	}
	if r, spent, err := use("aa"); err != nil || !spent || r.UsedAt != now {
		t.Errorf("first: %+v, %v, %v", r, spent, err)
	}
	h.Clock.Advance(2 * time.Second)
	if r, spent, err := use("aa"); err != nil || spent || r.UsedAt != now {
		t.Errorf("second: %+v, %v, %v", r, spent, err)
	}
	if _, _, err := use("AA"); !model.IsNotFound(err) {
		t.Errorf("unknown: %v", err)
	}
}
