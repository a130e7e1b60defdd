package mqtt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"communitypass.cn/communitypass/model"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Limits of the embedded broker: a LAN of devices, none of which is trusted.
const (
	// largest is in bytes of one packet: a reader sends 500 records at once.
	largest = 512 << 10
	// mostConnections counts those too that have not logged in.
	mostConnections = 512
	// loginTime is how long a connection may take to log in.
	loginTime = 10 * time.Second
	// Seconds that a device may ask for as its keep-alive: with MQTT 5, which can be
	// told another figure, and before.
	longestSilence, longestSilenceUntold = 120, 3600
	// Messages of one device under way, towards us and towards it.
	mostReceiving, mostSending = 32, 64
	// kickEvery is how often devices are looked at that may have been revoked.
	kickEvery = 250 * time.Millisecond
	// makeWay bounds how long a device's new connection waits for its old one to end.
	makeWay = 2 * time.Second
	// stopTime bounds how long the broker waits for what its devices have sent.
	stopTime = 5 * time.Second
)

// Doorman says for the embedded broker who may come in, and what for. It is asked
// again and again, so that a device that is revoked goes.
type Doorman interface {
	// Admit judges a login, Known one that was judged before.
	Admit(device, password string) bool
	Known(device string) bool
	// MayPublish and MaySubscribe judge topics and filters below the device's prefix.
	MayPublish(device, topic string) bool
	MaySubscribe(device, filter string) bool
	// MayRetain judges whether a topic tells how things are, so that a device may ask for
	// its last word to be kept.
	MayRetain(device, topic string) bool
}

// Embedded is a broker in this process. Its devices reach nobody but this server, and
// this server each of them by its own prefix; a device need not know the prefix. No
// session outlives its connection and nothing is retained, since nobody comes later to
// hear it: what cannot be delivered now is never delivered.
type Embedded struct {
	broker  *mochi.Server
	doorman Doorman
	hear    Hear
	figures Figures
	// live are the connections from their CONNACK to their end.
	live sync.Map
	// stopping says that devices that go are sent away by us.
	stopping atomic.Bool
}

// NewEmbedded makes a broker; Serve lets it listen.
func NewEmbedded(doorman Doorman, hear Hear, figures Figures) (*Embedded, error) {
	able := mochi.NewDefaultServerCapabilities()
	able.MaximumPacketSize, able.MaximumClients = largest, mostConnections
	able.ReceiveMaximum, able.MaximumInflight, able.MaximumClientWritesPending = mostReceiving, mostSending, mostSending
	able.MaximumSessionExpiryInterval, able.MaximumMessageExpiryInterval = 0, int64(time.Hour/time.Second)
	able.MaximumQos, able.SharedSubAvailable, able.TopicAliasMaximum = 1, 0, 0
	e := &Embedded{doorman: doorman, hear: hear, figures: figures,
		broker: mochi.New(&mochi.Options{Capabilities: able, InlineClient: true, SysTopicResendInterval: int64(24 * time.Hour / time.Second),
			// Its lines quote what devices sent; ours do not.
			Logger: slog.New(slog.DiscardHandler)})}
	return e, e.broker.AddHook(&hook{Embedded: e}, nil)
}

// Serve lets devices in on a socket until ctx ends: then it takes no more, says
// goodbye, and waits for what was sent before. The socket is closed.
func (e *Embedded) Serve(ctx context.Context, socket net.Listener) error {
	if err := e.broker.AddListener(listeners.NewNet("devices", limited(socket, mostConnections))); err != nil {
		return errors.Join(err, socket.Close())
	}
	if err := e.broker.Serve(); err != nil {
		return errors.Join(err, socket.Close())
	}
	for model.Wait(ctx, kickEvery) == nil {
		e.kick()
	}
	e.stopping.Store(true)
	done := make(chan error, 1)
	go func() { done <- e.broker.Close() }()
	patience := time.NewTimer(stopTime)
	defer patience.Stop()
	select {
	case err := <-done:
		return err
	case <-patience.C:
		return fmt.Errorf("mqtt: devices did not finish in %s", stopTime)
	}
}

// kick sends devices away that are no longer known, and connections that the broker
// has lost sight of since two of one device came together: they are deaf, and the
// device will come again.
func (e *Embedded) kick() {
	e.live.Range(func(key, _ any) bool {
		cl := key.(*mochi.Client)
		if known, _ := e.broker.Clients.Get(cl.ID); known != cl {
			cl.Stop(packets.ErrSessionTakenOver)
		}
		return true
	})
	for id, cl := range e.broker.Clients.GetAll() {
		if !cl.Net.Inline && !cl.Closed() && !e.doorman.Known(id) {
			e.figures.Refused(id, "revoked")
			_ = e.broker.DisconnectClient(cl, packets.ErrNotAuthorized) // its socket is closed either way
		}
	}
}

// Publish hands a post to a device that is connected and listens, else it fails with
// ErrAbsent.
func (e *Embedded) Publish(ctx context.Context, p Post) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	inline, there := e.broker.Clients.Get(mochi.InlineClientId)
	if !there || e.stopping.Load() {
		return ErrDown
	}
	topic := Prefix(p.Device) + p.Topic
	cl, ok := e.broker.Clients.Get(p.Device)
	if !ok || cl.Closed() {
		return ErrAbsent
	}
	if _, listens := e.broker.Topics.Subscribers(topic).Subscriptions[p.Device]; !listens {
		return ErrAbsent
	}
	return e.broker.InjectPacket(inline, packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: min(p.QoS, 1)}, TopicName: topic, Payload: p.Payload,
		PacketID: uint16(min(p.QoS, 1)), Properties: packets.Properties{MessageExpiryInterval: seconds(p.Life), ResponseTopic: p.replyTo(), CorrelationData: p.correlation()}})
}
