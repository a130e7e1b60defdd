package service_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// statesOf lists a line of keys by number.
func statesOf(t testing.TB, h *testkit.House, p model.KeyPurpose, communityID string) string {
	t.Helper()
	var out []string
	for _, k := range mustDo[[]model.Key](t)(h.Store.View(t.Context()).KeysOf(p, communityID)) {
		out = append(out, string(k.State))
	}
	return strings.Join(out, " ")
}

func wantStates(t testing.TB, h *testkit.House, p model.KeyPurpose, communityID, want string) {
	t.Helper()
	if got := statesOf(t, h, p, communityID); got != want {
		t.Errorf("%s keys are %q, want %q", p, got, want)
	}
}

// The life of a pass key: published, signing, accepted, refused.
func TestAPassKeyLivesThroughItsStates(t *testing.T) {
	g := testkit.NewGatehouse(t)
	keys := service.NewKeyRing(g.Deps)
	ctx, garden := t.Context(), g.Garden.ID
	reader := g.Reader(t, g.Garden.Entrance)
	scan := func(p model.Pass, code string) string {
		return g.Scan(t, reader, code, admission.In).Passage.Reason
	}
	people := make([]model.Pass, 4)
	for i := range people {
		people[i] = g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	}
	first, _ := g.Directory.Ring().PassSigner(garden)

	second := mustDo[model.Key](t)(keys.Create(ctx, model.KeyPass, garden))
	if second.Number != 2 || second.Wrapped != nil || len(g.Directory.Ring().PassKeys(garden)) != 2 {
		t.Errorf("created %+v", second)
	}
	if signer, _ := g.Directory.Ring().PassSigner(garden); signer.ID != first.ID {
		t.Error("a key that is next signs already")
	}
	old := g.Code(t, people[0], g.Clock.Now())
	active := mustDo[model.Key](t)(keys.Activate(ctx, second.ID, false))
	wantStates(t, g.House, model.KeyPass, garden, "retiring active")
	if signer, _ := g.Directory.Ring().PassSigner(garden); signer.ID != second.ID || active.State != model.KeyActive {
		t.Error("the new key does not sign at once")
	}
	if got := scan(people[0], old); got != "ok" {
		t.Errorf("a code of the old key: %s", got)
	}
	if got := scan(people[1], g.Code(t, people[1], g.Clock.Now())); got != "ok" {
		t.Errorf("a code of the new key: %s", got)
	}

	// A day for gates with an old bundle and another for what a phone signs by a strip.
	edge := 2 * 24 * time.Hour
	g.Clock.Advance(edge - time.Millisecond)
	_, err := keys.Retire(ctx, first.ID, false)
	refusedAs(t, err, model.CodeStateChanged)
	g.Clock.Advance(time.Millisecond)
	kept := oldSigner{first, g}.code(t, people[2])
	retired := mustDo[model.Key](t)(keys.Retire(ctx, first.ID, false))
	if retired.State != model.KeyRetired || retired.RetiredAt != model.Millis(g.Clock.Now()) {
		t.Errorf("retired %+v", retired)
	}
	wantStates(t, g.House, model.KeyPass, garden, "retired active")
	if got := scan(people[2], kept); got == "ok" {
		t.Error("a code of a retired key is admitted")
	}
	stored := mustDo[model.Key](t)(g.Store.View(ctx).Key(first.ID))
	if len(stored.Wrapped) != 0 {
		t.Error("the secret of a retired key is still stored")
	}
	if got := actions(t, g.House, first.ID); !slices.Equal(got, []string{"key.retire", "key.relieve"}) {
		t.Errorf("the log says %v", got)
	}
}

// oldSigner signs with a key that is not the active one.
type oldSigner struct {
	key *gm.SM2Key
	g   *testkit.Gatehouse
}

func (o oldSigner) code(t testing.TB, p model.Pass) string {
	t.Helper()
	return codeBy(t, o.g, o.key, p)
}

func TestStepsOutOfTurnAreRefused(t *testing.T) {
	h := testkit.NewHouse(t)
	keys := service.NewKeyRing(h.Deps)
	ctx := t.Context()
	line := mustDo[[]model.Key](t)(h.Store.View(ctx).KeysOf(model.KeySession, ""))
	next := mustDo[model.Key](t)(keys.Create(ctx, model.KeySession, ""))
	for _, c := range []struct {
		name string
		do   func() error
		code model.Code
	}{
		{"activate the active", func() error { _, err := keys.Activate(ctx, line[0].ID, false); return err }, model.CodeStateChanged},
		{"retire the active", func() error { _, err := keys.Retire(ctx, line[0].ID, false); return err }, model.CodeStateChanged},
		{"retire the next", func() error { _, err := keys.Retire(ctx, next.ID, false); return err }, model.CodeStateChanged},
		{"activate nobody's", func() error { _, err := keys.Activate(ctx, h.ID(), false); return err }, model.CodeNotFound},
		{"retire nobody's", func() error { _, err := keys.Retire(ctx, h.ID(), true); return err }, model.CodeNotFound},
		{"a pass key for nobody", func() error { _, err := keys.Create(ctx, model.KeyPass, h.ID()); return err }, model.CodeNotFound},
		{"a session key for a community", func() error { _, err := keys.Create(ctx, model.KeySession, h.Garden.ID); return err }, model.CodeInvalid},
		{"a key for nothing known", func() error { _, err := keys.Create(ctx, "tea", ""); return err }, model.CodeInvalid},
		{"a second index key", func() error { _, err := keys.Create(ctx, model.KeyIndex, ""); return err }, model.CodeStateChanged},
	} {
		t.Run(c.name, func(t *testing.T) { refusedAs(t, c.do(), c.code) })
	}
	index := mustDo[[]model.Key](t)(h.Store.View(ctx).KeysOf(model.KeyIndex, ""))
	for _, force := range []bool{false, true} {
		_, err := keys.Retire(ctx, index[0].ID, force)
		refusedAs(t, err, model.CodeStateChanged)
	}
	wantStates(t, h, model.KeyIndex, "", "active")
	wantStates(t, h, model.KeySession, "", "active next")
	for _, k := range mustDo[[]model.Key](t)(keys.List(ctx)) {
		if k.Wrapped != nil {
			t.Errorf("the list shows the secret of key %s", k.ID)
		}
	}
}

