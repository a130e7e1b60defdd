package hc_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/hc"
	"communitypass.cn/communitypass/model"
)

var at = time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)

func request(method, path, body string) device.Request {
	return device.Request{Method: method, Path: path, Query: url.Values{}, Header: http.Header{}, Body: []byte(body), At: at,
		Device: "d1", AppID: "app-1", Secret: "secret-1"}
}

func code(t *testing.T, r device.Response) int {
	t.Helper()
	var said struct{ Code *int }
	if err := json.Unmarshal(r.Body, &said); err != nil || said.Code == nil || r.Status != http.StatusOK {
		t.Fatalf("%d %s: %v", r.Status, r.Body, err)
	}
	return *said.Code
}

func tokenOf(t *testing.T) string {
	t.Helper()
	q := request("GET", "/extApi/auth/getAccessToken", "")
	q.Query.Set("appId", "app-1")
	q.Query.Set("appSecret", "secret-1")
	m, err := hc.Dialect{}.Read(q)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Data struct {
			AccessToken string `json:"access_token"`
			ExpiresIn   int    `json:"expires_in"`
		}
	}
	if err := json.Unmarshal(m.Reply(nil).Body, &said); err != nil || said.Data.AccessToken == "" || said.Data.ExpiresIn != 7200 {
		t.Fatalf("%s, %v", m.Reply(nil).Body, err)
	}
	return said.Data.AccessToken
}

func refusal(t *testing.T, err error) string {
	t.Helper()
	var r *device.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("not refused: %v", err)
	}
	if r.Status == http.StatusOK && code(t, r.Response) != -1 {
		t.Errorf("refused with success: %s", r.Body)
	}
	return r.Reason
}

