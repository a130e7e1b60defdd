package service

import (
	"context"
	"regexp"

	"communitypass.cn/communitypass/model"
)

// Saying is what staff have a device of a gate say or show.
type Saying struct {
	// Text is one line, for everybody who stands there.
	Text string
	// Reason is why, in words; long numbers in it are not kept.
	Reason string
	// Kind is model.CommandVoice or model.CommandDisplay; empty for whichever the device
	// can, aloud first.
	Kind model.CommandKind
	// DeviceID is needed where several devices of the gate can.
	DeviceID string
}

// plateWithin finds a number plate in a text (GA 36-2018), with or without a dot or a
// hyphen after the letters.
var plateWithin = regexp.MustCompile(`\p{Han}[A-Za-z][ ·•.-]?[A-Za-z0-9]{4,6}`)

// Say has a text said or shown at a gate, and waits for what came of it, as Open does.
// Whoever may open may speak; it is no passage. What is said there everybody hears: a
// text with a long number or a plate in it is invalid. Errors as of Open.
func (s *Commands) Say(ctx context.Context, caller *model.Caller, gateID string, w Saying) (model.DeviceCommand, error) {
	gate, ok := s.Directory.Gate(gateID)
	if !ok {
		return model.DeviceCommand{}, model.NotFound()
	}
	if err := s.Directory.Reach(caller, permissionGateOpen, gate.CommunityID); err != nil {
		return model.DeviceCommand{}, err
	}
	if half := model.HalfWidth(w.Text); longNumber.MatchString(half) || plateWithin.MatchString(half) {
		return model.DeviceCommand{}, model.Invalid(model.FieldError{Field: "/text", Code: "pattern"})
	}
	kinds := []model.CommandKind{model.CommandVoice, model.CommandDisplay}
	if w.Kind != "" {
		kinds = []model.CommandKind{w.Kind}
	}
	dev, kind, err := s.able(gateID, w.DeviceID, kinds...)
	if err != nil {
		return model.DeviceCommand{}, err
	}
	c := s.make(caller, dev, kind, model.CommandArgs{Text: []byte(w.Text)})
	return s.carryOut(ctx, caller, c, "gate.say", "gate", gateID, map[string]string{"reason": withoutNumbers(w.Reason), "device_id": dev.ID, "command_id": c.ID})
}
