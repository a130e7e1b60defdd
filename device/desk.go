package device

import (
	"context"

	"communitypass.cn/communitypass/model"
)

// Peer is a device that a listener of its own found by what it calls itself.
type Peer struct {
	// ID is ours, Serial what the device calls itself.
	ID     string
	Serial string
	// Secret is what it proves itself by; empty when it has none.
	Secret string
}

// String is the id alone, so that no log line shows a secret.
func (p Peer) String() string { return "device " + p.ID }

// GoString is String, for %#v.
func (p Peer) GoString() string { return p.String() }

// Desk is where listeners of their own hand in what devices say. It is safe for
// concurrent use.
type Desk interface {
	// Find finds the active device of a protocol by what it calls itself.
	Find(protocol, serial string) (Peer, bool)
	// Take stores events of a device and says what became of each, in their order.
	// After an error nothing may be acknowledged: the device must send again.
	Take(ctx context.Context, deviceID string, events []model.DeviceEvent) ([]model.DeviceAnswer, error)
}
