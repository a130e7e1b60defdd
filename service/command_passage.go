package service

import (
	"context"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

// Hands record what staff admitted by hand.
type Hands interface {
	Manual(ctx context.Context, caller *model.Caller, gateID string, e ManualEntry) (ScanAnswer, error)
}

// RecordWith has every gate that staff opened from afar recorded as an admission by
// hand; without it the audit log alone knows.
func (s *Commands) RecordWith(h Hands) *Commands { s.hands = h; return s }

// record makes the passage of a gate that was opened. The door has opened by then, so
// that what cannot be recorded is told to the operator, and not as a failure to whoever
// opened: they would press again. The command names it: it is recorded once.
func (s *Commands) record(ctx context.Context, caller *model.Caller, gate *GateView, c model.DeviceCommand, reason string) {
	if s.hands == nil {
		return
	}
	way := admission.In
	if gate.Direction == admission.Out.String() {
		way = admission.Out
	}
	_, err := s.hands.Manual(context.WithoutCancel(ctx), caller, gate.ID, ManualEntry{Direction: way, Reason: "other", Note: reason, ScanID: c.ID})
	if err != nil {
		s.Log.Error("a gate was opened from afar, and no passage is recorded", "gate", gate.ID, "command", c.ID, "code", model.CodeOf(err))
	}
}
