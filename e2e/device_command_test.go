package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/simulator"
)

// says sends a request as a device and gives the answer.
func (w *world) says(t testing.TB, method, path, body string) string {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, w.Demo.DeviceURL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	got, _ := io.ReadAll(r.Body)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s %s is answered %d %q", method, path, r.StatusCode, got)
	}
	return string(got)
}

var order = regexp.MustCompile(`^C:(\d+):CONTROL DEVICE 01020103$`)

// A device that fetches: a guard opens, it asks, does it and says so.
func TestAFetchingDeviceOpens(t *testing.T) {
	w := start(t)
	gate, guard, staff := w.Demo.Gates[east], w.person(guard), w.person(manager)
	in := "/v1/communities/" + gate.CommunityID + "/"
	made := want[wire.DeviceRegistered](t, staff.post(t, in+"devices", map[string]any{"gate_id": gate.GateID, "name": "熵基控制器", "protocol": "zkteco", "serial": "ZK77"}), 201)
	if got := w.says(t, "GET", "/iclock/getrequest?SN=ZK77", ""); got != "OK" {
		t.Errorf("nothing to do is answered %q", got)
	}
	opens := func() chan answer {
		out := make(chan answer, 1)
		go func() {
			out <- guard.post(t, "/v1/gates/"+gate.GateID+"/open", map[string]any{"reason": "老人没有手机", "door": 2, "seconds": 3})
		}()
		return out
	}
	fetch := func() (number string) {
		t.Helper()
		soon(t, "the device is given the command", func() bool {
			m := order.FindStringSubmatch(w.says(t, "GET", "/iclock/getrequest?SN=ZK77", ""))
			if m != nil {
				number = m[1]
			}
			return m != nil
		})
		if got := w.says(t, "GET", "/iclock/getrequest?SN=ZK77", ""); got != "OK" {
			t.Errorf("the command is given again: %q", got)
		}
		return number
	}
	opened := opens()
	w.says(t, "POST", "/iclock/devicecmd?SN=ZK77", "ID="+fetch()+"&Return=0&CMD=CONTROL DEVICE")
	done := want[wire.DeviceCommand](t, <-opened, 200)
	if done.State != "done" || done.DeviceId != made.Device.Id || *done.AnswerCode != "0" {
		t.Errorf("the answer is %+v", done)
	}
	opened = opens()
	w.says(t, "POST", "/iclock/devicecmd?SN=ZK77", "ID="+fetch()+"&Return=-629&CMD=CONTROL DEVICE")
	(<-opened).wants(t, 409, "command_failed")
	opened = opens() // and nobody fetches it
	(<-opened).wants(t, 409, "command_expired")
	if got := w.says(t, "GET", "/iclock/getrequest?SN=ZK77", ""); got != "OK" {
		t.Errorf("a late command is given: %q", got)
	}
	states := map[wire.DeviceCommandState]int{}
	list := want[wire.DeviceCommandList](t, staff.get(t, in+"device-commands?device_id="+made.Device.Id), 200)
	for _, c := range list.Items {
		states[c.State]++
	}
	if fmt.Sprint(states) != "map[done:1 expired:1 failed:1]" {
		t.Errorf("the commands are %v", states)
	}
	if c := want[wire.DeviceCommand](t, staff.get(t, in+"device-commands/"+list.Items[0].Id), 200); c.State != "expired" || *c.AnswerCode != "not_sent" {
		t.Errorf("the last command is %+v", c)
	}
}

// A device that is called: its door opens, its stream is heard, and what it had kept.
func TestACalledDeviceOpensAndIsHeard(t *testing.T) {
	w := start(t)
	sim := simulator.NewHikvision("admin", "Secret-12", "SHA-256")
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	gate, guard, staff := w.Demo.Gates[east], w.person(guard), w.person(manager)
	in := "/v1/communities/" + gate.CommunityID + "/"
	body := map[string]any{"gate_id": gate.GateID, "name": "海康门禁", "protocol": "hikvision", "address": server.URL, "username": "admin", "password": "Secret-12", "pull": true}
	made := want[wire.DeviceRegistered](t, staff.post(t, in+"devices", body), 201)
	done := want[wire.DeviceCommand](t, guard.post(t, "/v1/gates/"+gate.GateID+"/open", map[string]any{"reason": "快递"}), 200)
	if done.State != "done" || len(sim.Orders()) != 1 {
		t.Errorf("%+v after %d orders", done, len(sim.Orders()))
	}
	soon(t, "the stream is heard", func() bool { return sim.Listeners() == 1 })
	record := func(n int64) simulator.HikvisionRecord {
		return simulator.HikvisionRecord{Major: 5, Minor: 1, Time: "2026-11-22T12:00:00+08:00", CardNo: "123", SerialNo: n, DoorNo: 1}
	}
	events := func() (n int) {
		for _, e := range want[wire.DeviceEventList](t, staff.get(t, in+"device-events?limit=100&kind=code&device_id="+made.Device.Id), 200).Items {
			if !e.Live && *e.State == "admitted" {
				n++
			}
		}
		return n
	}
	sim.Happens(record(7), false)
	for n := range int64(5) {
		sim.Happens(record(8+n), true) // told to nobody
	}
	sim.Happens(record(13), false)
	soon(t, "the gap is filled", func() bool { return events() == 7 })
	soon(t, "the device is online", func() bool {
		for _, d := range want[wire.DeviceList](t, staff.get(t, in+"devices?limit=200"), 200).Items {
			if d.Id == made.Device.Id {
				return d.Connection != nil && *d.Connection == "online" && d.ClockOffsetMs != nil
			}
		}
		return false
	})
	staff.post(t, in+"devices", map[string]any{"gate_id": gate.GateID, "name": "x", "protocol": "hikvision", "address": "http://169.254.169.254"}).wants(t, 400, "invalid")
}
