package handler

import (
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
)

// announcing is what staff set; left out, nothing is said.
func announcing(a *wire.Announcing) (out model.Announcing) {
	if a == nil {
		return out
	}
	out.Voice, out.Screen = announceWith(a.Voice), announceWith(a.Screen)
	for _, f := range given(a.Serial) {
		out.Serial = append(out.Serial, model.SerialFrame{Decision: string(f.Decision), Channel: given(f.Channel), Data: f.Data})
	}
	return out
}

func announceWith(v *wire.AnnounceWith) model.AnnounceWith {
	if with := given(v); with != wire.AnnounceWithNothing {
		return model.AnnounceWith(with)
	}
	return model.AnnounceNothing
}

// announcingShown leaves out a device that says nothing.
func announcingShown(a model.Announcing) *wire.Announcing {
	if a.Silent() {
		return nil
	}
	out := &wire.Announcing{Voice: optional(wire.AnnounceWith(a.Voice)), Screen: optional(wire.AnnounceWith(a.Screen))}
	if len(a.Serial) > 0 {
		frames := each(a.Serial, func(f model.SerialFrame) wire.AnnouncingFrame {
			return wire.AnnouncingFrame{Decision: wire.Outcome(f.Decision), Channel: optional(f.Channel), Data: f.Data}
		})
		out.Serial = &frames
	}
	return out
}
