package house

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/lift"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/mqtt"
	"communitypass.cn/communitypass/service"

	"github.com/prometheus/client_golang/prometheus"
)

// Exchange connects devices that speak by topics with the use cases, as the intake of
// HTTP does those that speak by requests. Services that tell devices something are
// given it as an interface of their own, by the shape of Publish and Order.
type Exchange struct {
	intake   *service.Intake
	dialects map[string]device.TopicDialect
	// line is nil where there is no broker.
	line    line
	log     *slog.Logger
	refused *prometheus.CounterVec

	mu      sync.Mutex
	waiting map[orderKey]chan device.Done
}

// line is a broker as it is talked to.
type line interface {
	Publish(ctx context.Context, p mqtt.Post) error
}

// orderKey is who is to answer to what.
type orderKey struct{ device, ref string }

const (
	// questionBudget is less than the shortest time that a known device waits.
	questionBudget = 3 * time.Second
	// recordsBudget is for what a device had kept: hundreds of records at once.
	recordsBudget = 30 * time.Second
	// replyLife is how long an answer to a device is worth anything.
	replyLife = 10 * time.Second
)

// newExchange makes one that hears nothing yet: it is there before the services, which
// are given it, and gets its intake and its broker after them.
func newExchange(dialects map[string]device.TopicDialect, log *slog.Logger, metrics prometheus.Registerer) (*Exchange, error) {
	e := &Exchange{dialects: dialects, log: log, waiting: map[orderKey]chan device.Done{},
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "communitypass_mqtt_refused_total",
			Help: "Logins, subscriptions and messages of devices that were refused, by reason."}, []string{"reason"})}
	if metrics == nil {
		return e, nil
	}
	return e, metrics.Register(e.refused)
}

// Publish sends something to a device, with a topic below its prefix. It is never
// retained, and nobody delivers it after its life, which is at least a second. It
// gives ReachSent, ReachSilent, ReachAbsent or ReachDown.
func (e *Exchange) Publish(ctx context.Context, deviceID, topic string, payload []byte, qos byte, life time.Duration) model.DeviceReach {
	return e.post(ctx, mqtt.Post{Device: deviceID, Topic: topic, Payload: payload, QoS: qos, Life: life})
}

// Ask is Publish, and says to devices that speak MQTT 5 where to answer, and by what mark.
func (e *Exchange) Ask(ctx context.Context, deviceID string, q lift.Question) model.DeviceReach {
	return e.post(ctx, mqtt.Post{Device: deviceID, Topic: q.Topic, Payload: q.Payload, QoS: 1, Life: q.Life, ReplyTo: q.ReplyTo, Correlation: q.Correlation})
}

func (e *Exchange) post(ctx context.Context, p mqtt.Post) model.DeviceReach {
	if e.line == nil {
		return model.ReachDown
	}
	ctx, cancel := context.WithTimeout(ctx, p.Life)
	defer cancel()
	err := e.line.Publish(ctx, p)
	switch {
	case err == nil:
		return model.ReachSent
	case errors.Is(err, mqtt.ErrDown):
		return model.ReachDown
	case errors.Is(err, mqtt.ErrAbsent):
		return model.ReachAbsent
	}
	e.log.Warn("device not told", "device", p.Device, "error", err)
	return model.ReachSilent
}

// Order sends something that bears a reference, with QoS 1, and waits for the device's
// own answer until its life is over. It gives how far it got, and the maker's code of
// the answer: ReachDone and ReachRefused are what the device said; ReachSilent is that
// it said nothing and may have done it. The same reference twice at once is refused
// as ReachDown.
func (e *Exchange) Order(ctx context.Context, deviceID, topic string, payload []byte, ref string, life time.Duration) (reach model.DeviceReach, native string) {
	key, answer := orderKey{deviceID, ref}, make(chan device.Done, 1)
	if !e.await(key, answer) {
		return model.ReachDown, ""
	}
	defer e.forget(key)
	ctx, cancel := context.WithTimeout(ctx, life)
	defer cancel()
	if reach = e.Publish(ctx, deviceID, topic, payload, 1, life); reach == model.ReachAbsent || reach == model.ReachDown {
		return reach, ""
	}
	select {
	case done := <-answer:
		if done.OK {
			return model.ReachDone, done.Native
		}
		return model.ReachRefused, done.Native
	case <-ctx.Done():
		return model.ReachSilent, ""
	}
}

func (e *Exchange) await(key orderKey, answer chan device.Done) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, taken := e.waiting[key]; taken {
		return false
	}
	e.waiting[key] = answer
	return true
}

func (e *Exchange) forget(key orderKey) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.waiting, key)
}

// settle hands a device's answer to whoever waits for it. Nobody does when another
// server sent the order, or when the answer came too late.
func (e *Exchange) settle(deviceID string, done device.Done) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if answer, ok := e.waiting[orderKey{deviceID, done.Ref}]; ok {
		select {
		case answer <- done:
		default: // it answered twice
		}
	}
}
