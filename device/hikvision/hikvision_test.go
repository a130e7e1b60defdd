package hikvision_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/hikvision"
	"communitypass.cn/communitypass/model"
)

// noon is when the tests' requests arrive.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("", 8*3600))

const noonText = "2026-11-22T12:00:00+08:00"

func request(body string) device.Request {
	return device.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(body), At: noon, Device: "D1"}
}

// reads reads a body that must be readable.
func reads(t *testing.T, d *hikvision.Dialect, r device.Request) device.Message {
	t.Helper()
	m, err := d.Read(r)
	if err != nil {
		t.Fatalf("%.200q: %v", r.Body, err)
	}
	return m
}

// only is the one event of a body.
func only(t *testing.T, r device.Request) model.DeviceEvent {
	t.Helper()
	m := reads(t, hikvision.New(), r)
	if len(m.Events) != 1 {
		t.Fatalf("%d events of %.200q", len(m.Events), r.Body)
	}
	return m.Events[0]
}

// acs is an access event with the given fields.
func acs(fields string) string {
	return `{"eventType":"AccessControllerEvent","dateTime":"` + noonText + `","channelID":1,"macAddress":"a4:d5:c2:24:dd:74","AccessControllerEvent":{` + fields + `}}`
}

func TestAccessEvents(t *testing.T) {
	for name, c := range map[string]struct {
		fields, native string
		kind           model.DeviceEventKind
		state, what    string
	}{
		"a valid card":           {`"majorEventType":5,"subEventType":1,"cardNo":"11","serialNo":1`, "5/0x01", model.DeviceCode, "admitted", ""},
		"a face":                 {`"majorEventType":5,"subEventType":75,"employeeNoString":"8","serialNo":1`, "5/0x4b", model.DeviceCode, "admitted", ""},
		"a card nobody knows":    {`"majorEventType":5,"subEventType":9,"cardNo":"11","serialNo":1`, "5/0x09", model.DeviceCode, "refused", ""},
		"a QR code of no table":  {`"majorEventType":5,"subEventType":156,"QRCodeInfo":"x1","serialNo":1`, "5/0x9c", model.DeviceCode, "", ""},
		"codes in hexadecimal":   {`"majorEventType":"5","subEventType":"0x4c","serialNo":1`, "5/0x4c", model.DeviceCode, "refused", ""},
		"a door unlocked":        {`"majorEventType":5,"subEventType":21,"serialNo":1`, "5/0x15", model.DeviceDoor, "opened", "unlocked"},
		"a door locked":          {`"majorEventType":5,"subEventType":22,"serialNo":1`, "5/0x16", model.DeviceDoor, "closed", "locked"},
		"a door open too long":   {`"majorEventType":5,"subEventType":28,"serialNo":1`, "5/0x1c", model.DeviceDoor, "left_open", "left_open"},
		"a door forced":          {`"majorEventType":5,"subEventType":27,"serialNo":1`, "5/0x1b", model.DeviceAlarm, "raised", "forced"},
		"the fire relay":         {`"majorEventType":5,"subEventType":52,"serialNo":1`, "5/0x34", model.DeviceAlarm, "raised", "fire"},
		"duress":                 {`"majorEventType":1,"subEventType":1034,"serialNo":1`, "1/0x40a", model.DeviceAlarm, "raised", "duress"},
		"tampering that is over": {`"majorEventType":1,"subEventType":1031,"serialNo":1`, "1/0x407", model.DeviceAlarm, "cleared", "tamper"},
		"mains lost":             {`"majorEventType":2,"subEventType":1029,"serialNo":1`, "2/0x405", model.DeviceStatus, "raised", "mains_lost"},
		"opened from afar":       {`"majorEventType":3,"subEventType":1024,"serialNo":1`, "3/0x400", model.DeviceDoor, "opened", "opened_remotely"},
		"an alarm of no table":   {`"majorEventType":1,"subEventType":2304,"serialNo":1`, "1/0x900", model.DeviceUnknown, "", ""},
		"an event of no table":   {`"majorEventType":5,"subEventType":999,"serialNo":1`, "5/0x3e7", model.DeviceUnknown, "", ""},
		"no code at all":         {`"serialNo":1`, "AccessControllerEvent", model.DeviceUnknown, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := only(t, request(acs(c.fields)))
			if e.Kind != c.kind || e.Native != c.native || e.State != c.state || e.Detail["what"] != c.what || e.Live || e.Key == "" || e.DeviceAt != model.Millis(noon) {
				t.Errorf("%s %s %q %v, key %q at %d", e.Kind, e.Native, e.State, e.Detail, e.Key, e.DeviceAt)
			}
		})
	}
}

