package house_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	seam "communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/hc"
	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/simulator"
)

// deaf is a carrier whose devices fetch their commands, and never do.
type deaf struct{}

func (deaf) Carries(*model.Device, model.CommandKind) bool { return true }

// What HC orders is done, refused or never fetched: HC hears it once each time, in the
// form of its results, also after it took nothing for a while; to a repeated order the
// door stays as it is. Nobody is told of what staff order.
func TestAPropertySystemHearsWhatBecameOfItsOrders(t *testing.T) {
	t.Parallel()
	o := newOutpost(t)
	door := &opener{}
	commands := service.NewCommands(o.Deps, map[string]service.CommandCarrier{"vguang": door, "vguang-hex": deaf{}})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); commands.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })

	devices := service.NewDevices(o.Deps, nil, "https://x.example", "vguang", "vguang-hex", model.ProtocolHC)
	made := func(in service.NewVendorDevice) service.Registered {
		in.GateID, in.Name = o.Garden.Entrance.ID, "某设备"
		r, err := devices.Register(t.Context(), o.Manager(o.Garden), o.Garden.ID, in)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	machine, silent := made(service.NewVendorDevice{Protocol: "vguang"}).Device.ID, made(service.NewVendorDevice{Protocol: "vguang-hex"}).Device.ID
	system := made(service.NewVendorDevice{Protocol: model.ProtocolHC, AppID: "app", Secret: "app-secret"})
	server := httptest.NewServer(&handler.Intake{Service: service.NewIntake(o.Deps, nil), Commands: commands, Log: o.Deps.Log,
		Dialects: map[string]seam.Dialect{model.ProtocolHC: hc.Dialect{}}})
	t.Cleanup(server.Close)
	doors := simulator.HCDoors{Address: server.URL + system.Path, AppID: "app", AppSecret: "app-secret", Client: http.DefaultClient}
	order := func(machine, task string) simulator.HCAnswer {
		t.Helper()
		a, err := doors.Open(t.Context(), machine, task)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}

	// Done; and the same task again hears the same and opens nothing.
	for range 2 {
		if a := order(machine, "task-done"); a.Code != 0 || door.pushed.Load() != 1 {
			t.Fatalf("%+v after %d pushes", a, door.pushed.Load())
		}
	}
	door.shut.Store(true)
	for range 2 {
		if a := order(machine, "task-refused"); a.Code != -1 || door.pushed.Load() != 2 {
			t.Errorf("%+v after %d pushes", a, door.pushed.Load())
		}
	}
	// What staff order is nobody else's business.
	if _, err := commands.Open(t.Context(), o.Manager(o.Garden), o.Garden.Entrance.ID, service.Opening{Reason: "test", DeviceID: machine}); err == nil {
		t.Error("a shut door was opened")
	}
	// Never fetched: the clock runs on, the sweep ends it.
	told := make(chan simulator.HCAnswer, 1)
	go func() {
		a, _ := doors.Open(ctx, silent, "task-silent")
		told <- a
	}()
	queued := func() bool {
		found, err := commands.List(t.Context(), o.Manager(o.Garden), o.Garden.ID, service.CommandFilter{DeviceID: silent}, service.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(found.Items) == 1
	}
	for !queued() {
		if err := model.Wait(t.Context(), 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	o.Clock.Advance(6 * time.Second)
	if a := <-told; a.Code != -1 {
		t.Errorf("%+v for what nobody fetched", a)
	}
	if _, err := commands.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}

	// HC takes nothing for a while; each result arrives once all the same.
	o.hc.Fail(3)
	for rounds := 0; o.hc.Failing() > 0 || waiting(t, o) > 0; rounds++ {
		if rounds > 60 {
			t.Fatalf("%d are still waiting", waiting(t, o))
		}
		if err := o.forwarder.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.Clock.Advance(time.Minute)
	}
	if n := o.hc.Failing(); n != 0 {
		t.Fatalf("%d did not fail", n)
	}
	got := map[string]map[string]string{}
	for _, c := range o.hc.Received() {
		if strings.HasPrefix(c.TaskID, "task-") {
			got[c.TaskID] = c.Fields
			if c.Deliveries != 1 {
				t.Errorf("%s came %d times", c.TaskID, c.Deliveries)
			}
		} else if c.Fields["code"] != "" {
			t.Errorf("a result of something that HC did not order: %v", c.Fields)
		}
	}
	for task, code := range map[string]string{"task-done": "0", "task-refused": "-1", "task-silent": "-1"} {
		f := got[task]
		if f["code"] != code || f["msg"] == "" || strings.Contains(f["msg"], "locked") || f["extCommunityId"] != o.Garden.ID || len(f) != 5 {
			t.Errorf("%s: %v", task, f)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d results", len(got))
	}
	// Another recipient hears what its policy lets out, of these three alone.
	results := 0
	for _, e := range o.events.Received() {
		if e.Type == model.EventCommandEnded {
			results++
		}
	}
	if results != 3 {
		t.Errorf("the other recipient heard of %d", results)
	}
}

// waiting is how much waits for HC.
func waiting(t *testing.T, o *outpost) int64 {
	t.Helper()
	r, err := o.recipients.Get(t.Context(), o.Manager(o.Garden), o.to[model.FormatHC].ID)
	if err != nil {
		t.Fatal(err)
	}
	return r.Waiting
}
