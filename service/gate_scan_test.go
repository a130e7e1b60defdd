package service_test

import (
	"context"
	"strings"
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

func TestScanReasons(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	pass := g.Pass(t, g.Garden, g.Person(t, "欧阳小燕", "13800000001"))
	stranger := g.Pass(t, g.Harbour, g.Person(t, "王五", "13800000002"))
	gone := pass
	gone.Number = model.NewPassNumber()
	now := g.Clock.Now()
	good := g.Code(t, pass, now)
	tampered := []byte(good)
	tampered[100] = map[bool]byte{true: 'B', false: 'A'}[good[100] == 'A']

	for _, c := range []struct {
		name, code       string
		direction        admission.Direction
		decision, reason string
	}{
		{"a text that is no code", "https://example.com/", admission.In, "refuse", "unknown_code"},
		{"another community's code", g.Code(t, stranger, now), admission.In, "refuse", "wrong_community"},
		{"a tampered code", string(tampered), admission.In, "refuse", "bad_signature"},
		{"a code of two windows ago", g.Code(t, pass, now.Add(-time.Minute)), admission.In, "refuse", "expired"},
		{"a code of the next window", g.Code(t, pass, now.Add(30*time.Second)), admission.In, "refer", "clock_skew"},
		{"a pass that was never made", g.Code(t, gone, now), admission.In, "refuse", "revoked"},
		{"going out is never refused", "https://example.com/", admission.Out, "refer", "unknown_code"},
		{"a good code", good, admission.In, "admit", "ok"},
		{"the same code again", good, admission.In, "refuse", "used"},
		{"the same code on the way out", good, admission.Out, "admit", "ok"},
		{"the same code on the way out again", good, admission.Out, "refer", "used"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := g.Scan(t, reader, c.code, c.direction)
			if a.Passage.Decision != c.decision || a.Passage.Reason != c.reason {
				t.Fatalf("got %s %s, want %s %s", a.Passage.Decision, a.Passage.Reason, c.decision, c.reason)
			}
			if genuine := a.Passage.PassNumber != 0; genuine && c.reason != "revoked" && (a.Pass == nil || a.Pass.NameMasked != "欧***") {
				t.Errorf("a genuine code shows %+v", a.Pass)
			} else if !genuine && a.Pass != nil {
				t.Errorf("a code that is not genuine shows %+v", a.Pass)
			}
			stored, err := g.Store.View(t.Context()).Passage(g.Garden.ID, a.Passage.ID)
			if err != nil || stored != a.Passage {
				t.Errorf("stored %+v, %v; answered %+v", stored, err, a.Passage)
			}
		})
	}
}

func TestScanAtAnotherPerimeterTakesTheCodeAgain(t *testing.T) {
	g := testkit.NewGatehouse(t)
	pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	code := g.Code(t, pass, g.Clock.Now())
	for _, c := range []struct {
		gate   model.Gate
		reason string
	}{{g.Garden.Entrance, "ok"}, {g.Garden.Back, "used"}, {g.Garden.UnitDoor, "ok"}, {g.Garden.UnitDoor, "used"}} {
		if a := g.Scan(t, g.Reader(t, c.gate), code, admission.In); a.Passage.Reason != c.reason {
			t.Errorf("%s: got %s, want %s", c.gate.Name, a.Passage.Reason, c.reason)
		}
	}
}

func TestScanOfAWithdrawnPassIsRevokedAtOnce(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	if a := g.Scan(t, reader, g.Code(t, pass, g.Clock.Now()), admission.In); a.Passage.Reason != "ok" {
		t.Fatal(a.Passage.Reason)
	}
	feed, err := service.NewFeed(t.Context(), g.Deps)
	if err != nil {
		t.Fatal(err)
	}
	// Withdrawn as another replica would: only the feed tells this one.
	if err := g.Store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.WithdrawPasses(g.Garden.ID, pass.ResidencyID, "moved_out")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := g.Scan(t, reader, g.Code(t, pass, g.Clock.Now()), admission.Out); a.Passage.Reason != "revoked" {
		t.Fatal(a.Passage.Reason)
	}
}

func TestScanPassback(t *testing.T) {
	g := testkit.NewGatehouse(t)
	hard := model.Gate{ID: g.ID(), CommunityID: g.Garden.ID, Name: "闸机", Kind: "turnstile", Direction: "both",
		Perimeter: "hall", Fallback: "ask_guard", Passback: "hard", CreatedAt: 1}
	g.Update(t, func(tx *store.Tx) error { return tx.CreateGate(hard) })
	reader := g.Reader(t, hard)
	pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	for _, step := range []struct {
		direction admission.Direction
		reason    string
	}{{admission.In, "ok"}, {admission.In, "passback"}, {admission.Out, "ok"}, {admission.In, "ok"}} {
		g.Clock.Advance(time.Minute)
		a := g.Scan(t, reader, g.Code(t, pass, g.Clock.Now()), step.direction)
		if a.Passage.Reason != step.reason {
			t.Fatalf("%v: got %s, want %s", step.direction, a.Passage.Reason, step.reason)
		}
	}
}

