package jsonpush_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/jsonpush"
	"communitypass.cn/communitypass/model"
)

var at = time.Date(2026, 9, 29, 10, 0, 0, 0, time.UTC)

func post(path, kind, encoding string, body []byte) device.Request {
	r := device.Request{Method: http.MethodPost, Path: path, Header: http.Header{}, Body: body, At: at}
	r.Header.Set("Content-Type", kind)
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	return r
}

func read(t *testing.T, d device.Dialect, r device.Request) device.Message {
	t.Helper()
	m, err := d.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// same compares what is kept of an event.
func same(t *testing.T, got, want model.DeviceEvent) {
	t.Helper()
	if got.Kind != want.Kind || got.Live != want.Live || got.State != want.State || got.Native != want.Native || got.Code != want.Code ||
		got.DeviceAt != want.DeviceAt || got.TemperatureTenths != want.TemperatureTenths || got.Direction != want.Direction {
		t.Errorf("read as %+v of %q at %d, %d tenths\nwant %+v", struct {
			Kind                     model.DeviceEventKind
			Live                     bool
			State, Native, Direction string
		}{got.Kind, got.Live, got.State, got.Native, got.Direction}, got.Code, got.DeviceAt, got.TemperatureTenths,
			[]any{want.Kind, want.Live, want.State, want.Native, want.Direction, want.Code, want.DeviceAt, want.TemperatureTenths})
	}
	for name, value := range want.Detail {
		if got.Detail[name] != value {
			t.Errorf("%s is %q, want %q", name, got.Detail[name], value)
		}
	}
}

func TestSenseTime(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want model.DeviceEvent
	}{
		"a code that is shown now": {`{"deviceSN":"N1","recognizeStatus":3,"entry_mode":2,"qrcode_content":"HTTPS://X/P?C=A","bodyTemperature":36.53,"mask":2,"timestamp":1790676000}`,
			model.DeviceEvent{Kind: model.DeviceCode, Live: true, Code: "HTTPS://X/P?C=A", Native: "remote.2", DeviceAt: 1790676000000, TemperatureTenths: 365, Detail: map[string]string{"mask": "2"}}},
		"a card": {`{"deviceSN":"N1","entry_mode":3,"qrcode_content":"","user":{"ic_number":"C-7"},"bodyTemperature":0.0}`,
			model.DeviceEvent{Kind: model.DeviceCode, Live: true, Code: "C-7", Native: "remote.3"}},
		"a face is no code": {`{"deviceSN":"N1","entry_mode":1,"qrcode_content":"","recognizeStatus":2,"bodyTemperature":0.0,"timestamp":1790676000123}`,
			model.DeviceEvent{Kind: model.DeviceCode, State: "refused", Native: "remote.1", DeviceAt: 1790676000123}},
		"a record": {`{"type":0,"data":{"deviceSN":"N1","uuid":"u-1","entry_mode":2,"abnormal_type":0,"pass":true,"timestamp":1790676000,"bodyTemperature":"36.6"}}`,
			model.DeviceEvent{Kind: model.DeviceCode, State: "admitted", Native: "record.2", DeviceAt: 1790676000000, TemperatureTenths: 366}},
		"a fever": {`{"type":0,"data":{"deviceSN":"N1","uuid":"u-2","abnormal_type":40001,"pass":false,"timestamp":1790676000}}`,
			model.DeviceEvent{Kind: model.DeviceCode, State: "refused", Native: "abnormal.40001", DeviceAt: 1790676000000}},
		"an alarm": {`{"type":1,"data":{"deviceSN":"N1","trace_id":"T","code":10001,"event_time":1790676000398,"status":1}}`,
			model.DeviceEvent{Kind: model.DeviceAlarm, State: "raised", Native: "alarm.10001", DeviceAt: 1790676000398, Detail: map[string]string{"what": "tamper"}}},
		"an alarm that went": {`{"type":1,"data":{"deviceSN":"N1","trace_id":"T","code":10001,"event_time":1790676000398,"status":3}}`,
			model.DeviceEvent{Kind: model.DeviceAlarm, State: "cleared", Native: "alarm.10001", DeviceAt: 1790676000398}},
		"a clearing that failed": {`{"type":1,"data":{"deviceSN":"N1","trace_id":"T","code":77,"event_time":1790676000,"status":2}}`,
			model.DeviceEvent{Kind: model.DeviceAlarm, State: "raised", Native: "alarm.77", DeviceAt: 1790676000000, Detail: map[string]string{"what": "", "status": "2"}}},
		"what has no word": {`{"type":9,"data":{"deviceSN":"N1","uuid":"u-9"}}`,
			model.DeviceEvent{Kind: model.DeviceUnknown, Native: "type.9"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, jsonpush.SenseTime(), post("", "application/json", "", []byte(c.body)))
			if len(m.Events) != 1 || m.Serial != "N1" {
				t.Fatalf("%d events of %q", len(m.Events), m.Serial)
			}
			same(t, m.Events[0], c.want)
			if m.Events[0].Live == (m.Events[0].Key != "") {
				t.Errorf("the key is %q", m.Events[0].Key)
			}
		})
	}
}

