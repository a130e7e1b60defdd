package service_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// quotaPass is a resident's pass with a quota of its own.
func quotaPass(t testing.TB, g *testkit.Gatehouse, quota int) model.Pass {
	t.Helper()
	person := g.Person(t, "张三", "13800000001")
	now := model.Millis(g.Clock.Now())
	pass := model.Pass{ID: g.ID(), Number: model.NewPassNumber(), CommunityID: g.Garden.ID, PersonID: person.ID, Kind: "resident",
		AccessGroup: 1, Building: "1", State: model.PassActive, ValidFrom: now, CreatedAt: now, Quota: quota}
	g.Update(t, func(tx *store.Tx) error { return tx.CreatePass(pass) })
	return pass
}

// nextWindow lets a pass show another code.
func nextWindow(g *testkit.Gatehouse) { g.Clock.Advance(30 * time.Second) }

// putRules makes other rules current, as an approved proposal does.
func putRules(t testing.TB, g *testkit.Gatehouse, r admission.Rules) {
	t.Helper()
	community, _ := g.Directory.Community(g.Garden.ID)
	r.Version = community.RuleVersion + 1
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	g.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateRules(model.RuleSet{CommunityID: g.Garden.ID, Version: r.Version, Body: string(body), CreatedAt: 1}); err != nil {
			return err
		}
		_, err := tx.SetRuleVersion(g.Garden.ID, community.RuleVersion, r.Version)
		return err
	})
}

func TestQuotaIsCountedPerDayDirectionAndPerimeter(t *testing.T) {
	g := testkit.NewGatehouse(t)
	pass := quotaPass(t, g, 2)
	front, back, door := g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back), g.Reader(t, g.Garden.UnitDoor)
	step := func(name string, reader *model.Caller, d admission.Direction, decision, reason string) service.ScanAnswer {
		t.Helper()
		nextWindow(g)
		a := g.Scan(t, reader, g.Code(t, pass, g.Clock.Now()), d)
		if a.Passage.Decision != decision || a.Passage.Reason != reason {
			t.Errorf("%s: got %s %s, want %s %s", name, a.Passage.Decision, a.Passage.Reason, decision, reason)
		}
		return a
	}
	step("the first", front, admission.In, "admit", "ok")
	second := step("the second, at another gate", back, admission.In, "admit", "ok")
	step("the third", front, admission.In, "refuse", "quota_reached")
	step("another perimeter", door, admission.In, "admit", "ok")
	step("out", front, admission.Out, "admit", "ok")
	step("out again", front, admission.Out, "admit", "ok")
	step("out is never refused", front, admission.Out, "refer", "quota_reached")
	if _, err := g.Gates.SetOutcome(t.Context(), back, second.Passage.ID, "annulled"); err != nil {
		t.Fatal(err)
	}
	step("an annulled passage gives its place back", front, admission.In, "admit", "ok")
	step("only once", front, admission.In, "refuse", "quota_reached")
	// 24:00 in Beijing is 16:00 UTC; the last minute still belongs to the day.
	midnight := time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)
	g.Clock.Advance(midnight.Add(-31 * time.Second).Sub(g.Clock.Now()))
	step("the last second of the day", front, admission.In, "refuse", "quota_reached")
	nextWindow(g)
	step("the next day", front, admission.In, "admit", "ok")
}

func TestAQuotaRefusalDoesNotSpendTheCode(t *testing.T) {
	g := testkit.NewGatehouse(t)
	pass := quotaPass(t, g, 1)
	front, back := g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back)
	first := g.Scan(t, front, g.Code(t, pass, g.Clock.Now()), admission.In)
	nextWindow(g)
	code := g.Code(t, pass, g.Clock.Now())
	if a := g.Scan(t, back, code, admission.In); a.Passage.Reason != "quota_reached" {
		t.Fatal(a.Passage.Reason)
	}
	if _, err := g.Gates.SetOutcome(t.Context(), front, first.Passage.ID, "timed_out"); err != nil {
		t.Fatal(err)
	}
	if a := g.Scan(t, back, code, admission.In); a.Passage.Reason != "ok" {
		t.Errorf("got %s, want ok", a.Passage.Reason)
	}
}