func TestQuestions(t *testing.T) {
	const asks = `"majorEventType":5,"subEventType":156,"remoteCheck":true,"serialNo":7,`
	for name, c := range map[string]struct {
		body, code string
		live       bool
	}{
		"a QR code":                         {acs(asks + `"QRCodeInfo":"CODE"`), "CODE", true},
		"a QR code in the card's field":     {acs(asks + `"cardNo":"CODE","cardReaderKind":3`), "CODE", true},
		"a card":                            {acs(asks + `"cardNo":"1234567890"`), "1234567890", true},
		"said to be happening now":          {acs(asks + `"currentEvent":true,"QRCodeInfo":"CODE"`), "CODE", true},
		"no card but a QR code":             {acs(asks + `"cardNo":"0","QRCodeInfo":"CODE"`), "CODE", true},
		"told afterwards":                   {acs(asks + `"currentEvent":false,"QRCodeInfo":"CODE"`), "CODE", false},
		"sent once more after an outage":    {strings.Replace(acs(asks+`"QRCodeInfo":"CODE"`), `"channelID"`, `"isDataRetransmission":true,"channelID"`, 1), "CODE", false},
		"of an hour ago":                    {strings.Replace(acs(asks+`"QRCodeInfo":"CODE"`), "T12:", "T11:", 1), "CODE", false},
		"of a clock that was never set":     {strings.Replace(acs(asks+`"QRCodeInfo":"CODE"`), "2026", "1970", 1), "CODE", true},
		"of a clock that is ahead":          {strings.Replace(acs(asks+`"QRCodeInfo":"CODE"`), "T12:", "T13:", 1), "CODE", true},
		"of a face alone":                   {acs(asks + `"employeeNoString":"8"`), "", false},
		"by XML":                            {`<EventNotificationAlert><eventType>AccessControllerEvent</eventType><AccessControllerEvent><subEventType>1</subEventType><serialNo>7</serialNo><QRCodeInfo>A&amp;B</QRCodeInfo><remoteCheck>true</remoteCheck></AccessControllerEvent></EventNotificationAlert>`, "A&B", true},
		"longer than any code":              {acs(asks + `"QRCodeInfo":"` + strings.Repeat("x", 1025) + `"`), "", false},
		"wrapped as some firmwares do":      {`{"EventNotificationAlert":` + acs(asks+`"QRCodeInfo":"CODE"`) + `}`, "CODE", true},
		"without anything around the event": {`{` + asks + `"QRCodeInfo":"CODE"}`, "CODE", true},
	} {
		t.Run(name, func(t *testing.T) {
			m := reads(t, hikvision.New(), request(c.body))
			if e := m.Events[0]; e.Kind != model.DeviceCode || e.Live != c.live || e.Code != c.code {
				t.Errorf("%s live %t, code %q", e.Kind, e.Live, e.Code)
			}
			for decision, want := range map[string]string{"admit": "success", "refuse": "failed", "refer": "failed", "": "failed"} {
				if result, serial, info := verdict(t, m.Reply([]model.DeviceAnswer{{Decision: decision, Reason: "used", Message: "hello"}})); result != want || serial != 7 || info != "" {
					t.Errorf("%q is answered %s %d %q", decision, result, serial, info)
				}
			}
			if result, _, _ := verdict(t, m.Busy); result != "failed" {
				t.Errorf("a server that is busy says %s", result)
			}
		})
	}
}

func verdict(t *testing.T, r device.Response) (result string, serial int64, info string) {
	t.Helper()
	var body struct {
		RemoteCheck struct {
			SerialNo          int64
			CheckResult, Info string
		}
	}
	if err := json.Unmarshal(r.Body, &body); err != nil || r.Status != 200 {
		t.Fatalf("%d %q: %v", r.Status, r.Body, err)
	}
	return body.RemoteCheck.CheckResult, body.RemoteCheck.SerialNo, body.RemoteCheck.Info
}

// Two questions in one request would get one answer: only one may open.
func TestOneQuestionIsAsked(t *testing.T) {
	ask := func(n string) string {
		return acs(`"majorEventType":5,"subEventType":1,"remoteCheck":true,"serialNo":` + n + `,"QRCodeInfo":"C` + n + `"`)
	}
	m := reads(t, hikvision.New(), request("["+ask("1")+","+ask("2")+"]"))
	if len(m.Events) != 2 || !m.Events[0].Live || m.Events[1].Live {
		t.Errorf("%d events", len(m.Events))
	}
	if result, serial, _ := verdict(t, m.Reply([]model.DeviceAnswer{{Decision: "refuse"}, {Decision: "admit"}})); result != "failed" || serial != 1 {
		t.Errorf("the first question is answered %s for %d", result, serial)
	}
}

