package house_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"

	mqtt3 "github.com/eclipse/paho.mqtt.golang"
)

const cameraSerial = "fe71e106-57263272"

// camera is a plate camera that speaks MQTT 3.1.1.
type camera struct {
	mqtt3.Client
	rig    *rig
	prefix string
	orders chan cameraOrder
}

type cameraOrder struct {
	name string
	ID   string
	SN   string
	Body map[string]any
}

// watch connects the camera, which answers every order with the code.
func (r *rig) watch(t *testing.T, code int) *camera {
	t.Helper()
	c := &camera{rig: r, orders: make(chan cameraOrder, 20)}
	if r.prefixed {
		c.prefix = r.camera.Login.TopicPrefix
	}
	c.Client = mqtt3.NewClient(r.options(*r.camera.Login))
	if token := c.Connect(); !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		t.Fatal("not connected: ", token.Error())
	}
	t.Cleanup(func() { c.Disconnect(10) })
	down := c.prefix + "device/" + cameraSerial + "/message/down/"
	token := c.Subscribe(down+"#", 1, func(_ mqtt3.Client, m mqtt3.Message) {
		if strings.HasSuffix(m.Topic(), "/reply") {
			return
		}
		var told struct {
			ID, SN  string
			Payload struct{ Body map[string]any }
		}
		if err := json.Unmarshal(m.Payload(), &told); err != nil || m.Retained() {
			t.Errorf("%s: %v", m.Topic(), err)
		}
		c.orders <- cameraOrder{strings.TrimPrefix(m.Topic(), down), told.ID, told.SN, told.Payload.Body}
		c.Publish(m.Topic()+"/reply", 1, false, fmt.Appendf(nil, `{"code":%d,"id":%q,"sn":%q,"payload":null}`, code, told.ID, cameraSerial))
	})
	if !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		t.Fatal("not subscribed: ", token.Error())
	}
	return c
}

// sees publishes a vehicle.
func (c *camera) sees(t *testing.T, plate string, number int, at time.Time, offline int) {
	t.Helper()
	text := fmt.Appendf(nil, `{"id":"v%d","sn":%q,"name":"ivs_result","version":"1.0","timestamp":%d,"payload":{"AlarmInfoPlate":{"serialno":%q,"result":{"PlateResult":{"license":%q,"plateid":%d,"isoffline":%d,"timeStamp":{"Timeval":{"sec":%d}}}}}}}`,
		number, cameraSerial, at.Unix(), cameraSerial, plate, number, offline, at.Unix())
	if token := c.Publish(c.prefix+"device/"+cameraSerial+"/message/up/ivs_result", 1, false, text); !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		t.Fatal("not published: ", token.Error())
	}
}

// parks gives a home a vehicle; whoever lives there has a pass.
func (r *rig) parks(t *testing.T, plate string) {
	t.Helper()
	caller := r.livesAt(t, "1503")
	lives, err := r.Store.View(t.Context()).ResidenciesOfPerson(caller.PersonID, model.ResidencyActive, 2)
	if err != nil || len(lives) != 1 {
		t.Fatal(lives, err)
	}
	r.Update(t, func(tx *store.Tx) error {
		return tx.AddPlates([]model.HouseholdPlate{{ID: r.ID(), CommunityID: r.Garden.ID, HouseholdID: lives[0].HouseholdID, Plate: plate, CreatedAt: model.Millis(r.Clock.Now())}})
	})
}

