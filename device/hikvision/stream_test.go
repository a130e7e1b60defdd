package hikvision_test

import (
	"errors"
	"fmt"
	"testing"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/hikvision"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

var errEnough = errors.New("enough")

func happened(serial int64) simulator.HikvisionRecord {
	return simulator.HikvisionRecord{Major: 5, Minor: 1, Time: noonText, CardNo: "123456", SerialNo: serial, DoorNo: 1}
}

// The stream comes in pieces of any length; what can be asked there opens nothing.
func TestStream(t *testing.T) {
	sim, to := controller(t, "SHA-256")
	l := hikvision.NewListener(device.NewCaller(here), hikvision.New(), model.FrozenClock(noon))
	var records []int64
	kinds := map[model.DeviceEventKind]int{}
	err := l.Listen(t.Context(), &model.Device{ID: "D1"}, to, func() error {
		sim.Says(`{"eventType":"videoloss","eventState":"inactive","dateTime":"` + noonText + `"}`)
		for n := range int64(40) {
			sim.Happens(happened(n+1), false)
		}
		sim.Says("no document")
		sim.Says(acs(`"majorEventType":5,"subEventType":1,"remoteCheck":true,"serialNo":41,"QRCodeInfo":"CODE"`))
		return nil
	}, func(m hikvision.Told) error {
		for _, e := range m.Events {
			kinds[e.Kind]++
			if e.Live {
				t.Error("a question on the stream is taken for one that is asked")
			}
		}
		if m.Clock != model.Millis(noon) {
			t.Errorf("the device's clock is %d", m.Clock)
		}
		if records = append(records, m.Record); m.Record == 41 {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) || len(records) != 42 || records[0] != 0 || records[40] != 40 || kinds[model.DeviceCode] != 41 {
		t.Errorf("%v: records %v, %v", err, records, kinds)
	}
}

func TestAStreamThatBreaks(t *testing.T) {
	sim, to := controller(t, "MD5")
	l := hikvision.NewListener(device.NewCaller(here), hikvision.New(), model.FrozenClock(noon))
	err := l.Listen(t.Context(), &model.Device{ID: "D1"}, to, func() error { sim.Drop(); return nil }, func(hikvision.Told) error { return nil })
	if !errors.Is(err, device.ErrNoAnswer) {
		t.Errorf("the stream ended with %v", err)
	}
	to.Password = "wrong"
	if err := l.Listen(t.Context(), &model.Device{ID: "D1"}, to, func() error { t.Error("begun"); return nil }, nil); err == nil {
		t.Error("a stranger listens")
	}
}

func TestWhatWasMissedIsToldByPages(t *testing.T) {
	sim, to := controller(t, "MD5")
	for n := range int64(9) {
		sim.Happens(happened(n+1), true)
	}
	l := hikvision.NewListener(device.NewCaller(here), hikvision.New(), model.FrozenClock(noon))
	for _, c := range []struct{ from, until, first, last int64 }{{3, 8, 3, 8}, {4, 0, 4, 9}, {10, 0, 0, 0}} {
		var got []int64
		keys := map[string]bool{}
		err := l.Missed(t.Context(), &model.Device{ID: "D1"}, to, c.from, c.until, func(m hikvision.Told) error {
			got = append(got, m.Record)
			e := m.Events[0]
			if keys[e.Key] = true; e.Live || e.Kind != model.DeviceCode || e.State != "admitted" || e.Detail["replay"] != "yes" || m.Clock != 0 {
				return fmt.Errorf("%+v at %d", e, m.Clock)
			}
			return nil
		})
		want := 0
		if c.last > 0 {
			want = int(c.last - c.first + 1)
		}
		if err != nil || len(got) != want || len(keys) != want || want > 0 && (got[0] != c.first || got[len(got)-1] != c.last) {
			t.Errorf("from %d to %d: %v, %v", c.from, c.until, got, err)
		}
	}
}
