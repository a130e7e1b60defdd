package store_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func TestSignInFailuresByPrefix(t *testing.T) {
	h := testkit.NewHouse(t)
	add := func(bucket string, at int64) string {
		f := store.SignInFailure{ID: h.ID(), Bucket: bucket, At: at}
		h.Update(t, func(tx *store.Tx) error { return tx.AddSignInFailures([]store.SignInFailure{f}) })
		return f.ID
	}
	add("aa00", 10)
	add("aaff", 20)
	last := add("aaff", 30)
	add("ab00", 25)
	add("aatotp", 40)
	nth := func(bucket string, since int64, n int) int64 {
		at, err := h.Store.View(t.Context()).NthSignInFailure(bucket, since, n)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		bucket string
		since  int64
		n      int
		want   int64
	}{
		{"aa", 0, 1, 30}, {"aa", 0, 3, 10}, {"aa", 0, 4, 0}, {"aa", 10, 3, 0}, {"aaff", 0, 2, 20}, {"aaff", 0, 3, 0},
		{"ab", 0, 1, 25}, {"aatotp", 0, 1, 40}, {"cc", 0, 1, 0},
	} {
		if got := nth(c.bucket, c.since, c.n); got != c.want {
			t.Errorf("%s after %d, newest but %d: %d, want %d", c.bucket, c.since, c.n, got, c.want)
		}
	}
	h.Update(t, func(tx *store.Tx) error { return tx.RemoveSignInFailures([]string{last}) })
	if got := nth("aaff", 0, 1); got != 20 {
		t.Errorf("taken back: %d", got)
	}
	h.Update(t, func(tx *store.Tx) error { return tx.ClearSignInFailures("aa") })
	if nth("aa", 0, 1) != 0 || nth("aatotp", 0, 1) != 0 || nth("ab", 0, 1) != 25 {
		t.Error("clearing a bucket cleared too much or too little")
	}
}

func TestLineage(t *testing.T) {
	h := testkit.NewHouse(t)
	view := h.Store.View(t.Context())
	for _, c := range []struct {
		kind model.ScopeKind
		id   string
		want store.Lineage
	}{
		{model.ScopePlatform, "", store.Lineage{}},
		{model.ScopeStreet, h.Street.ID, store.Lineage{StreetID: h.Street.ID}},
		{model.ScopeCommittee, h.Committee.ID, store.Lineage{StreetID: h.Street.ID, CommitteeID: h.Committee.ID}},
		{model.ScopeCommunity, h.Garden.ID, store.Lineage{StreetID: h.Street.ID, CommitteeID: h.Committee.ID, CommunityID: h.Garden.ID}},
	} {
		if got, err := view.Lineage(c.kind, c.id); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", c.kind, got, err)
		}
		if _, err := view.Lineage(c.kind, h.Garden.Entrance.ID); c.id != "" && !model.IsNotFound(err) {
			t.Errorf("%s of a gate's id: %v", c.kind, err)
		}
	}
	if _, err := view.Lineage("planet", h.Street.ID); !model.IsNotFound(err) {
		t.Errorf("unknown kind: %v", err)
	}
}
