package vzenith_test

import (
	"strings"
	"testing"

	"communitypass.cn/communitypass/device/vzenith"
	"communitypass.cn/communitypass/model"
)

const poll = "device_name=IVS&serialno=d85b&pass_wd=hunter2"

// Only a poll fetches orders; nothing else that a camera sends does.
func TestACameraFetchesOrdersByPolling(t *testing.T) {
	at := func(path, body string) (asks bool, answer func(model.DeviceCommand) string) {
		r := request(body)
		r.Path = path
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		m := reads(t, r)
		if m.Order == nil {
			return m.Patience != 0, nil
		}
		// Whoever polls has what the poll before was answered.
		if strings.Contains(string(m.Reply(nil).Body), opening) || m.Patience <= 0 || !m.Took {
			t.Errorf("nothing to do is answered %s", m.Reply(nil).Body)
		}
		return true, func(c model.DeviceCommand) string {
			told, ok := m.Order(c)
			if !ok {
				return "cannot be told"
			}
			return string(told.Body)
		}
	}
	for path, body := range map[string]string{"/devicemanagement/php/receivedeviceinfo.php": poll, "": poll, "/comet": seen("粤B12345", "")} {
		if asks, _ := at(path, body); asks {
			t.Errorf("%q asks for orders with %.20s", path, body)
		}
	}
	_, order := at("/comet", poll)
	for want, c := range map[string]model.DeviceCommand{
		`{"Response_AlarmInfoPlate":{"ivs_ioctrl":{"delay":500,"io":0,"value":2}}}`: {Kind: model.CommandOpen, Args: model.CommandArgs{Door: 1, Seconds: 5}},
		`{"Response_AlarmInfoPlate":{"ivs_ioctrl":{"delay":500,"io":3,"value":2}}}`: {Kind: model.CommandOpen, Args: model.CommandArgs{Door: 4}},
		"cannot be told": {Kind: model.CommandOpen, Args: model.CommandArgs{Door: 5}},
		`{"Response_AlarmInfoPlate":{"manualTrigger":"ok"}}`: {Kind: model.CommandLook},
		`{"Response_AlarmInfoPlate":{"module":"AD_CONFIG_REQUESTION","type":"ad_push_message","body":{"scene_name":"YnVzeV9oYWxm","custom":["5Ymp5L2Z6L2m5L2NOiAzMA=="]}}}`: {Kind: model.CommandDisplay, Args: model.CommandArgs{Text: []byte("剩余车位: 30")}},
		`{"Response_AlarmInfoPlate":{"playserver_json_request":{"type":"ps_voice_play","voice":"5qyi6L+O5YWJ5Li0","voice_interval":0,"voice_volume":100,"voice_male":1}}}`:  {Kind: model.CommandVoice, Args: model.CommandArgs{Text: []byte("欢迎光临")}},
	} {
		if got := order(c); got != want {
			t.Errorf("%s of %+v is %s, want %s", c.Kind, c.Args, got, want)
		}
	}
}

// What a camera can do is its dialect's; whether it has a screen staff say.
func TestWhatACameraCanBeTold(t *testing.T) {
	plain, screen := &model.Device{}, &model.Device{Announcing: model.Announcing{Screen: model.AnnounceWords}}
	for kind, can := range map[model.CommandKind][2]bool{model.CommandOpen: {true, true}, model.CommandVoice: {true, true}, model.CommandLook: {true, true},
		model.CommandDisplay: {false, true}, model.CommandReboot: {}, model.CommandLift: {}} {
		if got := [2]bool{vzenith.Dialect{}.Carries(plain, kind), vzenith.Dialect{}.Carries(screen, kind)}; got != can {
			t.Errorf("%s: %v, want %v", kind, got, can)
		}
	}
}
