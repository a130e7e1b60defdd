package service_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// codeBy signs a pass's code of this window with a key.
func codeBy(t testing.TB, g *testkit.Gatehouse, key *gm.SM2Key, p model.Pass) string {
	t.Helper()
	signer, err := passcode.NewSigner(key.Private())
	if err != nil {
		t.Fatal(err)
	}
	code, err := signer.Sign(passcode.Header{Format: passcode.Rotating, Kind: passcode.Resident, Key: key.Number,
		Community: g.Garden.Number, Pass: p.Number, Group: p.AccessGroup, Window: passcode.WindowAt(g.Clock.Now())})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// A data key retires once nothing needs it, and what it sealed is still read.
func TestADataKeyRetiresAfterItsValuesMoved(t *testing.T) {
	h := testkit.NewHouse(t)
	keys := service.NewKeyRing(h.Deps)
	ctx := t.Context()
	var people []model.Person
	for range 7 {
		people = append(people, h.Person(t, "张三", "13800000001"))
	}
	recipient := h.Recipient(t, h.Garden)
	context := "recipients.secret:" + recipient
	secret := mustDo[[]byte](t)(h.Directory.Ring().Seal(context, []byte("whsec_tea")))
	if _, err := h.Probe(t).Exec("UPDATE recipients SET secret_ct = ?, previous_secret_ct = ? WHERE id = ?", secret, secret, recipient); err != nil {
		t.Fatal(err)
	}
	staff := model.StaffAccount{ID: h.ID(), PersonID: people[0].ID, Username: "guard", State: model.StateActive, TOTPSecret: "JBSWY3DPEHPK3PXP"}
	h.Update(t, func(tx *store.Tx) error { return tx.CreateStaff(staff, nil) })

	first := mustDo[[]model.Key](t)(h.Store.View(ctx).KeysOf(model.KeyData, ""))[0]
	second := mustDo[model.Key](t)(keys.Create(ctx, model.KeyData, ""))
	if n := mustDo[int](t)(keys.Rewrap(ctx, 3)); n != 0 {
		t.Errorf("%d values moved before there was where to", n)
	}
	mustDo[model.Key](t)(keys.Activate(ctx, second.ID, false))
	h.Clock.Advance(time.Hour)
	_, err := keys.Retire(ctx, first.ID, false)
	refusedAs(t, err, model.CodeStateChanged)
	if n := mustDo[int](t)(keys.Rewrap(ctx, 3)); n != 10 {
		t.Errorf("%d values moved, want 7 data keys and 3 secrets", n)
	}
	if n := mustDo[int](t)(keys.Rewrap(ctx, 3)); n != 0 {
		t.Errorf("%d values moved again", n)
	}
	mustDo[model.Key](t)(keys.Retire(ctx, first.ID, false))
	wantStates(t, h, model.KeyData, "", "retired active")

	// A replica that starts now has only the new key.
	fresh := mustDo[*store.Store](t)(store.Open(ctx, store.Config{DSN: h.DSN}, h.Clock))
	defer fresh.Close()
	directory := service.NewDirectory(fresh, h.Master)
	if err := directory.Load(ctx); err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		if got := mustDo[model.Person](t)(fresh.View(ctx).Person(p.ID)); got.Name != "张三" || got.Phone != "13800000001" {
			t.Errorf("read %q %q", got.Name, got.Phone)
		}
	}
	if got := mustDo[model.StaffAccount](t)(fresh.View(ctx).Staff(staff.ID)); got.TOTPSecret != staff.TOTPSecret {
		t.Errorf("read the second factor as %q", got.TOTPSecret)
	}
	for _, column := range []string{"secret_ct", "previous_secret_ct"} {
		var sealed []byte
		if err := h.Probe(t).QueryRow("SELECT "+column+" FROM recipients WHERE id = ?", recipient).Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		if got := mustDo[[]byte](t)(directory.Ring().Open(context, sealed)); string(got) != "whsec_tea" {
			t.Errorf("%s opens to %q", column, got)
		}
	}
}

// A key that was destroyed while values moved must not come back.
func TestRewrapBringsNothingBack(t *testing.T) {
	h := testkit.NewHouse(t)
	keys := service.NewKeyRing(h.Deps)
	gone := h.Person(t, "张三", "13800000001")
	second := mustDo[model.Key](t)(keys.Create(t.Context(), model.KeyData, ""))
	mustDo[model.Key](t)(keys.Activate(t.Context(), second.ID, false))
	if _, err := h.Probe(t).Exec("UPDATE data_keys SET wrapped = NULL, destroyed_at = 1 WHERE subject_id = ?", gone.ID); err != nil {
		t.Fatal(err)
	}
	if n := mustDo[int](t)(keys.Rewrap(t.Context(), 10)); n != 0 {
		t.Errorf("%d values moved", n)
	}
}

func TestFirstKeysAreMadeOnce(t *testing.T) {
	clock := model.FrozenClock(testkit.Noon)
	s, _ := testkit.OpenStore(t, clock)
	master := gm.NewMaster()
	made := make([][]model.Key, 6)
	var wait sync.WaitGroup
	for i := range made {
		// Replicas that start together on an empty database.
		d := service.Deps{Store: s, Clock: clock, Directory: service.NewDirectory(s, master)}
		wait.Go(func() {
			var err error
			if made[i], err = service.NewKeyRing(d).EnsureFirst(context.Background()); err != nil {
				t.Error(err)
			}
			if missing := d.Directory.Ring().Missing(); len(missing) > 0 {
				t.Errorf("replica %d misses %v", i, missing)
			}
		})
	}
	wait.Wait()
	all := slices.Concat(made...)
	if len(all) != 4 {
		t.Errorf("%d keys were made", len(all))
	}
	entries := mustDo[[]model.AuditEntry](t)(s.View(t.Context()).AuditEntries("", "", 100))
	if len(entries) != 4 {
		t.Errorf("%d acts are in the log", len(entries))
	}
	again := mustDo[[]model.Key](t)(service.NewKeyRing(service.Deps{Store: s, Clock: clock, Directory: service.NewDirectory(s, master)}).EnsureFirst(t.Context()))
	if len(again) != 0 {
		t.Errorf("made again: %v", again)
	}
}
