package service

import (
	"context"
	"strconv"
	"sync"

	"communitypass.cn/communitypass/model"
)

// gateNewsKept is how many changes a replica remembers for its streams to gates; who
// was slower than that is told to fetch the bundle.
const gateNewsKept = 2048

// gateNews are the changes that gates want to hear of, as the feed brought them.
type gateNews struct {
	mu    sync.Mutex
	lines []model.Change
	// first is the number of the oldest line that is remembered.
	first int64
}

func (n *gateNews) add(all []model.Change) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, all...)
	if over := len(n.lines) - gateNewsKept; over > 0 {
		n.lines = append([]model.Change(nil), n.lines[over:]...)
		n.first += int64(over)
	}
}

// lost makes every stream tell its gate to fetch the bundle.
func (n *gateNews) lost() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.first += int64(len(n.lines)) + gateNewsKept
	n.lines = nil
}

// after gives the lines from a number on, and where to go on; missed says that some
// were forgotten.
func (n *gateNews) after(from int64) (lines []model.Change, next int64, missed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	next = n.first + int64(len(n.lines))
	if from < n.first {
		return nil, next, true
	}
	return append([]model.Change(nil), n.lines[from-n.first:]...), next, false
}

// GateEvent is what a gate is told as it happens.
type GateEvent struct {
	// Name is revoked, with the numbers of Passes, or bundle: there may be a newer one.
	Name   string
	Passes []uint64
}

// GateTail follows what happens for one gate device, in one goroutine.
type GateTail struct {
	gates  *Gates
	caller *model.Caller
	next   int64
}

// Follow begins with what happens from now on: what was before is in the bundle.
func (g *Gates) Follow(caller *model.Caller) *GateTail {
	_, next, _ := g.Directory.news.after(0)
	return &GateTail{gates: g, caller: caller, next: next}
}

// Next gives what is new. A device that was revoked meanwhile is unauthenticated.
func (t *GateTail) Next(ctx context.Context) ([]GateEvent, error) {
	dev, err := t.gates.device(t.caller)
	if err != nil {
		return nil, err
	}
	lines, next, missed := t.gates.Directory.news.after(t.next)
	revoked, stale := []uint64(nil), missed
	for _, c := range lines {
		if c.CommunityID != "" && c.CommunityID != dev.CommunityID {
			continue
		}
		switch c.Kind {
		case model.ChangePass:
			withdrawn, err := t.withdrawn(ctx, dev, c.Ref)
			if err != nil {
				return nil, err
			}
			if withdrawn != 0 {
				revoked = append(revoked, withdrawn)
			}
			stale = true
		case model.ChangeDevice:
			other, ok := t.gates.Directory.Device(c.Ref)
			stale = stale || ok && other.Profile == profileAgent && other.ID != dev.ID
		case model.ChangeGate, model.ChangeCommunity, model.ChangeKeys, model.ChangeEmergency:
			stale = true
		}
	}
	t.next = next
	var out []GateEvent
	if len(revoked) > 0 {
		out = append(out, GateEvent{Name: "revoked", Passes: revoked})
	}
	if stale {
		out = append(out, GateEvent{Name: "bundle"})
	}
	return out, nil
}

// withdrawn is the number of a changed pass when it is no longer good, else 0.
func (t *GateTail) withdrawn(ctx context.Context, dev *DeviceView, ref string) (uint64, error) {
	number, err := strconv.ParseUint(ref, 10, 64)
	if err != nil {
		return 0, nil
	}
	pass, err := t.gates.genuinePass(ctx, dev.CommunityID, true, number)
	if err != nil || pass == nil || pass.State != model.PassWithdrawn {
		return 0, err
	}
	return number, nil
}
