package vzenith_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/vzenith"
	"communitypass.cn/communitypass/model"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("", 8*3600))

func request(body string) device.Request {
	return device.Request{Method: http.MethodPost, Path: "/devicemanagement/php/plateresult.php", Header: http.Header{"Content-Type": {"application/json"}},
		Body: []byte(body), At: noon, Device: "D1"}
}

// read is as the listener reads: without pictures.
func read(t testing.TB, r device.Request) (device.Message, error) {
	t.Helper()
	slim, err := vzenith.Dialect{}.Slim(bytes.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	r.Body = slim
	return vzenith.Dialect{}.Read(r)
}

func reads(t testing.TB, r device.Request) device.Message {
	t.Helper()
	m, err := read(t, r)
	if err != nil {
		t.Fatalf("%.200q: %v", r.Body, err)
	}
	return m
}

func seen(license, more string) string {
	return fmt.Sprintf(`{"AlarmInfoPlate":{"channel":0,"serialno":"fe71e106-57263272","result":{"PlateResult":{"license":%q,"plateid":21085,"confidence":96,"direction":0,"triggerType":4,%s"timeStamp":{"Timeval":{"sec":%d,"usec":1}}}}}}`,
		license, more, noon.Unix())
}

const opening = `"info":"ok"`

var admitted = []model.DeviceAnswer{{Decision: "admit"}}

func TestOnlyAnAdmissionOpens(t *testing.T) {
	m := reads(t, request(seen("粤b·12345", `"isoffline":0,"imageFile":"`+strings.Repeat("A", 11<<20)+`",`)))
	if len(m.Events) != 1 || m.Serial != "fe71e106-57263272" {
		t.Fatalf("%v %q", m.Events, m.Serial)
	}
	e := m.Events[0]
	if e.Kind != model.DevicePlate || !e.Live || e.Plate != "粤B12345" || e.Direction != "" || e.DeviceAt != noon.UnixMilli() || strings.Contains(e.Key, "12345") || e.Detail["confidence"] != "96" {
		t.Errorf("%s live %t %q %d %q %v", e.Kind, e.Live, e.Plate, e.DeviceAt, e.Key, e.Detail)
	}
	if got := string(m.Reply(admitted).Body); got != `{"Response_AlarmInfoPlate":{"info":"ok","content":"retransfer_stop","is_pay":"false","serialData":[]}}` {
		t.Errorf("an admission is answered %s", got)
	}
	for _, answers := range [][]model.DeviceAnswer{nil, {{}}, {{Decision: "refuse"}}, {{Decision: "refer"}}, {{Decision: "admit"}, {Decision: "admit"}}} {
		if got := string(m.Reply(answers).Body); strings.Contains(got, opening) || !strings.Contains(got, `"info":"no"`) || !strings.Contains(got, "retransfer_stop") {
			t.Errorf("%v is answered %s", answers, got)
		}
	}
	if m.Busy.Status != http.StatusServiceUnavailable || strings.Contains(string(m.Busy.Body), "ok") {
		t.Errorf("busy is %d %s", m.Busy.Status, m.Busy.Body)
	}
}

func TestARecordNeverOpens(t *testing.T) {
	for _, flag := range []string{`"isoffline":1,`, `"isoffline":"1",`, `"isOffline":2,`} {
		m := reads(t, request(seen("粤B12345", flag)))
		if m.Events[0].Live || m.Events[0].State != "" {
			t.Errorf("%s asks", flag)
		}
		if got := string(m.Reply(admitted).Body); got != `{"Response_AlarmInfoPlate":{"ContinuePushOffline":{"continue":1,"plateid":21085}}}` {
			t.Errorf("%s is answered %s", flag, got)
		}
	}
}

func TestVehiclesAreToldApart(t *testing.T) {
	key := func(body string) string { return reads(t, request(body)).Events[0].Key }
	body := seen("粤B12345", "")
	if key(body) == "" || key(body) != key(strings.Replace(body, "粤B12345", "_无_", 1)) {
		t.Error("the same vehicle has two names")
	}
	for _, change := range [][2]string{{"21085", "21086"}, {"fe71", "fe72"}, {fmt.Sprint(noon.Unix()), fmt.Sprint(noon.Unix() + 60)}} {
		if key(strings.Replace(body, change[0], change[1], 1)) == key(body) {
			t.Errorf("%v is taken for the same vehicle", change)
		}
	}
	if p := reads(t, request(seen("_无_", ""))).Events[0].Plate; p != "" {
		t.Errorf("no plate is %q", p)
	}
	gb := strings.Replace(body, "粤", "\xd4\xc1", 1)
	if p := reads(t, request(gb)).Events[0].Plate; p != "粤B12345" {
		t.Errorf("in GB2312 it is %q", p)
	}
	if p := reads(t, request(seen("57KkQjEyMzQ1", ""))).Events[0].Plate; p != "粤B12345" {
		t.Errorf("in Base64 it is %q", p)
	}
	if p := reads(t, request(seen("WX1234AB", ""))).Events[0].Plate; p != "WX1234AB" {
		t.Errorf("a plate that looks like Base64 is %q", p)
	}
}

// The two clocks of a camera contradict each other: what is nearer to ours is meant.
func TestClocksThatDisagree(t *testing.T) {
	const body = `{"AlarmInfoPlate":{"serialno":"s","result":{"PlateResult":{"license":"粤B12345","plateid":1,"timeStamp":{"Timeval":{%s}}}}}}`
	calendar := `"decyear":2026,"decmon":11,"decday":22,"dechour":11,"decmin":59,"decsec":58`
	for told, want := range map[string]struct {
		at    int64
		clock string
	}{
		calendar: {noon.UnixMilli() - 2000, ""},
		`"sec":` + fmt.Sprint(noon.Unix()-1) + "," + calendar:                        {noon.UnixMilli() - 1000, ""},
		`"sec":1436000000,` + calendar:                                               {noon.UnixMilli() - 2000, "disagrees"},
		`"sec":` + fmt.Sprint(noon.Unix()) + `,"decyear":2015,"decmon":1,"decday":1`: {noon.UnixMilli(), "disagrees"},
		`"sec":0`: {0, ""},
	} {
		e := reads(t, request(fmt.Sprintf(body, told))).Events[0]
		if e.DeviceAt != want.at || e.Detail["clock"] != want.clock || !e.Live {
			t.Errorf("%s is %d %v live %t", told, e.DeviceAt, e.Detail, e.Live)
		}
	}
}

func TestWhatIsNoVehicleOpensNothing(t *testing.T) {
	const form = "--b\r\nContent-Disposition: form-data; name=\"device_name\"\r\n\r\nIVS\r\n--b\r\nContent-Disposition: form-data; name=\"pass_wd\"\r\n\r\nhunter2\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"serialno\"\r\n\r\nd85b1269-8f942256\r\n--b--\r\n"
	for name, c := range map[string]struct{ kind, body, serial, answer string }{
		"a heartbeat":                    {"multipart/form-data; boundary=b", form, "d85b1269-8f942256", `{"Response_Heartbeat":{"info":"no"}}`},
		"a heartbeat without a boundary": {"multipart/form-data", form, "d85b1269-8f942256", `{"Response_Heartbeat":{"info":"no"}}`},
		"a heartbeat as a plain form":    {"application/x-www-form-urlencoded", "device_name=IVS&serialno=d85b&pass_wd=hunter2", "d85b", `{"Response_Heartbeat":{"info":"no"}}`},
		"a heartbeat as a plate":         {"", `{"AlarmInfoPlate":{"serialno":"s1","heartbeat":1}}`, "s1", `{"Response_Heartbeat":{"info":"no"}}`},
		"an input":                       {"", `{"AlarmGioIn":{"serialno":"s1","result":{"TriggerResult":{"source":3,"value":1}}}}`, "s1", `{"Response_AlarmGioIn":{"info":"no"}}`},
		"serial data":                    {"", `{"SerialData":{"serialno":"s1","channel":0,"data":"aGVsbG8="}}`, "s1", `{"Response_SerialData":{"info":"no"}}`},
	} {
		r := request(c.body)
		r.Header.Set("Content-Type", c.kind)
		m := reads(t, r)
		if got := string(m.Reply(admitted).Body); m.Serial != c.serial || got != c.answer {
			t.Errorf("%s of %q is answered %s", name, m.Serial, got)
		}
		if said := fmt.Sprintf("%+v %v", m.Events, m.Serial); strings.Contains(said, "hunter2") {
			t.Errorf("%s keeps the password", name)
		}
		for _, e := range m.Events {
			if e.Live || strings.Contains(fmt.Sprint(e.Detail), "hunter2") {
				t.Errorf("%s: %v", name, e.Detail)
			}
		}
	}
	for name, body := range map[string]string{"nothing": "", "no JSON": "{", "an answer": `{"Response_AlarmInfoPlate":{"info":"ok"}}`, "a list": "[]", "text": "hello", "an empty object": "{}"} {
		var refusal *device.Refusal
		if _, err := read(t, request(body)); !errors.As(err, &refusal) || refusal.Status < 400 {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := request(seen("粤B12345", ""))
	r.Method = http.MethodGet
	if _, err := vzenith.Dialect.Read(vzenith.Dialect{}, r); err == nil {
		t.Error("a GET is read")
	}
}

// captures are bodies of real cameras, which lie beside a checkout at some places and
// must not be copied into it.
const captures = "../../../shared/payloads"

func TestCaptures(t *testing.T) {
	if _, err := os.Stat(captures); err != nil {
		t.Skip("the captures of real devices are not beside this checkout")
	}
	for file, want := range map[string]string{"parking-vzenith-1.json": `"info":"ok"`, "parking-vzenith-5.json": `"info":"no"`, "parking-vzenith-7.txt": `Response_Heartbeat`} {
		raw, err := os.ReadFile(filepath.Join(captures, file))
		if err != nil {
			t.Error(err)
			continue
		}
		r := request(string(raw))
		if strings.HasSuffix(file, ".txt") {
			r.Header.Set("Content-Type", "multipart/form-data; boundary=------------------------caa771fe4a61f3d9")
		}
		m := reads(t, r)
		if got := m.Reply(admitted); got.Status != 200 || !json.Valid(got.Body) || !strings.Contains(string(got.Body), want) {
			t.Errorf("%s is answered %d %s", file, got.Status, got.Body)
		}
		if m.Serial == "" {
			t.Errorf("%s has no serial number", file)
		}
	}
	raw, _ := os.ReadFile(filepath.Join(captures, "parking-vzenith-1.json"))
	if e := reads(t, request(string(raw))).Events[0]; e.Plate != "粤Z9065澳" || !e.Live || e.DeviceAt != 1686299994000 || e.Detail["clock"] != "" {
		t.Errorf("%q live %t %d %v", e.Plate, e.Live, e.DeviceAt, e.Detail)
	}
	// The answers that two makers print are those given here.
	for file, got := range map[string]device.Response{
		"parking-vzenith-3.json": reads(t, request(strings.Replace(seen("粤B12345", `"isoffline":1,`), "21085", "123", 1))).Reply(nil),
		"parking-vzenith-9.json": reads(t, request(seen("粤B12345", ""))).Reply(nil),
	} {
		raw, err := os.ReadFile(filepath.Join(captures, file))
		var want, have any
		if err != nil || json.Unmarshal(raw, &want) != nil || json.Unmarshal(got.Body, &have) != nil || fmt.Sprint(want) != fmt.Sprint(have) {
			t.Errorf("%s: answered %s, %v", file, got.Body, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("application/json", seen("粤B12345", `"isoffline":0,`))
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"serialno\"\r\n\r\nx\r\n--b--")
	f.Add("", `{"AlarmGioIn":{"result":{"TriggerResult":{"source":"3"}}}}`)
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := request(body)
		r.Header.Set("Content-Type", kind)
		m, err := vzenith.Dialect{}.Read(r)
		var refusal *device.Refusal
		if err != nil {
			if !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			return
		}
		if got := m.Reply(nil); strings.Contains(string(got.Body), opening) || len(m.Events) > 1 {
			t.Errorf("%q opens: %s", body, got.Body)
		}
		for _, e := range m.Events {
			if len(e.Native) > 64 || e.Kind == "" {
				t.Errorf("%q is %s %q", body, e.Kind, e.Native)
			}
		}
	})
}
