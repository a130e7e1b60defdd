package hc_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/outbound/hc"
	"communitypass.cn/communitypass/webhook"
)

var at = time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)

func passage(body string) model.Delivery {
	return model.Delivery{ID: "01KAP0000000000000000PASS1", CommunityID: "c1", Type: model.EventPassageRecorded, OccurredAt: model.Millis(at), Body: body}
}

func fieldsOf(t *testing.T, d model.Delivery) map[string]string {
	t.Helper()
	body, ok := hc.Encode(d, "s")
	if !ok {
		t.Fatalf("no words for %+v", d)
	}
	var out map[string]string
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// The vector was made with md5sum: printf 'a=1&b=&c=x&secret' | md5sum.
func TestSign(t *testing.T) {
	if got := hc.Sign(map[string]string{"c": "x", "a": "1", "b": "", "sign": "old"}, "secret"); got != signVector {
		t.Errorf("%s, want %s", got, signVector)
	}
}

func TestADoorRecordHasEveryMemberOfTheProtocol(t *testing.T) {
	sample, err := os.ReadFile("../../../shared/payloads/property-hc-1.json")
	if err != nil {
		t.Skipf("PAYLOAD ABSENT: %v", err)
	}
	var want map[string]string
	if err := json.Unmarshal(sample, &want); err != nil {
		t.Fatal(err)
	}
	got := fieldsOf(t, passage(`{"decision":"admit","gate_id":"g1","device_id":"d1","person_id":"p1","scanned_at":"2026-11-22T08:00:00.000Z"}`))
	for name := range want {
		if _, ok := got[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
	for name, value := range map[string]string{"userId": "p1", "userName": "", "photo": "", "machineCode": "d1", "dateTime": "2026-11-22 16:00:00",
		"recordTypeCd": "8888", "openTypeCd": "2000", "extCommunityId": "c1", "taskId": "01KAP0000000000000000PASS1"} {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
	bare := fieldsOf(t, passage(`{}`))
	if bare["userId"] != "" || bare["machineCode"] != "" || bare["dateTime"] != "2026-11-22 16:30:00" {
		t.Errorf("%v", bare)
	}
	if _, ok := hc.Encode(passage(`{"decision":"refuse"}`), "s"); ok {
		t.Error("a refusal is a record of an open door")
	}
	for state, says := range map[string]bool{"online": true, "active": true, "offline": false, "revoked": false} {
		if _, ok := hc.Encode(model.Delivery{Type: model.EventDeviceStatus, Body: `{"device_id":"d","state":"` + state + `"}`}, "s"); ok != says {
			t.Errorf("a heartbeat of a device that is %s: %v", state, ok)
		}
	}
	if _, ok := hc.Encode(model.Delivery{Type: model.EventHealthReported, Body: "{}"}, "s"); ok {
		t.Error("health has words in HC")
	}
}

// A result says what became of an order, in words of ours: never the device's own.
func TestAResultOfAnOrder(t *testing.T) {
	ended := func(body string) model.Delivery {
		return model.Delivery{ID: "e1", CommunityID: "c1", Type: model.EventCommandEnded, OccurredAt: model.Millis(at), Body: body}
	}
	for body, want := range map[string][2]string{
		`{"task_id":"T-7","state":"done","answer_code":"ok"}`:                {"0", "成功"},
		`{"task_id":"T-7","state":"failed","answer_code":"13800000001"}`:     {"-1", "设备未执行 the device did not do it"},
		`{"task_id":"T-7","state":"expired","answer_code":"no_answer"}`:      {"-1", "设备未答复，门可能已开 the device did not answer, the door may have opened"},
		`{"task_id":"T-7","state":"expired","answer_code":"not_sent"}`:       {"-1", "指令过期，未送达设备 expired, never sent to the device"},
		`{"task_id":"T-7","state":"failed","device_id":"d1","gate_id":"g1"}`: {"-1", "设备未执行 the device did not do it"},
	} {
		got := fieldsOf(t, ended(body))
		if got["taskId"] != "T-7" || got["code"] != want[0] || got["msg"] != want[1] || got["sign"] != hc.Sign(got, "s") || len(got) != 5 {
			t.Errorf("%s: %v", body, got)
		}
	}
	for _, kept := range []string{`{}`, `{"task_id":"T-7"}`, `{"state":"done"}`} {
		if _, ok := hc.Encode(ended(kept), "s"); ok {
			t.Errorf("%s: a result without its task or state", kept)
		}
	}
}

func TestTheAnswersCodeDecides(t *testing.T) {
	for answer, want := range map[string]webhook.Class{
		`{"code":0,"msg":"成功","data":""}`: webhook.Delivered, `{"code":"0"}`: webhook.Delivered,
		`{"code":-1}`: webhook.Retry, `{"code":401}`: webhook.Retry, `{"code":429}`: webhook.Retry, `{"code":500}`: webhook.Retry,
		`{"code":404}`: webhook.Permanent, `{"code":400}`: webhook.Permanent,
		``: webhook.Retry, `{}`: webhook.Retry, `<html>`: webhook.Retry, `{"code":0.5}`: webhook.Retry, `[]`: webhook.Retry,
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
		way := webhook.NewSender(webhook.Options{AllowHTTP: true, AllowedPrefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, model.FrozenClock(at))
		if got := hc.New(way).Send(t.Context(), model.Recipient{URL: s.URL, Secret: "s"}, passage("{}")); got.Class != want {
			t.Errorf("%s: %+v, want %s", answer, got, want)
		}
		way.Close()
		s.Close()
	}
}

const signVector = "D2434C2E521BB2BE40C84D8DFC6A9C2B"
