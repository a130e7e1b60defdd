package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// announces sets how a camera speaks, and gives the camera as it is known then.
func (b *barrier) announces(t *testing.T, at *service.DeviceView, a model.Announcing) *service.DeviceView {
	t.Helper()
	devices := service.NewDevices(b.Deps, nil, publicURL, model.ProtocolVzenith)
	set, err := devices.Set(t.Context(), b.manager, b.Garden.ID, at.ID, service.DeviceSettings{Announcing: a})
	if err != nil || len(set.Announcing.Serial) != len(a.Serial) {
		t.Fatal(set.Announcing, err)
	}
	if err := b.Directory.LoadPlaces(t.Context()); err != nil {
		t.Fatal(err)
	}
	dev, ok := b.Directory.Device(at.ID)
	if !ok {
		t.Fatal("the camera is not known")
	}
	return dev
}

// A camera says what was decided, and the plate only where staff want it said; why a
// vehicle must wait it never says.
func TestACameraSaysWhatWasDecided(t *testing.T) {
	t.Parallel()
	b := newBarrier(t)
	b.parks(t, "京AD06888")
	frames := []model.SerialFrame{{Decision: "admit", Data: []byte{1, 2}}, {Decision: "refuse", Channel: 1, Data: []byte{3}}}
	sees := func(at *service.DeviceView, plate string) model.Announcement {
		return b.sees(t, at, model.DeviceEvent{Key: b.ID(), Live: true, Plate: plate}).Announce
	}
	if got := sees(b.in, "京AD06888"); got.Voice != "" || got.Lines != nil || got.Serial != nil {
		t.Errorf("unasked it says %q %q", got.Voice, got.Lines)
	}
	for _, c := range []struct {
		at            *service.DeviceView
		how           model.Announcing
		plate, spoken string
		lines         []string
		frames        int
	}{
		{b.in, model.Announcing{Voice: "words", Serial: frames}, "京AD06888", "欢迎光临，请通行", nil, 1},
		{b.in, model.Announcing{Voice: "plate", Screen: "plate"}, "京AD06888", "京AD06888，欢迎光临，请通行", []string{"京AD06888", "欢迎光临，请通行"}, 0},
		{b.in, model.Announcing{Voice: "words", Screen: "words", Serial: frames}, "沪A99999", "请稍候，请联系门岗", []string{"请稍候，请联系门岗"}, 1},
		{b.in, model.Announcing{Voice: "plate", Screen: "plate"}, "_无_", "没有看清车牌，请稍候", []string{"没有看清车牌，请稍候"}, 0},
		{b.out, model.Announcing{Voice: "words"}, "京AD06888", "一路平安", nil, 0},
		{b.out, model.Announcing{Voice: "plate", Serial: frames}, "沪A99999", "沪A99999，请稍候，门岗正在处理", nil, 0},
	} {
		got := sees(b.announces(t, c.at, c.how), c.plate)
		if got.Voice != c.spoken || !slices.Equal(got.Lines, c.lines) || len(got.Serial) != c.frames {
			t.Errorf("%s: %q %q %d frames, want %q %q", c.plate, got.Voice, got.Lines, len(got.Serial), c.spoken, c.lines)
		}
		if text := fmt.Sprintf("%v %+v %#v", got, got, got); strings.Contains(text, "A") {
			t.Errorf("a log would say %s", text)
		}
	}
	// Somebody else stands there by then.
	dev := b.announces(t, b.in, model.Announcing{Voice: "words"})
	e := model.DeviceEvent{Key: "S1|9", Live: true, Plate: "京AD06888"}
	if first, again := b.sees(t, dev, e), b.sees(t, dev, e); again.Announce.Voice != first.Announce.Voice || first.Announce.Voice == "" {
		t.Errorf("asked again at once it says %q", again.Announce.Voice)
	}
	b.Clock.Advance(11 * time.Second)
	if late := b.sees(t, dev, e); late.Announce.Voice != "" {
		t.Errorf("asked again late it says %q", late.Announce.Voice)
	}
	if kept := b.sees(t, dev, model.DeviceEvent{Key: "off", Plate: "京AD06888"}); kept.Announce.Voice != "" {
		t.Errorf("of a record it says %q", kept.Announce.Voice)
	}
}

func TestWhatACameraCannotAnnounce(t *testing.T) {
	t.Parallel()
	b := newBarrier(t)
	frame := model.SerialFrame{Decision: "admit", Data: []byte{1}}
	for name, c := range map[string]struct {
		protocol string
		a        model.Announcing
		field    string
	}{
		"another maker's":     {"vguang", model.Announcing{Voice: "words"}, "/announcing"},
		"a screen by topics":  {model.ProtocolVzenithMQTT, model.Announcing{Screen: "words"}, "/announcing/screen"},
		"three for one":       {model.ProtocolVzenith, model.Announcing{Serial: []model.SerialFrame{frame, frame, frame}}, "/announcing/serial/2"},
		"too many bytes":      {model.ProtocolVzenith, model.Announcing{Serial: []model.SerialFrame{{Decision: "admit", Data: make([]byte, 257)}}}, "/announcing/serial/0/data"},
		"nothing to be sent":  {model.ProtocolVzenith, model.Announcing{Serial: []model.SerialFrame{{Decision: "admit"}}}, "/announcing/serial/0/data"},
		"what there is can":   {model.ProtocolVzenith, model.Announcing{Voice: "plate", Screen: "words", Serial: []model.SerialFrame{frame, frame}}, ""},
		"silence is anyone's": {"vguang", model.Announcing{}, ""},
	} {
		devices := service.NewDevices(b.Deps, nil, publicURL, "vguang", model.ProtocolVzenith, model.ProtocolVzenithMQTT)
		_, err := devices.Register(t.Context(), b.manager, b.Garden.ID, service.NewVendorDevice{GateID: b.in.GateID, Name: name, Protocol: c.protocol, Serial: "S1", Settings: service.DeviceSettings{Announcing: c.a}})
		if c.field == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if model.CodeOf(err) != model.CodeInvalid || !strings.Contains(fmt.Sprintf("%+v", fieldsOf(err)), c.field) {
			t.Errorf("%s: %v %+v", name, err, fieldsOf(err))
		}
	}
}
