package chaos_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/testkit"
)

// holdsWithin is how soon a change made through one replica holds at the other.
const holdsWithin = time.Second

// replicas are two processes on one database, and one clock for both and the gates.
type replicas struct {
	*world
	other *world
	clock *model.MovableClock
	a, b  []gate
	// shown is the code that present shows.
	shown string
}

// newReplicas starts a second process with a copy of the first one's folder.
func newReplicas(t *testing.T) *replicas {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	first := newWorld(t, t.TempDir(), mysqlServer(t))
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(first.data)); err != nil {
		t.Fatal(err)
	}
	second := &world{t: t, data: copied, dsn: first.dsn, listen: testkit.FreePort(t), book: first.book,
		property: first.property, recipientID: first.recipientID}
	second.start()
	r := &replicas{world: first, other: second, clock: model.NewMovableClock(nil)}
	r.a, r.b = first.gates(simulator.Options{Clock: r.clock}), second.gates(simulator.Options{Clock: r.clock})
	return r
}

// TestReplicasRace: the same code at two gates, each at its own replica, in the same
// moment: one is let in.
func TestReplicasRace(t *testing.T) {
	r := newReplicas(t)
	admitted, races := 0, times(t, "CHAOS_RACES", 100)
	for raced := 0; raced < races; {
		for _, name := range r.residents() {
			code, err := r.code(name)
			if err != nil {
				t.Fatal(err)
			}
			for i := range r.a {
				for _, direction := range r.a[i].directions {
					raced++
					admitted += r.race(i, code, direction)
				}
			}
		}
		r.nextWindow()
	}
	if admitted < races {
		t.Errorf("%d of %d races had a winner", admitted, races)
	}
	t.Logf("%d admissions, one each", admitted)
	r.obey()
	if moreThanOnce := r.repeated(); moreThanOnce > 0 {
		t.Errorf("%d events were sent more than once, though nothing failed", moreThanOnce)
	}
	r.other.program.Stop(t)
	r.sealed()
}

// race shows a code to the same gate's two replicas at once and gives the number of
// admissions.
func (r *replicas) race(i int, code string, direction wire.Direction) int {
	r.t.Helper()
	var wait sync.WaitGroup
	both := []entry{{gate: r.a[i], scan: r.a[i].NewScan(code, direction, 0)}, {gate: r.b[i], scan: r.b[i].NewScan(code, direction, 0)}}
	gun := make(chan struct{})
	for n := range both {
		wait.Go(func() {
			<-gun
			var err error
			if both[n].answer, err = both[n].gate.Record(context.Background(), both[n].scan); err != nil {
				r.t.Error(err)
				return
			}
			r.book.enter(both[n], nil, 0)
		})
	}
	close(gun)
	wait.Wait()
	won := 0
	for _, e := range both {
		switch {
		case e.answer.Decision == wire.Admit:
			won++
		case e.answer.Reason != "used":
			r.t.Errorf("the loser is told %s (%s)", e.answer.Decision, e.answer.Reason)
		}
	}
	if won != 1 {
		r.t.Errorf("%d of two gates let in", won)
	}
	return won
}

// nextWindow moves everybody's clock to codes that nobody has used.
func (r *replicas) nextWindow() {
	r.advance(30 * time.Second)
	r.other.advance(30 * time.Second)
	r.clock.Advance(30 * time.Second)
}

// repeated counts events that arrived more than once.
func (r *replicas) repeated() (n int) {
	for _, e := range r.property.Received() {
		if e.Deliveries > 1 {
			n++
		}
	}
	return n
}

// TestReplicasRevoke: what is withdrawn through one replica is refused at the other.
func TestReplicasRevoke(t *testing.T) {
	r := newReplicas(t)
	door := r.b[len(r.b)-1]
	name := "李雷"
	if got := r.present(door, name); got.Decision != wire.Admit {
		t.Fatalf("%s is told %s (%s) to begin with", name, got.Decision, got.Reason)
	}
	reason := wire.ReasonRequest{Reason: "故障演练"}
	ask[wire.Residency](r.world, http.MethodPost, "/v1/communities/"+r.community()+"/residencies/"+r.residency(name)+"/end", r.staff(), reason)
	r.within(t, "a residency that ended", func() bool {
		// The code was shown before: only a pass that is known to have ended answers otherwise.
		got := r.present(door, name)
		return got.Decision != wire.Admit && got.Reason != "used"
	})
	ask[wire.Device](r.world, http.MethodPost, "/v1/communities/"+r.community()+"/devices/"+r.device(door.id)+"/revoke", r.staff(), reason)
	r.within(t, "a device that was revoked", func() bool {
		_, err := door.Scan(context.Background(), "NOBODY", wire.DirectionIn, 0)
		var p *simulator.Problem
		return errors.As(err, &p) && p.Status == http.StatusUnauthorized
	})
}

// present shows a resident's code, fetched before it was withdrawn.
func (r *replicas) present(g gate, name string) wire.ScanDecision {
	r.t.Helper()
	if r.shown == "" {
		var err error
		if r.shown, err = r.code(name); err != nil {
			r.t.Fatal(err)
		}
	}
	got, err := g.Scan(context.Background(), r.shown, wire.DirectionIn, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

// within insists that something holds soon, and says how soon.
func (r *replicas) within(t *testing.T, what string, holds func() bool) {
	t.Helper()
	begun := time.Now()
	for !holds() {
		if time.Since(begun) > 5*holdsWithin {
			t.Fatalf("%s: still good at the other replica after %v", what, time.Since(begun))
		}
		_ = model.Wait(context.Background(), 10*time.Millisecond)
	}
	took := time.Since(begun)
	t.Logf("%s: refused at the other replica after %v", what, took)
	if took > holdsWithin {
		t.Errorf("%s: %v", what, took)
	}
}

func (r *replicas) residency(name string) string {
	r.t.Helper()
	person := r.demo().People[name].PersonID
	for _, one := range ask[wire.ResidencyList](r.world, http.MethodGet, "/v1/communities/"+r.community()+"/residencies?limit=200", r.staff(), nil).Items {
		if one.PersonId == person {
			return one.Id
		}
	}
	r.t.Fatalf("%s has no residency", name)
	return ""
}

func (r *replicas) device(gateID string) string {
	r.t.Helper()
	for _, one := range ask[wire.DeviceList](r.world, http.MethodGet, "/v1/communities/"+r.community()+"/devices?limit=200", r.staff(), nil).Items {
		if one.GateId == gateID {
			return one.Id
		}
	}
	r.t.Fatalf("gate %s has no device", gateID)
	return ""
}
