package cap

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

func read(body string) (device.Message, error) {
	return Dialect{}.Read(device.Request{Method: http.MethodPost, Body: []byte(body)})
}

func payload(t testing.TB, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "payloads", name))
	if err != nil {
		t.Skip("NOT PROVED: recorded messages are not here: ../shared/payloads/" + name)
	}
	return string(body)
}

func refusedFor(t *testing.T, body, want string) {
	t.Helper()
	_, err := read(body)
	var refusal *device.Refusal
	if !errors.As(err, &refusal) || refusal.Status != http.StatusBadRequest || !strings.Contains(string(refusal.Body), `"`+want+`"`) {
		t.Errorf("refused for %v, want %s", err, want)
	}
}

func TestRecordedWarnings(t *testing.T) {
	if m, err := read(payload(t, "alarm-cap-1.xml")); err != nil || m.Events[0].Detail["headline"] != "EQ 6.3 Neiafu, Tonga - PRELIMINARY REPORT" {
		t.Errorf("version 1.1: %v, %v", m, err)
	}
	refusedFor(t, payload(t, "alarm-cap-3.xml"), "scope")
	m, err := read(payload(t, "alarm-cap-5.xml"))
	if err != nil || len(m.Events) != 1 {
		t.Fatal(m, err)
	}
	e := m.Events[0]
	if e.Kind != model.DeviceAlarm || e.State != "raised" || e.Detail["what"] != "earthquake" || e.Detail["severity"] != "Unknown" ||
		e.Detail["headline"] != "EQ 4.6 Usulután, Usulután, El Salvador - PRELIMINARY REPORT" || e.Detail["area"] == "" || e.DeviceAt == 0 {
		t.Errorf("became %+v", e)
	}
}

const good = `<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>A-1</identifier><sender>quake.cn</sender>` +
	`<sent>2026-11-22T20:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><language>en</language><category>Met</category>` +
	`<event>Storm</event><urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty><headline>Storm</headline></info>` +
	`<info><language>zh-CN</language><category>Met</category><event>大风</event><urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty>` +
	`<headline>大风橙色预警</headline><area><areaDesc>朝阳区</areaDesc></area></info></alert>`

func TestKindsOfMessages(t *testing.T) {
	for what, c := range map[string]struct{ from, to, want string }{
		"an alert":       {"", "", "alarm raised weather"},
		"an update":      {"<msgType>Alert</msgType>", "<msgType>Update</msgType><references>quake.cn,A-0,2026-11-22T19:00:00+08:00</references>", "alarm raised weather"},
		"a cancellation": {"<msgType>Alert</msgType>", "<msgType>Cancel</msgType><references>quake.cn,A-0,2026-11-22T19:00:00+08:00</references>", "alarm cleared weather"},
		"an exercise":    {"Actual", "Exercise", "status exercise weather"},
		"a test":         {"Actual", "Test", "status test weather"},
		"an ack":         {"<msgType>Alert</msgType>", "<msgType>Ack</msgType>", "status actual weather"},
	} {
		m, err := read(strings.Replace(good, c.from, c.to, 1))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		e := m.Events[0]
		if got := string(e.Kind) + " " + e.State + " " + e.Detail["what"]; got != c.want || e.Detail["headline"] != "大风橙色预警" || e.Detail["area"] != "朝阳区" {
			t.Errorf("%s became %s %v, want %s", what, got, e.Detail, c.want)
		}
		if strings.Contains(c.to, "A-0") && !strings.Contains(e.Detail["references"], "quake.cn,A-0,") {
			t.Errorf("%s refers to %q", what, e.Detail["references"])
		}
	}
	first, _ := read(good)
	second, _ := read(strings.Replace(good, "20:00:00", "20:00:01", 1))
	again, _ := read(good)
	if first.Events[0].Key != again.Events[0].Key || first.Events[0].Key == second.Events[0].Key {
		t.Error("identifier, sender and sent are not what a message is known by")
	}
}

func TestLevels(t *testing.T) {
	for name, c := range map[string]struct {
		change []string
		want   model.Severity
	}{
		"severe": {nil, model.Major}, "extreme": {[]string{"Severe<", "Extreme<"}, model.Critical}, "moderate": {[]string{"Severe<", "Moderate<"}, model.Minor},
		"unknown": {[]string{"Severe<", "Unknown<"}, model.Minor}, "extreme and unlikely": {[]string{"Severe<", "Extreme<", "Likely", "Unlikely"}, model.Minor},
		"extreme and past": {[]string{"Severe<", "Extreme<", "Expected", "Past"}, model.Minor},
	} {
		m, err := read(strings.NewReplacer(c.change...).Replace(good))
		if err != nil || m.Events[0].Detail["warning"] != string(c.want) {
			t.Errorf("%s: %v, %v", name, m.Events, err)
		}
	}
}

// An update names the warning by the key under which that was kept.
func TestWhatAnUpdateReplaces(t *testing.T) {
	first, _ := read(good)
	update := strings.NewReplacer("A-1", "A-2", "<msgType>Alert</msgType>", "<msgType>Update</msgType>").Replace(good)
	m, err := read(strings.Replace(update, "<info>", "<references>quake.cn,A-0,2026-11-22T19:00:00+08:00 quake.cn,A-1,2026-11-22T20:00:00+08:00</references><info>", 1))
	if err != nil {
		t.Fatal(err)
	}
	if replaced := strings.Fields(m.Events[0].Detail["replaces"]); len(replaced) != 2 || replaced[1] != first.Events[0].Key || replaced[0] == replaced[1] {
		t.Errorf("%v, %v", replaced, first.Events[0].Key)
	}
}

func TestExpiredWarnings(t *testing.T) {
	expiring := strings.ReplaceAll(good, "<headline>", "<expires>2026-11-22T21:00:00+08:00</expires><headline>")
	for at, want := range map[string]model.DeviceEventKind{"2026-11-22T20:59:00+08:00": model.DeviceAlarm, "2026-11-22T21:00:01+08:00": model.DeviceStatus} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Dialect{}.Read(device.Request{Method: http.MethodPost, Body: []byte(expiring), At: now})
		if err != nil || m.Events[0].Kind != want {
			t.Errorf("%s: %v, %v", at, m.Events, err)
		}
	}
}

func TestWhatIsNoWarningIsRefused(t *testing.T) {
	for want, body := range map[string]string{
		"xml":           "{}",
		"dtd":           strings.Replace(good, "<alert", `<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert`, 1),
		"charset":       strings.Replace(good, "UTF-8", "UTF-7", 1),
		"namespace":     strings.Replace(good, ":1.2", ":1.0", 1),
		"identifier":    strings.Replace(good, "A-1", "A 1", 1),
		"sent":          strings.Replace(good, "+08:00", "Z", 1),
		"status":        strings.Replace(good, "Actual", "Real", 1),
		"msgType":       strings.Replace(good, "<msgType>Alert", "<msgType>Alarm", 1),
		"references":    strings.Replace(good, "<msgType>Alert", "<msgType>Cancel", 1),
		"info.severity": strings.Replace(good, "Severe<", "Bad<", 1),
		"info":          good[:strings.Index(good, "<info>")] + "</alert>",
	} {
		refusedFor(t, body, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`<?xml version="1.0" encoding="ISO-8859-1"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><a>` + "\xe1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := read(string(body))
		var refusal *device.Refusal
		if err != nil && !errors.As(err, &refusal) {
			t.Errorf("%v is no refusal", err)
		}
		if err == nil && (len(m.Events) != 1 || m.Events[0].Key == "") {
			t.Errorf("became %v", m.Events)
		}
	})
}