func TestWhatAsksNothingIsAcknowledged(t *testing.T) {
	m := reads(t, hikvision.New(), request(acs(`"majorEventType":5,"subEventType":1,"serialNo":1`)))
	if r := m.Reply(nil); r.Status != 200 || strings.Contains(string(r.Body), "RemoteCheck") {
		t.Errorf("%d %q", r.Status, r.Body)
	}
	if m.Busy.Status != 503 {
		t.Errorf("a server that is busy says %d", m.Busy.Status)
	}
}

func TestAccessKeys(t *testing.T) {
	key := func(body string) string { return only(t, request(body)).Key }
	const ask = `"majorEventType":5,"subEventType":1,"remoteCheck":true,"serialNo":7,"QRCodeInfo":"A"`
	if first, resent := key(acs(ask)), key(acs(ask)); first != resent || first == "" {
		t.Error("the same event has two keys")
	}
	for name, other := range map[string]string{
		"another serial number":           acs(strings.Replace(ask, "7", "8", 1)),
		"another code to a used number":   acs(strings.Replace(ask, `"A"`, `"B"`, 1)),
		"a number used again after reset": strings.Replace(acs(ask), "12:00:00", "12:00:01", 1),
		"another channel":                 strings.Replace(acs(ask), `"channelID":1`, `"channelID":2`, 1),
		"another device behind a gateway": strings.Replace(acs(ask), `"channelID"`, `"deviceID":"2","channelID"`, 1),
	} {
		if key(other) == key(acs(ask)) {
			t.Errorf("%s has the same key", name)
		}
	}
	if key(`{"majorEventType":5,"subEventType":1}`) != "" {
		t.Error("what has neither number nor time has a key")
	}
}

func TestTemperatures(t *testing.T) {
	for fields, want := range map[string]int{
		`"currTemperature":36.5`:                                365,
		`"currTemperature":36.54,"thermometryUnit":"celsius"`:   365,
		`"currTemperature":98.6,"thermometryUnit":"fahrenheit"`: 370,
		`"currTemperature":311.35,"thermometryUnit":"kelvin"`:   382,
		`"currTemperature":0`:                                   0,
		`"currTemperature":0,"thermometryUnit":"fahrenheit"`:    0,
		`"currTemperature":"NaN"`:                               0,
		`"currTemperature":1e300`:                               0,
		`"currTemperature":310.15`:                              0,
		`"currTemperature":null`:                                0,
		`"currTemperature":"37.3","thermometryUnit":"celsius"`:  373,
		`"currTemperature":45.0`:                                450,
		`"currTemperature":45.1`:                                0,
		`"thermometryUnit":"celsius"`:                           0,
	} {
		if e := only(t, request(acs(`"majorEventType":5,"subEventType":75,"serialNo":1,`+fields))); e.TemperatureTenths != want {
			t.Errorf("%s is %d", fields, e.TemperatureTenths)
		}
	}
	if e := only(t, request(acs(`"majorEventType":5,"subEventType":999,"serialNo":1,"currTemperature":36.5`))); e.Kind != model.DeviceReading {
		t.Errorf("a temperature alone is a %s", e.Kind)
	}
}

func TestTimes(t *testing.T) {
	for told, want := range map[string]string{
		"2026-10-08T10:00:00-03:00":     "2026-10-08T13:00:00Z",
		"2026-10-08T10:00:00Z":          "2026-10-08T10:00:00Z",
		"2026-10-08T10:00:00":           "2026-10-08T02:00:00Z",
		"2026-10-08 10:00:00":           "2026-10-08T02:00:00Z",
		"2026-10-08T10:00:00.500+0800":  "2026-10-08T02:00:00.5Z",
		"2024-05-07T17:48:03.847+07:00": "2024-05-07T10:48:03.847Z",
		"1970-01-01T00:00:09+08:00":     "",
		"yesterday":                     "",
	} {
		e := only(t, request(strings.Replace(acs(`"majorEventType":5,"subEventType":1`), noonText, told, 1)))
		got := ""
		if e.DeviceAt != 0 {
			got = time.UnixMilli(e.DeviceAt).UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%s is %s", told, got)
		}
	}
}

