package device

import (
	"time"

	"communitypass.cn/communitypass/model"
)

// Publication is what a device published on a broker (MQTT 3.1.1 or 5).
type Publication struct {
	// Topic stands below the device's own prefix: what its maker calls it.
	Topic   string
	Payload []byte
	// At is when it was received.
	At time.Time
	// Device is our id of the device, by its login or the prefix of its topic.
	Device string
	// Serial is what that device was made known as.
	Serial string
	// Correlation is the mark of the Post that this answers, where the device speaks MQTT 5.
	Correlation string
}

// Post is a publication towards a device. It is never retained: whoever subscribes
// later was not meant.
type Post struct {
	// Topic stands below the device's own prefix.
	Topic   string
	Payload []byte
	// QoS is 0 or 1. 1 says that the broker has it, not that the device has.
	QoS byte
	// Life is after how long nobody may deliver it any more, in whole seconds, at
	// least one (MQTT 5, message expiry interval).
	Life time.Duration
}

// Told is what a device said in one publication.
type Told struct {
	// Serial is what the device calls itself; empty when it does not say. Another's is
	// refused.
	Serial string
	Events []model.DeviceEvent
	// Reply makes the answers from what became of the events, in their order. It is
	// called only after they are stored; nil for what nobody answers.
	Reply func([]model.DeviceAnswer) []Post
	// Busy are the answers when nothing could be stored, so that a door stays shut and
	// the device sends the same again; none is the usual way to say "again".
	Busy []Post
	// Done is set when this is the device's own answer to a Post with that reference.
	Done *Done
}

// Done is a device's own answer to something it was told to do. It is the only proof
// that a Post arrived.
type Done struct {
	// Ref is the reference that the Post bore.
	Ref string
	// OK says that the device did it; Native is the maker's own code.
	OK     bool
	Native string
}

// Topics are what devices of one dialect publish and subscribe to, below their
// prefix; filters may hold + and #.
type Topics struct {
	// Events are what devices tell. Of several servers one hears each.
	Events []string
	// Questions are those of the Events that are worth nothing a moment later: no
	// broker keeps them for a server that is away.
	Questions []string
	// States are those of the Events that tell how things are: a device may have its last
	// word kept by the broker.
	States []string
	// Replies are what devices answer to a Post. Every server hears each.
	Replies []string
	// Orders are the filters that a device with this serial number may subscribe to.
	Orders func(serial string) []string
}

// TopicDialect reads what devices of one kind publish on a broker. Beside it a
// Dialect reads what is sent by HTTP.
type TopicDialect interface {
	// Topics are the filters of the dialect; the same at every call.
	Topics() Topics
	// Hear makes neutral events of a publication. What cannot be read is a *Refusal.
	Hear(Publication) (Told, error)
}

// Reject makes the refusal of an unreadable publication; a broker has no other answer.
func Reject(reason string) *Refusal { return &Refusal{Reason: reason} }
