package service_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// A device speaks now with one replica, now with another: whichever it told last
// what its clock shows, all judge by that.
func TestTheLatestClockIsKnownOnAllReplicas(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string][]time.Duration{
		"set right":    {0},
		"drifts apart": {101 * time.Second, 102 * time.Second, 103 * time.Second, 104 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := testkit.NewGatehouse(t)
			reader := g.Reader(t, g.Garden.Entrance)
			here, hereFeed := replica(t, g.House, g.Clock)
			there, thereFeed := replica(t, g.House, g.Clock)
			beat := func(at *service.Directory, by time.Duration) {
				d := g.Deps
				d.Directory = at
				if _, err := service.NewGates(d, g.Recorder).Heartbeat(t.Context(), reader, service.Heartbeat{DeviceTime: g.Clock.Now().Add(by)}); err != nil {
					t.Fatal(err)
				}
				for _, feed := range []*service.Feed{hereFeed, thereFeed} {
					if err := feed.Poll(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			beat(here, 100*time.Second)
			for _, by := range ahead {
				beat(there, by)
			}
			last := ahead[len(ahead)-1]
			for replica, d := range map[string]*service.Directory{"here": here, "there": there} {
				device, _ := d.Device(reader.AccountID)
				if got, known := d.ClockOffset(device); !known || (got-last).Abs() > 2*time.Second {
					t.Errorf("%s it is %v, known %v; the device said %v", replica, got, known, last)
				}
			}
		})
	}
}
