package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// vzenithAnswers are the forms of what a plate camera is answered. Of an answer all but
// the verdict is optional: orders that go with it.
var vzenithAnswers = form{fixed: []string{"Response_AlarmInfoPlate.ContinuePushOffline.continue", "Response_AlarmInfoPlate.ContinuePushOffline.plateid"},
	needed: []string{"Response_AlarmInfoPlate", "Response_AlarmInfoPlate.info", "Response_AlarmInfoPlate.ContinuePushOffline", "Response_AlarmInfoPlate.ContinuePushOffline.continue",
		"Response_AlarmInfoPlate.ContinuePushOffline.plateid", "Response_AlarmGioIn", "Response_Heartbeat"},
	meant: map[string]string{
		"Response_AlarmInfoPlate.serialData": "the server writes nothing on the display of the barrier",
		"*":                                  "an order that may go with the answer, and that this server does not give",
	}}

// vzenithAnswered asks as a camera does where the server says that sentence.
func vzenithAnswered(ctx context.Context, s *stage, o map[string]any) (outcome, error) {
	plate, _ := o["Response_AlarmInfoPlate"].(map[string]any)
	offline, isOffline := plate["ContinuePushOffline"].(map[string]any)
	q := push{path: "/devicemanagement/php/plateresult.php", contentType: jsonType}
	sentence := "the answer to a plate"
	switch {
	case isOffline:
		sentence = "the answer to a plate of before"
		q.body = plateOf(s, 1, offline["plateid"])
	case plate != nil:
		q.body = plateOf(s, 0, s.numbered()())
	case o["Response_AlarmGioIn"] != nil:
		sentence = "the answer to an input"
		q.body = []byte(`{"AlarmGioIn":{"deviceName":"played","ipaddr":"192.0.2.9","serialno":"played","result":{"TriggerResult":{"source":0,"value":1}}}}`)
	case o["Response_Heartbeat"] != nil:
		sentence = "the answer to a heartbeat"
		q.path, q.contentType = "/devicemanagement/php/receivedeviceinfo.php", "application/x-www-form-urlencoded"
		q.body = []byte(url.Values{"device_name": {"played"}, "ipaddr": {"192.0.2.9"}, "serialno": {"played"}}.Encode())
	default:
		return outcome{}, leftOut("no question leads to such an answer")
	}
	u, err := s.register(ctx, "vzenith", nil)
	if err != nil {
		return outcome{}, err
	}
	status, body, err := u.send(ctx, q)
	if err != nil || status != http.StatusOK {
		return outcome{answer: string(body)}, fmt.Errorf("status %d, %v", status, err)
	}
	return vzenithAnswers.against(sentence, o, body)
}

// plateOf is a plate that was read, offline (1) or now (0).
func plateOf(s *stage, offline int, id any) []byte {
	body, _ := json.Marshal(map[string]any{"AlarmInfoPlate": map[string]any{"channel": 0, "serialno": "played", "result": map[string]any{"PlateResult": map[string]any{ // of plain values
		"license": "京A·PL777", "plateid": id, "isoffline": offline, "timeStamp": map[string]any{"Timeval": map[string]any{"sec": s.clock.Now().Unix(), "usec": 0}}}}}})
	return body
}

// pyunAnswers are the forms of what P云 and its counterparts answer.
var pyunAnswers = form{needed: []string{"code", "message", "hint"}, meant: map[string]string{
	"seqno":     "a number of that cloud's own log",
	"data_node": "a machine of that cloud",
	"path":      "the question, said back",
	"code":      "a refusal bears 400 here, where that cloud says 200 with a hint",
	"*":         "beyond code and message nothing is promised",
}}

