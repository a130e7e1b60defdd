package gb28181

import (
	"context"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	// settled is how long after it registered a device is asked at the earliest; catalogued
	// how often it is asked for its channels, again how long it rests after it said nothing.
	settled, catalogued, again = 3 * time.Second, 24 * time.Hour, 5 * time.Minute
	// mostAsked bounds the devices that are asked at one look.
	mostAsked = 16
	// subscribed is how long a subscription to alarms is to last; longest bounds what a
	// device may want instead.
	subscribed, longestSubscription = time.Hour, 24 * time.Hour
)

// care is what a registered device is asked for: once a day its channels, and its alarms
// by a subscription (GB/T 28181 9.5, 9.11), for there are devices that tell subscribers
// alone. It ends with the registration.
type care struct {
	// next is when to ask for the channels; list are those of the answer that is coming in.
	next time.Time
	list *catalogue
	sub  subscription
	busy bool
}

// subscription is a dialog of RFC 6665.
type subscription struct {
	// callID is empty without one.
	callID, from, to string
	sequence         uint32
	// next is when to ask, for one or for it to go on; wish what the device wants as its
	// length instead of ours.
	next time.Time
	wish time.Duration
	// refused is a device that takes no subscribers; it is asked when it registers anew.
	refused bool
}

// tend begins to ask those that are due; the caller holds the lock.
func (s *Server) tend(now time.Time) (due []registration) {
	for id, r := range s.known {
		c := s.cared[id]
		if c == nil {
			c = &care{next: now.Add(settled), sub: subscription{next: now.Add(settled)}}
			s.cared[id] = c
		}
		if c.busy || now.Before(c.next) && (c.sub.refused || now.Before(c.sub.next)) {
			continue
		}
		c.busy = true
		if due = append(due, r); len(due) == mostAsked {
			break
		}
	}
	return due
}

// ask asks one device for what is due.
func (s *Server) ask(r registration) {
	ctx, cancel := s.while()
	defer cancel()
	id, now := r.peer.Serial, s.clock.Now()
	s.mu.Lock()
	c := s.cared[id]
	if c == nil {
		s.mu.Unlock()
		return
	}
	channels, alarms, before := !now.Before(c.next), !c.sub.refused && !now.Before(c.sub.next), c.sub
	sn, sub := "", before
	if channels {
		s.sn++
		sn = strconv.FormatUint(s.sn, 10)
		c.next, c.list = now.Add(catalogued), &catalogue{sn: sn, seen: map[string]bool{}, channels: map[string]channel{}}
	}
	s.mu.Unlock()
	later, never := false, false
	if channels {
		reply, err := s.client.Do(ctx, s.request(sip.MESSAGE, id, s.cfg.Domain, r.source, r.transport, document("Query", "CmdType", commandCatalog, "SN", sn, "DeviceID", id)))
		later = err != nil || reply.StatusCode >= 500
		never = later || !reply.IsSuccess()
	}
	if alarms {
		sub = s.subscribe(ctx, r, sub, now)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cared[id] != c {
		return // it left meanwhile, or came anew
	}
	c.busy = false
	if later {
		c.next = now.Add(again)
	}
	if never {
		c.list = nil
	}
	if alarms && c.sub == before { // the device may have ended it while we asked
		c.sub = sub
	}
}

// while is a context for what we ask, which ends with the server.
func (s *Server) while() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), answerable)
	go func() {
		select {
		case <-s.ending:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// subscribe asks for the alarms of a device, or for a subscription to go on, and says how
// it stands after that.
func (s *Server) subscribe(ctx context.Context, r registration, sub subscription, now time.Time) subscription {
	id, length := r.peer.Serial, max(subscribed, sub.wish)
	request := s.request("SUBSCRIBE", id, s.cfg.Domain, r.source, r.transport, document("Query", "CmdType", commandAlarm, "SN", strconv.FormatInt(now.Unix(), 10), "DeviceID", id,
		"StartAlarmPriority", "0", "EndAlarmPriority", "0", "AlarmMethod", "0"))
	if sub.callID == "" {
		sub.callID, sub.sequence, sub.to = sip.GenerateTagN(32), 0, ""
		sub.from, _ = request.From().Params.Get("tag")
	}
	sub.sequence++
	request.From().Params.Add("tag", sub.from)
	if sub.to != "" {
		request.To().Params.Add("tag", sub.to)
	}
	callID := sip.CallIDHeader(sub.callID)
	request.AppendHeader(&callID)
	request.AppendHeader(&sip.CSeqHeader{SeqNo: sub.sequence, MethodName: request.Method})
	request.AppendHeader(&sip.ContactHeader{Address: s.contact(r.source)})
	request.AppendHeader(sip.NewHeader("Event", "presence"))
	request.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(length/time.Second))))
	reply, err := s.client.Do(ctx, request)
	switch {
	case err != nil || reply.StatusCode >= 500 && reply.StatusCode < 600:
		return subscription{next: now.Add(again), wish: sub.wish}
	case reply.IsSuccess():
		if to := reply.To(); to != nil {
			sub.to, _ = to.Params.Get("tag")
		}
		if granted := secondsOf(reply.GetHeader("Expires")); granted > 0 {
			length = min(length, granted)
		}
		sub.next = now.Add(length * 3 / 4) // before it lapses
		return sub
	case reply.StatusCode == sip.StatusIntervalToBrief && sub.wish == 0 && secondsOf(reply.GetHeader("Min-Expires")) > 0:
		return subscription{next: now, wish: min(secondsOf(reply.GetHeader("Min-Expires")), longestSubscription)}
	case reply.StatusCode == sip.StatusCallTransactionDoesNotExists && sub.to != "":
		return subscription{next: now, wish: sub.wish} // it forgot us: a new one
	}
	return subscription{refused: true}
}

// secondsOf is a length of time; 0 for none.
func secondsOf(h sip.Header) time.Duration {
	if h == nil {
		return 0
	}
	seconds, err := strconv.ParseUint(strings.TrimSpace(h.Value()), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// contact is where a device reaches us: the address of ours from which it is reached.
func (s *Server) contact(device string) sip.Uri {
	out := sip.Uri{Scheme: "sip", User: s.cfg.ID, Host: s.cfg.Domain}
	c, err := net.Dial("udp", device) // sends nothing
	if err != nil {
		return out
	}
	defer c.Close()
	if local, ok := c.LocalAddr().(*net.UDPAddr); ok {
		out.Host, out.Port = local.IP.String(), int(s.port.Load())
	}
	return out
}

// ended notes that a device ended a subscription. One that it does not want is not asked
// for again before it registers anew (RFC 6665 4.1.3).
func (s *Server) ended(peer device.Peer, r *sip.Request) {
	h := r.GetHeader("Subscription-State")
	if h == nil {
		return
	}
	state, more, _ := strings.Cut(strings.ToLower(h.Value()), ";")
	if strings.TrimSpace(state) != "terminated" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cared[peer.Serial]
	if c == nil || r.CallID() == nil || r.CallID().Value() != c.sub.callID {
		return
	}
	wait := again
	if strings.Contains(more, "reason=timeout") || strings.Contains(more, "reason=deactivated") {
		wait = 0
	}
	c.sub = subscription{next: s.clock.Now().Add(wait), wish: c.sub.wish,
		refused: strings.Contains(more, "reason=rejected") || strings.Contains(more, "reason=noresource")}
	s.log.Info("subscription ended", "protocol", model.ProtocolGB28181, "device", peer.ID)
}