func TestSenseTimeAnswers(t *testing.T) {
	m := read(t, jsonpush.SenseTime(), post("", "", "", []byte(`{"entry_mode":2,"qrcode_content":"x"}`)))
	for _, c := range []struct {
		answers []model.DeviceAnswer
		pass    bool
		why     int
	}{
		{[]model.DeviceAnswer{{Decision: "admit", Reason: "ok"}}, true, 2},
		{[]model.DeviceAnswer{{Decision: "refuse", Reason: "used"}}, false, 3},
		{[]model.DeviceAnswer{{Decision: "refer", Reason: "passback"}}, false, 3},
		{[]model.DeviceAnswer{{Decision: "refuse", Reason: "unknown_code"}}, false, 4},
		{[]model.DeviceAnswer{{Decision: "refuse", Reason: "outside_hours"}}, false, 5},
		{nil, false, 3},
	} {
		var got struct {
			Code int
			Data struct {
				Pass       bool
				VerifyCode int `json:"verify_code"`
			}
		}
		r := m.Reply(c.answers)
		if err := json.Unmarshal(r.Body, &got); err != nil || r.Status != 200 || got.Code != 200 || got.Data.Pass != c.pass || got.Data.VerifyCode != c.why {
			t.Errorf("%+v is answered %s", c.answers, r.Body)
		}
	}
	if bytes.Contains(m.Busy.Body, []byte(`"pass":true`)) {
		t.Error("a server that is busy opens")
	}
	idle := read(t, jsonpush.SenseTime(), device.Request{Method: http.MethodGet})
	if r := idle.Reply(nil); r.Status != 200 || len(idle.Events) != 0 {
		t.Errorf("a look whether we are there is answered %d", r.Status)
	}
}

const dahuaOne = `{"Action":"Pulse","Code":"AccessControl","Index":1,"Data":{"UserID":"u","CardNo":"7","Method":15,"Type":"Entry","Status":1,"SN":"D1","RealUTC":1790676000,"CurrentTemperature":98.6,"TemperatureUnit":1,"DataSource":"Offline"}}`

func TestDahua(t *testing.T) {
	var packed, raw bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write([]byte(dahuaOne))
	_ = z.Close()
	f, _ := flate.NewWriter(&raw, 6)
	_, _ = f.Write([]byte(dahuaOne))
	_ = f.Close()
	multi := "--boundary\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nHeartbeat\r\n--boundary\r\nContent-Type: text/plain\r\n\r\n" + dahuaOne +
		"\r\n--boundary\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\n\r\n\xff\xd8\x00\xfe\r\n--boundary--\r\n"
	flat := `Code=AccessControl;action=Pulse;index=1;data={"UserID":"u","CardNo":"7","Method":15,"Type":"Entry","Status":1,"SN":"D1","RealUTC":1790676000,"CurrentTemperature":98.6,"TemperatureUnit":1,"DataSource":"Offline"}`
	key := read(t, jsonpush.Dahua(), post("", "application/json", "", []byte(dahuaOne))).Events[0].Key
	for name, r := range map[string]device.Request{
		"single":                  post("", "application/json", "", []byte(dahuaOne)),
		"a list":                  post("", "application/json", "", []byte(`{"Events":[`+dahuaOne+`]}`)),
		"zlib":                    post("", "application/json", "deflate", packed.Bytes()),
		"the bare stream":         post("", "application/json", "deflate", raw.Bytes()),
		"deflate, and not packed": post("", "application/json", "deflate", []byte(dahuaOne)),
		"parts":                   post("", "multipart/x-mixed-replace; boundary=boundary", "", []byte(multi)),
		"parts that never end":    post("", "multipart/x-mixed-replace; boundary=boundary", "", []byte(strings.TrimSuffix(multi, "--boundary--\r\n"))),
		"flat keys":               post("", "multipart/x-mixed-replace; boundary=boundary", "", []byte("--boundary\r\nContent-Type: text/plain\r\n\r\n"+flat+"\r\n")),
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, jsonpush.Dahua(), r)
			if len(m.Events) != 1 || m.Serial != "D1" || m.Events[0].Key != key {
				t.Fatalf("%d events of %q", len(m.Events), m.Serial)
			}
			same(t, m.Events[0], model.DeviceEvent{Kind: model.DeviceCode, State: "admitted", Native: "AccessControl.15", Direction: "in", DeviceAt: 1790676000000,
				TemperatureTenths: 370, Detail: map[string]string{"replay": "yes"}})
			if got := string(m.Reply(nil).Body); got != `{"code":0,"message":"success"}` || m.Busy.Status != 503 {
				t.Errorf("answered %s, busy %d", got, m.Busy.Status)
			}
		})
	}
}