// pyunAnswered asks with a good signature or, where the answer has a hint, with a wrong
// one.
func pyunAnswered(ctx context.Context, s *stage, o map[string]any) (outcome, error) {
	f, fields := pyunAnswers, url.Values{"app_id": {"played"}, "parking_serial": {s.serial("played-")}, "plate": {"京APL778"},
		"enter_time": {fmt.Sprint(s.clock.Now().UnixMilli())}, "sign": {"0123456789ABCDEF0123456789ABCDEF"}}
	sentence := "the refusal of a wrong signature"
	if o["hint"] == nil {
		sentence, f.meant = "the answer to an entry", map[string]string{"*": f.meant["*"]}
		fields = md5Signed(fields, "sign", "&app_secret="+cloudSecret)
	}
	u, err := s.register(ctx, "4pyun", map[string]any{"app_id": "played", "secret": cloudSecret})
	if err != nil {
		return outcome{}, err
	}
	status, body, err := u.send(ctx, push{path: "/gate/1.0/parking/internal/enter", contentType: "application/x-www-form-urlencoded", body: []byte(fields.Encode())})
	if err != nil || status != http.StatusOK {
		return outcome{answer: string(body)}, fmt.Errorf("status %d, %v", status, err)
	}
	got, err := f.against(sentence, o, body)
	if mine, _ := object(body); err == nil && kindOf(o["code"]) != kindOf(mine["code"]) {
		err = fmt.Errorf("code is %s, not %s", kindOf(mine["code"]), kindOf(o["code"]))
	}
	return got, err
}

// viidAnswers are the forms of what a platform of GA/T 1400 answers.
var viidAnswers = form{}

// viidAnswered says what that answer is an answer to: a list to a vehicle, one alone to a
// sign of life.
func viidAnswered(ctx context.Context, s *stage, o map[string]any) (outcome, error) {
	u, err := s.register(ctx, "viid", map[string]any{"serial": viidID, "secret": cameraPassword})
	if err != nil {
		return outcome{}, err
	}
	defer u.revoke(ctx)
	path, sentence, body := "/VIID/System/Register", "the answer to a registration", []byte(`{"RegisterObject":{"DeviceID":"`+viidID+`"}}`)
	status, answer, err := u.viid(ctx, path, body)
	if err != nil || status != http.StatusOK {
		return outcome{answer: string(answer)}, fmt.Errorf("registering by digest: %d, %v", status, err)
	}
	if o["ResponseStatusListObject"] != nil {
		path, sentence = "/VIID/MotorVehicles", "the answer to a vehicle"
		now := s.clock.Now().In(zone)
		body, _ = json.Marshal(map[string]any{"MotorVehicleListObject": map[string]any{"MotorVehicleObject": []map[string]any{{ // of plain values
			"MotorVehicleID": viidID + "02" + now.Format("20060102150405") + "0000102" + "00001", "InfoKind": 1, "SourceID": viidID + "02" + now.Format("20060102150405") + "00001",
			"DeviceID": viidID, "PassTime": now.Format("20060102150405"), "HasPlate": "1", "PlateNo": "京APL779", "PlateClass": "02", "PlateColor": "5"}}}})
		if status, answer, err = u.viid(ctx, path, body); err != nil || status != http.StatusOK {
			return outcome{answer: string(answer)}, fmt.Errorf("status %d, %v", status, err)
		}
	}
	f := viidAnswers
	root := "ResponseStatusObject"
	if o["ResponseStatusListObject"] != nil {
		root = "ResponseStatusListObject.ResponseStatusObject[]"
	}
	if code := statusCode(mustJSON(o)); code == "0" { // a refusal has its own number
		f.fixed = []string{root + ".StatusCode"}
	}
	// One status may stand where others write a list of one.
	return f.against(sentence, o, answer)
}

// mustJSON writes again what was read before.
func mustJSON(v any) []byte {
	text, _ := json.Marshal(v)
	return text
}

