package service_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// replica is another server on the same database: its own memory and feed.
func replica(t *testing.T, h *testkit.House, clock model.Clock) (*service.Directory, *service.Feed) {
	t.Helper()
	d := h.Deps
	d.Clock, d.Directory = clock, service.NewDirectory(h.Store, h.Master)
	feed, err := service.NewFeed(t.Context(), d)
	if err == nil {
		err = d.Directory.Load(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return d.Directory, feed
}

// Lines of the feed are purged after an hour. A replica that was paused for longer
// must not go on with what it remembers.
func TestAReplicaThatWasAwayForLongStartsOver(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	pass := h.Pass(t, h.Garden, h.Person(t, "张三", "13800000001"))
	device, token := h.Device(t, h.Garden.Entrance)
	there, feed := replica(t, h, h.Clock)
	if p, err := there.Pass(t.Context(), pass.Number); err != nil || p.State != model.PassActive {
		t.Fatalf("%+v, %v", p, err)
	}
	h.Update(t, func(tx *store.Tx) error {
		if _, err := tx.WithdrawPasses(h.Garden.ID, pass.ResidencyID, "moved_out"); err != nil {
			return err
		}
		if _, err := tx.RevokeDevice(h.Garden.ID, device.ID); err != nil {
			return err
		}
		return tx.Changed(model.ChangeDevice, h.Garden.ID, device.ID)
	})
	h.Clock.Advance(2 * time.Hour)
	h.Update(t, func(tx *store.Tx) error {
		_, err := tx.PurgeExpired(store.ExpiringChanges, model.Millis(h.Clock.Now().Add(-time.Hour)), 100)
		return err
	})
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p, err := there.Pass(t.Context(), pass.Number); err != nil || p.State != model.PassWithdrawn {
		t.Errorf("the pass is %s, %v", p.State, err)
	}
	if _, ok := there.DeviceByToken(token); ok {
		t.Error("the revoked device is still let in")
	}
}

// cutter is a clock that ends a context once a session is known to have ended.
type cutter struct {
	model.Clock
	there   **service.Directory
	session string
	cut     context.CancelFunc
}

func (c cutter) Now() time.Time {
	if *c.there != nil && !(*c.there).SessionAlive(c.session) {
		c.cut()
	}
	return c.Clock.Now()
}

// A poll that breaks off between two pages has applied nothing of the first that
// asks for a load, so the next poll must.
func TestAPollThatBreaksOffIsRepeated(t *testing.T) {
	t.Parallel()
	const page = 500
	h := testkit.NewHouse(t)
	ctx, cut := context.WithCancel(t.Context())
	var there *service.Directory
	there, feed := replica(t, h, cutter{h.Clock, &there, "session-1", cut})
	gate := model.Gate{ID: h.ID(), CommunityID: h.Garden.ID, Name: "西门", Perimeter: "site", Kind: "entrance", Direction: "both",
		Fallback: "ask_guard", Passback: "off", CreatedAt: 1}
	h.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateGate(gate); err != nil {
			return err
		}
		for i := range page - 2 {
			if err := tx.Changed(model.ChangeGate, h.Garden.ID, fmt.Sprint(i)); err != nil {
				return err
			}
		}
		for _, session := range []string{"session-1", "session-2", "session-3"} {
			if err := tx.Changed(model.ChangeSession, "", session); err != nil {
				return err
			}
		}
		return nil
	})
	if err := feed.Poll(ctx); err == nil {
		t.Fatal("the first poll was not cut off")
	}
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := there.Gate(gate.ID); !ok {
		t.Error("the gate of the first page is not known")
	}
}
