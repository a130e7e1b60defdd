package lift

import (
	"context"
	"encoding/json"
	"time"

	"communitypass.cn/communitypass/model"
)

// Topics of the neutral contract, openapi/asyncapi.yaml, below the device's prefix.
const (
	TopicCall   = "lift/commands/call"
	TopicCancel = "lift/commands/cancel"
	TopicHold   = "lift/commands/hold"
	TopicRights = "lift/commands/rights"
	topicEvents = "lift/events"
)

// cancelLife is how long a cancellation is worth delivering.
const cancelLife = 5 * time.Second

// Question is what a controller on a broker is told, with QoS 1.
type Question struct {
	// Topic stands below the device's prefix.
	Topic   string
	Payload []byte
	// Life is after how long nobody delivers it any more: a second at least.
	Life time.Duration
	// ReplyTo is the topic below the prefix where the answer belongs, Correlation what it
	// bears then, for controllers that speak MQTT 5.
	ReplyTo, Correlation string
}

// Publish sends something to a device on a broker, never retained.
type Publish func(ctx context.Context, deviceID string, q Question) model.DeviceReach

// MQTT tells controllers on a broker. What they answer comes through the intake.
type MQTT struct {
	publish Publish
	clock   model.Clock
}

// NewMQTT makes the caller.
func NewMQTT(publish Publish, clock model.Clock) *MQTT { return &MQTT{publish: publish, clock: clock} }

// Check says that a group needs the device by which its controller is on the broker.
func (m *MQTT) Check(_ context.Context, g model.LiftGroup) []model.FieldError {
	if g.DeviceID == "" {
		return []model.FieldError{{Field: "/device_id", Code: "required"}}
	}
	return nil
}

// Call publishes a call once, with QoS 1: the controller keeps ids, since a broker
// may deliver twice. A call that has less than a second to live is not sent.
func (m *MQTT) Call(ctx context.Context, g model.LiftGroup, c model.LiftCommand) (model.LiftAnswer, error) {
	return model.LiftAnswer{}, m.tell(ctx, g, TopicCall, c.ID, CommandOf(c), c.ExpiresAt)
}

// Hold publishes a hold once, as a call is.
func (m *MQTT) Hold(ctx context.Context, g model.LiftGroup, h model.LiftHoldCommand) (model.LiftHoldAnswer, error) {
	return model.LiftHoldAnswer{}, m.tell(ctx, g, TopicHold, h.ID, HoldOf(h), h.ExpiresAt)
}

// Rights publishes open floors once, as a call is.
func (m *MQTT) Rights(ctx context.Context, g model.LiftGroup, r model.LiftRightsCommand) (model.LiftRightsAnswer, error) {
	return model.LiftRightsAnswer{}, m.tell(ctx, g, TopicRights, r.ID, RightsOf(r), r.EndsAt)
}

// tell publishes a command that is worth nothing after its end, Unix milliseconds.
func (m *MQTT) tell(ctx context.Context, g model.LiftGroup, topic, id string, command any, expiresAt int64) error {
	life := model.FromMillis(expiresAt).Sub(m.clock.Now()).Truncate(time.Second)
	if life < time.Second {
		return model.Fail(model.CodeUnavailable)
	}
	payload, err := json.Marshal(command)
	if err != nil {
		return err
	}
	return m.reached(m.publish(ctx, g.DeviceID, Question{Topic: topic, Payload: payload, Life: life, ReplyTo: topicEvents, Correlation: id}))
}

// Cancel publishes that a call is taken back.
func (m *MQTT) Cancel(ctx context.Context, g model.LiftGroup, c model.LiftCommand) error {
	payload, err := json.Marshal(map[string]string{"id": c.ID})
	if err != nil {
		return err
	}
	return m.reached(m.publish(ctx, g.DeviceID, Question{Topic: TopicCancel, Payload: payload, Life: cancelLife}))
}

// reached tells what will never be delivered from what may be.
func (*MQTT) reached(r model.DeviceReach) error {
	if r == model.ReachDown || r == model.ReachAbsent {
		return model.Fail(model.CodeUnavailable)
	}
	return nil
}
