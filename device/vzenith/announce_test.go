package vzenith_test

import (
	"encoding/json"
	"strings"
	"testing"

	"communitypass.cn/communitypass/device/vzenith"
	"communitypass.cn/communitypass/model"
)

// announcing is a decision with something to say beside it.
func announcing(decision string) []model.DeviceAnswer {
	return []model.DeviceAnswer{{Decision: decision, Announce: model.Announcement{Voice: "欢迎光临", Lines: []string{"剩余车位: 30"},
		Serial: []model.SerialFrame{{Decision: decision, Channel: 1, Data: []byte{0, 0x64, 0xff, 0xff}}}}}}
}

// The answer to a plate carries all that the maker's page lets it carry, and opens or
// does not as it would have.
func TestAnAnswerSpeaksAndShows(t *testing.T) {
	const beside = `"content":"retransfer_stop","is_pay":"false","serialData":[{"serialChannel":1,"data":"AGT//w==","dataLen":4}],` +
		`"playserver_json_request":{"type":"ps_voice_play","voice":"5qyi6L+O5YWJ5Li0","voice_interval":0,"voice_volume":100,"voice_male":1},` +
		`"module":"AD_CONFIG_REQUESTION","type":"ad_push_message","body":{"scene_name":"YnVzeV9oYWxm","custom":["5Ymp5L2Z6L2m5L2NOiAzMA=="]}}}`
	m := reads(t, request(seen("粤B12345", "")))
	for decision, info := range map[string]string{"admit": "ok", "refuse": "no", "refer": "no"} {
		if got, want := string(m.Reply(announcing(decision)).Body), `{"Response_AlarmInfoPlate":{"info":"`+info+`",`+beside; got != want {
			t.Errorf("%s is answered %s, want %s", decision, got, want)
		}
	}
	// What a camera had kept is nobody's who still stands there.
	if kept := reads(t, request(seen("粤B12345", `"isoffline":1,`))); strings.Contains(string(kept.Reply(announcing("admit")).Body), "voice") || kept.Look != nil {
		t.Errorf("a record is answered %s", kept.Reply(announcing("admit")).Body)
	}
}

// A camera that does not poll is asked to look again in the answer to a vehicle that was
// not let in.
func TestAnAnswerAsksToLookAgain(t *testing.T) {
	m := reads(t, request(seen("_无_", "")))
	got := string(m.Look([]model.DeviceAnswer{{Decision: "refuse"}}).Body)
	if want := `{"Response_AlarmInfoPlate":{"info":"no","content":"retransfer_stop","is_pay":"false","serialData":[],"manualTrigger":"ok"}}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if strings.Contains(string(m.Reply([]model.DeviceAnswer{{Decision: "refuse"}}).Body), "manualTrigger") {
		t.Error("it looks again unasked")
	}
}

// On a broker what is announced are orders of their own, which live for seconds.
func TestACameraOnABrokerSpeaksBesideItsAnswer(t *testing.T) {
	told, err := vzenith.Broker{}.Hear(publication("ivs_result", seen("粤B12345", ""), noon))
	if err != nil || told.Reply == nil {
		t.Fatal(told, err)
	}
	posts := told.Reply(announcing("refuse"))
	if len(posts) != 2 {
		t.Fatalf("%d orders", len(posts))
	}
	for n, want := range []string{`serial_data {"serialData":[{"serialChannel":1,"data":"AGT//w==","dataLen":4}]}`, `tts_voice {"voice_data":"5qyi6L+O5YWJ5Li0","voice_male":1,"voice_volume":100}`} {
		var order struct {
			Name    string
			Payload struct{ Body json.RawMessage }
		}
		if err := json.Unmarshal(posts[n].Payload, &order); err != nil || posts[n].Life <= 0 || posts[n].Topic != "device/"+sn+"/message/down/"+order.Name || order.Name+" "+string(order.Payload.Body) != want {
			t.Errorf("%s %s, want %s, %v", posts[n].Topic, posts[n].Payload, want, err)
		}
	}
	again := announcing("refuse")
	again[0].Duplicate = true
	for name, answers := range map[string][]model.DeviceAnswer{"told twice": again, "with nothing to say": admitted, "unanswered": nil} {
		if posts := told.Reply(answers); len(posts) != 0 {
			t.Errorf("%s it is told %+v", name, posts)
		}
	}
}

func TestAnOrderToLookAgain(t *testing.T) {
	p := vzenith.Look(sn, "r3", noon)
	if p.Topic != "device/"+sn+"/message/down/ivs_trigger" || !strings.Contains(string(p.Payload), `"payload":{"body":{},"type":"ivs_trigger"}`) || !strings.Contains(string(p.Payload), `"id":"r3"`) {
		t.Errorf("%s %s", p.Topic, p.Payload)
	}
}