// Many gates, two replicas that share only the database, each scan with a code of
// its own perimeter-wide quota: exactly as many as the quota has are admitted.
func TestQuotaRaceHasExactlyAsManyWinners(t *testing.T) {
	g := testkit.NewGatehouse(t)
	other := store.NewRecorder(g.Store)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { other.Run(ctx) })
	defer running.Wait()
	defer stop()
	replicas := []*service.Gates{g.Gates, service.NewGates(g.Deps, other)}
	readers := []*model.Caller{g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back)}
	for round := range 8 {
		quota := round%3 + 1
		pass := quotaPass(t, g, quota)
		// Two windows are good at a time, in each of which the code may be shown once:
		// with the quota beyond the uses the uses would win, so more than that race for
		// codes as well.
		codes := []string{g.Code(t, pass, g.Clock.Now()), g.Code(t, pass, g.Clock.Now().Add(-30*time.Second))}
		var admitted, full, used atomic.Int32
		var wait sync.WaitGroup
		for i := range 8 {
			wait.Go(func() {
				a, err := replicas[i%2].Scan(ctx, readers[i/2%2], service.Scan{ScanID: g.ID(), Code: codes[i/4], Direction: admission.In, ScannedAt: g.Clock.Now()})
				switch {
				case err != nil:
					t.Error(err)
				case a.Passage.Decision == "admit":
					admitted.Add(1)
				case a.Passage.Reason == "quota_reached":
					full.Add(1)
				case a.Passage.Reason == "used":
					used.Add(1)
				}
			})
		}
		wait.Wait()
		if want := int32(min(quota, len(codes))); admitted.Load() != want || admitted.Load()+full.Load()+used.Load() != 8 {
			t.Fatalf("quota %d: %d admitted, %d full, %d used", quota, admitted.Load(), full.Load(), used.Load())
		}
	}
}

// A quota that comes into force in the middle of a day counts what was before.
func TestAQuotaCountsTheMorningBeforeIt(t *testing.T) {
	g := testkit.NewGatehouse(t)
	pass := quotaPass(t, g, 0)
	front := g.Reader(t, g.Garden.Entrance)
	scan := func(want string) {
		t.Helper()
		nextWindow(g)
		if a := g.Scan(t, front, g.Code(t, pass, g.Clock.Now()), admission.In); a.Passage.Reason != want {
			t.Errorf("got %s, want %s", a.Passage.Reason, want)
		}
	}
	scan("ok")
	scan("ok")
	var rules admission.Rules
	rules.Kinds.Resident.Quota = 3
	putRules(t, g, rules)
	scan("ok")
	scan("quota_reached")
}

func TestOfflineAdmissionsCountAgainstTheQuota(t *testing.T) {
	g := testkit.NewGatehouse(t)
	pass := quotaPass(t, g, 2)
	front := g.Reader(t, g.Garden.Entrance)
	var items []service.OfflinePassage
	for n := range 4 {
		at := g.Clock.Now().Add(-time.Hour + time.Duration(n)*time.Minute)
		items = append(items, offline(fmt.Sprintf("offline-%d", n), g.Code(t, pass, at), at))
	}
	items[0].Outcome = "annulled"
	for range 2 { // the second upload is all duplicates
		results, err := g.Gates.Upload(t.Context(), front, items)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			p, err := g.Store.View(t.Context()).Passage(g.Garden.ID, r.PassageID)
			if err != nil || p.Decision != "admit" {
				t.Errorf("item %d became %s, %v: the door was open", i, p.Decision, err)
			}
		}
	}
	slots, without, err := g.Store.View(t.Context()).Admitted(g.Garden.ID, model.QuotaSpend{Day: dayOf(g), PassNumber: pass.Number, Direction: 1, Perimeter: "site"},
		model.Millis(g.Clock.Now().Add(-24*time.Hour)), model.Millis(g.Clock.Now()))
	if err != nil || slots != 3 || without != 0 {
		t.Errorf("%d slots, %d without, %v", slots, without, err)
	}
	if a := g.Scan(t, front, g.Code(t, pass, g.Clock.Now()), admission.In); a.Passage.Reason != "quota_reached" {
		t.Error(a.Passage.Reason)
	}
}

func dayOf(g *testkit.Gatehouse) uint32 {
	community, _ := g.Directory.Community(g.Garden.ID)
	return community.Rules.DayAt(g.Clock.Now())
}
