package service_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// applied makes a payload out of another one, as the contract says.
func applied(t *testing.T, payload []byte, d *service.BundleDelta) []byte {
	t.Helper()
	var had struct{ Exceptions []json.RawMessage }
	if err := json.Unmarshal(payload, &had); err != nil {
		t.Fatal(err)
	}
	number := func(text []byte) uint64 {
		var of struct{ Number uint64 }
		if err := json.Unmarshal(text, &of); err != nil {
			t.Fatal(err)
		}
		return of.Number
	}
	list := map[uint64]string{}
	for _, e := range had.Exceptions {
		list[number(e)] = string(e)
	}
	for _, n := range d.Removed {
		if list[n] == "" {
			t.Errorf("%d is removed and was not there", n)
		}
		delete(list, n)
	}
	for _, e := range d.Added {
		list[number([]byte(e))] = e
	}
	numbers := make([]uint64, 0, len(list))
	for n := range list {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = list[n]
	}
	return slices.Concat(d.Before, []byte(strings.Join(texts, ",")), d.After)
}

// withdraw makes n passes of somebody and withdraws them.
func withdraw(t *testing.T, g *testkit.Gatehouse, n int) {
	t.Helper()
	person := g.Person(t, fmt.Sprintf("张%d", g.Clock.Now().UnixNano()), "13800000001")
	for range n {
		pass := g.Pass(t, g.Garden, person)
		g.Update(t, func(tx *store.Tx) error {
			_, err := tx.WithdrawPasses(g.Garden.ID, pass.ResidencyID, "moved_out")
			return err
		})
	}
}

func TestADeltaLeadsToTheBundle(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	withdraw(t, g, 3)
	g.Clock.Advance(10 * time.Minute)
	withdraw(t, g, 12)
	first := mustDo[service.SignedBundle](t)(g.Gates.Bundle(t.Context(), reader))
	payload, version := first.Payload, first.Version
	for step, change := range []func(){
		func() { withdraw(t, g, 1) },
		func() { g.Clock.Advance(10 * time.Minute) }, // issued anew, nothing else
		func() { withdraw(t, g, 3); g.Clock.Advance(10 * time.Minute) },
		// The three of the beginning are listed no more.
		func() {
			g.Clock.Advance(testkit.Noon.Add(26*time.Hour + 10*time.Minute).Sub(g.Clock.Now()))
			withdraw(t, g, 1)
		},
	} {
		change()
		b, d, err := g.Gates.BundleSince(t.Context(), reader, version)
		if err != nil || d == nil {
			t.Fatalf("step %d: no delta, %v", step, err)
		}
		if !bytes.Equal(applied(t, payload, d), b.Payload) {
			t.Fatalf("step %d: the delta leads elsewhere", step)
		}
		if wantRemoved := []int{0, 0, 0, 3}[step]; len(d.Removed) != wantRemoved || len(d.Added) != []int{1, 0, 3, 1}[step] {
			t.Errorf("step %d: %d removed, %d added", step, len(d.Removed), len(d.Added))
		}
		payload, version = b.Payload, b.Version
	}
	// From the first one to the last, over what came between.
	b, d, err := g.Gates.BundleSince(t.Context(), reader, first.Version)
	if err != nil || d == nil || !bytes.Equal(applied(t, first.Payload, d), b.Payload) {
		t.Errorf("the delta from the first: %v, %v", d, err)
	}
	// Most of the list goes: the whole is not larger.
	g.Clock.Advance(26 * time.Hour)
	if _, d, err := g.Gates.BundleSince(t.Context(), reader, version); err != nil || d != nil {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestNoDelta are those who get the whole bundle: of an unknown version, of another
// gate's, at a server that has just started, and who has the bundle already.
func TestNoDelta(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	withdraw(t, g, 12)
	before := mustDo[service.SignedBundle](t)(g.Gates.Bundle(t.Context(), reader))
	withdraw(t, g, 1)
	none := func(name string, gates *service.Gates, caller *model.Caller, version string) {
		t.Helper()
		b, d, err := gates.BundleSince(t.Context(), caller, version)
		if err != nil || d != nil || len(b.Payload) == 0 {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
	none("no version", g.Gates, reader, "")
	none("an unknown version", g.Gates, reader, "x")
	none("after a start", service.NewGates(g.Deps, nil), reader, before.Version)
	other := g.Reader(t, g.Garden.Back)
	none("another gate's", g.Gates, other, before.Version)
	now := mustDo[service.SignedBundle](t)(g.Gates.Bundle(t.Context(), reader))
	none("the same", g.Gates, reader, now.Version)
	if _, d, err := g.Gates.BundleSince(t.Context(), reader, before.Version); err != nil || d == nil {
		t.Error("there is none at all", err)
	}
	var b admission.Bundle
	if err := json.Unmarshal(now.Payload, &b); err != nil || len(b.Passes) != 13 {
		t.Error(len(b.Passes), err)
	}
}
