package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
)

// pushed is a device of another maker as one test speaks for it.
type pushed struct {
	w       *world
	staff   *client
	device  wire.Device
	in, url string
}

func (w *world) push(t *testing.T, protocol, serial string) pushed {
	t.Helper()
	staff, gate := w.person(manager), w.Demo.Gates[east]
	in := "/v1/communities/" + gate.CommunityID + "/"
	made := want[wire.DeviceRegistered](t, staff.post(t, in+"devices", map[string]any{"gate_id": gate.GateID, "name": "终端 " + serial, "protocol": protocol, "serial": serial}), 201)
	return pushed{w, staff, made.Device, in, w.Demo.DeviceURL + made.Path}
}

// says posts a body and wants a status and a piece of the answer.
func (p pushed) says(t *testing.T, url, body string, status int, piece string) {
	t.Helper()
	r, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	got, _ := io.ReadAll(r.Body)
	if r.StatusCode != status || !strings.Contains(string(got), piece) {
		t.Errorf("%.80q is answered %d %q, want %d %q", body, r.StatusCode, got, status, piece)
	}
}

// events counts what the device said, by kind and state.
func (p pushed) events(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, e := range want[wire.DeviceEventList](t, p.staff.get(t, p.in+"device-events?limit=100&device_id="+p.device.Id), 200).Items {
		state := ""
		if e.State != nil {
			state = *e.State
		}
		out[string(e.Kind)+" "+state]++
	}
	return out
}

// opened counts the passages that the device was told to open for.
func (p pushed) opened(t *testing.T) (n int) {
	t.Helper()
	for _, e := range want[wire.PassageList](t, p.staff.get(t, p.in+"passages?limit=50"), 200).Items {
		if e.DeviceId != nil && *e.DeviceId == p.device.Id && e.Decision == "admit" {
			n++
		}
	}
	return n
}

func (p pushed) wants(t *testing.T, opened int, events map[string]int) {
	t.Helper()
	if got := p.opened(t); got != opened {
		t.Errorf("%d passages opened, want %d", got, opened)
	}
	if got := p.events(t); fmt.Sprint(got) != fmt.Sprint(events) {
		t.Errorf("the events are %v, want %v", got, events)
	}
}

func TestPushSenseTime(t *testing.T) {
	w := start(t)
	p := w.push(t, "sensetime", "N1")
	me := w.person("林浩")
	w.newWindow(t)
	code := me.code(t, w.Demo.People["林浩"].PassID)
	ask := func(code string) string {
		return fmt.Sprintf(`{"deviceSN":"N1","recognizeStatus":3,"entry_mode":2,"qrcode_content":%q,"bodyTemperature":36.5,"timestamp":1790676000}`, code)
	}
	// What is told afterwards opens nothing, whatever it says, and is stored once.
	record := fmt.Sprintf(`{"type":0,"data":{"deviceSN":"N1","uuid":"u-1","pass":true,"entry_mode":2,"qrcode_content":%q,"timestamp":1790676000}}`, code)
	alarm := `{"type":1,"data":{"deviceSN":"N1","trace_id":"T-1","code":10001,"event_time":1790676000398,"status":1}}`
	for range 2 {
		p.says(t, p.url, record, 200, `"msg":"success"`)
		p.says(t, p.url, alarm, 200, `"msg":"success"`)
	}
	p.wants(t, 0, map[string]int{"code admitted": 1, "alarm raised": 1})
	p.says(t, p.url, ask(code), 200, `"pass":true`)
	p.says(t, p.url, ask(code), 200, `"pass":false`)
	p.says(t, p.url, ask("12345678"), 200, `"pass":false`)
	p.says(t, p.url, `{"deviceSN":"N1","recognizeStatus":2,"entry_mode":1,"qrcode_content":"","timestamp":1790676000}`, 200, `"pass":false`)
	p.says(t, p.url, strings.ReplaceAll(ask(code), "N1", "N2"), 403, "")
	p.says(t, p.url, "no question", 400, "")
	if r, err := http.Get(p.url); err != nil || r.StatusCode != 200 {
		t.Errorf("a look whether we are there: %v %v", r, err)
	}
	p.wants(t, 1, map[string]int{"code admitted": 1, "alarm raised": 1, "code admit": 1, "code refuse": 2, "code refused": 1})
}