func TestDahuaKinds(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want model.DeviceEvent
	}{
		"a door":              {`{"Code":"DoorStatus","Action":"Pulse","Data":{"Status":"Open","UTC":1790676000}}`, model.DeviceEvent{Kind: model.DeviceDoor, State: "opened", Native: "DoorStatus", DeviceAt: 1790676000000}},
		"the button":          {`{"Code":"AccessControl","Data":{"Method":5,"Type":"Exit","Status":1,"CreateTime":1790676000}}`, model.DeviceEvent{Kind: model.DeviceDoor, State: "opened", Native: "AccessControl.5", Direction: "out", DeviceAt: 1790676000000}},
		"an alarm":            {`{"Code":"BreakIn","Action":"Start","Data":{"UTC":1790676000}}`, model.DeviceEvent{Kind: model.DeviceAlarm, State: "raised", Native: "BreakIn", DeviceAt: 1790676000000, Detail: map[string]string{"what": "forced"}}},
		"an alarm that went":  {`{"Code":"BreakIn","Action":"Stop","Data":{"UTC":1790676000}}`, model.DeviceEvent{Kind: model.DeviceAlarm, State: "cleared", Native: "BreakIn", DeviceAt: 1790676000000}},
		"what has no word":    {`{"Code":"<新事件>Odd","Data":{"UTC":1790676000}}`, model.DeviceEvent{Kind: model.DeviceUnknown, Native: "<>Odd", DeviceAt: 1790676000000}},
		"not measured":        {`{"Code":"AccessControl","Data":{"Status":0,"CurrentTemperature":0.0,"UTC":1}}`, model.DeviceEvent{Kind: model.DeviceCode, State: "refused", Native: "AccessControl."}},
		"a fever":             {`{"Code":"AccessControl","Data":{"Status":0,"CurrentTemperature":38.4,"IsOverTemperature":true}}`, model.DeviceEvent{Kind: model.DeviceCode, State: "refused", Native: "AccessControl.", TemperatureTenths: 384, Detail: map[string]string{"over_temperature": "yes"}}},
		"no data at all":      {`{"Code":"Reboot"}`, model.DeviceEvent{Kind: model.DeviceUnknown, Native: "Reboot"}},
		"a time that is none": {`{"Code":"Reboot","Data":{"UTC":99999999999999999999999}}`, model.DeviceEvent{Kind: model.DeviceUnknown, Native: "Reboot"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, jsonpush.Dahua(), post("", "application/json", "", []byte(c.body)))
			same(t, m.Events[0], c.want)
		})
	}
}

