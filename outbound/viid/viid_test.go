package viid_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/outbound/viid"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/webhook"
)

const code = "32050500001320000007"

var at = time.Date(2026, 11, 22, 18, 30, 0, 0, time.UTC)

func vehicle(body string) model.Delivery {
	return model.Delivery{ID: "e1", CommunityID: "c1", Type: model.EventVehiclePassed, OccurredAt: model.Millis(at), Sequence: 1234567, Body: body}
}

func sender(t *testing.T) *viid.Sender {
	way := webhook.NewSender(webhook.Options{AllowHTTP: true, AllowedPrefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}, model.FrozenClock(at))
	t.Cleanup(way.Close)
	return viid.New(way)
}

func TestEncode(t *testing.T) {
	body, ok := viid.Encode(vehicle(`{"plate_masked":"苏E***12","passed_at":"2026-11-22T17:59:59.000Z"}`), code)
	var got struct {
		MotorVehicleListObject struct{ MotorVehicleObject []map[string]any }
	}
	if err := json.Unmarshal(body, &got); err != nil || !ok || len(got.MotorVehicleListObject.MotorVehicleObject) != 1 {
		t.Fatalf("%s, %v", body, err)
	}
	v := got.MotorVehicleListObject.MotorVehicleObject[0]
	for name, want := range map[string]any{"MotorVehicleID": code + "02" + "20261123023000" + "34567" + "02" + "00001", "SourceID": code + "02" + "20261123023000" + "34567",
		"DeviceID": code, "PlateNo": "苏E***12", "PassTime": "20261123015959", "InfoKind": 1.0} {
		if v[name] != want {
			t.Errorf("%s is %v, want %v", name, v[name], want)
		}
	}
	if body, _ = viid.Encode(vehicle(`{}`), code); strings.Contains(string(body), "PlateNo") {
		t.Errorf("a plate without leave: %s", body)
	}
	if _, ok := viid.Encode(model.Delivery{Type: model.EventPassageRecorded, Body: "{}"}, code); ok {
		t.Error("people have words in our GA/T 1400")
	}
}

func TestWrongPasswordsAreTriedAgain(t *testing.T) {
	platform := httptest.NewServer(simulator.NewVIID("gate", "right", model.FrozenClock(at)))
	t.Cleanup(platform.Close)
	s := sender(t)
	to := model.Recipient{ID: "r", URL: platform.URL + "/", Account: "gate", Secret: "wrong", DeviceCode: code}
	if got := s.Send(t.Context(), to, vehicle("{}")); got.Class != webhook.Retry || got.Status != http.StatusUnauthorized {
		t.Errorf("%+v", got)
	}
	to.Secret = "right"
	if got := s.Send(t.Context(), to, vehicle("{}")); got.Class != webhook.Delivered {
		t.Errorf("%+v", got)
	}
	if got := s.SignOff(t.Context(), to); got.Class != webhook.Delivered {
		t.Errorf("%+v", got)
	}
	to.Account = ""
	if got := s.Send(t.Context(), to, vehicle("{}")); got.Class != webhook.Refused {
		t.Errorf("%+v", got)
	}
}

func TestTheStatusCodeDecides(t *testing.T) {
	sample, err := os.ReadFile("../../../shared/payloads/city-gat1400-3.json")
	if err != nil {
		t.Skipf("PAYLOAD ABSENT: %v", err)
	}
	one := func(code string) string {
		return `{"ResponseStatusListObject":{"ResponseStatusObject":[{"StatusCode":"0"},{"StatusCode":` + code + `}]}}`
	}
	for answer, want := range map[string]webhook.Class{
		string(sample): webhook.Delivered, `{"ResponseStatusListObject":{"ResponseStatusObject":{"StatusCode":"0"}}}`: webhook.Delivered,
		`{"ResponseStatusObject":{"StatusCode":0}}`: webhook.Delivered,
		one(`"0"`): webhook.Delivered, one(`"1"`): webhook.Retry, one(`"2"`): webhook.Retry, one(`"9"`): webhook.Retry, one(`""`): webhook.Retry,
		one(`"4"`): webhook.Permanent, one(`"8"`): webhook.Permanent, one(`7`): webhook.Permanent,
		`{}`: webhook.Retry, ``: webhook.Retry, `[]`: webhook.Retry, `{"ResponseStatusListObject":{"ResponseStatusObject":[]}}`: webhook.Retry,
	} {
		platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/Register") {
				_, _ = w.Write(sample)
				return
			}
			_, _ = io.WriteString(w, answer)
		}))
		if got := sender(t).Send(t.Context(), model.Recipient{ID: "r", URL: platform.URL, Account: "a", Secret: "s", DeviceCode: code}, vehicle("{}")); got.Class != want {
			t.Errorf("%s: %+v, want %s", answer, got, want)
		}
		platform.Close()
	}
}
