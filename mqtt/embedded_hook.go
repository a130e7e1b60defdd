package mqtt

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// hook is what the embedded broker asks us. A device is a connection's login; the name
// that it gives its connection is not used, so that none can take another's place.
type hook struct {
	mochi.HookBase
	*Embedded
	// bare are connections of devices that do not know their prefix: it is added to
	// what they say and taken from what they hear.
	bare sync.Map
	// dismissed are connections that we end: nobody speaks for them afterwards.
	dismissed sync.Map
}

// ID names the hook.
func (*hook) ID() string { return "communitypass" }

// Provides lists what is answered here.
func (*hook) Provides(b byte) bool {
	switch b {
	case mochi.OnConnect, mochi.OnConnectAuthenticate, mochi.OnSessionEstablish, mochi.OnSessionEstablished, mochi.OnACLCheck,
		mochi.OnPacketRead, mochi.OnPacketEncode, mochi.OnPublish, mochi.OnWill, mochi.OnDisconnect:
		return true
	}
	return false
}

// OnConnect names the connection and bounds its silence. Only MQTT 5 can tell a device
// to speak more often than it meant to.
func (h *hook) OnConnect(cl *mochi.Client, pk packets.Packet) error {
	cl.ID = string(pk.Connect.Username)
	told := cl.Properties.ProtocolVersion >= 5
	switch keep := pk.Connect.Keepalive; {
	case told && (keep == 0 || keep > longestSilence):
		cl.State.Keepalive, cl.State.ServerKeepalive = longestSilence, true
	case !told && (keep == 0 || keep > longestSilenceUntold):
		cl.State.Keepalive = longestSilenceUntold
	}
	return nil
}

// OnConnectAuthenticate judges a login.
func (h *hook) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	if h.doorman.Admit(cl.ID, string(pk.Connect.Password)) {
		return true
	}
	h.figures.Refused("", "login")
	return false
}

// OnSessionEstablish ends the device's connection of before and waits until the broker
// has forgotten it: else, in ending late, it would take the subscriptions of this one.
func (h *hook) OnSessionEstablish(cl *mochi.Client, _ packets.Packet) {
	old, there := h.broker.Clients.Get(cl.ID)
	if !there {
		return
	}
	_ = h.broker.DisconnectClient(old, packets.ErrSessionTakenOver) // its socket is closed either way
	ctx, cancel := context.WithTimeout(context.Background(), makeWay)
	defer cancel()
	for there && model.Wait(ctx, time.Millisecond) == nil {
		now, ok := h.broker.Clients.Get(cl.ID)
		there = ok && now == old
	}
}

// OnSessionEstablished notes a connection that may be spoken to.
func (h *hook) OnSessionEstablished(cl *mochi.Client, _ packets.Packet) { h.live.Store(cl, true) }

// OnACLCheck judges what is published and subscribed to, and once more what is
// delivered. Prefixes were added before.
func (h *hook) OnACLCheck(cl *mochi.Client, topic string, write bool) bool {
	device, below, ok := split(topic)
	may, reason := h.doorman.MaySubscribe, "subscribe"
	if write {
		may, reason = h.doorman.MayPublish, "topic"
	}
	if ok && device == cl.ID && may(device, below) {
		return true
	}
	h.figures.Refused(cl.ID, reason)
	return false
}

// OnPacketRead takes sessions from connections, and adds the prefix to topics.
func (h *hook) OnPacketRead(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	switch pk.FixedHeader.Type {
	case packets.Connect:
		pk.Connect.Clean = true
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 0, false
	case packets.Publish:
		pk.TopicName, _ = prefixed(cl.ID, pk.TopicName)
	case packets.Subscribe, packets.Unsubscribe:
		for i := range pk.Filters {
			var bare bool
			if pk.Filters[i].Filter, bare = prefixed(cl.ID, pk.Filters[i].Filter); bare {
				h.bare.Store(cl, true)
			}
		}
	case packets.Disconnect:
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 0, false
	}
	return pk, nil
}