func TestUniview(t *testing.T) {
	d := jsonpush.Uniview()
	beat := read(t, d, post("/LAPI/V1.0/PACS/Controller/HeartReportInfo", "", "", []byte(`{"RefId":"r","Time":"2026-09-29 18:00:00","NextTime":"2026-09-29 18:00:10","DeviceCode":"U1","DeviceType":5}`)))
	if got := string(beat.Reply(nil).Body); len(beat.Events) != 0 || beat.Serial != "U1" || got != `{"Code":0,"Data":{"Time":"2026-09-29 18:00:00"},"ResponseURL":"/LAPI/V1.0/PACS/Controller/HeartReportInfo"}` {
		t.Errorf("a heartbeat is answered %s", got)
	}
	for name, c := range map[string]struct {
		body string
		want model.DeviceEvent
	}{
		"somebody it knows": {`{"Seq":42,"DeviceCode":"U1","Timestamp":1790676000,"FaceInfoList":[{"Temperature":36.5,"MaskFlag":1}],"LibMatInfoList":[{"MatchStatus":1,"MatchPersonInfo":{"PersonName":"secret"}}]}`,
			model.DeviceEvent{Kind: model.DeviceCode, State: "admitted", Native: "PersonVerification.1", DeviceAt: 1790676000000, TemperatureTenths: 365, Detail: map[string]string{"mask": "1"}}},
		"somebody it does not": {`{"Seq":42,"DeviceCode":"U1","FaceInfoList":[{"Timestamp":1790676000,"Temperature":0}],"LibMatInfoList":[]}`,
			model.DeviceEvent{Kind: model.DeviceCode, State: "refused", Native: "PersonVerification.", DeviceAt: 1790676000000}},
		"an alarm": {`{"Seq":42,"DeviceCode":"U1","AlarmInfo":{"AlarmType":"TamperAlarmOn","TimeStamp":1790676000,"AlarmSeq":3}}`,
			model.DeviceEvent{Kind: model.DeviceAlarm, State: "raised", Native: "TamperAlarmOn", DeviceAt: 1790676000000, Detail: map[string]string{"what": "tamper"}}},
		"an alarm that went": {`{"Seq":42,"DeviceCode":"U1","AlarmType":"InputAlarmOff","Timestamp":1790676000}`,
			model.DeviceEvent{Kind: model.DeviceAlarm, State: "cleared", Native: "InputAlarmOff", DeviceAt: 1790676000000, Detail: map[string]string{"what": "input"}}},
		"what has no word": {`{"Seq":42,"DeviceCode":"U1","NotificationType":9}`,
			model.DeviceEvent{Kind: model.DeviceUnknown, Native: "notification.9"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, d, post("/LAPI/V1.0/PACS/Controller/Event/Notifications", "", "", []byte(c.body)))
			same(t, m.Events[0], c.want)
			if got := string(m.Reply(nil).Body); !strings.Contains(got, `"RecordID":42`) || !strings.Contains(got, `"StatusCode":0`) || m.Serial != "U1" {
				t.Errorf("answered %s", got)
			}
			if strings.Contains(strings.Join(values(m.Events[0].Detail), " "), "secret") {
				t.Error("a name is kept")
			}
		})
	}
}

func values(m map[string]string) (out []string) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func dialects() map[string]device.Dialect {
	return map[string]device.Dialect{"sensetime": jsonpush.SenseTime(), "dahua": jsonpush.Dahua(), "uniview": jsonpush.Uniview()}
}

func TestRefusals(t *testing.T) {
	bomb := func() []byte {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		_, _ = z.Write(make([]byte, 17<<20))
		_ = z.Close()
		return b.Bytes()
	}()
	mixed := "multipart/x-mixed-replace; boundary=b"
	for name, c := range map[string]struct {
		maker string
		r     device.Request
	}{
		"DELETE":                {"dahua", device.Request{Method: http.MethodDelete}},
		"nothing":               {"sensetime", post("", "", "", nil)},
		"no JSON":               {"uniview", post("", "", "", []byte("vgdecoderesult=1"))},
		"two texts":             {"uniview", post("", "", "", []byte(`{"Seq":1}{"Seq":2}`))},
		"null":                  {"sensetime", post("", "", "", []byte("null"))},
		"a list":                {"sensetime", post("", "", "", []byte(`[{"entry_mode":2}]`))},
		"endless nesting":       {"dahua", post("", "", "", []byte(strings.Repeat(`{"Data":`, 1<<20)))},
		"no UTF-8":              {"sensetime", post("", "", "", []byte("{\"entry_mode\":2,\"qrcode_content\":\"\xff\xfe\"}"))},
		"a code that is a book": {"sensetime", post("", "", "", []byte(`{"entry_mode":2,"qrcode_content":"`+strings.Repeat("x", 5000)+`"}`))},
		"a push of nothing":     {"sensetime", post("", "", "", []byte(`{"type":0}`))},
		"no question":           {"sensetime", post("", "", "", []byte(`{"deviceSN":"N"}`))},
		"no notification":       {"uniview", post("", "", "", []byte(`{}`))},
		"an event of no code":   {"dahua", post("", "", "", []byte(`{"Events":[{"Action":"Pulse"}]}`))},
		"two devices":           {"dahua", post("", "", "", []byte(`{"Events":[{"Code":"A","Data":{"SN":"1"}},{"Code":"A","Data":{"SN":"2"}}]}`))},
		"too many":              {"dahua", post("", "", "", []byte(`{"Events":[`+strings.TrimSuffix(strings.Repeat(`{"Code":"A"},`, 501), ",")+`]}`))},
		"a bomb":                {"dahua", post("", "", "deflate", bomb)},
		"broken packing":        {"dahua", post("", "", "deflate", []byte("\x78\x9cnonsense"))},
		"unknown packing":       {"dahua", post("", "", "br", []byte("x"))},
		"no boundary":           {"dahua", post("", "multipart/x-mixed-replace", "", []byte("x"))},
		"a part without a head": {"dahua", post("", mixed, "", []byte("--b\r\nContent-Type: text/plain"))},
		"a part that is short":  {"dahua", post("", mixed, "", []byte("--b\r\nContent-Length: 99\r\n\r\n{}\r\n--b--"))},
		"too many parts":        {"dahua", post("", mixed, "", []byte(strings.Repeat("--b\r\n\r\n{}\r\n", 300)))},
	} {
		t.Run(name, func(t *testing.T) {
			var refusal *device.Refusal
			if m, err := dialects()[c.maker].Read(c.r); !errors.As(err, &refusal) || refusal.Status < 400 || refusal.Status > 499 {
				t.Errorf("%v, %d events", err, len(m.Events))
			}
		})
	}
}

