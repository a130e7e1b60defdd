package service_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// twin is a replica of its own: another store, memory and recorder on one database.
type twin struct {
	deps  service.Deps
	gates *service.Gates
	feed  *service.Feed
}

func (w *ward) twin(t *testing.T) *twin {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{DSN: w.DSN}, w.Clock)
	if err != nil {
		t.Fatal(err)
	}
	r := &twin{deps: w.Deps}
	r.deps.Store, r.deps.Directory = s, service.NewDirectory(s, w.Master)
	recorder := store.NewRecorder(s)
	r.gates = service.NewGates(r.deps, recorder)
	if r.feed, err = service.NewFeed(t.Context(), r.deps); err == nil {
		err = r.deps.Directory.Load(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { recorder.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		_ = s.Close()
	})
	return r
}

// An emergency ends while two replicas take temperatures: no scan fails, no reading
// outlives it, none is written afterwards, both forget the key, and the chain holds.
func TestAnEmergencyEndsWhileGatesMeasure(t *testing.T) {
	w := newWard(t)
	const people = 24
	var codes []string
	for i := range people {
		codes = append(codes, w.Code(t, w.tenant(t, w.Garden, "1", fmt.Sprint(100+i), true).pass, w.Clock.Now()))
	}
	late := w.tenant(t, w.Garden, "2", "101", true)
	lateCode := w.Code(t, late.pass, w.Clock.Now())
	e := w.on(t, w.order(7))
	other := w.twin(t)
	replicas := []*service.Gates{w.Gates, other.gates}
	scan := func(g *service.Gates, id, code string, d admission.Direction) {
		_, err := g.Scan(context.Background(), w.reader, service.Scan{ScanID: id, Code: code, Direction: d, ScannedAt: w.Clock.Now(), TemperatureTenths: 385})
		if err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	var wait, polling sync.WaitGroup
	var done atomic.Int32
	over := make(chan struct{})
	polling.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				if err := other.feed.Poll(context.Background()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	half := make(chan struct{})
	for i, code := range codes {
		wait.Go(func() {
			for j, d := range []admission.Direction{admission.In, admission.Out} {
				scan(replicas[(i+j)%2], fmt.Sprintf("scan-%d-%d", i, j), code, d)
				if done.Add(1) == people {
					close(half)
				}
			}
		})
	}
	wait.Go(func() {
		<-half
		if _, err := w.emergencies.End(context.Background(), w.first, e.ID, "已平息"); err != nil {
			t.Error(err)
		}
	})
	wait.Wait()
	close(over)
	polling.Wait()
	before := w.count(t, "SELECT COUNT(*) FROM temperature_readings")
	if before == 0 || before > 2*people {
		t.Errorf("%d readings were taken", before)
	}
	scan(other.gates, "before-the-feed", lateCode, admission.In) // whatever this replica has heard
	if err := other.feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	scan(w.Gates, "late-here", lateCode, admission.Out)
	if n := w.count(t, "SELECT COUNT(*) FROM temperature_readings"); n != before {
		t.Errorf("%d readings after the end", n-before)
	}
	for i, s := range []*store.Store{w.Store, other.deps.Store} {
		if _, err := s.SealReading(t.Context(), e.ID, 370); !model.IsNotFound(err) {
			t.Errorf("replica %d has kept the key: %v", i, err)
		}
	}
	if n, err := w.emergencies.Destroy(t.Context(), store.Lease{}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if n := w.count(t, "SELECT destroyed FROM emergency_destructions WHERE kind = 'temperature_readings'"); n != before {
		t.Errorf("%d readings are certified of %d", n, before)
	}
	w.Clock.Advance(time.Minute)
	for _, d := range []service.Deps{w.Deps, other.deps} {
		sealer := service.NewSealer(d, 0)
		mustDo[int](t)(sealer.Seal(t.Context()))
		if report := mustDo[service.VerifyReport](t)(sealer.Verify(t.Context(), nil)); report.Break != nil || report.Passages != 2*people+2 {
			t.Errorf("the chain says %+v", report)
		}
	}
}
