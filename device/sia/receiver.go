// Package sia receives alarms of panels by SIA DC-09-2013 (SIA-DCS, ADM-CID, NULL), over
// TCP and UDP, in clear or encrypted with an AES key for each account. An event is
// stored before its panel hears ACK.
package sia

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"sync"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	// aheadMost and behindMost are how far a packet's time may be from ours, by DC-09.
	aheadMost, behindMost = 20 * time.Second, 40 * time.Second
	// budget is less than the shortest time that panels wait.
	budget = 3 * time.Second
	// sentAgain is how long the same sequence with the same data is the same packet,
	// where it tells no time.
	sentAgain = 10 * time.Minute
	// mostRemembered bounds the memory of packets without a time.
	mostRemembered = 4096
)

// Receiver answers panels. Make it with New.
type Receiver struct {
	desk  device.Desk
	clock model.Clock
	log   *slog.Logger

	presence device.Presence
	mu       sync.Mutex
	// polled is when an account last sent NULL, by our id of the device.
	polled map[string]time.Time
	// firsts are when packets without a time first came, by device, sequence and data.
	firsts map[string]time.Time
}

// New makes a receiver that hands in what it hears at a desk.
func New(desk device.Desk, clock model.Clock, log *slog.Logger) *Receiver {
	return &Receiver{desk: desk, clock: clock, log: log, polled: map[string]time.Time{}, firsts: map[string]time.Time{}}
}

// Answer takes in what stands between LF and CR and makes the answer, framed; nil when
// there is none: for a CRC or a length that is wrong, and when nothing could be stored,
// so that the panel sends again.
func (r *Receiver) Answer(ctx context.Context, frame []byte) []byte {
	p, err := parse(frame)
	if err != nil {
		r.log.Warn("alarm packet refused", "protocol", model.ProtocolSIA, "reason", err.Error())
		return nil
	}
	peer, known := r.desk.Find(model.ProtocolSIA, p.account)
	if !known {
		r.log.Warn("alarm packet refused", "protocol", model.ProtocolSIA, "reason", "account")
		return notUnderstood(p)
	}
	now := r.clock.Now()
	c, key, err := contentOf(p, peer)
	switch {
	case err != nil:
		return r.refused(peer, err.Error(), notUnderstood(p))
	case p.encrypted && c.at.IsZero(), !c.at.IsZero() && (c.at.Sub(now) > aheadMost || now.Sub(c.at) > behindMost):
		return r.refused(peer, "time", misTimed(now))
	}
	events, ok := r.said(peer, p, c, now)
	if !ok {
		return r.refused(peer, "data", notUnderstood(p))
	}
	if !r.stored(ctx, peer, p, events, now) {
		return nil
	}
	answer, err := accepted(p, key, now)
	if err != nil {
		return r.refused(peer, "key", notUnderstood(p))
	}
	return answer
}

func (r *Receiver) refused(peer device.Peer, reason string, answer []byte) []byte {
	r.log.Warn("alarm packet refused", "protocol", model.ProtocolSIA, "device", peer.ID, "reason", reason)
	return answer
}

// Reasons why a packet cannot be opened.
var (
	errNoKey = errors.New("no_key")
	// errClear keeps whoever knows an account's number from speaking for a panel that
	// has a key.
	errClear = errors.New("in_clear")
)

func contentOf(p packet, peer device.Peer) (c content, key []byte, err error) {
	body := p.body
	switch {
	case p.encrypted && peer.Secret == "":
		return c, nil, errNoKey
	case p.encrypted:
		if key, err = hex.DecodeString(peer.Secret); err != nil {
			return c, nil, errNoKey
		}
		if body, err = opened(p.body, key); err != nil {
			return c, nil, err
		}
	case peer.Secret != "":
		return c, nil, errClear
	}
	c, err = read(body)
	return c, key, err
}

// said makes events of a packet, with the key that a repetition has again.
func (r *Receiver) said(peer device.Peer, p packet, c content, now time.Time) ([]model.DeviceEvent, bool) {
	switch p.id {
	case tokenNull:
		return nil, true
	case tokenSequence, tokenContactID:
	default:
		return nil, false
	}
	events, ok := eventsOf(p.id, p.account, c.data)
	if !ok {
		return nil, false
	}
	at := c.at
	if at.IsZero() {
		at = r.first(device.Key(peer.ID, p.sequence, c.data), now)
	}
	for n := range events {
		events[n].Key = device.Key("sia", p.sequence, at.UTC().Format(time.RFC3339Nano), c.data, string(rune('a'+n)))
		if !c.at.IsZero() {
			events[n].DeviceAt = model.Millis(c.at)
		}
	}
	return events, true
}

// first is when a packet without a time came for the first time.
func (r *Receiver) first(name string, now time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, known := r.firsts[name]; known && now.Sub(at) <= sentAgain {
		return at
	}
	if len(r.firsts) >= mostRemembered {
		for other, at := range r.firsts {
			if now.Sub(at) > sentAgain {
				delete(r.firsts, other)
			}
		}
		if len(r.firsts) >= mostRemembered {
			clear(r.firsts)
		}
	}
	r.firsts[name] = now
	return now
}

// stored hands events in, with the news that a panel is back.
func (r *Receiver) stored(ctx context.Context, peer device.Peer, p packet, events []model.DeviceEvent, now time.Time) bool {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	if r.heard(peer, p, now) {
		events = append(events, device.Came(now))
	}
	if len(events) == 0 {
		return true
	}
	if _, err := r.desk.Take(ctx, peer.ID, events); err != nil {
		r.log.Warn("alarm packet not answered", "protocol", model.ProtocolSIA, "device", peer.ID, "code", model.CodeOf(err))
		return false
	}
	return true
}
