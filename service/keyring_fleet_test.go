package service_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// A new pass key waits for the gates that were heard of late, each by what its own
// heartbeat says, and not for those that ask the server or were not heard for a week.
func TestANewKeyWaitsForTheGates(t *testing.T) {
	g := testkit.NewGatehouse(t)
	keys, ctx := service.NewKeyRing(g.Deps), t.Context()
	gone, front, back, asks := g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back), g.Reader(t, g.Garden.Back)
	beat := func(who *model.Caller, version string) {
		t.Helper()
		if _, err := g.Gates.Heartbeat(ctx, who, service.Heartbeat{DeviceTime: g.Clock.Now(), BundleVersion: version}); err != nil {
			t.Fatal(err)
		}
	}
	fetch := func(who *model.Caller) string {
		t.Helper()
		b, err := g.Gates.Bundle(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		return b.Version
	}
	beat(gone, fetch(gone))
	g.Clock.Advance(8 * 24 * time.Hour)
	beat(front, fetch(front))
	beat(back, "from-before-versions-began-so")
	beat(asks, "")
	next := mustDo[model.Key](t)(keys.Create(ctx, model.KeyPass, g.Garden.ID))
	refusedFor := func(who ...*model.Caller) {
		t.Helper()
		_, err := keys.Activate(ctx, next.ID, false)
		refusedAs(t, err, model.CodeStateChanged)
		if err == nil {
			return
		}
		for _, c := range []*model.Caller{gone, front, back, asks} {
			wanted := false
			for _, w := range who {
				wanted = wanted || w == c
			}
			if strings.Contains(err.Error(), c.AccountID) != wanted {
				t.Errorf("%v names %s: want %v", err, c.AccountID, wanted)
			}
		}
	}
	refusedFor(front, back)
	beat(front, fetch(front))
	refusedFor(back)
	g.Clock.Advance(20 * time.Minute) // bundles are issued anew; the keys in them are the same
	beat(back, fetch(back))
	if active := mustDo[model.Key](t)(keys.Activate(ctx, next.ID, false)); active.State != model.KeyActive {
		t.Errorf("activated %+v", active)
	}
	third := mustDo[model.Key](t)(keys.Create(ctx, model.KeyPass, g.Garden.ID))
	if active := mustDo[model.Key](t)(keys.Activate(ctx, third.ID, true)); active.State != model.KeyActive {
		t.Errorf("forced %+v", active)
	}
	forced := forcedKeys(t, g, g.Garden.ID)
	if len(forced) != 1 || forced[0].TargetID != third.ID || forced[0].ActorID != "operator" || !strings.Contains(forced[0].Detail, `"left_out":"2"`) ||
		!strings.Contains(forced[0].Detail, front.AccountID) || !strings.Contains(forced[0].Detail, back.AccountID) || strings.Contains(forced[0].Detail, asks.AccountID) {
		t.Errorf("the audit log says %+v", forced)
	}
	fourth := mustDo[model.Key](t)(keys.Create(ctx, model.KeyPass, g.Garden.ID))
	beat(front, fetch(front))
	beat(back, fetch(back))
	mustDo[model.Key](t)(keys.Activate(ctx, fourth.ID, true))
	if again := forcedKeys(t, g, g.Garden.ID); len(again) != 1 {
		t.Errorf("nobody was left out, and the audit log says %+v", again)
	}
}

// forcedKeys are the acts of the audit log by which keys were put to use though gates
// lacked them.
func forcedKeys(t *testing.T, g *testkit.Gatehouse, communityID string) []model.AuditEntry {
	t.Helper()
	all := mustDo[[]model.AuditEntry](t)(g.Store.View(t.Context()).AuditEntries(communityID, "", 200))
	return slices.DeleteFunc(all, func(e model.AuditEntry) bool { return e.Action != "key.force" })
}

