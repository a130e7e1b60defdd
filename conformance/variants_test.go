package conformance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

const contact = `<EventNotificationAlert><dateTime>2026-03-02T07:15:0%d+08:00</dateTime><eventType>IO</eventType><eventState>active</eventState><eventDescription>西门输入</eventDescription></EventNotificationAlert>`

func passage(n int) string {
	return fmt.Sprintf(`{"dateTime":"2026-03-02T07:15:0%[1]d+08:00","eventType":"AccessControllerEvent","eventState":"active","AccessControllerEvent":{"majorEventType":5,"subEventType":38,"serialNo":%[1]d,"name":"赵"}}`, n)
}

func in(t *testing.T, e encoding.Encoding, text string) string {
	t.Helper()
	out, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestVariants: whoever writes a folder writes it in an encoding and with line ends of
// their own, with the head of the request or several messages in one file, and cuts
// things off. Each file gets its line and a reason, and none ends the run.
func TestVariants(t *testing.T) {
	xml := fmt.Sprintf(contact, 1)
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	files := map[string]struct{ body, want string }{
		"alarm-hikvision-1.xml":   {"\ufeff" + xml, "ok .*event alarm raised IO"},
		"alarm-hikvision-2.xml":   {in(t, simplifiedchinese.GBK, `<?xml version="1.0" encoding="GBK"?>`+xml), "ok .*event alarm raised IO"},
		"alarm-hikvision-3.xml":   {in(t, simplifiedchinese.GB18030, `<?xml version="1.0" encoding="GB18030"?>`+xml), "ok .*event alarm raised IO"},
		"alarm-hikvision-4.xml":   {strings.ReplaceAll(xml, "><", ">\r\n<"), "ok .*event alarm raised IO"},
		"alarm-hikvision-5.xml":   {in(t, utf16, xml), "ok .*(event alarm raised IO|refused: it is not in UTF-8)"},
		"alarm-hikvision-6.json":  {xml, "ok .*event alarm raised IO"}, // the wrong ending
		"alarm-hikvision-7.txt":   {"POST /played HTTP/1.1\r\nHost: 192.0.2.1\r\nContent-Type: application/xml\r\n\r\n" + xml, "ok .*event alarm raised IO"},
		"alarm-hikvision-8.txt":   {"POST /played HTTP/1.1\nContent-Type: multipart/form-data; boundary=zaun\n\n--zaun\nContent-Disposition: form-data; name=\"x\"\nContent-Type: application/xml\n\n" + xml + "\n--zaun--\n", "ok .*event alarm raised IO"},
		"alarm-hikvision-9.xml":   {"", "ok .*refused: it is empty"},
		"alarm-hikvision-10.xml":  {strings.Replace(xml, "西门", strings.Repeat("门", 10<<20/3), 1), "ok .*413.*refused: it is of"},
		"gate-hikvision-11.json":  {passage(1) + "\r\n" + passage(2), "ok .*2 messages: event code admitted .*; event code admitted"},
		"gate-hikvision-12.json":  {"[" + passage(3) + ",\n" + passage(4) + "]", "ok .*2 messages: event code admitted"},
		"gate-hikvision-13.json":  {passage(5)[:90], "ok .*refused: it is cut off"},
		"gate-hikvision-14.json":  {in(t, utf16, passage(6)), "ok .*(event code admitted|refused: it is not in UTF-8)"},
		"gate-hikvision-15.json":  {"[7]", "left .*neither JSON nor XML"},
		"gate-hikvision-16.json":  {`{"AcsCfg":{"remoteCheckDoorEnabled":true}}`, "left "},
		"gate-vguang-17.txt":      {"", "ok .*refused: it shows no code"},
		"gate-nobody-18.bin":      {"\x00\x01", "left .*no protocol of ours: gate nobody"},
		"parking-vzenith-19.txt":  {"\x00\x00\x00", "ok .*refused: it is no text|ok .*refused: it is not in UTF-8"},
		"elevator-kone-20.json":   {`{"type":`, "left .*nothing that KONE"},
		"outgoing-webhook-21.txt": {"?", "left .*no protocol of ours: outgoing webhook"},
	}
	folder := t.TempDir()
	for name, f := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(f.body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tally, out := replay(t, folder)
	if tally.Failed > 0 || tally.Passed+tally.LeftOut != len(files) {
		t.Errorf("%+v of %d files\n%s", tally, len(files), out)
	}
	lines(t, out, func(name string) string { return files[name].want })
}

// lines wants every file's line to be as said.
func lines(t *testing.T, out string, want func(name string) string) {
	t.Helper()
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if !regexp.MustCompile(want(words[2])).MatchString(line) {
			t.Errorf("not %q: %.300s", want(words[2]), line)
		}
	}
}

// TestWhatAServerSays: a file that a server says is held against this server's own
// sentence; one that is of another form fails, and says where.
func TestWhatAServerSays(t *testing.T) {
	kone := func(callType, payload string) string {
		return `{"type":"lift-call-api-v2","buildingId":"building:1","groupId":"1","callType":"` + callType + `","payload":` + payload + `}`
	}
	files := map[string]struct{ body, want string }{
		"parking-vzenith-1.json":             {`{"Response_AlarmInfoPlate":{"info":"ok","TriggerImage":{"port":80}}}`, "ok .*on purpose: Response_AlarmInfoPlate.TriggerImage"},
		"parking-vzenith-2.json":             {`{"Response_AlarmInfoPlate":{"ContinuePushOffline":{"plateid":77,"continue":1}}}`, "ok .*2 alike"},
		"parking-vzenith-3.json":             {`{"Response_AlarmInfoPlate":{"info":1}}`, "FAIL .*info is a text, not a number"},
		"parking-4pyun-4.json":               {`{"code":"1001","message":"fine"}`, "ok .*the answer to an entry"},
		"parking-4pyun-5.json":               {`{"code":1001,"message":"fine"}`, "FAIL .*code is a text, not a number"},
		"parking-4pyun-23.json":              {`{"service":"service.parking.gate.control","park_uuid":"p","gate_id":"g","status":"OPEN","sign":"A","nonce":"n"}`, "ok .*on purpose: nonce"},
		"parking-4pyun-24.json":              {`{"service":"service.parking.gate.control","park_uuid":"p","gate_id":"g","status":"CLOSE","sign":"A"}`, "left .*does not give"},
		"parking-4pyun-25.json":              {`{"result_code":"1500","message":"no"}`, "ok .*command failed"},
		"parking-bolink-6.json":              {`{"sign":"A","data":{"state":1,"message":"fine"}}`, "ok .*the answer to an entry"},
		"city-gat1400-7.json":                {`{"ResponseStatusListObject":{"ResponseStatusObject":[{"Id":"1","RequestURL":"/VIID/MotorVehicles","StatusCode":"0","StatusString":"fine","LocalTime":"20260302071500"}]}}`, "ok .*5 alike"},
		"city-gat1400-8.json":                {`{"ResponseStatusListObject":{"ResponseStatusObject":[{"Number":"0"}]}}`, "FAIL .*without .*Number"},
		"gate-zkteco-9.txt":                  {"ServerVersion=2\r\nRealtime=1\r\nSessionID=A\r\n---\r\nC:9:CONTROL DEVICE 01010109", "ok .*3 alike.*the order to open has its form"},
		"gate-hikvision-10.xml":              {`<RemoteControlDoor><cmd>open</cmd></RemoteControlDoor>`, "ok .*the order to open has its form"},
		"gate-hikvision-11.xml":              {`<ResponseStatus><statusCode>3</statusCode></ResponseStatus>`, "ok .*command failed"},
		"gate-hikvision-capabilities-12.xml": {`<RemoteControlDoor><cmd opt="close,resume"/></RemoteControlDoor>`, "ok .*command failed"},
		"gate-hikvision-13.json":             {`{"device":{"realm":"A gate","nonce":"c0ffee","opaque":"x"}}`, "ok .*signed as RFC 7616 says"},
		"outgoing-cloudevents-14.json":       {`{"specversion":"1.0","type":"t","source":"s","id":"1","more":null,"theirs":5}`, "ok .*on purpose: theirs"},
		"outgoing-cloudevents-15.json":       {`{"specversion":"0.3","type":"t","source":"s","id":"1"}`, "FAIL .*specversion is 1.0, not 0.3"},
		"outgoing-standardwebhooks-16.json":  {`{"secret":"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","webhook-id":"m","webhook-timestamp":1,"body":"x","webhook-signature":"v1,AAAA"}`, "ok .*own signature is not good.*and verifies"},
		"elevator-kone-17.json":              {kone("action", `{"request_id":1,"area":1000,"time":"t","terminal":1,"call":{"action":2,"destination":2000,"group_size":2}}`), "ok .*on purpose: payload.call.group_size"},
		"elevator-kone-18.json":              {kone("action", `{"request_id":"1","area":1000,"time":"t","terminal":1,"call":{"action":2,"destination":2000}}`), "FAIL .*request_id is a number, not a text"},
		"elevator-kone-19.json":              {`[{"statusCode":201,"requestId":"1"},{"statusCode":201,"requestId":"1","data":{"success":false,"request_id":1,"error":"CANCELLED"}}]`, "ok .*the call is refused"},
		"elevator-kone-20.json":              {`{"subtopic":"lift_1/position","data":{"dir":"DOWN","moving_state":"MOVING","cur":7,"area":1001010,"door":false}}`, `ok .*"direction":"down","floor":"7"`},
		"elevator-kone-21.json":              {`{"subtopic":"call_state/5/served","data":{"allocated_lift_deck":[1001010]}}`, "ok .*the call is arrived"},
		"elevator-kone-22.json":              {kone("action", `{"request_id":1,"area":1000,"terminal":1,"call":{"action":2001}}`), "left .*a landing or of a cabin"},
	}
	folder := t.TempDir()
	failing := 0
	for name, f := range files {
		if strings.HasPrefix(f.want, "FAIL") {
			failing++
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(f.body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tally, out := replay(t, folder)
	if tally.Failed != failing {
		t.Errorf("%+v, %d are to fail\n%s", tally, failing, out)
	}
	lines(t, out, func(name string) string { return files[name].want })
}
