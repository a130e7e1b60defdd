package house_test

import (
	"context"
	"encoding/base64"
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
		// Asked to look again, it takes the order, and what it sees is a plate as any.
		if got, err := commands.Look(t.Context(), guard, r.camera.Device.GateID, "没认出", ""); err != nil || got.State != model.CommandDone {
			t.Errorf("staff have it look: %+v, %v", got, err)
		} else if o := next(); o.name != "ivs_trigger" {
			t.Errorf("to look again is %+v", o)
		}
		r.announces(t, r.camera.Device, model.Announcing{Voice: model.AnnouncePlate, Serial: []model.SerialFrame{{Decision: "refuse", Data: []byte{7, 8}}}})
		c.sees(t, "沪A99999", 5, now, 0)
		for _, want := range []string{`serial_data map[serialData:[map[data:Bwg= dataLen:2 serialChannel:0]]]`, `tts_voice map[voice_data:` + base64.StdEncoding.EncodeToString([]byte("沪A99999，请稍候，请联系门岗")) + ` voice_male:1 voice_volume:100]`} {
			if o := next(); o.name+" "+fmt.Sprint(o.Body) != want {
				t.Errorf("beside a refusal it is told %s %v, want %s", o.name, o.Body, want)
			}
		}
		if len(c.orders) != 0 {
			t.Errorf("%d orders too many", len(c.orders))
		}
	})
}

