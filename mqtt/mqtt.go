// Package mqtt is the way to devices that speak by topics: one broker embedded in
// this process, or one of the operator's. Either way each device has a prefix of its
// own, below which its maker's topics stand, so that no topic is shared by two.
package mqtt

import (
	"context"
	"errors"
	"strings"
	"time"
)

// root stands before the prefixes of all devices.
const root = "communitypass/"

// Prefix is what stands before the topics of a device on the broker. Who owns the
// prefix is the device: the embedded broker sees to it by login, another one by its
// access list.
func Prefix(device string) string { return root + device + "/" }

// split takes a topic on the broker apart; not ok for one that has no prefix.
func split(topic string) (device, below string, ok bool) {
	rest, ok := strings.CutPrefix(topic, root)
	if !ok {
		return "", "", false
	}
	device, below, ok = strings.Cut(rest, "/")
	return device, below, ok && device != "" && below != ""
}

// Message is what a device published.
type Message struct {
	// Device is our id, Topic what stands below its prefix.
	Device, Topic string
	Payload       []byte
	// Correlation is what the post had that this answers, where the device speaks MQTT 5.
	Correlation string
	// Will says that the broker spoke for a device that had gone.
	Will bool
}

// Post is a publication towards a device, never retained.
type Post struct {
	Device, Topic string
	Payload       []byte
	QoS           byte
	// Life is after how long it may not be delivered any more; see device.Post.
	Life time.Duration
	// ReplyTo is the topic below the device's prefix on which it may answer, Correlation
	// what it gives back then (MQTT 5); empty says nothing of it.
	ReplyTo, Correlation string
}

// Hear takes a message in; it returns after it was dealt with. A *Refusal is told to
// devices that speak MQTT 5.
type Hear func(context.Context, Message) error

// Refusal is a message that was not taken.
type Refusal struct {
	// Reason is a stable word for logs and figures.
	Reason string
	// Foreign says that it was somebody else's to say.
	Foreign bool
}

func (r *Refusal) Error() string { return "message refused: " + r.Reason }

// Errors of Publish. After both nothing will be delivered later.
var (
	// ErrDown says that there is no broker to hand the Post to.
	ErrDown = errors.New("mqtt: no broker")
	// ErrAbsent says that the broker has nobody who listens: the device is away.
	ErrAbsent = errors.New("mqtt: device absent")
)

// Figures counts what a broker refuses and whom it lets in.
type Figures interface {
	// Refused counts by a stable word.
	Refused(device, reason string)
}

// budget bounds the work on one message: a device that asked has given up by then.
const budget = 30 * time.Second

// seconds is a Life as the protocol has it, at least one.
func seconds(life time.Duration) uint32 {
	return uint32(max(1, (life+time.Second-1)/time.Second))
}

// replyTo is a post's topic for answers on the broker.
func (p Post) replyTo() string {
	if p.ReplyTo == "" {
		return ""
	}
	return Prefix(p.Device) + p.ReplyTo
}

// correlation is what bears a post's mark, nil for none.
func (p Post) correlation() []byte {
	if p.Correlation == "" {
		return nil
	}
	return []byte(p.Correlation)
}

// longestCorrelation bounds what is kept of a device's mark.
const longestCorrelation = 64

// mark reads a device's correlation; one that is too long is none of ours.
func mark(data []byte) string {
	if len(data) > longestCorrelation {
		return ""
	}
	return string(data)
}
