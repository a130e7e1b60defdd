package house_test

import (
	"context"
	"encoding/json"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/mqtt"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
	"communitypass.cn/communitypass/wechat"

	mqtt3 "github.com/eclipse/paho.mqtt.golang"
	"github.com/prometheus/client_golang/prometheus"
)

const serial = "29c9de2d7d1b"

// rig is a server with a broker and a reader that is known to it.
type rig struct {
	*testkit.Gatehouse
	house   *house.House
	metrics *prometheus.Registry
	addr    string
	broker  *testkit.Mosquitto
	reader  service.Registered
	other   service.Registered
	camera  service.Registered
	// prefix is what the readers of this broker must say before their topics.
	prefixed bool
}

// eachBroker runs a test with our own broker and with Mosquitto.
func eachBroker(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("embedded", func(t *testing.T) { test(t, newEmbedded(t)) })
	t.Run("mosquitto", func(t *testing.T) { test(t, newRemote(t)) })
}

func newEmbedded(t *testing.T) *rig {
	t.Helper()
	r := &rig{Gatehouse: testkit.NewGatehouse(t)}
	r.open(t, house.MQTT{Embedded: true})
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = socket.Addr().String()
	r.run(t, "broker", func(ctx context.Context) {
		if err := r.house.Broker.Serve(ctx, socket); err != nil {
			t.Error(err)
		}
	})
	r.register(t)
	return r
}

func newRemote(t *testing.T) *rig {
	t.Helper()
	r := &rig{Gatehouse: testkit.NewGatehouse(t), prefixed: true}
	// The passwords of devices are known only after they are registered, and the
	// server connects to a broker that is there: so two servers, one after the other.
	r.open(t, house.MQTT{Remote: &mqtt.Config{URL: &url.URL{Scheme: "mqtt", Host: "127.0.0.1:1"}}})
	r.register(t)
	logins := map[string]string{"communitypass": "server's"}
	for _, d := range []service.Registered{r.reader, r.other, r.camera} {
		logins[d.Login.Username] = d.Login.Password
	}
	r.broker = testkit.NewMosquitto(t, "../docs/mosquitto.acl", logins)
	r.addr = r.broker.Addr
	r.open(t, house.MQTT{Remote: &mqtt.Config{URL: &url.URL{Scheme: "mqtt", Host: r.addr}, Username: "communitypass", Password: "server's"}})
	for _, l := range r.house.Loops {
		if l.Name == "mqtt" {
			r.run(t, l.Name, l.Run)
		}
	}
	r.heard(t)
	return r
}