// announces sets what a camera says beside its answers.
func (r *rig) announces(t *testing.T, dev model.Device, a model.Announcing) {
	t.Helper()
	if _, err := r.house.Services.Devices.Set(t.Context(), r.Manager(r.Garden), r.Garden.ID, dev.ID, service.DeviceSettings{Announcing: a}); err != nil {
		t.Fatal(err)
	}
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

// pollingCamera is a plate camera that pushes and polls by HTTP.
type pollingCamera struct {
	*rig
	url  string
	made service.Registered
}

func (r *rig) polling(t *testing.T) *pollingCamera {
	t.Helper()
	made, err := r.house.Services.Devices.Register(t.Context(), r.Manager(r.Garden), r.Garden.ID,
		service.NewVendorDevice{GateID: r.camera.Device.GateID, Name: "轮询相机", Protocol: model.ProtocolVzenith, Serial: "d85b"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r.house.Devices)
	t.Cleanup(server.Close)
	return &pollingCamera{r, server.URL + made.Path, made}
}

func (c *pollingCamera) answered(t *testing.T, answer *http.Response, err error) string {
	t.Helper()
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

func (c *pollingCamera) polls(t *testing.T) string {
	t.Helper()
	answer, err := http.PostForm(c.url+"/comet", url.Values{"serialno": {"d85b"}})
	return c.answered(t, answer, err)
}

func (c *pollingCamera) sees(t *testing.T, plate string, number int) string {
	t.Helper()
	body := fmt.Sprintf(`{"AlarmInfoPlate":{"serialno":"d85b","result":{"PlateResult":{"license":%q,"plateid":%d,"isoffline":0,"triggerType":4,"timeStamp":{"Timeval":{"sec":%d}}}}}}`, plate, number, c.Clock.Now().Unix())
	answer, err := http.Post(c.url+"/devicemanagement/php/plateresult.php", "application/json", strings.NewReader(body))
	return c.answered(t, answer, err)
}

// ordered is how an order of staff ended.
type ordered struct {
	c   model.DeviceCommand
	err error
}

// while has staff order something, and gives its end.
func while(order func() (model.DeviceCommand, error)) <-chan ordered {
	ended := make(chan ordered, 1)
	go func() {
		c, err := order()
		ended <- ordered{c, err}
	}()
	return ended
}

// A camera that polls is given an order at once, and once. Polling again it shows that it
// has it; of what it did it says nothing, and neither do we.
func TestACameraThatPollsIsTold(t *testing.T) {
	r := newEmbedded(t)
	c := r.polling(t)
	commands, guard, gate := r.house.Services.Commands, r.StaffCaller(model.RoleGuard, model.ScopeCommunity, r.Garden.ID), c.made.Device.GateID
	for want, order := range map[string]func() (model.DeviceCommand, error){
		`"ivs_ioctrl":{"delay":500,"io":0,"value":2}`: func() (model.DeviceCommand, error) {
			return commands.Open(t.Context(), guard, gate, service.Opening{Reason: "访客", DeviceID: c.made.Device.ID})
		},
		`"type":"ps_voice_play","voice":"6K+356iN562J"`: func() (model.DeviceCommand, error) {
			return commands.Say(t.Context(), guard, gate, service.Saying{Text: "请稍等", Reason: "访客", DeviceID: c.made.Device.ID})
		},
		`"manualTrigger":"ok"`: func() (model.DeviceCommand, error) {
			return commands.Look(t.Context(), guard, gate, "没认出", c.made.Device.ID)
		},
	} {
		ended := while(order)
		soon(t, "the order is fetched", func() bool { return strings.Contains(c.polls(t), want) })
		if again := c.polls(t); strings.Contains(again, want) {
			t.Errorf("it is told twice: %s", again)
		}
		if o := <-ended; model.CodeOf(o.err) != model.CodeCommandUnconfirmed || o.c.State != model.CommandHandedOver || o.c.AnswerCode != model.AnswerHandedOver {
			t.Errorf("%s: %+v, %v", want, o.c, o.err)
		}
	}
	// One that takes an order and is not heard again may or may not have it.
	ended := while(func() (model.DeviceCommand, error) {
		return commands.Open(t.Context(), guard, gate, service.Opening{Reason: "访客", DeviceID: c.made.Device.ID})
	})
	soon(t, "the order is fetched", func() bool { return strings.Contains(c.polls(t), "ivs_ioctrl") })
	r.Clock.Advance(6 * time.Second)
	if o := <-ended; model.CodeOf(o.err) != model.CodeCommandExpired || o.c.AnswerCode != model.AnswerNone {
		t.Errorf("%+v, %v", o.c, o.err)
	}
	// An output that no camera has is not handed over.
	ended = while(func() (model.DeviceCommand, error) {
		return commands.Open(t.Context(), guard, gate, service.Opening{Reason: "访客", DeviceID: c.made.Device.ID, Door: 5})
	})
	var o ordered
	soon(t, "it is refused", func() bool {
		_ = c.polls(t)
		select {
		case o = <-ended:
			return true
		default:
			return false
		}
	})
	if model.CodeOf(o.err) != model.CodeCommandFailed || o.c.AnswerCode != model.AnswerUnsupported {
		t.Errorf("output 5: %+v, %v", o.c, o.err)
	}
}

// What a camera says and shows comes in the very answer that opens, or does not; and so
// does the wish that one which never polls looks again.
func TestACameraSpeaksInItsAnswer(t *testing.T) {
	r := newEmbedded(t)
	r.parks(t, "京AD06888")
	c := r.polling(t)
	if got := c.sees(t, "京AD06888", 1); got != `{"Response_AlarmInfoPlate":{"info":"ok","content":"retransfer_stop","is_pay":"false","serialData":[]}}` {
		t.Errorf("unasked it is told %s", got)
	}
	r.announces(t, c.made.Device, model.Announcing{Voice: model.AnnounceWords, Screen: model.AnnouncePlate, Serial: []model.SerialFrame{{Decision: "admit", Channel: 1, Data: []byte{0, 0x64}}}})
	b64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for plate, want := range map[string][]string{
		"京AD06888": {`"info":"ok"`, `"serialData":[{"serialChannel":1,"data":"AGQ=","dataLen":2}]`, `"voice":"` + b64("欢迎光临，请通行") + `"`, `"custom":["` + b64("京AD06888") + `","` + b64("欢迎光临，请通行") + `"]`},
		"沪A99999":  {`"info":"no"`, `"serialData":[]`, `"voice":"` + b64("请稍候，请联系门岗") + `"`, `"scene_name":"YnVzeV9oYWxm"`},
	} {
		got := c.sees(t, plate, 10+len(plate))
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s is answered %s, without %s", plate, got, part)
			}
		}
	}
	commands, guard := r.house.Services.Commands, r.StaffCaller(model.RoleGuard, model.ScopeCommunity, r.Garden.ID)
	ended := while(func() (model.DeviceCommand, error) {
		return commands.Look(t.Context(), guard, c.made.Device.GateID, "没认出", c.made.Device.ID)
	})
	soon(t, "the order waits", func() bool {
		list, err := commands.List(t.Context(), guard, r.Garden.ID, service.CommandFilter{State: model.CommandQueued}, service.Page{})
		return err == nil && len(list.Items) == 1
	})
	if got := c.sees(t, "京AD06888", 20); strings.Contains(got, "manualTrigger") {
		t.Errorf("one that was let in is looked at again: %s", got)
	}
	if got := c.sees(t, "_无_", 21); !strings.Contains(got, `"manualTrigger":"ok"`) || !strings.Contains(got, `"info":"no"`) {
		t.Errorf("it is answered %s", got)
	}
	if got := c.sees(t, "京AD06888", 22); !strings.Contains(got, `"info":"ok"`) || strings.Contains(got, "manualTrigger") {
		t.Errorf("what it then sees is answered %s", got)
	}
	r.Clock.Advance(6 * time.Second)
	if o := <-ended; o.c.AnswerCode != model.AnswerNone {
		t.Errorf("%+v, %v", o.c, o.err)
	}
}
