package service_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// keeper is a controller that remembers records and tells some of them.
type keeper struct {
	mu      sync.Mutex
	tells   [][]int64 // by connection
	kept    []int64
	asked   [][2]int64
	streams int
	open    int
	most    int
	ended   chan struct{}
}

func told(record int64) service.DeviceTold {
	return service.DeviceTold{Record: record, Events: []model.DeviceEvent{{Kind: model.DeviceCode, State: "admitted", Native: "5/0x01", Key: "acs:" + string(rune('a'+record))}}}
}

func (k *keeper) Listen(ctx context.Context, _ *model.Device, _ model.DeviceContact, begun func() error, hear func(service.DeviceTold) error) error {
	k.mu.Lock()
	n := k.streams
	k.streams++
	k.open++
	k.most = max(k.most, k.open)
	k.mu.Unlock()
	defer func() { k.mu.Lock(); k.open--; k.mu.Unlock() }()
	if err := begun(); err != nil {
		return err
	}
	if n >= len(k.tells) {
		k.mu.Lock()
		if n == len(k.tells) {
			close(k.ended)
		}
		k.mu.Unlock()
		<-ctx.Done()
		return ctx.Err()
	}
	for _, record := range k.tells[n] {
		if err := hear(told(record)); err != nil {
			return err
		}
	}
	return errors.New("cut")
}

func (k *keeper) Missed(_ context.Context, _ *model.Device, _ model.DeviceContact, from, until int64, hear func(service.DeviceTold) error) error {
	k.mu.Lock()
	k.asked = append(k.asked, [2]int64{from, until})
	k.mu.Unlock()
	for _, record := range k.kept {
		if record >= from && (until == 0 || record <= until) {
			if err := hear(told(record)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Two replicas, a gap in the stream, and one between two streams: everything is stored
// once, and one replica listens.
func TestGapsAreFilled(t *testing.T) {
	h := testkit.NewHouse(t)
	dev := openable(t, h, model.ProtocolHikvision)
	devices := service.NewDevices(h.Deps, nil, publicURL).Calling(anyAddress)
	mustDo[model.Device](t)(devices.Set(t.Context(), h.Manager(h.Garden), h.Garden.ID, dev.ID, service.DeviceSettings{Address: "http://192.168.1.64", Pull: true}))
	k := &keeper{tells: [][]int64{{5, 6, 9}}, kept: []int64{4, 5, 6, 7, 8, 9, 10, 11}, ended: make(chan struct{})}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	var all sync.WaitGroup
	for range 2 {
		l := service.NewListening(h.Deps, service.NewIntake(h.Deps, nil), k, h.ID())
		all.Go(func() { l.Run(ctx) })
	}
	select {
	case <-k.ended:
	case <-ctx.Done():
		t.Fatal("nobody listened again")
	}
	stop()
	all.Wait()
	if want := [][2]int64{{7, 8}, {10, 0}}; !slices.Equal(k.asked, want) || k.most != 1 {
		t.Errorf("asked for %v, want %v; %d streams at once", k.asked, want, k.most)
	}
	events := mustDo[[]model.DeviceEvent](t)(h.Store.View(t.Context()).DeviceEvents(h.Garden.ID, store.DeviceEventFilter{Kind: model.DeviceCode}, "", 50))
	now := mustDo[model.Device](t)(h.Store.View(t.Context()).Device(h.Garden.ID, dev.ID))
	if len(events) != 7 || now.LastRecord != 11 || now.LastSeenAt == 0 {
		t.Errorf("%d events, the last record %d, seen at %d", len(events), now.LastRecord, now.LastSeenAt)
	}
}
