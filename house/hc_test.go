package house_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	seam "communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/hc"
	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// opener is a device that opens, or does not.
type opener struct {
	shut   atomic.Bool
	pushed atomic.Int32
}

func (*opener) Carries(_ *model.Device, kind model.CommandKind) bool {
	return kind == model.CommandOpen
}

func (o *opener) Push(context.Context, *model.Device, model.DeviceContact, model.DeviceCommand) model.CommandOutcome {
	o.pushed.Add(1)
	if o.shut.Load() {
		return model.Failed("locked")
	}
	return model.CommandOutcome{State: model.CommandDone, Code: "ok"}
}

// A property system of HC signs in and opens a door: once for each task, in its own
// community, and with success only when the device said so.
func TestAPropertySystemOpensADoor(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	door := &opener{}
	commands := service.NewCommands(h.Deps, map[string]service.CommandCarrier{"vguang": door})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); commands.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })

	devices := service.NewDevices(h.Deps, nil, "https://x.example", "vguang", model.ProtocolHC)
	made := func(c testkit.Community, in service.NewVendorDevice) service.Registered {
		in.GateID, in.Name = c.Entrance.ID, "某设备"
		r, err := devices.Register(t.Context(), h.Manager(c), c.ID, in)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	ours := made(h.Garden, service.NewVendorDevice{Protocol: "vguang"}).Device.ID
	theirs := made(h.Harbour, service.NewVendorDevice{Protocol: "vguang"}).Device.ID
	system := made(h.Garden, service.NewVendorDevice{Protocol: model.ProtocolHC, AppID: "app", Secret: "app-secret"})
	server := httptest.NewServer(&handler.Intake{Service: service.NewIntake(h.Deps, nil), Commands: commands, Log: h.Deps.Log,
		Dialects: map[string]seam.Dialect{model.ProtocolHC: hc.Dialect{}}})
	t.Cleanup(server.Close)
	call := func(method, path, token, body string) (code int, data string) {
		q, _ := http.NewRequestWithContext(t.Context(), method, server.URL+system.Path+path, strings.NewReader(body))
		q.Header.Set("access_token", token)
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, _ := io.ReadAll(r.Body)
		var said struct {
			Code *int
			Data json.RawMessage
		}
		if err := json.Unmarshal(text, &said); err != nil || said.Code == nil {
			t.Fatalf("%s: %s", path, text)
		}
		return *said.Code, string(said.Data)
	}
	_, data := call("GET", "/extApi/auth/getAccessToken?appId=app&appSecret=app-secret", "", "")
	var in struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(data), &in); err != nil || in.AccessToken == "" {
		t.Fatalf("%s, %v", data, err)
	}
	open := func(machine, task string) int {
		code, _ := call("POST", "/extApi/machine/openDoor", in.AccessToken, `{"extMachineId":"`+machine+`","taskId":"`+task+`"}`)
		return code
	}
	if code := open(ours, "t1"); code != 0 || door.pushed.Load() != 1 {
		t.Errorf("opened: %d, %d pushes", code, door.pushed.Load())
	}
	if code := open(ours, "t1"); code != 0 || door.pushed.Load() != 1 {
		t.Errorf("the same task again: %d, %d pushes", code, door.pushed.Load())
	}
	for machine, task := range map[string]string{theirs: "t2", system.Device.ID: "t3", "nothing": "t4"} {
		if code := open(machine, task); code != -1 || door.pushed.Load() != 1 {
			t.Errorf("%s: %d, %d pushes", task, code, door.pushed.Load())
		}
	}
	door.shut.Store(true)
	if code := open(ours, "t5"); code != -1 || door.pushed.Load() != 2 {
		t.Errorf("a door that stays shut: %d, %d pushes", code, door.pushed.Load())
	}
}