// open builds the server.
func (r *rig) open(t *testing.T, m house.MQTT) {
	t.Helper()
	r.metrics = prometheus.NewRegistry()
	var err error
	r.house, err = house.New(t.Context(), r.Deps, house.Config{PublicURL: "https://pass.example.cn", Metrics: r.metrics, MQTT: m,
		Wechat: wechat.Config{AppID: "wx0123456789", Secret: "0123456789abcdef0123456789abcdef"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.house.Close)
	r.run(t, "recorder", r.house.Recorder.Run)
}

// run runs a loop until the test ends, in the opposite order of its beginning.
func (r *rig) run(t *testing.T, name string, loop func(context.Context)) {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { loop(ctx) })
	t.Cleanup(func() {
		stop()
		ended := make(chan struct{})
		go func() { running.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Errorf("%s does not end", name)
		}
	})
}

func (r *rig) register(t *testing.T) {
	t.Helper()
	for uuid, to := range map[string]*service.Registered{serial: &r.reader, "aaaaaaaaaaaa": &r.other} {
		made, err := r.house.Services.Devices.Register(t.Context(), r.Manager(r.Garden), r.Garden.ID,
			service.NewVendorDevice{GateID: r.Garden.Entrance.ID, Name: "读头 " + uuid, Protocol: "vguang-mqtt", Serial: uuid})
		if err != nil {
			t.Fatal(err)
		}
		*to = made
	}
	barrier := model.Gate{ID: r.ID(), CommunityID: r.Garden.ID, Name: "道闸", Kind: model.GateBarrier, Direction: "in", Perimeter: "garage", Fallback: "ask_guard", Passback: "hard", CreatedAt: 1}
	r.Update(t, func(tx *store.Tx) error { return tx.CreateGate(barrier) })
	err := r.Directory.LoadPlaces(t.Context())
	if err == nil {
		r.camera, err = r.house.Services.Devices.Register(t.Context(), r.Manager(r.Garden), r.Garden.ID,
			service.NewVendorDevice{GateID: barrier.ID, Name: "相机", Protocol: "vzenith-mqtt", Serial: cameraSerial})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// heard waits until the server hears what devices say.
func (r *rig) heard(t *testing.T) {
	t.Helper()
	d := r.connect(t, r.reader)
	defer d.Disconnect(50)
	soon(t, "the server hears", func() bool {
		_, ok := d.try("connect", d.says("c", map[string]any{}), 300*time.Millisecond)
		return ok
	})
}

// device is a reader that speaks MQTT 3.1.1.
type device struct {
	mqtt3.Client
	t      *testing.T
	prefix string
	uuid   string
	now    func() time.Time
	heard  chan mqtt3.Message
	// socket is what the client speaks through.
	socket net.Conn
}

func (r *rig) options(login service.BrokerLogin) *mqtt3.ClientOptions {
	return mqtt3.NewClientOptions().AddBroker("tcp://" + r.addr).SetUsername(login.Username).SetPassword(login.Password).
		SetProtocolVersion(4).SetAutoReconnect(false).SetConnectTimeout(30 * time.Second)
}

func (r *rig) connect(t *testing.T, who service.Registered, more ...func(*mqtt3.ClientOptions)) *device {
	t.Helper()
	d := &device{t: t, uuid: who.Device.Serial, now: r.Clock.Now, heard: make(chan mqtt3.Message, 100)}
	if r.prefixed {
		d.prefix = who.Login.TopicPrefix
	}
	o := r.options(*who.Login)
	for _, f := range more {
		f(o)
	}
	o.SetCustomOpenConnectionFn(func(u *url.URL, _ mqtt3.ClientOptions) (conn net.Conn, err error) {
		d.socket, err = net.DialTimeout("tcp", u.Host, 30*time.Second)
		return d.socket, err
	})
	d.Client = mqtt3.NewClient(o)
	if token := d.Connect(); !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		t.Fatal("not connected: ", token.Error())
	}
	t.Cleanup(func() { d.Disconnect(10) })
	hear := func(_ mqtt3.Client, m mqtt3.Message) { d.heard <- m }
	token := d.SubscribeMultiple(map[string]byte{d.prefix + "access_device/v1/cmd/" + d.uuid + "/control": 1, d.prefix + "access_device/v1/event/" + d.uuid + "/+": 1}, hear)
	if !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		t.Fatal("not subscribed: ", token.Error())
	}
	return d
}

// says makes an envelope of the firmware.
func (d *device) says(reference string, data any) []byte {
	text, err := json.Marshal(map[string]any{"serialNo": reference, "uuid": d.uuid, "sign": "", "data": data, "time": d.now().Unix()})
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}

func (d *device) question(reference, code string) []byte {
	return d.says(reference, map[string]any{"id": "-1", "type": 100, "code": code, "time": d.now().Unix(), "result": 0, "extra": map[string]any{"srcData": code}, "error": ""})
}

// tell publishes an event with QoS 1.
func (d *device) tell(event string, payload []byte) {
	d.t.Helper()
	if token := d.Publish(d.prefix+"access_device/v1/event/"+event, 1, false, payload); !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		d.t.Error("not published: ", token.Error())
	}
}

// try tells an event and waits for its reply.
func (d *device) try(event string, payload []byte, patience time.Duration) (answer string, ok bool) {
	d.t.Helper()
	var e struct{ SerialNo string }
	_ = json.Unmarshal(payload, &e)
	d.tell(event, payload)
	late := time.After(patience)
	for {
		select {
		case m := <-d.heard:
			var a struct{ SerialNo, Code string }
			if strings.HasSuffix(m.Topic(), "/"+event+"_reply") && json.Unmarshal(m.Payload(), &a) == nil && a.SerialNo == e.SerialNo {
				return a.Code, true
			}
		case <-late:
			return "", false
		}
	}
}

func (d *device) wants(event string, payload []byte, code string) {
	d.t.Helper()
	if got, ok := d.try(event, payload, 30*time.Second); !ok || got != code {
		d.t.Errorf("%s is answered %q (%t), want %q", event, got, ok, code)
	}
}

func (d *device) wantsSilence(event string, payload []byte) {
	d.t.Helper()
	if got, ok := d.try(event, payload, 300*time.Millisecond); ok {
		d.t.Errorf("%s is answered %q", event, got)
	}
}

// passages counts those of the garden by reason.
func (r *rig) passages(t *testing.T) map[string]int {
	t.Helper()
	list, err := r.house.Services.Passages.List(t.Context(), r.Manager(r.Garden), r.Garden.ID, service.PassageFilter{}, service.Page{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, p := range list.Items {
		out[p.Reason]++
	}
	return out
}

// events counts what a device said, by kind and state.
func (r *rig) events(t *testing.T, who service.Registered) map[string]int {
	t.Helper()
	list, err := r.house.Services.Intake.Events(t.Context(), r.Manager(r.Garden), r.Garden.ID, service.DeviceEventFilter{DeviceID: who.Device.ID}, service.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, e := range list.Items {
		out[string(e.Kind)+" "+e.State]++
	}
	return out
}

// refused is the count of a reason.
func (r *rig) refused(t *testing.T, reason string) int {
	t.Helper()
	families, err := r.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "communitypass_mqtt_refused_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			if m.GetLabel()[0].GetValue() == reason {
				return int(m.GetCounter().GetValue())
			}
		}
	}
	return 0
}

func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 600 {
		if holds() {
			return
		}
		_ = model.Wait(t.Context(), 50*time.Millisecond)
	}
	t.Fatal("never: " + what)
}
