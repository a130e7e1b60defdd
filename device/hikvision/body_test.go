package hikvision_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/hikvision"
	"communitypass.cn/communitypass/model"
)

const (
	inJSON = `{"eventType":"VMD","eventState":"active","channelID":1,"channelName":"东门"}`
	inXML  = `<EventNotificationAlert xmlns="http://www.hikvision.com/ver20/XMLSchema"><channelID>1</channelID><eventType>VMD</eventType><channelName>东门</channelName></EventNotificationAlert>`
)

// form puts a document among pictures.
func form(name, kind, document string, picture int) string {
	return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n" + kind + "Content-Length: 7\r\n\r\n" + document +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"Picture\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" + strings.Repeat("\xff{", picture/2) + "\r\n--b--\r\n"
}

func packed(t *testing.T, in func(io.Writer) io.WriteCloser, body string) string {
	t.Helper()
	var out bytes.Buffer
	w := in(&out)
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestBodies(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(inXML)
	if err != nil {
		t.Fatal(err)
	}
	gbJSON, err := simplifiedchinese.GBK.NewEncoder().String(inJSON)
	if err != nil {
		t.Fatal(err)
	}
	zipped := packed(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, inXML)
	raw := packed(t, func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 9); return f }, inXML)
	framed := packed(t, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, inXML)
	for name, c := range map[string]struct{ kind, encoding, body string }{
		"JSON":                              {"application/json", "", inJSON},
		"JSON without a type":               {"", "", inJSON},
		"JSON called a form":                {"application/x-www-form-urlencoded", "", inJSON},
		"JSON called multipart":             {"multipart/form-data; boundary=b", "", inJSON},
		"JSON with a mark and an end":       {"text/html", "", "\ufeff" + inJSON + "\r\n\x00"},
		"XML":                               {`application/xml; charset="UTF-8"`, "", inXML},
		"XML of a broken type":              {"application/xml;;charset", "", `<?xml version="1.0" encoding="utf-8" ?>` + inXML},
		"XML in GB2312":                     {"application/xml", "", `<?xml version="1.0" encoding="GB2312"?>` + gb},
		"XML in GB18030, said by the type":  {"application/xml; charset=GB18030", "", gb},
		"JSON in GBK, said by the type":     {"application/json; charset=gbk", "", gbJSON},
		"a form with JSON":                  {"multipart/form-data; boundary=b", "", form("event_log", "", inJSON, 100)},
		"a form by another name":            {"multipart/form-data; boundary=b", "", form("AccessControllerEvent", "Content-Type: application/json\r\n", inJSON, 100)},
		"a form with XML and a big picture": {"multipart/form-data; boundary=b", "", form("anpr.xml", "Content-Type: application/xml\r\n", inXML, 10<<20)},
		"a stream":                          {"multipart/mixed; boundary=b", "", form("x", "", inXML, 100)},
		"a form with another boundary":      {"multipart/form-data; boundary=other", "", form("event_log", "", inJSON, 100)},
		"a form without a type":             {"", "", "\r\n" + form("event_log", "", inJSON, 100)},
		"a form that lacks its end":         {"multipart/form-data; boundary=b", "", strings.TrimSuffix(form("event_log", "", inJSON, 100), "--b--\r\n")},
		"gzip":                              {"application/xml", "gzip", zipped},
		"gzip that nobody told of":          {"application/xml", "", zipped},
		"deflate":                           {"application/xml", "deflate", framed},
		"deflate without a frame":           {"application/xml", "deflate", raw},
	} {
		t.Run(name, func(t *testing.T) {
			r := request(c.body)
			r.Header.Set("Content-Type", c.kind)
			r.Header.Set("Content-Encoding", c.encoding)
			if e := only(t, r); e.Kind != model.DeviceAlarm || e.Native != "VMD" || e.Detail["channel"] != "1" {
				t.Errorf("%s %s %v", e.Kind, e.Native, e.Detail)
			}
		})
	}
}

