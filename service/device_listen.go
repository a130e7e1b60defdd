package service

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// listenLease is how long a replica that has gone keeps others from listening.
	listenLease = 30 * time.Second
	listenRenew = 8 * time.Second
	// listenBeat is how often a replica looks for devices that nobody listens to.
	listenBeat = 5 * time.Second
	// listenersAtOnce bounds the open streams of a replica.
	listenersAtOnce = 500
	// firstPause doubles with each broken stream, up to longestPause.
	firstPause   = time.Second
	longestPause = time.Minute
	// restarted is how far a controller's count must fall back to have begun anew.
	restarted = 1000
)

// DeviceTold is what a device said on its stream, or had kept.
type DeviceTold struct {
	Serial   string
	Events   []model.DeviceEvent
	Clock    int64
	Software string
	// Record is the device's own count of the event, 0 when it has none.
	Record int64
}

// DeviceListener listens to devices that are called.
type DeviceListener interface {
	// Listen hands on what the device says until its stream breaks, ctx ends, or begun
	// or hear fails. begun is called once the device has answered.
	Listen(ctx context.Context, dev *model.Device, to model.DeviceContact, begun func() error, hear func(DeviceTold) error) error
	// Missed hands on what the device has kept under the numbers from one to another,
	// both included, in their order; until 0 is to the last.
	Missed(ctx context.Context, dev *model.Device, to model.DeviceContact, from, until int64, hear func(DeviceTold) error) error
}

// Listening listens to the streams of devices, each by one replica at a time.
type Listening struct {
	Deps
	intake   *Intake
	listener DeviceListener
	owner    string

	mu   sync.Mutex
	here map[string]bool
	all  sync.WaitGroup
}

// NewListening makes it; owner names the replica, unlike others.
func NewListening(d Deps, intake *Intake, listener DeviceListener, owner string) *Listening {
	return &Listening{Deps: d, intake: intake, listener: listener, owner: owner, here: map[string]bool{}}
}

// Run listens until ctx ends.
func (l *Listening) Run(ctx context.Context) {
	defer l.all.Wait()
	for {
		l.Look(ctx)
		if model.Wait(ctx, listenBeat) != nil {
			return
		}
	}
}

// Look begins to listen to devices that nobody listens to.
func (l *Listening) Look(ctx context.Context) {
	for _, dev := range l.Directory.Pulled() {
		if !l.begin(dev.ID) {
			continue
		}
		l.all.Go(func() {
			defer l.finish(dev.ID)
			l.attend(ctx, dev.ID)
		})
	}
}

func (l *Listening) begin(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.here[id] || len(l.here) >= listenersAtOnce {
		return false
	}
	l.here[id] = true
	return true
}

func (l *Listening) finish(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.here, id)
}

// attend listens to one device as long as the lease is this replica's and the device
// is to be listened to, with longer and longer pauses while it cannot be.
func (l *Listening) attend(ctx context.Context, id string) {
	lease, got, err := l.take(ctx, id)
	if err != nil || !got {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.all.Go(func() { l.renew(ctx, cancel, lease) })
	pause := firstPause
	for ctx.Err() == nil {
		dev, ok := l.Directory.pulled(id)
		if !ok {
			return
		}
		begun := l.Clock.Now()
		h := &hearing{l: l, dev: dev}
		err := h.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		if l.Clock.Now().Sub(begun) > longestPause {
			pause = firstPause
		}
		l.Log.Info("a device's stream ended", "device", id, "heard", h.parts, "cause", err)
		// Apart from each other, so that a switch that comes back is not overrun.
		if model.Wait(ctx, pause/2+rand.N(pause)) != nil {
			return
		}
		pause = min(2*pause, longestPause)
	}
}

func (l *Listening) take(ctx context.Context, id string) (lease store.Lease, got bool, err error) {
	err = l.Store.Update(ctx, func(tx *store.Tx) (err error) {
		lease, got, err = tx.TakeLease("hear:"+id, l.owner, model.Millis(l.Clock.Now().Add(listenLease)))
		return err
	})
	return lease, got, err
}

// renew keeps the lease, and ends the listening when it is lost or the device is
// called elsewhere or not at all any more.
func (l *Listening) renew(ctx context.Context, cancel context.CancelFunc, lease store.Lease) {
	defer cancel()
	id := lease.Name[len("hear:"):]
	before, ok := l.Directory.pulled(id)
	for ok && model.Wait(ctx, listenRenew) == nil {
		now, still := l.Directory.pulled(id)
		if !still || now.Address != before.Address {
			return
		}
		err := l.Store.Update(ctx, func(tx *store.Tx) error { return tx.RenewLease(lease, model.Millis(l.Clock.Now().Add(listenLease))) })
		if err != nil {
			return
		}
	}
}

// hearing is one connection to one device.
type hearing struct {
	l     *Listening
	dev   *DeviceView
	to    model.DeviceContact
	last  int64
	parts int
	// filled are records that were asked for on this connection: the stream may tell
	// them too.
	filled map[int64]bool
}

func (h *hearing) listen(ctx context.Context) error {
	view := h.l.Store.View(ctx)
	stored, err := view.Device(h.dev.CommunityID, h.dev.ID)
	if err != nil {
		return err
	}
	if h.to, err = view.DeviceContact(h.dev.CommunityID, h.dev.ID); err != nil {
		return err
	}
	h.last, h.filled = stored.LastRecord, map[int64]bool{}
	return h.l.listener.Listen(ctx, &h.dev.Device, h.to, func() error {
		if err := h.l.intake.Heard(ctx, h.dev, 0, ""); err != nil {
			return err
		}
		return h.fill(ctx, 0)
	},
		func(told DeviceTold) error { return h.hear(ctx, told) })
}

// hear takes in what the stream says, after what was missed before it.
func (h *hearing) hear(ctx context.Context, told DeviceTold) error {
	h.parts++
	switch {
	case told.Record == 0:
		return h.keep(ctx, told)
	case h.filled[told.Record]:
		return nil
	case h.last > 0 && told.Record > h.last+1:
		if err := h.fill(ctx, told.Record-1); err != nil {
			return err
		}
	}
	if err := h.keep(ctx, told); err != nil {
		return err
	}
	return h.count(ctx, told.Record)
}

// fill asks for what follows the last record, to a record or to the end.
func (h *hearing) fill(ctx context.Context, until int64) error {
	if h.last == 0 {
		return nil // never heard: there is no gap
	}
	return h.l.listener.Missed(ctx, &h.dev.Device, h.to, h.last+1, until, func(told DeviceTold) error {
		if err := h.keep(ctx, told); err != nil {
			return err
		}
		h.filled[told.Record] = true
		return h.count(ctx, told.Record)
	})
}

func (h *hearing) keep(ctx context.Context, told DeviceTold) error {
	_, err := h.l.intake.Take(ctx, h.dev, told.Serial, told.Events)
	if err != nil && model.CodeOf(err) != model.CodeForbidden {
		return err
	}
	if err != nil {
		h.l.Log.Warn("a device calls itself by another name", "device", h.dev.ID)
		return nil
	}
	return h.l.intake.Heard(ctx, h.dev, told.Clock, told.Software)
}

// count remembers how far a device was heard. A count that falls far back has begun
// anew.
func (h *hearing) count(ctx context.Context, record int64) error {
	if record <= h.last && record > h.last-restarted {
		return nil
	}
	h.last = record
	return h.l.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetLastRecord(h.dev.CommunityID, h.dev.ID, record) })
}
