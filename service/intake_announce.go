package service

import (
	"strconv"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

// announcement is what a device says and shows beside its answer to a vehicle, as it was
// set up. Why a vehicle is not let in nobody else needs to hear.
func announcement(dev *DeviceView, decision, plate string, way admission.Direction) model.Announcement {
	how := &dev.Announcing
	if how.Silent() || !model.Announces(dev.Protocol) {
		return model.Announcement{}
	}
	words := announced(decision, plate, way)
	var out model.Announcement
	if how.Voice != model.AnnounceNothing {
		out.Voice = words
		if how.Voice == model.AnnouncePlate && plate != "" {
			out.Voice = plate + "，" + words
		}
	}
	if how.Screen != model.AnnounceNothing {
		out.Lines = []string{words}
		if how.Screen == model.AnnouncePlate && plate != "" {
			out.Lines = []string{plate, words}
		}
	}
	for _, f := range how.Serial {
		if f.Decision == decision {
			out.Serial = append(out.Serial, f)
		}
	}
	return out
}

// announced is the sentence. It is read out by the camera, in the language of the place.
func announced(decision, plate string, way admission.Direction) string {
	switch {
	case decision == string(admission.Admit) && way == admission.Out:
		return "一路平安"
	case decision == string(admission.Admit):
		return "欢迎光临，请通行"
	case plate == "":
		return "没有看清车牌，请稍候"
	case decision == string(admission.Refer):
		return "请稍候，门岗正在处理"
	}
	return "请稍候，请联系门岗"
}

// checkAnnouncing refuses what a protocol has no words for.
func checkAnnouncing(protocol string, a *model.Announcing) (bad []model.FieldError) {
	if a.Silent() {
		return nil
	}
	if !model.Announces(protocol) {
		return []model.FieldError{{Field: "/announcing", Code: "enum"}}
	}
	if a.Screen != model.AnnounceNothing && protocol != model.ProtocolVzenith {
		bad = append(bad, model.FieldError{Field: "/announcing/screen", Code: "enum"})
	}
	each := map[string]int{}
	for n, f := range a.Serial {
		at := "/announcing/serial/" + strconv.Itoa(n)
		if each[f.Decision]++; each[f.Decision] > model.SerialFramesEach {
			bad = append(bad, model.FieldError{Field: at, Code: "maxItems"})
		}
		if len(f.Data) == 0 || len(f.Data) > model.LongestSerialFrame {
			bad = append(bad, model.FieldError{Field: at + "/data", Code: "maxLength"})
		}
	}
	return bad
}