func TestBodiesThatSwellAreRefused(t *testing.T) {
	bomb := packed(t, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, strings.Repeat(" ", 20<<20))
	for name, c := range map[string]struct{ encoding, body, reason string }{
		"a bomb":             {"gzip", bomb, "too_large"},
		"half a bomb":        {"gzip", bomb[:len(bomb)/2], "compression"},
		"no gzip":            {"gzip", inXML, "compression"},
		"no deflate":         {"deflate", "\xff\xff\xff", "compression"},
		"an unknown packing": {"br", inXML, "content_encoding"},
	} {
		r := request(c.body)
		r.Header.Set("Content-Encoding", c.encoding)
		var refusal *device.Refusal
		if _, err := hikvision.New().Read(r); !errors.As(err, &refusal) || refusal.Reason != c.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// captures are bodies of real devices, which lie beside a checkout at some places
// and must not be copied into it.
const captures = "../../../shared/payloads"

func TestCaptures(t *testing.T) {
	if _, err := os.Stat(captures); err != nil {
		t.Skip("the captures of real devices are not beside this checkout")
	}
	for file, want := range map[string]struct {
		kind                 model.DeviceEventKind
		native, state, plate string
	}{
		"gate-hikvision-1.json":       {model.DeviceCode, "5/0x26", "admitted", ""},
		"gate-hikvision-3.json":       {model.DeviceCode, "5/0x4b", "admitted", ""},
		"gate-hikvision-5.xml":        {model.DeviceCode, "5/0x26", "admitted", ""},
		"alarm-hikvision-1.xml":       {model.DeviceAlarm, "IO", "raised", ""},
		"alarm-hikvision-3.xml":       {model.DeviceAlarm, "IO", "raised", ""},
		"thermometry-hikvision-1.xml": {model.DeviceAlarm, "VMD", "raised", ""},
		"video-hikvision-4.xml":       {model.DeviceAlarm, "fielddetection", "raised", ""},
		"video-hikvision-6.xml":       {model.DeviceAlarm, "duration", "raised", ""},
		"video-hikvision-8.xml":       {model.DeviceAlarm, "PIR", "raised", ""},
		"parking-hikvision-1.xml":     {model.DevicePlate, "ANPR", "", "WX1234A"},
		"parking-hikvision-3.xml":     {model.DevicePlate, "ANPR", "", "WA99999"},
		"parking-hikvision-5.xml":     {model.DevicePlate, "ANPR", "", "粤B12345"},
	} {
		raw, err := os.ReadFile(filepath.Join(captures, file))
		if err != nil {
			t.Error(err)
			continue
		}
		for name, body := range map[string]string{"bare": string(raw), "in a form": form("x", "", string(raw), 100)} {
			if e := only(t, request(body)); e.Kind != want.kind || e.Native != want.native || e.State != want.state || e.Plate != want.plate || e.Live {
				t.Errorf("%s %s: %s %s %q %q", file, name, e.Kind, e.Native, e.State, e.Plate)
			}
		}
		for cut := range raw { // a connection that broke
			if m, err := hikvision.New().Read(request(string(raw[:cut]))); err == nil && len(bytes.TrimSpace(raw[cut:])) > 0 {
				t.Errorf("%s cut at %d is read as %d events", file, cut, len(m.Events))
				break
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("application/json", acs(`"majorEventType":5,"subEventType":156,"remoteCheck":true,"serialNo":7,"QRCodeInfo":"A","currTemperature":36.5`))
	f.Add("application/xml", inXML)
	f.Add("multipart/form-data; boundary=b", form("event_log", "", inJSON, 10))
	f.Add("", `<?xml version="1.0" encoding="gbk"?><E><eventType>ANPR</eventType><ANPR><licensePlate>`+"\xd4\xc1"+`B12345</licensePlate></ANPR></E>`)
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := device.Request{Method: http.MethodPost, Header: http.Header{"Content-Type": {kind}}, Body: []byte(body), At: noon, Device: "D", Serial: "A4D5C224DD74"}
		m, err := hikvision.New().Read(r)
		var refusal *device.Refusal
		if err != nil && !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		live := 0
		for _, e := range m.Events {
			if e.Live {
				live++
			}
			if e.Kind == "" || len(e.Native) > 64 || len(e.State) > 32 || e.Live && e.Code == "" && e.Kind != model.DevicePlate {
				t.Errorf("%q is read as %s %q", body, e.Kind, e.Native)
			}
			for _, word := range e.Detail {
				if strings.ContainsFunc(word, func(r rune) bool { return r > 126 || r < 32 }) {
					t.Errorf("detail %q", word)
				}
			}
		}
		if live > 1 {
			t.Error("more than one question")
		}
		if err == nil && m.Reply(make([]model.DeviceAnswer, len(m.Events))).Status != 200 {
			t.Error("no answer")
		}
	})
}
