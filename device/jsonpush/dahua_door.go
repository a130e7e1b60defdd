package jsonpush

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// DahuaDoors opens doors of Dahua's terminals by their CGI.
type DahuaDoors struct{ caller *device.Caller }

// NewDahuaDoors makes the carrier.
func NewDahuaDoors(c *device.Caller) DahuaDoors { return DahuaDoors{c} }

// Carries reports whether the device can be told: to open, where it can be called.
func (DahuaDoors) Carries(dev *model.Device, kind model.CommandKind) bool {
	return kind == model.CommandOpen && dev.Address != ""
}

// Push has a door opened. The terminal says "OK", or "Error" with words of its own.
func (d DahuaDoors) Push(ctx context.Context, _ *model.Device, to model.DeviceContact, c model.DeviceCommand) model.CommandOutcome {
	if c.Kind != model.CommandOpen {
		return model.Failed(model.AnswerUnsupported)
	}
	path := fmt.Sprintf("/cgi-bin/accessControl.cgi?action=openDoor&channel=%d", max(c.Args.Door, 1))
	answer, err := d.caller.Ask(ctx, to, http.MethodGet, path, "", nil)
	switch {
	case err != nil:
		return device.Outcome(err)
	case answer.Status == http.StatusUnauthorized:
		return model.Failed(model.AnswerLogin)
	case answer.Status != http.StatusOK:
		return model.Failed(fmt.Sprintf("http.%d", answer.Status))
	case bytes.EqualFold(bytes.TrimSpace(answer.Body), []byte("OK")):
		return model.CommandOutcome{State: model.CommandDone, Code: "ok"}
	case bytes.HasPrefix(bytes.TrimSpace(answer.Body), []byte("Error")):
		return model.Failed("error")
	}
	return model.Failed(model.AnswerUnreadable)
}
