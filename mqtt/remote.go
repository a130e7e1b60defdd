package mqtt

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
)

// Bounds of the connection to a broker of the operator's.
const (
	keepAlive = 20
	// lanes work beside each other; all messages of a device are in one, in order.
	lanes, laneLength = 16, 64
	// firstPause and longestPause are between tries to connect.
	firstPause, longestPause = 200 * time.Millisecond, 15 * time.Second
	connectTime              = 10 * time.Second
	// nobodyListens is the reason code of a PUBACK without subscribers (MQTT 5, 3.4.2.1).
	nobodyListens = 0x10
	// group is what servers share, so that each event is heard by one of them.
	group = "$share/communitypass/"
)

// Config names a broker of the operator's.
type Config struct {
	// URL is mqtt:// or mqtts://, without login.
	URL                *url.URL
	Username, Password string
}

// Remote is our connection to a broker of the operator's, with MQTT 5; devices on it
// may speak 3.1.1. Each connection begins anew: nothing that was to be said earlier is
// said after it came back, and it subscribes again.
type Remote struct {
	cfg     autopaho.ClientConfig
	subs    []paho.SubscribeOptions
	hear    Hear
	figures Figures
	log     func(message string, err error)
	link    atomic.Pointer[autopaho.ConnectionManager]
	lanes   [lanes]chan Message
	// subscribed says that the present connection hears everything.
	subscribed, told atomic.Bool
}

// Filters are what is subscribed to of each device, below its prefix.
type Filters struct {
	// Events are heard by one server of several, Questions too, and not kept for one
	// that is away; Replies are heard by all.
	Events, Questions, Replies []string
}

// NewRemote makes a connection that Run opens. log is told of what an operator should
// know: once when the broker cannot be reached, once when it can again.
func NewRemote(c Config, f Filters, hear Hear, figures Figures, log func(message string, err error)) *Remote {
	r := &Remote{hear: hear, figures: figures, log: log}
	add := func(before string, filters []string, qos byte) {
		for _, filter := range filters {
			r.subs = append(r.subs, paho.SubscribeOptions{Topic: before + root + "+/" + filter, QoS: qos, RetainHandling: 2})
		}
	}
	add(group, f.Events, 1)
	add(group, f.Questions, 0)
	add("", f.Replies, 1)
	r.cfg = autopaho.ClientConfig{ServerUrls: []*url.URL{c.URL}, KeepAlive: keepAlive, CleanStartOnInitialConnection: true, ConnectTimeout: connectTime,
		ReconnectBackoff: pause, ConnectUsername: c.Username, ConnectPassword: []byte(c.Password), ConnectPacketBuilder: anew,
		OnConnectionUp: r.up, OnConnectionDown: r.down, OnConnectError: r.missed}
	r.cfg.ClientID = "communitypass-" + model.NewCode(16)
	r.cfg.OnPublishReceived = []func(paho.PublishReceived) (bool, error){r.received}
	for i := range r.lanes {
		r.lanes[i] = make(chan Message, laneLength)
	}
	return r
}

// pause grows between tries.
func pause(attempt int) time.Duration {
	return min(longestPause, firstPause<<min(attempt, 10))
}

// anew begins each connection without what was left of the last.
func anew(c *paho.Connect, _ *url.URL) (*paho.Connect, error) {
	size, receive := uint32(largest), uint16(lanes)
	c.CleanStart = true
	c.Properties = &paho.ConnectProperties{MaximumPacketSize: &size, ReceiveMaximum: &receive}
	return c, nil
}

// Run keeps the connection until ctx ends, and then finishes what it has heard.
func (r *Remote) Run(ctx context.Context) error {
	// The connection outlives ctx by what is to be answered.
	linkCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	link, err := autopaho.NewConnection(linkCtx, r.cfg)
	if err != nil {
		return err
	}
	r.link.Store(link)
	var working sync.WaitGroup
	for _, lane := range r.lanes {
		working.Go(func() { r.work(ctx, lane) })
	}
	<-ctx.Done()
	working.Wait()
	stop, done := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer done()
	return link.Disconnect(stop)
}