// A camera on a broker: what is admitted opens by one order, and what is not, what is told
// twice, late or afterwards opens nothing. Staff open and speak by it.
func TestABarrierIsOpenedByItsCameraOnABroker(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		r.parks(t, "京AD06888")
		commands := r.house.Services.Commands
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { commands.Run(ctx) })
		defer func() { stop(); all.Wait() }()
		c := r.watch(t, 200)
		now := r.Clock.Now()
		plates := func() int {
			found, err := r.house.Services.Intake.Events(t.Context(), r.Manager(r.Garden), r.Garden.ID, service.DeviceEventFilter{DeviceID: r.camera.Device.ID}, service.Page{})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, e := range found.Items {
				if e.Kind == model.DevicePlate {
					n++
				}
			}
			return n
		}
		next := func() (o cameraOrder) {
			t.Helper()
			select {
			case o = <-c.orders:
			case <-time.After(30 * time.Second):
				t.Fatal("no order came")
			}
			return o
		}

		c.sees(t, "沪A99999", 1, now, 0)
		c.sees(t, "京AD06888", 2, now.Add(-2*time.Minute), 0)
		c.sees(t, "京AD06888", 3, now, 1)
		soon(t, "three are kept", func() bool { return plates() == 3 })
		c.sees(t, "京AD06888", 4, now, 0)
		c.sees(t, "京AD06888", 4, now, 0)
		if o := next(); o.name != "gpio_out" || o.SN != cameraSerial || o.Body["io"] != 0.0 || o.Body["value"] != 2.0 {
			t.Errorf("the order is %+v", o)
		}
		soon(t, "four are kept", func() bool { return plates() == 4 })
		listed := func() []model.DeviceCommand {
			list, err := commands.List(t.Context(), r.Manager(r.Garden), r.Garden.ID, service.CommandFilter{DeviceID: r.camera.Device.ID}, service.Page{})
			if err != nil {
				t.Fatal(err)
			}
			return list.Items
		}
		soon(t, "the order is done", func() bool { l := listed(); return len(l) > 0 && l[0].State == model.CommandDone })
		if l := listed(); len(l) != 1 || l[0].AnswerCode != "200" {
			t.Errorf("the orders are %+v", l)
		}

		guard := r.StaffCaller(model.RoleGuard, model.ScopeCommunity, r.Garden.ID)
		if got, err := commands.Open(t.Context(), guard, r.camera.Device.GateID, service.Opening{Reason: "访客", Door: 2}); err != nil || got.State != model.CommandDone {
			t.Errorf("staff open: %+v, %v", got, err)
		} else if o := next(); o.name != "gpio_out" || o.Body["io"] != 1.0 {
			t.Errorf("output 2 is %+v", o)
		}
		if got, err := commands.Say(t.Context(), guard, r.camera.Device.GateID, service.Saying{Text: "请稍等", Reason: "访客"}); err != nil || got.Kind != model.CommandVoice {
			t.Errorf("staff speak: %+v, %v", got, err)
		} else if o := next(); o.name != "tts_voice" {
			t.Errorf("what is said is %+v", o)
		}
		if len(c.orders) != 0 {
			t.Errorf("%d orders too many", len(c.orders))
		}
	})
}

// What the camera refuses is no success.
func TestACameraThatRefuses(t *testing.T) {
	r := newEmbedded(t)
	commands := r.house.Services.Commands
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { commands.Run(ctx) })
	defer func() { stop(); all.Wait() }()
	r.watch(t, 400)
	guard := r.StaffCaller(model.RoleGuard, model.ScopeCommunity, r.Garden.ID)
	got, err := commands.Open(t.Context(), guard, r.camera.Device.GateID, service.Opening{Reason: "访客"})
	if model.CodeOf(err) != model.CodeCommandFailed || got.AnswerCode != "400" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A camera that polls is given an order at once, and once. It says nothing of it, so
// that staff are told that nothing was heard.
func TestACameraThatPollsIsTold(t *testing.T) {
	r := newEmbedded(t)
	made, err := r.house.Services.Devices.Register(t.Context(), r.Manager(r.Garden), r.Garden.ID,
		service.NewVendorDevice{GateID: r.camera.Device.GateID, Name: "轮询相机", Protocol: "vzenith", Serial: "d85b"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r.house.Devices)
	t.Cleanup(server.Close)
	poll := func() string {
		t.Helper()
		answer, err := http.PostForm(server.URL+made.Path+"/comet", url.Values{"serialno": {"d85b"}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(answer.StatusCode, err)
		}
		return string(text)
	}
	guard := r.StaffCaller(model.RoleGuard, model.ScopeCommunity, r.Garden.ID)
	type outcome struct {
		c   model.DeviceCommand
		err error
	}
	ended := make(chan outcome, 1)
	go func() {
		c, err := r.house.Services.Commands.Open(t.Context(), guard, made.Device.GateID, service.Opening{Reason: "访客", DeviceID: made.Device.ID})
		ended <- outcome{c, err}
	}()
	soon(t, "the order is fetched", func() bool { return strings.Contains(poll(), `"ivs_ioctrl":{"delay":500,"io":0,"value":2}`) })
	if again := poll(); strings.Contains(again, "ivs_ioctrl") {
		t.Errorf("it is told twice: %s", again)
	}
	r.Clock.Advance(6 * time.Second)
	if o := <-ended; model.CodeOf(o.err) != model.CodeCommandExpired || o.c.AnswerCode != model.AnswerNone {
		t.Errorf("%+v, %v", o.c, o.err)
	}
}
