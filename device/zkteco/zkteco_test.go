package zkteco_test

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/zkteco"
	"communitypass.cn/communitypass/model"
)

func request(method, path, query, body string) device.Request {
	q, _ := url.ParseQuery(query)
	return device.Request{Method: method, Path: path, Query: q, Header: http.Header{}, Body: []byte(body), At: time.Date(2017, 1, 11, 1, 30, 3, 0, time.UTC)}
}

func read(t *testing.T, method, path, query, body string) device.Message {
	t.Helper()
	m, err := zkteco.Dialect{}.Read(request(method, path, query, body))
	if err != nil {
		t.Fatal(err)
	}
	if m.Serial != "S1" {
		t.Errorf("it calls itself %q", m.Serial)
	}
	return m
}

func TestConversation(t *testing.T) {
	for name, c := range map[string]struct{ method, path, query, body, want string }{
		"the first call":            {"GET", "/iclock/cdata", "SN=S1&options=all&pushver=3.1.2", "", "OK"},
		"orders":                    {"GET", "/iclock/getrequest", "SN=S1", "", "OK"},
		"what came of an order":     {"POST", "/iclock/devicecmd", "SN=S1", "ID=1&Return=0&CMD=DATA UPDATE", "OK"},
		"are we there":              {"GET", "/iclock/ping", "SN=S1", "", "OK"},
		"the time":                  {"GET", "/iclock/rtdata", "SN=S1&type=time", "", "DateTime=547263003,ServerTZ=+0800"},
		"what it can do":            {"POST", "/iclock/cdata", "SN=S1&table=options", "ComPwd=secret", "OK"},
		"people are counted only":   {"POST", "/iclock/cdata", "SN=S1&table=tabledata&tablename=user&count=2", "user\tname=\xd5\xc5\xc8\xfd\nuser\tname=x\n", "user=2"},
		"below its own address":     {"GET", "/ping", "SN=S1", "", "OK"},
		"a table of nothing at all": {"POST", "/iclock/cdata", "SN=S1&table=rtlog", "", "OK"},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, c.method, c.path, c.query, c.body)
			if got := string(m.Reply(nil).Body); got != c.want || len(m.Events) != 0 {
				t.Errorf("answered %q with %d events, want %q", got, len(m.Events), c.want)
			}
			if strings.HasPrefix(string(m.Busy.Body), "OK") || m.Busy.Status < 500 {
				t.Errorf("busy says %q", m.Busy.Body)
			}
		})
	}
	code := string(read(t, "POST", "/iclock/registry", "SN=S1", "DeviceType=acc,~DeviceName=x").Reply(nil).Body)
	word, ok := strings.CutPrefix(code, "RegistryCode=")
	if !ok || len(word) != 32 || strings.ContainsAny(word, "\r\n") || code != string(read(t, "POST", "/iclock/registry", "SN=S1", "").Reply(nil).Body) {
		t.Errorf("registered as %q", code)
	}
	if got := string(read(t, "POST", "/iclock/push", "SN=S1", "").Reply(nil).Body); !strings.Contains(got, "\nRealtime=1\n") || !strings.Contains(got, "\nSessionID=") || strings.Contains(got, "User") {
		t.Errorf("told to send so: %q", got)
	}
}

func TestRecords(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want model.DeviceEvent
	}{
		"let in":           {"time=2026-09-28 11:40:45\tpin=41\tcardno=0\teventaddr=1\tevent=0\tinoutstatus=0\tverifytype=1\tindex=13355\tmaskflag=1\ttemperature=36.5", model.DeviceEvent{Kind: model.DeviceCode, State: "admitted", Native: "0", Direction: "in", TemperatureTenths: 365, Detail: map[string]string{"door": "1", "mask": "1"}}},
		"refused, outward": {"time=2026-09-28 11:40:45\tevent=27\tinoutstatus=1\tindex=1\ttemperature=0", model.DeviceEvent{Kind: model.DeviceCode, State: "refused", Native: "27", Direction: "out"}},
		"a fever":          {"time=2026-09-28 11:40:45\tevent=68\tindex=1\ttemperature=38.2", model.DeviceEvent{Kind: model.DeviceCode, State: "refused", Native: "68", TemperatureTenths: 382}},
		"not measured":     {"time=2026-09-28 11:40:45\tevent=0\tindex=1\ttemperature=255", model.DeviceEvent{Kind: model.DeviceCode, State: "admitted", Native: "0"}},
		"a green code":     {"time=2026-09-28 11:40:45\tevent=4007\tindex=1", model.DeviceEvent{Kind: model.DeviceCode, State: "admitted", Native: "4007"}},
		"a red code":       {"time=2026-09-28 11:40:45\tevent=6002\tindex=1", model.DeviceEvent{Kind: model.DeviceCode, State: "refused", Native: "6002"}},
		"forced":           {"time=2026-09-28 11:40:45\tevent=102\tindex=1", model.DeviceEvent{Kind: model.DeviceAlarm, State: "raised", Native: "102", Detail: map[string]string{"what": "forced"}}},
		"no more alarms":   {"time=2026-09-28 11:40:45\tevent=7\tindex=1", model.DeviceEvent{Kind: model.DeviceAlarm, State: "cleared", Native: "7", Detail: map[string]string{"what": "all"}}},
		"a door":           {"time=2026-09-28 11:40:45\tevent=200\tindex=1", model.DeviceEvent{Kind: model.DeviceDoor, State: "opened", Native: "200"}},
		"has no word":      {"time=2026-09-28 11:40:45\tevent=9999\tindex=1", model.DeviceEvent{Kind: model.DeviceUnknown, Native: "9999"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := read(t, "POST", "/iclock/cdata", "SN=S1&table=rtlog", c.line+"\r\n").Events[0]
			if e.Kind != c.want.Kind || e.Live || e.State != c.want.State || e.Native != c.want.Native || e.Direction != c.want.Direction || e.TemperatureTenths != c.want.TemperatureTenths || e.Key == "" {
				t.Errorf("read as %s live %t %q %q %q %d", e.Kind, e.Live, e.State, e.Native, e.Direction, e.TemperatureTenths)
			}
			if want := time.Date(2026, 9, 28, 3, 40, 45, 0, time.UTC).UnixMilli(); e.DeviceAt != want {
				t.Errorf("at %d, want %d", e.DeviceAt, want)
			}
			for k, v := range c.want.Detail {
				if e.Detail[k] != v {
					t.Errorf("%s is %q", k, e.Detail[k])
				}
			}
		})
	}
}

