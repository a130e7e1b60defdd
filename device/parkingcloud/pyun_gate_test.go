package parkingcloud_test

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/parkingcloud"
	"communitypass.cn/communitypass/model"
)

const (
	laneSerial = "49f0cc52-e8c7-41e3:lane-1"
	laneSecret = "secret-of-the-car-park"
	// laneAsked is what is signed, written down by hand.
	laneAsked = "charset=UTF-8&gate_id=lane-1&park_uuid=49f0cc52-e8c7-41e3&service=service.parking.gate.control&status=OPEN&version=1.0&app_secret=" + laneSecret
)

func sumOf(text string) string {
	sum := md5.Sum([]byte(text))
	return fmt.Sprintf("%X", sum)
}

// park is a car park that checks what it is asked, and gives an answer.
func park(t *testing.T, status int, answer string) (push func(serial, secret string, door int) model.CommandOutcome, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		var got map[string]string
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || r.Method != http.MethodPost || r.URL.Path != "/gateway/1.0/dispatch" ||
			got["status"] != "OPEN" || got["sign"] != sumOf(laneAsked) || len(got) != 7 {
			t.Errorf("%s %s is asked %v, %v", r.Method, r.URL.Path, got, err)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	gates := parkingcloud.NewPYunGates(device.NewCaller([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}))
	return func(serial, secret string, door int) model.CommandOutcome {
		return gates.Push(t.Context(), &model.Device{Serial: serial, Address: server.URL}, model.DeviceContact{Address: server.URL, Secret: secret},
			model.DeviceCommand{Kind: model.CommandOpen, Args: model.CommandArgs{Door: door}})
	}, asked
}

func TestALaneOfACarParkIsOpened(t *testing.T) {
	signed := func(fields string) string { return sumOf(fields + "&app_secret=" + laneSecret) }
	for name, c := range map[string]struct {
		status int
		answer string
		want   model.CommandOutcome
	}{
		"done, a number":       {200, `{"result_code":1001,"message":""}`, model.CommandOutcome{State: model.CommandDone, Code: "1001"}},
		"done, signed":         {200, `{"result_code":"1001","message":"ok","sign":"` + signed("message=ok&result_code=1001") + `"}`, model.CommandOutcome{State: model.CommandDone, Code: "1001"}},
		"signed with empties":  {200, `{"result_code":"1001","message":"","sign":"` + signed("message=&result_code=1001") + `"}`, model.CommandOutcome{State: model.CommandDone, Code: "1001"}},
		"signed by another":    {200, `{"result_code":"1001","message":"ok","sign":"` + hex.EncodeToString(make([]byte, 16)) + `"}`, model.Failed(model.AnswerUnreadable)},
		"our signature":        {200, `{"result_code":"1401"}`, model.Failed(model.AnswerLogin)},
		"the car park cannot":  {200, `{"result_code":"1500"}`, model.Failed("1500")},
		"no answer of its own": {200, `<html>`, model.Failed(model.AnswerUnreadable)},
		"nothing said":         {200, `{}`, model.Failed(model.AnswerUnreadable)},
		"no such place":        {404, `{"result_code":"1001"}`, model.Failed("http.404")},
	} {
		push, asked := park(t, c.status, c.answer)
		if got := push(laneSerial, laneSecret, 1); got != c.want || asked.Load() != 1 {
			t.Errorf("%s: %+v, asked %d times", name, got, asked.Load())
		}
	}
	push, asked := park(t, 200, `{"result_code":1001}`)
	for _, got := range []model.CommandOutcome{push("49f0cc52", laneSecret, 1), push(laneSerial, "", 1), push(laneSerial, laneSecret, 2)} {
		if got.State != model.CommandFailed || asked.Load() != 0 {
			t.Errorf("%+v, asked %d times", got, asked.Load())
		}
	}
}

func TestWhichLanesCanBeOpened(t *testing.T) {
	gates := parkingcloud.NewPYunGates(nil)
	for dev, want := range map[*model.Device]bool{
		{Serial: laneSerial, Address: "http://127.0.0.1"}: true,
		{Serial: laneSerial}:                              false,
		{Serial: "uuid", Address: "http://127.0.0.1"}:     false,
		{Serial: ":1", Address: "http://127.0.0.1"}:       false,
	} {
		if got := gates.Carries(dev, model.CommandOpen); got != want {
			t.Errorf("%q at %q: %t", dev.Serial, dev.Address, got)
		}
		if gates.Carries(dev, model.CommandReboot) || gates.Carries(dev, model.CommandVoice) {
			t.Error("a car park does what it cannot")
		}
	}
}
