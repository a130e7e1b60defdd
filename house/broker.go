package house

import (
	"context"
	"slices"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/mqtt"
	"communitypass.cn/communitypass/service"
)

// MQTT says by which broker devices are reached that speak by topics.
type MQTT struct {
	// Embedded is a broker of our own; whoever has the socket serves it.
	Embedded bool
	// Remote is one of the operator's, instead.
	Remote *mqtt.Config
}

// on says that there is a broker at all.
func (m MQTT) on() bool { return m.Embedded || m.Remote != nil }

// brokered are the dialects that can be spoken here.
func (h *House) brokered() service.Brokered {
	if !h.cfg.MQTT.on() {
		return service.Brokered{}
	}
	b := service.Brokered{Prefix: mqtt.Prefix}
	for name := range h.Exchange.dialects {
		b.Protocols = append(b.Protocols, name)
	}
	return b
}

// connect makes the broker, or the connection to it.
func (h *House) connect() (err error) {
	e := h.Exchange
	switch {
	case h.cfg.MQTT.Embedded:
		h.Broker, err = mqtt.NewEmbedded(e, e.hear, e)
		e.line = h.Broker
	case h.cfg.MQTT.Remote != nil:
		h.remote = mqtt.NewRemote(*h.cfg.MQTT.Remote, e.filters(), e.hear, e, func(message string, err error) {
			h.deps.Log.Warn("mqtt: "+message, "error", err)
		})
		e.line = h.remote
	}
	return err
}

// stayConnected is the loop of a connection to a broker.
func (h *House) stayConnected(ctx context.Context) {
	if err := h.remote.Run(ctx); err != nil {
		h.deps.Log.Warn("mqtt: connection ended", "error", err)
	}
}

// filters are what all dialects publish.
func (e *Exchange) filters() (f mqtt.Filters) {
	for _, d := range e.dialects {
		t := d.Topics()
		f.Questions = append(f.Questions, t.Questions...)
		f.Replies = append(f.Replies, t.Replies...)
		for _, event := range t.Events {
			if !slices.Contains(t.Questions, event) {
				f.Events = append(f.Events, event)
			}
		}
	}
	for _, list := range []*[]string{&f.Events, &f.Questions, &f.Replies} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return f
}

// Admit judges the login of a device on the embedded broker.
func (e *Exchange) Admit(deviceID, password string) bool {
	dev, ok := e.intake.KnownByLogin(deviceID, password)
	return ok && e.dialects[dev.Protocol] != nil
}

// Known says whether a device that came in may stay.
func (e *Exchange) Known(deviceID string) bool {
	_, ok := e.intake.KnownByID(deviceID)
	return ok
}

// MayPublish says whether a topic is one of the device's own.
func (e *Exchange) MayPublish(deviceID, topic string) bool {
	t, _, ok := e.topics(deviceID)
	return ok && (mqtt.CoversAny(t.Events, topic) || mqtt.CoversAny(t.Replies, topic))
}

// MaySubscribe says whether all that a filter asks for is meant for the device.
func (e *Exchange) MaySubscribe(deviceID, filter string) bool {
	t, serial, ok := e.topics(deviceID)
	return ok && mqtt.CoversAny(t.Orders(serial), filter)
}

// MayRetain says whether a topic tells how things are.
func (e *Exchange) MayRetain(deviceID, topic string) bool {
	t, _, ok := e.topics(deviceID)
	return ok && mqtt.CoversAny(t.States, topic)
}

func (e *Exchange) topics(deviceID string) (t device.Topics, serial string, ok bool) {
	dev, ok := e.intake.KnownByID(deviceID)
	if !ok || e.dialects[dev.Protocol] == nil {
		return t, "", false
	}
	return e.dialects[dev.Protocol].Topics(), dev.Serial, true
}