// work hears the messages of a lane; those that wait when ctx ends are heard as well.
func (r *Remote) work(ctx context.Context, lane chan Message) {
	for {
		select {
		case m := <-lane:
			r.listen(ctx, m)
		case <-ctx.Done():
			for {
				select {
				case m := <-lane:
					r.listen(ctx, m)
				default:
					return
				}
			}
		}
	}
}

func (r *Remote) listen(ctx context.Context, m Message) {
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), budget)
	defer cancel()
	_ = r.hear(work, m) // counted and logged there; a broker cannot be told
}

// received puts a message into the lane of its device. It never waits: answers to what
// we publish come by the same connection.
func (r *Remote) received(p paho.PublishReceived) (bool, error) {
	device, below, ok := split(p.Packet.Topic)
	switch {
	case !ok:
		r.figures.Refused("", "topic")
	case p.Packet.Retain:
		r.figures.Refused(device, "retained")
	case len(p.Packet.Payload) > largest:
		r.figures.Refused(device, "too_large")
	default:
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(device)) // never fails
		select {
		case r.lanes[hash.Sum32()%lanes] <- Message{Device: device, Topic: below, Payload: p.Packet.Payload, Correlation: correlationOf(p.Packet)}:
		default:
			r.figures.Refused(device, "overloaded")
		}
	}
	return true, nil
}

// up subscribes, again and again until it is granted or the connection is gone.
func (r *Remote) up(link *autopaho.ConnectionManager, _ *paho.Connack) {
	go func() {
		for attempt := 0; ; attempt++ {
			ctx, cancel := context.WithTimeout(context.Background(), connectTime)
			_, err := link.Subscribe(ctx, &paho.Subscribe{Subscriptions: r.subs})
			cancel()
			if err == nil || errors.Is(err, autopaho.ConnectionDownError) {
				r.subscribed.Store(err == nil)
				if err == nil && r.told.Swap(false) {
					r.log("broker reached again", nil)
				}
				return
			}
			if !r.told.Swap(true) {
				r.log("broker refuses subscriptions", err)
			}
			select {
			case <-link.Done():
				return
			case <-time.After(pause(attempt)):
			}
		}
	}()
}

func (r *Remote) down() bool {
	r.subscribed.Store(false)
	if !r.told.Swap(true) {
		r.log("broker lost", nil)
	}
	return true
}

func (r *Remote) missed(err error) {
	if !r.told.Swap(true) {
		var refused *autopaho.ConnackError
		if errors.As(err, &refused) {
			err = fmt.Errorf("refused with reason %d", refused.ReasonCode)
		}
		r.log("broker not reached", err)
	}
}

// Up says whether devices are heard at present.
func (r *Remote) Up() bool { return r.subscribed.Load() }

// Publish hands a post to the broker: ErrDown without a connection, ErrAbsent when the
// broker says that nobody listens, which it can for QoS 1 alone.
func (r *Remote) Publish(ctx context.Context, p Post) error {
	link := r.link.Load()
	if link == nil {
		return ErrDown
	}
	expiry := seconds(p.Life)
	answer, err := link.Publish(ctx, &paho.Publish{Topic: Prefix(p.Device) + p.Topic, QoS: min(p.QoS, 1), Payload: p.Payload,
		Properties: &paho.PublishProperties{MessageExpiry: &expiry, ResponseTopic: p.replyTo(), CorrelationData: p.correlation()}})
	switch {
	case errors.Is(err, autopaho.ConnectionDownError):
		return ErrDown
	case err != nil:
		return err
	case answer != nil && answer.ReasonCode == nobodyListens:
		return ErrAbsent
	}
	return nil
}

func correlationOf(p *paho.Publish) string {
	if p.Properties == nil {
		return ""
	}
	return mark(p.Properties.CorrelationData)
}