func TestAPictureIsDropped(t *testing.T) {
	body := `{"deviceSN":"N1","entry_mode":2,"qrcode_content":"x","rgb_image":"` + strings.Repeat("A", 10<<20) + `"}`
	if m := read(t, jsonpush.SenseTime(), post("", "", "", []byte(body))); m.Events[0].Code != "x" || len(m.Events[0].Detail) != 0 {
		t.Error("a code beside a large picture is lost")
	}
}

// Bodies that others wrote are read where they lie; they are no part of this tree.
func TestPayloadsOfOthers(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "payloads")
	for file, c := range map[string]struct {
		maker, path, kind string
		events            int
		of                model.DeviceEventKind
	}{
		"gate-dahua-1.json":            {"dahua", "", "application/json", 1, model.DeviceDoor},
		"gate-dahua-3.json":            {"dahua", "", "application/json", 1, model.DeviceDoor},
		"gate-dahua-5.txt":             {"dahua", "", "multipart/x-mixed-replace; boundary=boundary", 1, model.DeviceCode},
		"gate-uniview-1.json":          {"uniview", "/LAPI/V1.0/PACS/Controller/HeartReportInfo", "", 0, ""},
		"thermometry-sensetime-1.json": {"sensetime", "", "application/json", 1, model.DeviceCode},
		"thermometry-sensetime-3.json": {"sensetime", "", "application/json", 1, model.DeviceCode},
		"alarm-sensetime-1.json":       {"sensetime", "", "application/json", 1, model.DeviceAlarm},
	} {
		t.Run(file, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(folder, file))
			if errors.Is(err, os.ErrNotExist) {
				t.Skip("the bodies that others wrote do not lie beside this tree")
			}
			m := read(t, dialects()[c.maker], post(c.path, c.kind, "", body))
			if len(m.Events) != c.events || c.events > 0 && (m.Events[0].Kind != c.of || m.Events[0].Live || m.Events[0].TemperatureTenths != 0) {
				t.Errorf("%d events: %+v", len(m.Events), m.Events)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, body := range []string{dahuaOne, `{"Events":[` + dahuaOne + `]}`, `{"type":1,"data":{"code":1}}`, `{"entry_mode":"3","user":{"ic_number":7}}`,
		`{"Seq":"9","FaceInfoList":[{}],"LibMatInfoList":[null]}`, "--b\n\nCode=A;data={}\n--b", "Code=A;action=;data={", `{"AlarmInfo":{"AlarmType":"On"}}`} {
		for maker := range byte(3) {
			f.Add(maker, maker, []byte(body))
		}
	}
	makers := []device.Dialect{jsonpush.SenseTime(), jsonpush.Dahua(), jsonpush.Uniview()}
	f.Fuzz(func(t *testing.T, maker, how byte, body []byte) {
		kind, encoding := []string{"application/json", "multipart/mixed; boundary=b"}[how%2], []string{"", "deflate", "gzip"}[how%3]
		m, err := makers[int(maker)%3].Read(post("/x", kind, encoding, body))
		var refusal *device.Refusal
		if err != nil {
			if !errors.As(err, &refusal) {
				t.Fatalf("%T is no refusal", err)
			}
			return
		}
		for _, e := range m.Events {
			if e.Kind == "" || len(e.Native) > 64 || e.Live != (e.Code != "") {
				t.Errorf("read as %q %q", e.Kind, e.Native)
			}
			if n := e.TemperatureTenths; n != 0 && (n < 300 || n > 450) {
				t.Errorf("%d tenths are nobody's", n)
			}
		}
		if r := m.Reply(make([]model.DeviceAnswer, len(m.Events))); !json.Valid(r.Body) || bytes.Contains(r.Body, []byte(`"pass":true`)) {
			t.Errorf("answered %s", r.Body)
		}
	})
}