func TestSerials(t *testing.T) {
	const mac, long = `<macAddress>a4:d5:c2:24:dd:74</macAddress>`, `<deviceUUID>DS-TCG405-E 20220323AIJ67694167</deviceUUID>`
	for name, c := range map[string]struct{ told, known, want string }{
		"known by nothing":              {mac + long, "", ""},
		"known by its MAC":              {mac, "A4-D5-C2-24-DD-74", "A4-D5-C2-24-DD-74"},
		"another MAC":                   {mac, "A4:D5:C2:24:DD:75", "a4:d5:c2:24:dd:74"},
		"a MAC is no number":            {mac, "DS-1", ""},
		"a number is no MAC":            {long, "A4:D5:C2:24:DD:75", ""},
		"known by the whole number":     {long, "DS-TCG405-E20220323AIJ67694167", "DS-TCG405-E20220323AIJ67694167"},
		"known by the number on it":     {mac + long, "J67694167", "J67694167"},
		"another number":                {mac + long, "J67694168", "DS-TCG405-E 20220323AIJ67694167"},
		"the end of a number too short": {long, "4167", "DS-TCG405-E 20220323AIJ67694167"},
		"known by a name given to it":   {"<deviceID>88</deviceID>" + long, "88", "88"},
		"in an extension":               {"<Extensions><serialNumber>DS-9</serialNumber></Extensions>", "DS-9", "DS-9"},
	} {
		r := request("<EventNotificationAlert><eventType>IO</eventType>" + c.told + "</EventNotificationAlert>")
		r.Serial = c.known
		if m := reads(t, hikvision.New(), r); m.Serial != c.want {
			t.Errorf("%s: %q", name, m.Serial)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	for name, c := range map[string]struct{ body, reason string }{
		"nothing":                  {"", "no_document"},
		"a picture":                {"\xff\xd8\xff\xe0JFIF", "no_document"},
		"text":                     {"hello", "no_document"},
		"an object of no event":    {`{}`, "no_event"},
		"a page":                   {`<html><body/></html>`, "no_event"},
		"half an object":           {`{"eventType":"VMD"`, "unreadable"},
		"two objects":              {`{"eventType":"VMD"}{"eventType":"VMD"}`, "unreadable"},
		"half a document":          {`<EventNotificationAlert><eventType>VMD`, "unreadable"},
		"what is no UTF-8":         {"{\"eventType\":\"VMD\",\"channelName\":\"\xd6\xd0\"}", "not_text"},
		"XML that is no UTF-8":     {"<E><eventType>VMD</eventType><n>\xd6\xd0</n></E>", "unreadable"},
		"an unknown charset":       {`<?xml version="1.0" encoding="EBCDIC"?><E><eventType>VMD</eventType></E>`, "unreadable"},
		"nested too deep":          {deep, "too_deep"},
		"lists nested too deep":    {strings.Repeat("[", 100000), "too_deep"},
		"XML nested too deep":      {strings.Repeat("<a>", 100000), "too_deep"},
		"too many facts":           {`{"eventType":[` + strings.Repeat("1,", 30000) + `1]}`, "too_deep"},
		"an entity from a file":    {`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><E><eventType>&e;</eventType></E>`, "doctype"},
		"entities that multiply":   {`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>`, "doctype"},
		"an entity of nobody":      {`<E><eventType>&nobody;</eventType></E>`, "unreadable"},
		"more than a document":     {`{"eventType":"` + strings.Repeat("x", 2<<20) + `"}`, "too_large"},
		"a form without an end":    {"--b\r\nContent-Disposition: form-data; name=\"event_log\"\r\n\r\n{\"eventType\":", "unreadable"},
		"a form without a part":    {"--b\r\n", "no_document"},
		"a form of nothing":        {"--b--\r\n", "no_document"},
		"parts without number":     {strings.Repeat("--b\r\nContent-Type: image/jpeg\r\n\r\nx\r\n", 100) + "--b--\r\n", "too_many_parts"},
		"documents without number": {"[" + strings.Repeat(`{"eventType":"VMD"},`, 20) + `{"eventType":"VMD"}]`, "too_many_documents"},
	} {
		var refusal *device.Refusal
		if _, err := hikvision.New().Read(request(c.body)); !errors.As(err, &refusal) || refusal.Reason != c.reason || refusal.Status < 400 || refusal.Status >= 500 {
			t.Errorf("%s: %v", name, err)
		}
	}
	get := request("")
	get.Method = http.MethodGet
	if _, err := hikvision.New().Read(get); err == nil {
		t.Error("a GET is read")
	}
}
