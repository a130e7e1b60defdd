package vguang_test

import (
	"errors"
	"net/http"
	"testing"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/vguang"
	"communitypass.cn/communitypass/model"
)

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		dialect            vguang.Dialect
		body, code, reader string
	}{
		"two ampersands":                  {body: "vgdecoderesult=12345678&&devicenumber=0&&otherparams=", code: "12345678", reader: "0"},
		"one ampersand":                   {body: "vgdecoderesult=ABC&devicenumber=001", code: "ABC", reader: "001"},
		"hexadecimal":                     {vguang.Dialect{Hex: true}, "vgdecoderesult=313233343536&devicenumber=001", "123456", "001"},
		"nothing but the code":            {body: "HTTPS://EXAMPLE/p?c=A&B&&C\r\n", code: "HTTPS://EXAMPLE/p?c=A&B&&C"},
		"ampersands in the code":          {body: "vgdecoderesult=a&b&&c&&devicenumber=7", code: "a&b&&c", reader: "7"},
		"the key inside the code":         {body: "vgdecoderesult=x&devicenumber=1&&devicenumber=2", code: "x&devicenumber=1", reader: "2"},
		"a number with what is no number": {body: "vgdecoderesult=x&&devicenumber=<b>9</b>", code: "x", reader: "b9b"},
		"no number":                       {body: "vgdecoderesult=x&&otherparams=1", code: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := c.dialect.Read(device.Request{Method: http.MethodPost, Body: []byte(c.body)})
			if err != nil {
				t.Fatal(err)
			}
			e := m.Events[0]
			if len(m.Events) != 1 || e.Kind != model.DeviceCode || !e.Live || e.Code != c.code || e.Detail["reader"] != c.reader {
				t.Errorf("%d events, %q by %q", len(m.Events), e.Code, e.Detail["reader"])
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	for name, r := range map[string]device.Request{
		"a question by GET":  {Method: http.MethodGet},
		"an empty body":      {Method: http.MethodPost},
		"an empty code":      {Method: http.MethodPost, Body: []byte("vgdecoderesult=&&devicenumber=1")},
		"what is no text":    {Method: http.MethodPost, Body: []byte{0xff, 0xfe, 0x01}},
		"more than any code": {Method: http.MethodPost, Body: make([]byte, 5000)},
	} {
		var refusal *device.Refusal
		if _, err := (vguang.Dialect{}).Read(r); !errors.As(err, &refusal) || refusal.Status < 400 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (vguang.Dialect{Hex: true}).Read(device.Request{Method: http.MethodPost, Body: []byte("vgdecoderesult=xyz")}); err == nil {
		t.Error("what is not hexadecimal is read as such")
	}
}

func TestReplyOpensOnlyForAnAdmission(t *testing.T) {
	m, err := vguang.Dialect{}.Read(device.Request{Method: http.MethodPost, Body: []byte("vgdecoderesult=x")})
	if err != nil {
		t.Fatal(err)
	}
	for decision, want := range map[string]string{"admit": "code=0000", "refuse": "code=0001", "refer": "code=0001", "": "code=0001"} {
		if got := string(m.Reply([]model.DeviceAnswer{{Decision: decision}}).Body); got != want {
			t.Errorf("%q answers %q", decision, got)
		}
	}
	if string(m.Busy.Body) == "code=0000" {
		t.Error("a server that is busy opens")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("vgdecoderesult=12345678&&devicenumber=0&&otherparams=", false)
	f.Add("vgdecoderesult=313233&devicenumber=001", true)
	f.Fuzz(func(t *testing.T, body string, hexadecimal bool) {
		m, err := vguang.Dialect{Hex: hexadecimal}.Read(device.Request{Method: http.MethodPost, Body: []byte(body)})
		if err == nil && (len(m.Events) != 1 || m.Events[0].Code == "") {
			t.Errorf("%q is read as nothing", body)
		}
	})
}