// A key that leaked: with its end every code and strip under it is refused, and the
// next bundle is another one that does not list it.
func TestARevokedKeyOpensNothing(t *testing.T) {
	s := newSigning(t)
	phone := newHandset(t)
	s.fetch(t, phone)
	before, err := s.Gates.Bundle(t.Context(), s.reader)
	if err != nil {
		t.Fatal(err)
	}
	s.shows(t, phone, s.Clock.Now(), admission.In, "admit", "ok")
	leaked, _ := s.Directory.Ring().PassSigner(s.Garden.ID)
	mustDo[model.Key](t)(service.NewKeyRing(s.Deps).Retire(t.Context(), leaked.ID, true))
	s.shows(t, phone, s.Clock.Now(), admission.Out, "refer", "bad_signature")
	after, err := s.Gates.Bundle(t.Context(), s.reader)
	if err != nil {
		t.Fatal(err)
	}
	var b admission.Bundle
	if err := json.Unmarshal(after.Payload, &b); err != nil {
		t.Fatal(err)
	}
	if mark, _, _ := strings.Cut(before.Version, "-"); strings.HasPrefix(after.Version, mark) || len(b.Keys) != 1 || b.Keys[0].Number == leaked.Number {
		t.Errorf("after %s the bundle is %s with %d keys", before.Version, after.Version, len(b.Keys))
	}
	s.fetch(t, phone) // under the key in its place
	s.shows(t, phone, s.Clock.Now(), admission.Out, "admit", "ok")
}

// A new platform key waits, too: a gate that does not know it takes no bundle that it
// signs. By force it waits for nobody, and who is left out can be asked before.
func TestANewPlatformKeyWaitsForTheGates(t *testing.T) {
	g := testkit.NewGatehouse(t)
	keys, ctx, gate := service.NewKeyRing(g.Deps), t.Context(), g.Reader(t, g.Garden.Entrance)
	beat := func() {
		t.Helper()
		b, err := g.Gates.Bundle(ctx, gate)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Version) > 64 {
			t.Errorf("the version %s is too long", b.Version)
		}
		if _, err := g.Gates.Heartbeat(ctx, gate, service.Heartbeat{DeviceTime: g.Clock.Now(), BundleVersion: b.Version}); err != nil {
			t.Fatal(err)
		}
	}
	beat()
	next := mustDo[model.Key](t)(keys.Create(ctx, model.KeyPlatform, ""))
	if left := mustDo[[]string](t)(keys.LeftOut(ctx, next.ID)); len(left) != 1 || left[0] != gate.AccountID {
		t.Errorf("left out %v", left)
	}
	_, err := keys.Activate(ctx, next.ID, false)
	refusedAs(t, err, model.CodeStateChanged)
	beat()
	if active := mustDo[model.Key](t)(keys.Activate(ctx, next.ID, false)); active.State != model.KeyActive {
		t.Errorf("activated %+v", active)
	}
	third := mustDo[model.Key](t)(keys.Create(ctx, model.KeyPlatform, ""))
	if active := mustDo[model.Key](t)(keys.Activate(ctx, third.ID, true)); active.State != model.KeyActive {
		t.Errorf("forced %+v", active)
	}
	if forced := forcedKeys(t, g, ""); len(forced) != 1 || forced[0].TargetID != third.ID || !strings.Contains(forced[0].Detail, gate.AccountID) {
		t.Errorf("the audit log says %+v", forced)
	}
}

// A platform key that leaked: the next bundle is signed by the key that the bundle
// before named as next, so that agents which are enrolled believe it, and it names the
// leaked one no more.
func TestARevokedPlatformKeyIsFollowedByTheNextOne(t *testing.T) {
	s := newSigning(t)
	keys := service.NewKeyRing(s.Deps)
	next := mustDo[model.Key](t)(keys.Create(t.Context(), model.KeyPlatform, ""))
	read := func() (service.SignedBundle, admission.Bundle) {
		t.Helper()
		signed, err := s.Gates.Bundle(t.Context(), s.reader)
		if err != nil {
			t.Fatal(err)
		}
		var b admission.Bundle
		if err := json.Unmarshal(signed.Payload, &b); err != nil {
			t.Fatal(err)
		}
		return signed, b
	}
	before, known := read()
	all := mustDo[[]model.Key](t)(keys.List(t.Context()))
	for _, k := range all {
		if k.Purpose == model.KeyPlatform && k.State == model.KeyActive {
			mustDo[model.Key](t)(keys.Retire(t.Context(), k.ID, true))
		}
	}
	after, left := read()
	if after.KeyID == before.KeyID || after.KeyID != admission.PlatformKeyID(next.Number) || len(left.Platform) != 1 || left.Platform[0].Number != next.Number {
		t.Fatalf("after %s the bundle is signed by %s and names %d platform keys", before.KeyID, after.KeyID, len(left.Platform))
	}
	for _, k := range known.Platform {
		if k.Number == next.Number {
			public, err := gm.ParsePublic(k.Public)
			if err != nil || !gm.VerifySM2(public, after.Payload, after.Signature) {
				t.Error("who believed the bundle before cannot believe this one", err)
			}
			return
		}
	}
	t.Error("the bundle before does not name the next key")
}
