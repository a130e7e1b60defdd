package conformance

import "testing"

// A played camera takes what it is told as the maker's page has it, and nothing that the
// page has not.
func TestAPlayedCameraHears(t *testing.T) {
	for body, want := range map[string]string{
		`{"Response_AlarmInfoPlate":{"info":"no","serialData":[]}}`: "",
		`{"Response_AlarmInfoPlate":{"info":"ok","serialData":[{"serialChannel":1,"data":"AGT//w==","dataLen":4}],"playserver_json_request":{"type":"ps_voice_play","voice":"5qyi6L+O5YWJ5Li0","voice_volume":100}}}`: "opens 抬杆, says 播报「欢迎光临」, serial 串口 1:0064ffff",
		`{"Response_AlarmInfoPlate":{"ivs_ioctrl":{"io":1,"value":2,"delay":500},"manualTrigger":"ok"}}`:                                                                                                              "output 2 输出, looks again 再次识别",
		`{"Response_AlarmInfoPlate":{"module":"AD_CONFIG_REQUESTION","type":"ad_push_message","body":{"scene_name":"YnVzeV9oYWxm","custom":["5Ymp5L2Z6L2m5L2NOiAzMA=="]}}}`:                                           "shows 屏显「剩余车位: 30」",
		`{"Response_AlarmInfoPlate":{"type":"ad_push_message","body":{"custom":["5Ymp5L2Z6L2m5L2NOiAzMA=="]}}}`:                                                                                                       "",
	} {
		var c cameraTold
		if err := c.hears([]byte(body)); err != nil || c.String() != want || c.any() != (want != "") {
			t.Errorf("%s is %q, %v, want %q", body, c.String(), err, want)
		}
	}
	for _, body := range []string{"busy", `{"Response_AlarmInfoPlate":{"serialData":[{"data":"AGT//w==","dataLen":5}]}}`, `{"Response_AlarmInfoPlate":{"playserver_json_request":{"type":"ps_voice_play","voice":"1tA=","voice_volume":100}}}`,
		`{"Response_AlarmInfoPlate":{"playserver_json_request":{"type":"ps_voice_play","voice":"5qyi"}}}`, `{"Response_AlarmInfoPlate":{"ivs_ioctrl":{"io":0,"value":1,"delay":500}}}`} {
		var c cameraTold
		if err := c.hears([]byte(body)); err == nil {
			t.Errorf("%s is taken as %q", body, c.String())
		}
	}
	var c cameraTold
	for _, o := range [][2]string{{"gpio_out", `{"payload":{"body":{"io":0}}}`}, {"tts_voice", `{"payload":{"body":{"voice_data":"5qyi6L+O5YWJ5Li0"}}}`}, {"ivs_trigger", `{"payload":{"body":{}}}`}} {
		if err := c.ordered(o[0], []byte(o[1])); err != nil {
			t.Error(err)
		}
	}
	if got := c.String(); got != "output 1 输出, says 播报「欢迎光临」, looks again 再次识别" {
		t.Errorf("by orders it is %q", got)
	}
	if err := c.ordered("gate_direct_open", []byte(`{}`)); err == nil {
		t.Error("an order that we never send is taken")
	}
}