// prefixed adds the prefix of a device where it does not stand yet, and says whether
// it did.
func prefixed(device, topic string) (string, bool) {
	if strings.HasPrefix(topic, Prefix(device)) {
		return topic, false
	}
	return Prefix(device) + topic, true
}

// OnPacketEncode takes the prefix from topics for who does not know it.
func (h *hook) OnPacketEncode(cl *mochi.Client, pk packets.Packet) packets.Packet {
	switch pk.FixedHeader.Type {
	case packets.Publish:
		if _, bare := h.bare.Load(cl); bare {
			pk.TopicName = strings.TrimPrefix(pk.TopicName, Prefix(cl.ID))
			pk.Properties.ResponseTopic = strings.TrimPrefix(pk.Properties.ResponseTopic, Prefix(cl.ID))
		}
	case packets.Disconnect:
		if pk.ReasonCode == packets.ErrSessionTakenOver.Code || pk.ReasonCode == packets.ErrServerShuttingDown.Code {
			h.dismissed.Store(cl, true)
		}
	}
	return pk
}

// OnPublish hears what a device published. It goes no further: devices do not speak to
// each other. A device that speaks MQTT 5 is told why it was refused; an older one can
// only be told that the message came, or, when it could not be stored, nothing, after
// which it may send it again.
func (h *hook) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline {
		return pk, nil
	}
	tells := cl.Properties.ProtocolVersion >= 5 && pk.FixedHeader.Qos > 0
	if _, below, _ := split(pk.TopicName); pk.FixedHeader.Retain && !h.doorman.MayRetain(cl.ID, below) {
		h.figures.Refused(cl.ID, "retained")
		return pk, code(tells, packets.ErrRetainNotSupported)
	}
	err := h.heard(cl, pk.TopicName, pk.Payload, mark(pk.Properties.CorrelationData), false)
	var refusal *Refusal
	switch {
	case err == nil:
		return pk, packets.CodeSuccessIgnore
	case errors.As(err, &refusal) && refusal.Foreign:
		return pk, code(tells, packets.ErrNotAuthorized)
	case errors.As(err, &refusal):
		return pk, code(tells, packets.ErrPayloadFormatInvalid)
	case tells:
		return pk, packets.ErrUnspecifiedError
	}
	return pk, packets.ErrRejectPacket
}

// code is what a device is told that can be told something.
func code(tells bool, c packets.Code) error {
	if tells {
		return c
	}
	return packets.CodeSuccessIgnore
}

func (h *hook) heard(cl *mochi.Client, topic string, payload []byte, correlation string, will bool) error {
	_, below, ok := split(topic)
	if !ok {
		return &Refusal{Reason: "topic", Foreign: true}
	}
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	return h.hear(ctx, Message{Device: cl.ID, Topic: below, Payload: payload, Correlation: correlation, Will: will})
}

// OnWill hears what a device wanted to be said when it went, unless we sent it away.
// What comes back is distributed to nobody.
func (h *hook) OnWill(cl *mochi.Client, will mochi.Will) (mochi.Will, error) {
	topic, _ := prefixed(cl.ID, will.TopicName)
	if _, dismissed := h.dismissed.Load(cl); !dismissed && !h.stopping.Load() && h.OnACLCheck(cl, topic, true) {
		_ = h.heard(cl, topic, will.Payload, "", true) // there is nobody left to be told
	}
	return mochi.Will{TopicName: Prefix(cl.ID)}, nil
}

// OnDisconnect forgets a connection, and counts one that sent more than fits.
func (h *hook) OnDisconnect(cl *mochi.Client, err error, _ bool) {
	if errors.Is(err, packets.ErrPacketTooLarge) {
		h.figures.Refused(cl.ID, "too_large")
	}
	h.live.Delete(cl)
	h.bare.Delete(cl)
	h.dismissed.Delete(cl)
}