func TestSigningIn(t *testing.T) {
	for _, c := range [][2]string{{"app-1", "wrong"}, {"app-2", "secret-1"}, {"", ""}, {"app-1", ""}} {
		q := request("GET", "/extApi/auth/getAccessToken", "")
		q.Query.Set("appId", c[0])
		q.Query.Set("appSecret", c[1])
		if _, err := (hc.Dialect{}).Read(q); refusal(t, err) != "login" {
			t.Errorf("%v: %v", c, err)
		}
	}
	open := func(token string, when time.Time, spoil func(*device.Request)) error {
		q := request("POST", "/extApi/machine/openDoor", `{"machineCode":"d9","taskId":"t1"}`)
		q.Header.Set("access_token", token)
		q.At = when
		if spoil != nil {
			spoil(&q)
		}
		_, err := hc.Dialect{}.Read(q)
		return err
	}
	good := tokenOf(t)
	if err := open(good, at.Add(2*time.Hour-time.Second), nil); err != nil {
		t.Errorf("a token that holds: %v", err)
	}
	end, mac, _ := strings.Cut(good, "-")
	for name, err := range map[string]error{
		"none":             open("", at, nil),
		"one that is over": open(good, at.Add(2*time.Hour), nil),
		"made longer":      open("9"+end+"-"+mac, at, nil),
		"another device's": open(good, at, func(q *device.Request) { q.Device = "d2" }),
		"after a change":   open(good, at, func(q *device.Request) { q.Secret = "secret-2" }),
		"without a secret": open(good, at, func(q *device.Request) { q.Secret = "" }),
		"no number":        open("x-"+mac, at, nil),
	} {
		if refusal(t, err) != "token" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenDoorIsSuccessOnlyWhenDone(t *testing.T) {
	token := tokenOf(t)
	for _, member := range []string{"machineCode", "extMachineId"} {
		q := request("POST", "/extApi/machine/openDoor", `{"`+member+`":"d9","taskId":"t1"}`)
		q.Header.Set("access_token", token)
		m, err := hc.Dialect{}.Read(q)
		if err != nil || m.Open == nil || m.Open.Device != "d9" || len(m.Events) != 1 || m.Events[0].Key == "" {
			t.Fatalf("%+v, %v", m, err)
		}
		if n := code(t, m.Open.Answer(model.CommandOutcome{State: model.CommandDone})); n != 0 {
			t.Errorf("done is %d", n)
		}
		for _, state := range []model.CommandState{model.CommandFailed, model.CommandExpired, model.CommandQueued, ""} {
			if n := code(t, m.Open.Answer(model.CommandOutcome{State: state, Code: "x"})); n != -1 {
				t.Errorf("%s is %d", state, n)
			}
		}
		if n := code(t, m.Busy); n != -1 {
			t.Errorf("busy is %d", n)
		}
	}
	q := request("POST", "/extApi/machine/openDoor", `{"taskId":"t1"}`)
	q.Header.Set("access_token", token)
	if _, err := (hc.Dialect{}).Read(q); refusal(t, err) != "incomplete" {
		t.Error(err)
	}
}

// What is asked of people is not done, and nothing of them is kept.
func TestPeopleAreDropped(t *testing.T) {
	token := tokenOf(t)
	secrets := []string{"张三", "63216111111111111", "FACE64", "702020042194860037", "18909711234"}
	person := `{"userId":"702020042194860037","faceBase64":"FACE64","name":"张三","idNumber":"63216111111111111","personType":"2002","machineCode":"101010","taskId":"1020","personTel":"18909711234","startTime":"2020-12-01 00:00:00"}`
	for _, call := range []string{"user/addUser", "user/updateUser", "user/deleteUser", "user/clearUser", "car/addCar", "machine/restartMachine", "x"} {
		q := request("POST", "/extApi/"+call, person)
		q.Header.Set("access_token", token)
		m, err := hc.Dialect{}.Read(q)
		if err != nil || len(m.Events) != 1 || m.Open != nil {
			t.Fatalf("%s: %+v, %v", call, m, err)
		}
		if n := code(t, m.Reply(make([]model.DeviceAnswer, 1))); n != -1 {
			t.Errorf("%s is answered %d", call, n)
		}
		e := m.Events[0]
		for _, s := range secrets {
			if strings.Contains(fmt.Sprint(e.Key, e.Native, e.Detail, e.Code, e.Plate, e.State), s) {
				t.Errorf("%s keeps %s", call, s)
			}
		}
	}
}

func TestCallbacks(t *testing.T) {
	for name, want := range map[string]model.DeviceEventKind{"property-hc-1.json": model.DeviceDoor, "property-hc-3.json": model.DeviceStatus} {
		body, err := os.ReadFile("../../../shared/payloads/" + name)
		if err != nil {
			t.Skipf("PAYLOAD ABSENT: %v", err)
		}
		m, err := hc.Dialect{}.Read(request("POST", "/callback", string(body)))
		if err != nil || len(m.Events) != 1 || m.Events[0].Kind != want || m.Events[0].DeviceAt == 0 || code(t, m.Reply(nil)) != 0 {
			t.Fatalf("%s: %+v, %v", name, m.Events, err)
		}
		if text := fmt.Sprintf("%+v %s", m.Events[0].Detail, m.Events[0].State); strings.Contains(text, "张三") || strings.Contains(text, "702020042194860037") {
			t.Errorf("%s keeps %s", name, text)
		}
	}
	m, err := hc.Dialect{}.Read(request("POST", "", `{"taskId":"1","code":0,"msg":"成功"}`))
	if err != nil || m.Events[0].Detail["code"] != "0" {
		t.Errorf("%+v, %v", m.Events, err)
	}
	for body, reason := range map[string]string{"": "not_json", "[]": "not_json", "{}": "unknown", `{"a":1}{}`: "not_json",
		`{"taskId":"1","code":0,"sign":"FF"}`: "sign"} {
		if _, err := (hc.Dialect{}).Read(request("POST", "", body)); refusal(t, err) != reason {
			t.Errorf("%q: %v, want %s", body, err, reason)
		}
	}
}
