package testkit

import (
	"context"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// Gatehouse is a House whose gates work: a recorder runs, and codes can be made.
type Gatehouse struct {
	*House
	Gates    *service.Gates
	Recorder *store.Recorder
}

// NewGatehouse builds one; its recorder stops with the test.
func NewGatehouse(t testing.TB) *Gatehouse {
	t.Helper()
	h := NewHouse(t)
	g := &Gatehouse{House: h, Recorder: store.NewRecorder(h.Store)}
	g.Gates = service.NewGates(h.Deps, g.Recorder)
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { g.Recorder.Run(ctx) })
	t.Cleanup(func() {
		stop()
		done.Wait()
	})
	return g
}

// Reader enrols a device at a gate and is its caller.
func (g *Gatehouse) Reader(t testing.TB, gate model.Gate) *model.Caller {
	t.Helper()
	d, _ := g.Device(t, gate)
	return &model.Caller{Kind: model.CallerDevice, AccountID: d.ID, Device: &d}
}

// Code signs a pass's code of the window at an instant.
func (g *Gatehouse) Code(t testing.TB, p model.Pass, at time.Time) string {
	t.Helper()
	key, ok := g.Directory.Ring().PassSigner(p.CommunityID)
	if !ok {
		t.Fatal("no key signs for the community")
	}
	signer, err := passcode.NewSigner(key.Private())
	if err != nil {
		t.Fatal(err)
	}
	community, _ := g.Directory.Community(p.CommunityID)
	code, err := signer.Sign(passcode.Header{Format: passcode.Rotating, Kind: passcode.Resident, Key: key.Number,
		Community: community.Number, Pass: p.Number, Group: p.AccessGroup, Window: passcode.WindowAt(at)})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// Scan shows a code, with a scan id of its own, at the house's time.
func (g *Gatehouse) Scan(t testing.TB, reader *model.Caller, code string, d admission.Direction) service.ScanAnswer {
	t.Helper()
	answer, err := g.Gates.Scan(context.Background(), reader, service.Scan{ScanID: g.ID(), Code: code, Direction: d, ScannedAt: g.Clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
