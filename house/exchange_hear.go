package house

import (
	"context"
	"errors"
	"slices"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/mqtt"
	"communitypass.cn/communitypass/service"
)

// hear takes in what a device published, and answers it. A *mqtt.Refusal is what made
// no sense or was not the device's to say; any other error is what could not be
// stored, which the device must send again.
func (e *Exchange) hear(ctx context.Context, m mqtt.Message) error {
	dev, ok := e.intake.KnownByID(m.Device)
	if !ok {
		return e.refuse(m.Device, "unknown_device", true)
	}
	dialect := e.dialects[dev.Protocol]
	if dialect == nil {
		return e.refuse(dev.ID, "no_broker_dialect", true)
	}
	if topics := dialect.Topics(); !mqtt.CoversAny(topics.Events, m.Topic) && !mqtt.CoversAny(topics.Replies, m.Topic) {
		return e.refuse(dev.ID, "topic", true)
	}
	told, err := dialect.Hear(device.Publication{Topic: m.Topic, Payload: m.Payload, Correlation: m.Correlation, At: e.intake.Clock.Now(), Device: dev.ID, Serial: dev.Serial})
	var refusal *device.Refusal
	switch {
	case errors.As(err, &refusal):
		return e.refuse(dev.ID, refusal.Reason, false)
	case err != nil:
		return e.refuse(dev.ID, "unreadable", false)
	case told.Serial != "" && dev.Serial != "" && told.Serial != dev.Serial:
		return e.refuse(dev.ID, "serial", true)
	}
	if told.Done != nil {
		e.settle(dev.ID, *told.Done)
		e.alive(ctx, dev, m.Will)
		return nil
	}
	for n := range told.Events {
		// Nobody waits for an answer who has gone.
		told.Events[n].Live = told.Events[n].Live && !m.Will
	}
	err = e.take(ctx, dev, told)
	e.alive(ctx, dev, m.Will)
	return err
}

// alive notes that a device was heard, after it was answered: a last will is the
// broker's word. Should that fail, the device tells again soon that it lives.
func (e *Exchange) alive(ctx context.Context, dev *service.DeviceView, will bool) {
	if will {
		return
	}
	if err := e.intake.Heard(ctx, dev, 0, ""); err != nil {
		e.log.Warn("device heard, not noted", "device", dev.ID, "code", model.CodeOf(err))
	}
}

// take stores what was told, and only then answers.
func (e *Exchange) take(ctx context.Context, dev *service.DeviceView, told device.Told) error {
	budget := recordsBudget
	if slices.ContainsFunc(told.Events, func(event model.DeviceEvent) bool { return event.Live }) {
		budget = questionBudget
	}
	work, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	answers, err := e.intake.Take(work, dev, told.Serial, told.Events)
	if err != nil {
		e.log.Warn("device not answered", "protocol", dev.Protocol, "device", dev.ID, "code", model.CodeOf(err))
		e.reply(ctx, dev, told.Busy)
		return err
	}
	if told.Reply != nil {
		e.reply(ctx, dev, told.Reply(answers))
	}
	return nil
}

// reply posts answers. One that is lost is asked for again by the device.
func (e *Exchange) reply(ctx context.Context, dev *service.DeviceView, posts []device.Post) {
	for _, p := range posts {
		if p.Life == 0 {
			p.Life = replyLife
		}
		e.Publish(ctx, dev.ID, p.Topic, p.Payload, p.QoS, p.Life)
	}
}

// refuse counts and logs, and quotes nothing of what was sent.
func (e *Exchange) refuse(deviceID, reason string, foreign bool) error {
	e.Refused(deviceID, reason)
	return &mqtt.Refusal{Reason: reason, Foreign: foreign}
}

// Refused counts what a broker refused of a device: a stable word.
func (e *Exchange) Refused(deviceID, reason string) {
	e.refused.WithLabelValues(reason).Inc()
	e.log.Warn("device message refused", "device", deviceID, "reason", reason)
}
