package service

import (
	"context"
	"strconv"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// heardStep is how often a replica writes that a device was heard.
	heardStep = 5 * time.Second
	// heardClock is how much a device's clock must move for that to be written at once.
	heardClock = 2 * time.Second
)

// heardLately is what a replica has last written of each device.
type heardLately struct {
	mu   sync.Mutex
	last map[string]model.Device
}

// due says whether what was heard is to be written, and remembers it as written.
func (h *heardLately) due(d model.Device) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last == nil {
		h.last = map[string]model.Device{}
	}
	before, known := h.last[d.ID]
	moved := d.ClockKnown && (!before.ClockKnown || absolute(d.ClockOffsetMs-before.ClockOffsetMs) >= heardClock.Milliseconds())
	news := d.Software != "" && d.Software != before.Software
	if known && !moved && !news && d.LastSeenAt-before.LastSeenAt < heardStep.Milliseconds() {
		return false
	}
	if !d.ClockKnown {
		d.ClockKnown, d.ClockOffsetMs = before.ClockKnown, before.ClockOffsetMs
	}
	if d.Software == "" {
		d.Software = before.Software
	}
	h.last[d.ID] = d
	return true
}

func absolute(n int64) int64 { return max(n, -n) }

// Heard keeps that a device was heard now, what its clock showed (Unix milliseconds, 0
// when it did not say) and its firmware, where it told. Of a device that says much,
// not every word is written.
func (i *Intake) Heard(ctx context.Context, dev *DeviceView, clock int64, software string) error {
	now := i.now()
	seen := model.Device{ID: dev.ID, CommunityID: dev.CommunityID, LastSeenAt: now, Software: software}
	if clock != 0 {
		seen.ClockKnown, seen.ClockOffsetMs = true, clock-now
	}
	if !i.heard.due(seen) {
		return nil
	}
	return i.Store.Update(ctx, func(tx *store.Tx) error { return tx.DeviceHeard(seen) })
}

// Watch finds devices that have fallen silent or come back, and says how many. Each
// change is stored once as an event and told to recipients in the same transaction.
func (s *Devices) Watch(ctx context.Context, lease store.Lease) (changes int, err error) {
	after := ""
	for {
		devices, err := s.Store.View(ctx).DevicesHeard(after, 500)
		if err != nil || len(devices) == 0 {
			return changes, err
		}
		for _, d := range devices {
			after = d.ID
			connection := s.connection(&d)
			if connection == d.Connection {
				continue
			}
			changed, err := s.connect(ctx, lease, d, connection)
			if err != nil {
				return changes, err
			}
			if changed {
				changes++
			}
		}
	}
}

// connection is how a device stands by what was last heard. One that may be silent for
// ever is never offline.
func (s *Devices) connection(d *model.Device) string {
	if silence := d.Silence(); silence > 0 && s.now()-d.LastSeenAt > silence {
		return model.ConnectionOffline
	}
	return model.ConnectionOnline
}

func (s *Devices) connect(ctx context.Context, lease store.Lease, d model.Device, connection string) (changed bool, err error) {
	now := s.Clock.Now()
	at := model.Millis(now)
	err = s.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if err := tx.HoldLease(lease); err != nil {
			return err
		}
		if changed, err = tx.SetConnection(d, connection); err != nil || !changed {
			return err
		}
		err = tx.CreateDeviceEvent(model.DeviceEvent{ID: model.NewID(now), CommunityID: d.CommunityID, DeviceID: d.ID, GateID: d.GateID,
			Key: "connection." + strconv.FormatInt(at, 10), Kind: model.DeviceStatus, State: connection, ReceivedAt: at, Native: "connection",
			Detail: map[string]string{"what": connection, "last_seen_ms": strconv.FormatInt(d.LastSeenAt, 10)}})
		if err != nil {
			return err
		}
		return s.emitStatus(tx, &d, connection, at)
	})
	return changed, err
}
