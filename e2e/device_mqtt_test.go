package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"

	mqtt3 "github.com/eclipse/paho.mqtt.golang"
)

// A reader on the broker of the server: it logs in as the contract says, what it is
// shown is decided as anywhere else, and it goes when it is revoked.
func TestVendorReaderByMQTT(t *testing.T) {
	w := start(t)
	staff := w.person(manager)
	gate := w.Demo.Gates[east]
	in := "/v1/communities/" + gate.CommunityID + "/"
	registration := map[string]any{"gate_id": gate.GateID, "name": "微光读头", "protocol": "vguang-mqtt"}
	staff.post(t, in+"devices", registration).wants(t, 400, "invalid") // who is it?
	registration["serial"] = "SN1"
	made := want[wire.DeviceRegistered](t, staff.post(t, in+"devices", registration), 201)
	if made.Mqtt == nil || made.Path != "" || made.Mqtt.Username != made.Device.Id {
		t.Fatalf("registered %+v", made)
	}
	gone, heard := make(chan error, 1), make(chan string, 10)
	options := mqtt3.NewClientOptions().AddBroker(strings.Replace(w.Demo.MQTTURL, "mqtt://", "tcp://", 1)).SetUsername(made.Mqtt.Username).
		SetPassword(made.Mqtt.Password).SetAutoReconnect(false).SetConnectionLostHandler(func(_ mqtt3.Client, err error) { gone <- err })
	reader := mqtt3.NewClient(options)
	done := func(what string, token mqtt3.Token) {
		t.Helper()
		if !token.WaitTimeout(30*time.Second) || token.Error() != nil {
			t.Fatal(what, token.Error())
		}
	}
	done("connect", reader.Connect())
	t.Cleanup(func() { reader.Disconnect(10) })
	done("subscribe", reader.Subscribe("access_device/v1/event/SN1/+", 1, func(_ mqtt3.Client, m mqtt3.Message) { heard <- string(m.Payload()) }))
	ask := func(reference, code, answer string) {
		t.Helper()
		now := w.now(t).Unix()
		text, err := json.Marshal(map[string]any{"serialNo": reference, "uuid": "SN1", "sign": "", "time": now, "data": map[string]any{"id": "-1", "type": 100, "code": code, "time": now, "result": 0}})
		if err != nil {
			t.Fatal(err)
		}
		done("publish", reader.Publish("access_device/v1/event/access_online", 1, false, text))
		select {
		case got := <-heard:
			if !strings.Contains(got, fmt.Sprintf(`"serialNo":%q`, reference)) || !strings.Contains(got, fmt.Sprintf(`"code":%q`, answer)) {
				t.Errorf("%s is answered %s, want %s", reference, got, answer)
			}
		case <-time.After(30 * time.Second):
			t.Fatal(reference + " is not answered")
		}
	}
	w.newWindow(t)
	code := w.person("林浩").code(t, w.Demo.People["林浩"].PassID)
	ask("q1", code, "000000")
	ask("q2", code, "100000")
	ask("q3", "12345678", "100000")
	reasons := map[string]int{}
	for _, p := range want[wire.PassageList](t, staff.get(t, in+"passages?limit=10"), 200).Items {
		if p.DeviceId != nil && *p.DeviceId == made.Device.Id {
			reasons[p.Reason]++
		}
	}
	if reasons["ok"] != 1 || reasons["used"] != 1 || reasons["unknown_code"] != 1 {
		t.Errorf("the passages are %v", reasons)
	}
	staff.post(t, in+"devices/"+made.Device.Id+"/revoke", map[string]any{"reason": "gone"}).wants(t, 200, "")
	select {
	case <-gone:
	case <-time.After(2 * time.Second):
		t.Error("it is still connected")
	}
	if again := mqtt3.NewClient(options).Connect(); again.WaitTimeout(5*time.Second) && again.Error() == nil {
		t.Error("it comes in again")
	}
}