// What the device had kept is the same event as when it was told at once.
func TestBackFillIsTheSameEvent(t *testing.T) {
	once := read(t, "POST", "/iclock/cdata", "SN=S1&table=rtlog", "time=2026-09-28 11:40:45\tevent=0\tindex=7\tcardno=1").Events[0]
	seconds := ((26*12+8)*31+27)*86400 + 11*3600 + 40*60 + 45
	m := read(t, "POST", "/iclock/cdata", "SN=S1&table=tabledata&tablename=transaction&count=1", "transaction cardno=1\tpin=0\tdoorid=1\teventtype=0\tinoutstate=0\ttime_second="+itoa(seconds)+"\tindex=7\r\n")
	if e := m.Events[0]; e.Key != once.Key || e.DeviceAt != once.DeviceAt || string(m.Reply(nil).Body) != "transaction=1" {
		t.Errorf("%q at %d is not %q at %d; answered %s", e.Key, e.DeviceAt, once.Key, once.DeviceAt, m.Reply(nil).Body)
	}
	// 31 days in every month: the 31st of June is no day.
	bad := ((26*12+5)*31 + 30) * 86400
	if e := read(t, "POST", "/iclock/cdata", "SN=S1&table=tabledata&tablename=transaction", "transaction eventtype=0\ttime_second="+itoa(bad)).Events[0]; e.DeviceAt != 0 {
		t.Errorf("no day is %d", e.DeviceAt)
	}
}

func itoa(n int) string {
	var b []byte
	for ; n > 0; n /= 10 {
		b = append(b, byte('0'+n%10))
	}
	slices.Reverse(b)
	return string(b)
}

func TestQuestion(t *testing.T) {
	line := "time=2026-09-28 11:40:45\tpin=0\tcardno=HTTPS://X/P?C=A&B=C\taddrtype=2\teventaddr=2\tevent=223\tinoutstatus=1\tverifytype=0"
	m := read(t, "POST", "/iclock/cdata", "SN=S1&AuthType=device", line+"\r\n")
	e := m.Events[0]
	if !e.Live || e.Code != "HTTPS://X/P?C=A&B=C" || e.Direction != "out" || e.Native != "auth.223" || e.Key != "" {
		t.Errorf("read as live %t %q %q %q %q", e.Live, e.Code, e.Direction, e.Native, e.Key)
	}
	for decision, want := range map[string]string{"admit": "AUTH=SUCCEED\r\n" + line + "\r\nCONTROL DEVICE 01020105\r\n", "refuse": "AUTH=FAILED\r\n" + line + "\r\n", "refer": "AUTH=FAILED\r\n" + line + "\r\n", "": "AUTH=FAILED\r\n" + line + "\r\n"} {
		if got := string(m.Reply([]model.DeviceAnswer{{Decision: decision}}).Body); got != want {
			t.Errorf("%q is answered %q", decision, got)
		}
	}
	if !strings.HasPrefix(string(m.Busy.Body), "AUTH=FAILED") {
		t.Error("a server that is busy opens")
	}
	pin := read(t, "POST", "/iclock/cdata", "SN=S1&AuthType=device", "time=2026-09-28 11:40:45\tpin=7\tcardno=0\teventaddr=0\tevent=0")
	if e := pin.Events[0]; e.Live || e.State != "refused" || !strings.HasPrefix(string(pin.Reply([]model.DeviceAnswer{{}}).Body), "AUTH=FAILED") {
		t.Error("a number of the device's own is a question")
	}
	one := read(t, "POST", "/iclock/cdata", "SN=S1&AuthType=device", "time=2026-09-28 11:40:45\tcardno=a\tindex=9\tevent=0").Events[0]
	two := read(t, "POST", "/iclock/cdata", "SN=S1&AuthType=device", "time=2026-09-28 11:40:45\tcardno=b\tindex=9\tevent=0").Events[0]
	if one.Key == "" || one.Key == two.Key {
		t.Error("the answer to one code could be given to another")
	}
}