// iclockSaid asks as a ZKTeco device where the server says that sentence; none says why
// it says no such thing.
func iclockSaid(ctx context.Context, s *stage, sentence string) (o outcome, err error) {
	serial := s.serial("FORM")
	u, err := s.register(ctx, "zkteco", map[string]any{"serial": serial})
	if err != nil {
		return o, err
	}
	sn := url.Values{"SN": {serial}}.Encode()
	post := func(path, query, text string) (string, error) {
		status, body, err := u.send(ctx, push{path: path, query: query, contentType: "application/push;charset=UTF-8", body: []byte(text)})
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d", status)
		}
		return string(body), err
	}
	code, err := post("/registry", sn, "DeviceType=acc,~DeviceName=PLAYED,FirmVer=played,IsSupportQRcode=1")
	if err != nil {
		return o, fmt.Errorf("registering: %w", err)
	}
	switch {
	case strings.HasPrefix(sentence, "RegistryCode="):
		return pairs(sentence).against("the answer to a registration", code, "")
	case strings.Contains(sentence, "ServerVersion="):
		ours, err := post("/push", sn, "")
		if err != nil {
			return outcome{answer: ours}, err
		}
		return pairs(sentence).against("what the device is told of its sending", ours, "a parameter that this server leaves as the device has it")
	case strings.Contains(sentence, "AUTH="):
		ours, err := post("/cdata", sn+"&AuthType=device", fmt.Sprintf("time=%s\tpin=0\tcardno=%s\teventaddr=1\tevent=0\tinoutstatus=0\tverifytype=4\tindex=%d\r\n", s.clock.Now().In(zone).Format(time.DateTime), nobody, s.numbered()()))
		if err != nil {
			return outcome{answer: ours}, err
		}
		return pairs(sentence).against("the verdict about a code", ours, "said of one who may pass, and this code is nobody's")
	case strings.Contains(sentence, "CONTROL DEVICE 01"):
		return u.iclockOrdered(ctx, sn)
	}
	return o, leftOut("an order that this server does not give")
}

// iclockOrdered has staff open the door, and fetches and does the order as the device.
func (u *unit) iclockOrdered(ctx context.Context, sn string) (o outcome, err error) {
	fetching, stop := context.WithCancel(ctx)
	defer stop()
	got := make(chan string, 1)
	go func() {
		defer close(got)
		_ = until(fetching, "no order", func() (bool, error) {
			_, body, err := u.send(fetching, push{method: http.MethodGet, path: "/getrequest", query: sn})
			if number, order, found := strings.Cut(strings.TrimPrefix(string(body), "C:"), ":"); err == nil && found {
				got <- "C:" + number + ":" + strings.TrimSpace(order)
				// What is lost here the server takes for no answer, and the order fails by it.
				_, _, _ = u.send(fetching, push{path: "/devicecmd", query: sn, body: []byte("ID=" + number + "&Return=0&CMD=CONTROL DEVICE\r\n")})
				return true, nil
			}
			return false, nil
		})
	}()
	said, err := u.opened(ctx)
	stop()
	o.answer = <-got
	if err != nil {
		return o, err
	}
	if !iclockOpen.MatchString(o.answer) {
		return o, fmt.Errorf("not the form C:number:CONTROL DEVICE 01, door, 01, seconds")
	}
	o.heard = "the order to open has its form; " + said
	return o, nil
}

// pairs are name=value, one a line or between commas.
type pairs string

func (p pairs) names() map[string]any {
	out := map[string]any{}
	for _, line := range strings.FieldsFunc(string(p), func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == '\t' }) {
		if name, value, ok := strings.Cut(line, "="); ok {
			out[strings.TrimSpace(name)] = value
		}
	}
	return out
}

// against holds the names against ours; optional is why one may be absent.
func (p pairs) against(sentence, ours, optional string) (outcome, error) {
	f := form{meant: map[string]string{}}
	if optional != "" {
		f.meant["*"] = optional
	}
	l := f.compare(p.names(), pairs(ours).names())
	if len(l.same) == 0 {
		l.wrong = append(l.wrong, "nothing alike")
	}
	return l.said(sentence, ours)
}
