package house_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device/vguang"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"

	mqtt3 "github.com/eclipse/paho.mqtt.golang"
)

func (r *rig) somebody(t *testing.T) model.Pass {
	t.Helper()
	return r.Pass(t, r.Garden, r.Person(t, "林浩", "13800000001"))
}

func wants(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s %v, want %v", what, got, want)
	}
}

// A question is decided as anywhere else; what a broker brings twice is one passage.
func TestAReaderAsks(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		code := r.Code(t, r.somebody(t), r.Clock.Now())
		d := r.connect(t, r.reader)
		d.wants("access_online", d.question("q1", code), "000000")
		d.wants("access_online", d.question("q1", code), "000000") // the answer was lost
		r.Clock.Advance(time.Second)
		d.wants("access_online", d.question("q2", code), "100000")
		d.wants("access_online", d.question("q3", "HELLO"), "100000")
		wants(t, "passages", r.passages(t), map[string]int{"ok": 1, "used": 1, "unknown_code": 1})
		// A button is no question, and one that a broker had kept for long opens nothing.
		d.wants("access_online", d.says("q4", map[string]any{"type": 800, "code": "x"}), "100000")
		old := strings.ReplaceAll(string(d.question("q5", r.Code(t, r.somebody(t), r.Clock.Now()))), fmt.Sprint(r.Clock.Now().Unix()), fmt.Sprint(r.Clock.Now().Add(-time.Hour).Unix()))
		d.wants("access_online", []byte(old), "100000")
		wants(t, "passages", r.passages(t), map[string]int{"ok": 1, "used": 1, "unknown_code": 1})
	})
}

// What a reader had decided itself is answered once it is stored, and opens nothing.
func TestAReaderTells(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		before := r.events(t, r.reader)["status connected"]
		d := r.connect(t, r.reader)
		var batch []map[string]any
		for n := range 500 {
			batch = append(batch, map[string]any{"id": "p", "type": 200, "code": fmt.Sprint("card", n), "time": d.now().Unix(), "result": n % 2})
		}
		batch = append(batch[:498], map[string]any{"type": 800, "code": "", "time": d.now().Unix(), "result": 1}, map[string]any{"type": 4711, "code": "?", "time": d.now().Unix(), "result": 1})
		for _, reference := range []string{"b1", "b1", "b2"} {
			if got, ok := d.try("access", d.says(reference, batch), 25*time.Second); !ok || got != "000000" {
				t.Fatalf("the records are answered %q (%t)", got, ok)
			}
		}
		d.wants("connect", d.says("c1", map[string]any{}), "000000")
		d.wants("alarm", d.says("a1", map[string]any{"type": 7}), "000000")
		d.wantsSilence("access", d.says("b3", append(batch, batch...)))
		d.tell("heartbeat", d.says("h1", map[string]any{}))
		d.wants("connect", d.says("c1", map[string]any{}), "000000")
		list, err := r.house.Services.Intake.Events(t.Context(), r.Manager(r.Garden), r.Garden.ID, service.DeviceEventFilter{DeviceID: r.reader.Device.ID, Kind: model.DeviceAlarm}, service.Page{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Native != "alarm.7" {
			t.Errorf("alarms %v %v", list.Items, err)
		}
		var n int
		if err := r.Probe(t).QueryRow("SELECT COUNT(*) FROM device_events").Scan(&n); err != nil || n != 500+1+1+before {
			t.Errorf("%d events are stored (%v), want %d", n, err, 502+before)
		}
		wants(t, "passages", r.passages(t), map[string]int{})
	})
}

// A device speaks for itself alone.
func TestADeviceIsNoOther(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		code := r.Code(t, r.somebody(t), r.Clock.Now())
		hostile := r.connect(t, r.other)
		// By the payload, within its own topics.
		claims := strings.ReplaceAll(string(hostile.question("q1", code)), hostile.uuid, serial)
		hostile.wantsSilence("access_online", []byte(claims))
		if n := r.refused(t, "serial"); n != 1 {
			t.Errorf("%d claims are counted", n)
		}
		// By the topic, with the victim's prefix.
		token := hostile.Publish(r.reader.Login.TopicPrefix+"access_device/v1/event/access_online", 1, false, claims)
		token.WaitTimeout(time.Second)
		// The victim is still there.
		d := r.connect(t, r.reader)
		d.wants("access_online", d.question("q2", code), "000000")
		wants(t, "passages", r.passages(t), map[string]int{"ok": 1})
		wants(t, "events of the hostile one", r.events(t, r.other), map[string]int{})
	})
}