// A leaked pass key: its codes are refused at once and new ones are given at once.
func TestALeakedKeyEndsAtOnce(t *testing.T) {
	g := testkit.NewGatehouse(t)
	keys := service.NewKeyRing(g.Deps)
	reader := g.Reader(t, g.Garden.Entrance)
	pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	leaked, _ := g.Directory.Ring().PassSigner(g.Garden.ID)
	code := g.Code(t, pass, g.Clock.Now())
	mustDo[model.Key](t)(keys.Retire(t.Context(), leaked.ID, true))
	wantStates(t, g.House, model.KeyPass, g.Garden.ID, "retired active")
	if a := g.Scan(t, reader, code, admission.In); a.Passage.Decision == "admit" {
		t.Errorf("a code of the leaked key: %s", a.Passage.Reason)
	}
	if a := g.Scan(t, reader, g.Code(t, pass, g.Clock.Now()), admission.In); a.Passage.Reason != "ok" {
		t.Errorf("a code of the key in its place: %s", a.Passage.Reason)
	}
	if got := actions(t, g.House, leaked.ID); !slices.Equal(got, []string{"key.revoke"}) {
		t.Errorf("the log says %v", got)
	}
	data := mustDo[[]model.Key](t)(g.Store.View(t.Context()).KeysOf(model.KeyData, ""))
	_, err := keys.Retire(t.Context(), data[0].ID, true)
	refusedAs(t, err, model.CodeStateChanged)
}

// Codes are issued and shown while keys change under way: none is refused.
func TestRotationRefusesNobody(t *testing.T) {
	g := testkit.NewGatehouse(t)
	keys := service.NewKeyRing(g.Deps)
	const walkers, each, rotations = 4, 40, 12
	person := g.Person(t, "张三", "13800000001")
	passes := make([]model.Pass, walkers*each)
	for i := range passes {
		passes[i] = model.Pass{ID: g.ID(), Number: model.NewPassNumber(), CommunityID: g.Garden.ID, PersonID: person.ID, Kind: "resident",
			AccessGroup: 1, State: model.PassActive, ValidFrom: model.Millis(g.Clock.Now())}
	}
	g.Update(t, func(tx *store.Tx) error {
		for _, p := range passes {
			if err := tx.CreatePass(p); err != nil {
				return err
			}
		}
		return nil
	})
	reader := g.Reader(t, g.Garden.Entrance)
	var admitted atomic.Int32
	var wait sync.WaitGroup
	for w := range walkers {
		wait.Go(func() {
			for _, p := range passes[w*each : (w+1)*each] {
				key, _ := g.Directory.Ring().PassSigner(g.Garden.ID)
				answer, err := g.Gates.Scan(context.Background(), reader, service.Scan{ScanID: p.ID, Code: codeBy(t, g, key, p), Direction: admission.In, ScannedAt: g.Clock.Now()})
				if err != nil || answer.Passage.Reason != "ok" {
					t.Errorf("key %d: %s, %v", key.Number, answer.Passage.Reason, err)
					continue
				}
				admitted.Add(1)
			}
		})
	}
	for range rotations {
		next := mustDo[model.Key](t)(keys.Create(t.Context(), model.KeyPass, g.Garden.ID))
		mustDo[model.Key](t)(keys.Activate(t.Context(), next.ID, false))
	}
	wait.Wait()
	if admitted.Load() != walkers*each {
		t.Errorf("%d of %d were admitted", admitted.Load(), walkers*each)
	}
	if got := statesOf(t, g.House, model.KeyPass, g.Garden.ID); got != strings.Repeat("retiring ", rotations)+"active" {
		t.Errorf("keys are %s", got)
	}
}

// Two keys activated at once: one signs, and exactly one line of events is true.
func TestOneOfTwoActivationsWins(t *testing.T) {
	h := testkit.NewHouse(t)
	keys := service.NewKeyRing(h.Deps)
	var wait sync.WaitGroup
	for range 8 {
		next := mustDo[model.Key](t)(keys.Create(t.Context(), model.KeyPlatform, ""))
		for range 2 {
			wait.Go(func() {
				if _, err := keys.Activate(context.Background(), next.ID, false); err != nil && model.CodeOf(err) != model.CodeStateChanged {
					t.Error(err)
				}
			})
		}
	}
	wait.Wait()
	if got := statesOf(t, h, model.KeyPlatform, ""); strings.Count(got, "active") != 1 {
		t.Errorf("keys are %s", got)
	}
}