func TestScanIDIsIdempotent(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	s := service.Scan{ScanID: "scan-0001", Code: g.Code(t, pass, g.Clock.Now()), Direction: admission.In, ScannedAt: g.Clock.Now()}
	var first service.ScanAnswer
	for i := range 3 {
		a, err := g.Gates.Scan(t.Context(), reader, s)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = a
		}
		if a.Passage != first.Passage || a.Pass.NameMasked != first.Pass.NameMasked {
			t.Fatalf("answer %d differs: %+v", i, a)
		}
		g.Clock.Advance(5 * time.Minute)
	}
}

// One code, many gates of one perimeter, two replicas that share only the
// database: exactly one admits.
func TestScanRaceHasOneWinner(t *testing.T) {
	g := testkit.NewGatehouse(t)
	other := store.NewRecorder(g.Store)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { other.Run(ctx) })
	defer running.Wait()
	defer stop()
	replicas := []*service.Gates{g.Gates, service.NewGates(g.Deps, other)}
	readers := []*model.Caller{g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back)}

	for range 20 {
		pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
		code := g.Code(t, pass, g.Clock.Now())
		var admitted, used atomic.Int32
		var wait sync.WaitGroup
		for i := range 8 {
			wait.Go(func() {
				a, err := replicas[i%2].Scan(ctx, readers[i/2%2], service.Scan{ScanID: g.ID(), Code: code, Direction: admission.In, ScannedAt: g.Clock.Now()})
				switch {
				case err != nil:
					t.Error(err)
				case a.Passage.Decision == "admit":
					admitted.Add(1)
				case a.Passage.Reason == "used":
					used.Add(1)
				}
			})
		}
		wait.Wait()
		if admitted.Load() != 1 || used.Load() != 7 {
			t.Fatalf("%d admitted, %d used", admitted.Load(), used.Load())
		}
	}
}

func TestScanByARevokedDevice(t *testing.T) {
	g := testkit.NewGatehouse(t)
	for _, caller := range []*model.Caller{nil, {Kind: model.CallerPerson, AccountID: g.ID()}, {Kind: model.CallerDevice, AccountID: g.ID()}} {
		_, err := g.Gates.Scan(t.Context(), caller, service.Scan{ScanID: "scan-0001", Code: "x", Direction: admission.In, ScannedAt: g.Clock.Now()})
		if model.CodeOf(err) != model.CodeUnauthenticated {
			t.Errorf("%+v: %v", caller, err)
		}
	}
}

func TestScanIsJudgedByTheDevicesCorrectedClock(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	// The device is 100 s ahead and has said so; it scanned 40 s ago.
	if _, err := g.Gates.Heartbeat(t.Context(), reader, service.Heartbeat{DeviceTime: g.Clock.Now().Add(100 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	code := g.Code(t, pass, g.Clock.Now())
	scanned := g.Clock.Now().Add(100 * time.Second)
	g.Clock.Advance(90 * time.Second)
	a, err := g.Gates.Scan(t.Context(), reader, service.Scan{ScanID: "scan-0001", Code: code, Direction: admission.In, ScannedAt: scanned})
	if err != nil || a.Passage.Reason != "ok" {
		t.Fatalf("%s, %v", a.Passage.Reason, err)
	}
}

func TestOutcomeHappensOnce(t *testing.T) {
	g := testkit.NewGatehouse(t)
	reader, other := g.Reader(t, g.Garden.Entrance), g.Reader(t, g.Garden.Back)
	pass := g.Pass(t, g.Garden, g.Person(t, "张三", "13800000001"))
	id := g.Scan(t, reader, g.Code(t, pass, g.Clock.Now()), admission.In).Passage.ID
	if _, err := g.Gates.SetOutcome(t.Context(), other, id, "passed"); !model.IsNotFound(err) {
		t.Errorf("another device's passage: %v", err)
	}
	for range 2 {
		if p, err := g.Gates.SetOutcome(t.Context(), reader, id, "passed"); err != nil || p.Outcome != "passed" {
			t.Errorf("%+v, %v", p, err)
		}
	}
	if _, err := g.Gates.SetOutcome(t.Context(), reader, id, "annulled"); model.CodeOf(err) != model.CodeStateChanged {
		t.Errorf("a second outcome: %v", err)
	}
	if _, err := g.Gates.SetOutcome(t.Context(), reader, strings.Repeat("0", 26), "passed"); !model.IsNotFound(err) {
		t.Errorf("an unknown passage: %v", err)
	}
}
