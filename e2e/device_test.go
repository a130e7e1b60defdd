package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
)

// A reader of another maker: what it is shown is decided as anywhere else.
func TestVendorReader(t *testing.T) {
	w := start(t)
	staff := w.person(manager)
	gate := w.Demo.Gates[east]
	in := "/v1/communities/" + gate.CommunityID + "/"
	made := want[wire.DeviceRegistered](t, staff.post(t, in+"devices", map[string]any{"gate_id": gate.GateID, "name": "微光读头", "protocol": "vguang", "serial": "VG-1"}), 201)
	me, pass := w.person("林浩"), w.Demo.People["林浩"].PassID
	w.newWindow(t)
	code := me.code(t, pass)
	address := w.Demo.DeviceURL + made.Path
	says := func(url, body string, status int, answer string) {
		t.Helper()
		r, err := http.Post(url, "text/html", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		got, _ := io.ReadAll(r.Body)
		if r.StatusCode != status || !strings.Contains(string(got), answer) {
			t.Errorf("%q is answered %d %q, want %d %q", body, r.StatusCode, got, status, answer)
		}
	}
	says(address, fmt.Sprintf("vgdecoderesult=%s&&devicenumber=1&&otherparams=", code), 200, "code=0000")
	says(address, fmt.Sprintf("vgdecoderesult=%s&&devicenumber=1&&otherparams=", code), 200, "code=0001")
	says(address, "vgdecoderesult=12345678&&devicenumber=1", 200, "code=0001")
	says(address, "", 400, "")
	says(w.Demo.DeviceURL+"/devices/vguang/pt_nobody", "vgdecoderesult="+code, 404, "")
	says(strings.Replace(address, "/vguang/", "/vguang-hex/", 1), "vgdecoderesult="+code, 404, "")
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
	soon(t, "the address is unknown", func() bool {
		r, err := http.Post(address, "text/html", strings.NewReader("vgdecoderesult=x"))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		return r.StatusCode == http.StatusNotFound
	})
}

// An access controller of Hikvision asks in one form of its dialect and tells in
// others; what it tells afterwards opens nothing.
func TestHikvision(t *testing.T) {
	w := start(t)
	staff := w.person(manager)
	gate := w.Demo.Gates[east]
	in := "/v1/communities/" + gate.CommunityID + "/"
	made := want[wire.DeviceRegistered](t, staff.post(t, in+"devices", map[string]any{"gate_id": gate.GateID, "name": "海康门禁", "protocol": "hikvision", "serial": "A4:D5:C2:24:DD:74"}), 201)
	w.newWindow(t)
	code, now := w.person("林浩").code(t, w.Demo.People["林浩"].PassID), w.now(t).Format(time.RFC3339)
	ask := func(serial int, more string) string {
		return fmt.Sprintf(`{"eventType":"AccessControllerEvent","dateTime":%q,"macAddress":"a4:d5:c2:24:dd:74","AccessControllerEvent":{"majorEventType":5,"subEventType":156,"serialNo":%d,"QRCodeInfo":%q%s}}`, now, serial, code, more)
	}
	says := func(body string, status int, answer string) {
		t.Helper()
		form := "--MIME\r\nContent-Disposition: form-data; name=\"event_log\"\r\n\r\n" + body +
			"\r\n--MIME\r\nContent-Disposition: form-data; name=\"Picture\"; filename=\"p.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--MIME--\r\n"
		r, err := http.Post(w.Demo.DeviceURL+made.Path, "multipart/form-data; boundary=MIME", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		if got, _ := io.ReadAll(r.Body); r.StatusCode != status || !strings.Contains(string(got), answer) {
			t.Errorf("%s is answered %d %q, want %d %q", body, r.StatusCode, got, status, answer)
		}
	}
	const success, failed = `"checkResult":"success","info":""`, `"checkResult":"failed","info":""`
	const asks = `,"remoteCheck":true`
	says(ask(1, asks+`,"currentEvent":false`), 200, failed)
	says(ask(2, ""), 200, "OK")
	says(strings.Replace(ask(3, asks), "a4:d5", "a4:d6", 1), 403, "")
	says(ask(4, asks), 200, `"serialNo":4,`+success)
	says(ask(4, asks), 200, success) // the answer was lost: the same question
	says(ask(5, asks), 200, failed)
	w.advance(t, 11*time.Second)
	says(ask(4, asks), 200, failed)
	const alarm = `<EventNotificationAlert><channelID>1</channelID><dateTime>2026-11-22T08:00:0%d</dateTime><activePostCount>%d</activePostCount><eventType>IO</eventType><eventState>active</eventState></EventNotificationAlert>`
	for n := 1; n <= 3; n++ {
		says(fmt.Sprintf(alarm, n, n), 200, "OK")
	}
	const heartbeat = `<EventNotificationAlert><eventType>videoloss</eventType><eventState>inactive</eventState></EventNotificationAlert>`
	says(heartbeat, 200, "OK")
	says(`{}`, 400, "")

	reasons := map[string]int{}
	for _, p := range want[wire.PassageList](t, staff.get(t, in+"passages?limit=20"), 200).Items {
		if p.DeviceId != nil && *p.DeviceId == made.Device.Id {
			reasons[p.Reason]++
		}
	}
	if len(reasons) != 2 || reasons["ok"] != 1 || reasons["used"] != 1 {
		t.Errorf("the passages are %v", reasons)
	}
	kinds := map[string]int{}
	for _, e := range want[wire.DeviceEventList](t, staff.get(t, in+"device-events?device_id="+made.Device.Id), 200).Items {
		kinds[fmt.Sprintf("%s live %t %s", e.Kind, e.Live, e.Detail["what"])]++
	}
	if len(kinds) != 3 || kinds["code live false "] != 2 || kinds["code live true "] != 2 || kinds["alarm live false input"] != 1 {
		t.Errorf("the events are %v", kinds)
	}
}
