package house_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device/vguang"
	"communitypass.cn/communitypass/model"

	mqtt3 "github.com/eclipse/paho.mqtt.golang"
)

// order tells the reader to open, and says how far it got.
func (r *rig) order(t *testing.T, reference string, life time.Duration) (model.DeviceReach, string) {
	t.Helper()
	post := vguang.Control(serial, reference, vguang.Open, r.Clock.Now())
	return r.house.Exchange.Order(t.Context(), r.reader.Device.ID, post.Topic, post.Payload, reference, life)
}

// obey answers the orders that come, each with a code; "" is silence.
func (d *device) obey(codes ...string) {
	go func() {
		for _, code := range codes {
			m := <-d.heard
			for strings.HasSuffix(m.Topic(), "_reply") {
				m = <-d.heard
			}
			var e struct{ SerialNo string }
			if err := json.Unmarshal(m.Payload(), &e); err != nil || m.Retained() || !strings.HasSuffix(m.Topic(), "/control") {
				d.t.Errorf("an order on %s: %v", m.Topic(), err)
			}
			if code == "" {
				continue
			}
			text, _ := json.Marshal(map[string]any{"serialNo": e.SerialNo, "uuid": d.uuid, "sign": "", "code": code, "time": d.now().Unix()})
			d.Publish(d.prefix+"access_device/v1/cmd/control_reply", 1, false, text)
		}
	}()
}

// isToldNothing fails for an order that comes late; an answer may be slow.
func (d *device) isToldNothing() {
	d.t.Helper()
	late := time.After(200 * time.Millisecond)
	for {
		select {
		case m := <-d.heard:
			if strings.HasSuffix(m.Topic(), "/control") {
				d.t.Errorf("%s came late", m.Topic())
			}
		case <-late:
			return
		}
	}
}

// That a broker has an order is one thing, that the device did it is another.
func TestHowFarAnOrderGets(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		away := func() bool { reach, _ := r.order(t, "o0", time.Second); return reach == model.ReachAbsent }
		soon(t, "nobody is there", away)
		d := r.connect(t, r.reader)
		d.obey("000000", "100001", "")
		if reach, native := r.order(t, "o1", 30*time.Second); reach != model.ReachDone || native != "000000" {
			t.Errorf("what it does: %s %s", reach, native)
		}
		if reach, native := r.order(t, "o2", 30*time.Second); reach != model.ReachRefused || native != "100001" {
			t.Errorf("what it refuses: %s %s", reach, native)
		}
		if reach, _ := r.order(t, "o3", time.Second); reach != model.ReachSilent {
			t.Errorf("what it does not answer: %s", reach)
		}
		// What was sent while it was away is not done when it comes back.
		d.Disconnect(50)
		soon(t, "it is away", away)
		d = r.connect(t, r.reader, func(o *mqtt3.ClientOptions) { o.SetCleanSession(false).SetClientID("r1") })
		d.isToldNothing()
	})
}

// An answer from another device is no answer.
func TestAnotherDevicesAnswerIsNone(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		d, hostile := r.connect(t, r.reader), r.connect(t, r.other)
		go func() {
			<-d.heard
			text, _ := json.Marshal(map[string]any{"serialNo": "o1", "uuid": hostile.uuid, "sign": "", "code": "000000", "time": d.now().Unix()})
			hostile.Publish(hostile.prefix+"access_device/v1/cmd/control_reply", 1, false, text)
		}()
		if reach, _ := r.order(t, "o1", time.Second); reach != model.ReachSilent {
			t.Errorf("the order is %s", reach)
		}
	})
}

func TestWhoGoesIsSpokenFor(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		will := func(o *mqtt3.ClientOptions) {
			topic := "access_device/v1/event/offline"
			if r.prefixed {
				topic = r.reader.Login.TopicPrefix + topic
			}
			o.SetBinaryWill(topic, []byte(`{"serialNo":"w1","uuid":"`+serial+`","sign":"","time":1795320000}`), 1, false)
		}
		d := r.connect(t, r.reader, will)
		// Another connection of the same device: nobody has gone on our own broker.
		if r.broker == nil {
			d = r.connect(t, r.reader, will)
			d.wants("access_online", d.question("q", "HELLO"), "100000")
			if n := r.events(t, r.reader)["status offline"]; n != 0 {
				t.Errorf("%d times gone, and it is there", n)
			}
		}
		cut(t, d)
		soon(t, "it has gone", func() bool { return r.events(t, r.reader)["status offline"] == 1 })
	})
}

// cut ends a connection without a goodbye.
func cut(t *testing.T, d *device) {
	t.Helper()
	if err := d.socket.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestARevokedDeviceGoes(t *testing.T) {
	r := newEmbedded(t)
	gone := make(chan error, 1)
	r.connect(t, r.reader, func(o *mqtt3.ClientOptions) {
		o.SetConnectionLostHandler(func(_ mqtt3.Client, err error) { gone <- err })
	})
	if _, err := r.house.Services.Devices.Revoke(t.Context(), r.Manager(r.Garden), r.Garden.ID, r.reader.Device.ID, "gone"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone:
	case <-time.After(30 * time.Second): // a second, but for a busy machine
		t.Error("it is still there")
	}
	token := mqtt3.NewClient(r.options(*r.reader.Login)).Connect()
	if !token.WaitTimeout(30*time.Second) || token.Error() == nil {
		t.Error("it comes in again")
	}
	// The broker forgets what it subscribed to a moment after it cut it off.
	soon(t, "an order finds nobody", func() bool { reach, _ := r.order(t, "o1", time.Second); return reach == model.ReachAbsent })
}

// A broker that was restarted has forgotten everything: we subscribe again, and what
// was to be said meanwhile is not said later.
func TestTheBrokerIsRestarted(t *testing.T) {
	r := newRemote(t)
	code := r.Code(t, r.somebody(t), r.Clock.Now())
	d := r.connect(t, r.reader)
	d.wants("access_online", d.question("q1", code), "000000")
	r.broker.Stop()
	soon(t, "the broker is missed", func() bool { reach, _ := r.order(t, "o1", time.Second); return reach == model.ReachDown })
	r.broker.Start(t)
	r.heard(t)
	d = r.connect(t, r.reader)
	d.isToldNothing()
	d.wants("access_online", d.question("q1", code), "000000") // sent again: the answer was lost with the broker
	d.obey("000000")
	if reach, _ := r.order(t, "o2", 30*time.Second); reach != model.ReachDone {
		t.Errorf("an order afterwards is %s", reach)
	}
	wants(t, "passages", r.passages(t), map[string]int{"ok": 1})
}