func TestForeignTopicsAreNotHeard(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		for _, filter := range []string{"#", r.reader.Login.TopicPrefix + "#", "communitypass/+/access_device/v1/cmd/+/control", "$SYS/#", "$share/g/communitypass/#"} {
			hostile := r.connect(t, r.other)
			heard := make(chan mqtt3.Message, 10)
			token := hostile.Subscribe(filter, 1, func(_ mqtt3.Client, m mqtt3.Message) { heard <- m })
			token.WaitTimeout(2 * time.Second)
			victim := r.connect(t, r.reader)
			post := vguang.Control(serial, "r1", vguang.Open, r.Clock.Now())
			if reach := r.house.Exchange.Publish(t.Context(), r.reader.Device.ID, post.Topic, post.Payload, 1, time.Second); reach != model.ReachSent {
				t.Errorf("the order is %s", reach)
			}
			<-victim.heard
			select {
			case m := <-heard:
				t.Errorf("%s hears %s", filter, m.Topic())
			case <-time.After(100 * time.Millisecond):
			}
			hostile.Disconnect(10)
		}
	})
}

func TestLogin(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		login := *r.reader.Login
		for name, l := range map[string]service.BrokerLogin{
			"a wrong password":   {Username: login.Username, Password: "wrong"},
			"another's password": {Username: login.Username, Password: r.other.Login.Password},
			"no password":        {Username: login.Username},
			"nobody":             {},
			"our own name":       {Username: "inline", Password: "inline"},
		} {
			token := mqtt3.NewClient(r.options(l)).Connect()
			if !token.WaitTimeout(30*time.Second) || token.Error() == nil {
				t.Errorf("%s comes in", name)
			}
		}
	})
}

// What makes no sense is refused, and the connection lives.
func TestNonsense(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		d := r.connect(t, r.reader)
		for _, payload := range []string{"", "{", "[]", `{"uuid":1}`, `{"serialNo":"x"}`, `{"uuid":"` + serial + `","serialNo":"x","data":{"type":100,"code":""}}`,
			`{"uuid":"` + serial + `","serialNo":"x","data":[1]}`, "\xff\xfe"} {
			d.wantsSilence("access_online", []byte(payload))
		}
		if n := r.refused(t, "json"); n < 4 {
			t.Errorf("%d are counted", n)
		}
		d.wants("access_online", d.question("q", "HELLO"), "100000")
	})
}

func TestRetainedOrdersOfDevicesAreNotKept(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		hostile := r.connect(t, r.other)
		for _, topic := range []string{r.reader.Login.TopicPrefix + "access_device/v1/cmd/" + serial + "/control", hostile.prefix + "access_device/v1/cmd/" + hostile.uuid + "/control"} {
			c := r.connect(t, r.other)
			c.Publish(topic, 1, true, `{"data":{"command":1}}`).WaitTimeout(time.Second)
			c.Disconnect(10)
		}
		for _, who := range []service.Registered{r.reader, r.other} {
			d := r.connect(t, who)
			d.isToldNothing()
		}
	})
}

// A question that a broker kept is nobody's who stands there now.
func TestRetainedQuestionsOpenNothing(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		d := r.connect(t, r.reader)
		code := r.Code(t, r.somebody(t), r.Clock.Now())
		d.Publish(d.prefix+"access_device/v1/event/access_online", 1, true, d.question("q", code)).WaitTimeout(time.Second)
		if r.broker == nil {
			soon(t, "it is counted", func() bool { return r.refused(t, "retained") == 1 })
			wants(t, "passages", r.passages(t), map[string]int{})
			return
		}
		// On a broker that keeps it, it is heard once, as it comes.
		soon(t, "it is decided", func() bool { return r.passages(t)["ok"] == 1 })
	})
}

func TestTenMegabytes(t *testing.T) {
	eachBroker(t, func(t *testing.T, r *rig) {
		d := r.connect(t, r.reader)
		d.Publish(d.prefix+"access_device/v1/event/access", 1, false, make([]byte, 10<<20)).WaitTimeout(5 * time.Second)
		d.Disconnect(10)
		d = r.connect(t, r.reader)
		d.wants("access_online", d.question("q", "HELLO"), "100000")
		if r.broker == nil && r.refused(t, "too_large") != 1 {
			t.Error("it is not counted")
		}
	})
}