func TestPushDahua(t *testing.T) {
	w := start(t)
	p := w.push(t, "dahua", "D1")
	me := w.person("林浩")
	w.newWindow(t)
	code := me.code(t, w.Demo.People["林浩"].PassID)
	record := fmt.Sprintf(`{"Code":"AccessControl","Action":"Pulse","Data":{"SN":"D1","CardNo":%q,"Method":15,"Status":1,"Type":"Entry","UTC":1790676000,"DataSource":"Offline"}}`, code)
	alarm := `{"Code":"BreakIn","Action":"Start","Data":{"SN":"D1","UTC":1790676000}}`
	for range 2 {
		p.says(t, p.url, `{"Events":[`+record+`,`+alarm+`]}`, 200, `{"code":0,"message":"success"}`)
	}
	p.says(t, p.url, strings.ReplaceAll(alarm, "D1", "D2"), 403, "")
	p.wants(t, 0, map[string]int{"code admitted": 1, "alarm raised": 1})
}

func TestPushUniview(t *testing.T) {
	w := start(t)
	p := w.push(t, "uniview", "U1")
	p.says(t, p.url+"/LAPI/V1.0/PACS/Controller/HeartReportInfo", `{"DeviceCode":"U1","Time":"2026-09-29 18:00:00","NextTime":"2026-09-29 18:00:10"}`, 200, `"Code":0`)
	for range 2 {
		p.says(t, p.url+"/LAPI/V1.0/PACS/Controller/Event/Notifications", `{"Seq":7,"DeviceCode":"U1","Timestamp":1790676000,"CardInfoList":[],"FaceInfoList":[{"Temperature":36.5}],"LibMatInfoList":[{"MatchStatus":1}]}`, 200, `"RecordID":7`)
		p.says(t, p.url+"/LAPI/V1.0/System/Event/Notification/Alarm", `{"Seq":8,"DeviceCode":"U1","AlarmInfo":{"AlarmType":"TamperAlarmOn","TimeStamp":1790676000,"AlarmSeq":1}}`, 200, `"RecordID":8`)
	}
	p.wants(t, 0, map[string]int{"code admitted": 1, "alarm raised": 1})
}

func TestPushZKTeco(t *testing.T) {
	w := start(t)
	p := w.push(t, "zkteco", "ZK1")
	me := w.person("林浩")
	w.newWindow(t)
	code := me.code(t, w.Demo.People["林浩"].PassID)
	root := w.Demo.DeviceURL + "/iclock/cdata?SN=ZK1"
	line := "time=2026-09-28 11:40:45\tpin=0\tcardno=" + code + "\teventaddr=1\tevent=0\tinoutstatus=0\tindex=5"
	p.says(t, w.Demo.DeviceURL+"/iclock/registry?SN=ZK1", "DeviceType=acc", 200, "RegistryCode=")
	// The same record at once, again, and with what the device had kept.
	seconds := ((26*12+8)*31+27)*86400 + 11*3600 + 40*60 + 45
	p.says(t, root+"&table=rtlog", line, 200, "OK")
	p.says(t, p.url+"/iclock/cdata?SN=ZK1&table=rtlog", line, 200, "OK")
	p.says(t, root+"&table=tabledata&tablename=transaction&count=1", fmt.Sprintf("transaction eventtype=0\tindex=5\ttime_second=%d", seconds), 200, "transaction=1")
	for _, stands := range []string{"00", "02", "02", "0210", "00", "00", "02"} {
		p.says(t, root+"&table=rtstate", "time=2026-09-28 11:40:45\tsensor=00\talarm="+stands, 200, "OK")
	}
	p.wants(t, 0, map[string]int{"code admitted": 1, "alarm raised": 3, "alarm cleared": 2})
	p.says(t, root+"&AuthType=device", strings.TrimSuffix(line, "\tindex=5"), 200, "AUTH=SUCCEED\r\n")
	p.says(t, root+"&AuthType=device", strings.TrimSuffix(line, "\tindex=5"), 200, "AUTH=FAILED\r\n")
	p.wants(t, 1, map[string]int{"code admitted": 1, "alarm raised": 3, "alarm cleared": 2, "code admit": 1, "code refuse": 1})
	// A stranger, a name that is another's, a name that is taken.
	p.says(t, w.Demo.DeviceURL+"/iclock/cdata?SN=ZK2&table=rtlog", line, 404, "")
	p.says(t, w.Demo.DeviceURL+"/iclock/cdata", line, 404, "")
	p.says(t, p.url+"/iclock/cdata?SN=ZK2&table=rtlog", line, 403, "")
	p.staff.post(t, p.in+"devices", map[string]any{"gate_id": p.device.GateId, "name": "又一台", "protocol": "zkteco", "serial": "ZK1"}).wants(t, 409, "conflict")
	p.staff.post(t, p.in+"devices/"+p.device.Id+"/revoke", map[string]any{"reason": "gone"}).wants(t, 200, "")
	soon(t, "the serial number is unknown", func() bool {
		r, err := http.Get(w.Demo.DeviceURL + "/iclock/ping?SN=ZK1")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		return r.StatusCode == http.StatusNotFound
	})
	w.push(t, "zkteco", "ZK1")
}
