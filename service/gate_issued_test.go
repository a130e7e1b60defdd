package service_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// A code that was fetched from this replica is not verified again at the gate. All
// else is judged as for any other code.
func TestACodeIssuedHereIsJudgedLikeAnyOther(t *testing.T) {
	g := testkit.NewGatehouse(t)
	codes, reader := service.NewCodes(g.Deps), g.Reader(t, g.Garden.Entrance)
	holder := g.Person(t, "张三", "13800000001")
	pass := g.Pass(t, g.Garden, holder)
	fetch := func(count int) []service.IssuedCode {
		t.Helper()
		issued, err := codes.Issue(t.Context(), &model.Caller{Kind: model.CallerPerson, PersonID: holder.ID}, pass.ID, count)
		if err != nil {
			t.Fatal(err)
		}
		return issued.Codes
	}
	insist := func(what, code, reason string) {
		t.Helper()
		if a := g.Scan(t, reader, code, admission.In); a.Passage.Reason != reason {
			t.Errorf("%s: %s, want %s", what, a.Passage.Reason, reason)
		}
	}
	ahead := fetch(3)
	insist("fetched now", ahead[0].Text, "ok")
	insist("again", ahead[0].Text, "used")
	insist("fetched ahead", ahead[2].Text, "clock_skew")
	for _, at := range []int{60, 121} {
		changed := []byte(ahead[1].Text)
		changed[at] = map[bool]byte{true: '1', false: '0'}[changed[at] == '0']
		insist("changed by a letter", string(changed), "bad_signature")
	}
	g.Clock.Advance(30 * time.Second)
	insist("the next window", ahead[1].Text, "ok")
	g.Clock.Advance(time.Minute)
	insist("after its window", ahead[1].Text, "expired")

	fresh := fetch(1)[0].Text
	ring := service.NewKeyRing(g.Deps)
	keys, err := ring.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if k.Purpose == model.KeyPass && k.CommunityID == g.Garden.ID {
			if _, err := ring.Retire(t.Context(), k.ID, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	insist("signed by a key that was revoked", fresh, "bad_signature")

	fresh = fetch(1)[0].Text
	g.Update(t, func(tx *store.Tx) error {
		_, err := tx.WithdrawPasses(g.Garden.ID, pass.ResidencyID, "moved_out")
		return err
	})
	feed, err := service.NewFeed(t.Context(), g.Deps)
	if err != nil {
		t.Fatal(err)
	}
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	insist("of a pass that was withdrawn", fresh, "revoked")
}