func TestState(t *testing.T) {
	for alarm, want := range map[string][]string{"0000": {}, "02": {"1.tamper"}, "0110000000000000": {"1.forced", "2.left_open"}, "": {}} {
		e := read(t, "POST", "/iclock/cdata", "SN=S1&table=rtstate", "time=2026-09-28 11:40:45\tsensor=00\trelay=00\talarm="+alarm+"\r\n").Events[0]
		if e.Standing == nil || !slices.Equal(e.Standing, want) {
			t.Errorf("%s stands for %v", alarm, e.Standing)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, r := range map[string]device.Request{
		"nobody":             request("GET", "/iclock/ping", "", ""),
		"a strange name":     request("GET", "/iclock/ping", "SN=a b", ""),
		"a strange address":  request("GET", "/iclock/file", "SN=S1&url=http://x/", ""),
		"DELETE":             request("DELETE", "/iclock/cdata", "SN=S1", ""),
		"attendance":         request("POST", "/iclock/cdata", "SN=S1&table=ATTLOG", "501\t2026-09-29 18:05:10"),
		"no event":           request("POST", "/iclock/cdata", "SN=S1&table=rtlog", "\xff\xfe\x00"),
		"too many":           request("POST", "/iclock/cdata", "SN=S1&table=rtlog", strings.Repeat("event=0\n", 2001)),
		"two questions":      request("POST", "/iclock/cdata", "SN=S1&AuthType=device", "time=x\tcardno=1\ntime=x\tcardno=2"),
		"no question":        request("POST", "/iclock/cdata", "SN=S1&AuthType=device", strings.Repeat("x", 1<<20)),
		"a book":             request("POST", "/iclock/cdata", "SN=S1&AuthType=device", "time=x\tcardno="+strings.Repeat("x", 5000)),
		"no text":            request("POST", "/iclock/cdata", "SN=S1&AuthType=device", "time=x\tcardno=\xff\xfe"),
		"no state":           request("POST", "/iclock/cdata", "SN=S1&table=rtstate", "alarm=xyz"),
		"a state of a tower": request("POST", "/iclock/cdata", "SN=S1&table=rtstate", "alarm="+strings.Repeat("00", 4096)),
	} {
		var refusal *device.Refusal
		if _, err := (zkteco.Dialect{}).Read(r); !errors.As(err, &refusal) || refusal.Status < 400 || strings.HasPrefix(string(refusal.Body), "OK") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Bodies that others wrote are read where they lie; they are no part of this tree.
func TestPayloadsOfOthers(t *testing.T) {
	for file, c := range map[string]struct {
		table  string
		events int
	}{"gate-zkteco-1.txt": {"rtlog", 2}, "gate-zkteco-3.txt": {"rtstate", 1}} {
		t.Run(file, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "payloads", file))
			if errors.Is(err, os.ErrNotExist) {
				t.Skip("the bodies that others wrote do not lie beside this tree")
			}
			m := read(t, "POST", "/iclock/cdata", "SN=S1&table="+c.table, string(body))
			if len(m.Events) != c.events || string(m.Reply(nil).Body) != "OK" {
				t.Fatalf("%d events", len(m.Events))
			}
			if c.table == "rtstate" && !slices.Equal(m.Events[0].Standing, []string{"1.tamper"}) {
				t.Errorf("%v stand", m.Events[0].Standing)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, q := range []string{"SN=S1&table=rtlog", "SN=S1&table=rtstate", "SN=S1&AuthType=device", "SN=S1&table=tabledata&tablename=transaction", "SN=S1&table=tabledata&tablename=user"} {
		for _, body := range []string{"time=2026-09-28 11:40:45\tcardno=1\tevent=0\tindex=1\ttemperature=36.5", "alarm=02ff", "transaction eventtype=102\ttime_second=863999999", "\xd5\xc5=\tevent=99999999999999999999"} {
			f.Add(q, body)
		}
	}
	f.Fuzz(func(t *testing.T, query, body string) {
		m, err := zkteco.Dialect{}.Read(request("POST", "/iclock/cdata", query, body))
		var refusal *device.Refusal
		if err != nil {
			if !errors.As(err, &refusal) {
				t.Fatalf("%T is no refusal", err)
			}
			return
		}
		for _, e := range m.Events {
			if e.Kind == "" || len(e.Native) > 64 || e.Live != (e.Code != "") || e.DeviceAt < 0 {
				t.Errorf("read as %q %q", e.Kind, e.Native)
			}
		}
		if r := m.Reply(make([]model.DeviceAnswer, len(m.Events))); strings.HasPrefix(string(r.Body), "AUTH=SUCCEED") {
			t.Errorf("answered %s", r.Body)
		}
	})
}
