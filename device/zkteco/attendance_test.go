package zkteco_test

import (
	"strings"
	"testing"

	"communitypass.cn/communitypass/device/zkteco"
	"communitypass.cn/communitypass/model"
)

func TestABoxForAttendance(t *testing.T) {
	first, err := zkteco.Dialect{}.Read(request("GET", "/iclock/cdata", "SN=S1&options=all&pushver=2.4.1", ""))
	if err != nil || !strings.HasPrefix(string(first.Reply(nil).Body), "GET OPTION FROM: S1\n") {
		t.Errorf("the first call: %v", err)
	}
	for _, doors := range []string{"SN=S1&options=all&pushver=3.1.2", "SN=S1&options=all", "SN=S1&pushver=2.0&DeviceType=acc"} {
		if m, err := (zkteco.Dialect{}).Read(request("GET", "/iclock/cdata", doors, "")); err != nil || string(m.Reply(nil).Body) != "OK" {
			t.Errorf("%s is taken for attendance: %v", doors, err)
		}
	}
	m, err := zkteco.Dialect{}.Read(request("POST", "/iclock/cdata", "SN=S1&table=ATTLOG", "501\t2026-09-29 18:05:10\t0\t1\t0\t0\n502\t2026-09-29 18:05:11\t1\t15\n"))
	if err != nil || len(m.Events) != 2 || string(m.Reply(nil).Body) != "OK: 2" {
		t.Fatalf("%d events, %v", len(m.Events), err)
	}
	e := m.Events[0]
	if e.Kind != model.DeviceCode || e.State != "admitted" || e.Live || e.Direction != "in" || e.Native != "ATTLOG.1" || e.DeviceAt != 1790676310000 || m.Events[1].Direction != "out" || e.Key == m.Events[1].Key {
		t.Errorf("read as %v: %s %s %s at %d", e, e.Kind, e.Direction, e.Native, e.DeviceAt)
	}
}

func TestTheWordForYesIsASetting(t *testing.T) {
	for setting, want := range map[string]string{"": "AUTH=SUCCEED\r\n", "SUCCESS": "AUTH=SUCCESS\r\n"} {
		r := request("POST", "/iclock/cdata", "SN=S1&AuthType=device", "time=2026-09-29 18:05:10\tcardno=CODE\teventaddr=1")
		r.AuthWord = setting
		m, err := zkteco.Dialect{}.Read(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(m.Reply([]model.DeviceAnswer{{Decision: "admit"}}).Body); !strings.HasPrefix(got, want) {
			t.Errorf("%q says %q", setting, got)
		}
		if got := string(m.Reply([]model.DeviceAnswer{{Decision: "refuse"}}).Body); !strings.HasPrefix(got, "AUTH=FAILED") {
			t.Errorf("%q refuses with %q", setting, got)
		}
	}
}
