package gb28181

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// register is REGISTER: 401 with a challenge, then 200 with our time, by which devices
// set their clocks (GB/T 28181 9.1, 9.10). An expiry of 0 takes a registration back.
func (s *Server) register(r *sip.Request, tx sip.ServerTransaction) {
	peer, proved := s.proved(r)
	if !proved {
		s.challenge(r, tx)
		return
	}
	now := s.clock.Now()
	length, ok := expiryOf(r)
	if !ok {
		s.refused(r, tx, sip.StatusBadRequest, "Bad Request", "expires")
		return
	}
	if length == 0 {
		s.leave(r, tx, peer, now)
		return
	}
	if s.presence.Heard(peer.ID, now, now.Add(misses*keepalive)) && !s.take(peer, device.Came(now)) {
		s.presence.Left(peer.ID)
		s.refused(r, tx, sip.StatusServiceUnavailable, "Service Unavailable", "not_stored")
		return
	}
	s.mu.Lock()
	if before, ok := s.known[peer.Serial]; !ok || now.After(before.ends) || before.peer != peer || before.source != r.Source() {
		delete(s.cared, peer.Serial) // it is asked anew
	}
	s.known[peer.Serial] = registration{peer: peer, source: r.Source(), transport: r.Transport(), ends: now.Add(length)}
	s.mu.Unlock()
	headers := []sip.Header{sip.NewHeader("Date", now.In(device.Zone).Format("2006-01-02T15:04:05.000")), sip.NewHeader("Expires", strconv.Itoa(int(length/time.Second)))}
	if contact := r.Contact(); contact != nil {
		headers = append(headers, contact.Clone())
	}
	s.answer(r, tx, sip.StatusOK, "OK", headers...)
}

// leave takes a registration back.
func (s *Server) leave(r *sip.Request, tx sip.ServerTransaction, peer device.Peer, now time.Time) {
	if s.presence.Left(peer.ID) && !s.take(peer, device.Went(now)) {
		s.presence.Heard(peer.ID, now, now.Add(misses*keepalive))
		s.refused(r, tx, sip.StatusServiceUnavailable, "Service Unavailable", "not_stored")
		return
	}
	s.mu.Lock()
	delete(s.known, peer.Serial)
	delete(s.cared, peer.Serial)
	s.mu.Unlock()
	s.answer(r, tx, sip.StatusOK, "OK", sip.NewHeader("Date", now.In(device.Zone).Format("2006-01-02T15:04:05.000")), sip.NewHeader("Expires", "0"))
}

// challenge asks for a proof, of strangers too, so that they do not learn who is known.
func (s *Server) challenge(r *sip.Request, tx sip.ServerTransaction) {
	s.answer(r, tx, sip.StatusUnauthorized, "Unauthorized", sip.NewHeader("WWW-Authenticate", s.digest.Challenge(s.clock.Now())))
}

// proved finds the device that a request is from, by its own proof.
func (s *Server) proved(r *sip.Request) (device.Peer, bool) {
	authorization := r.GetHeader("Authorization")
	from := r.From()
	if authorization == nil || from == nil {
		return device.Peer{}, false
	}
	id := from.Address.User
	peer, known := s.desk.Find(model.ProtocolGB28181, id)
	if !known || !s.digest.Proved(authorization.Value(), string(r.Method), id, peer.Secret, s.clock.Now()) {
		s.log.Warn("device request refused", "protocol", model.ProtocolGB28181, "method", string(r.Method), "reason", "proof")
		return device.Peer{}, false
	}
	return peer, true
}

// sender finds the device that a request is from: one that is registered, from where it
// registered, or by its own proof.
func (s *Server) sender(r *sip.Request) (device.Peer, bool) {
	from := r.From()
	if from == nil {
		return device.Peer{}, false
	}
	s.mu.Lock()
	known, ok := s.known[from.Address.User]
	s.mu.Unlock()
	if !ok || s.clock.Now().After(known.ends) || device.HostOf(known.source) != device.HostOf(r.Source()) {
		return s.proved(r)
	}
	// It may have been revoked, or given another password, meanwhile.
	peer, ok := s.desk.Find(model.ProtocolGB28181, known.peer.Serial)
	if !ok || peer != known.peer {
		return device.Peer{}, false
	}
	return peer, true
}

// expiryOf is how long a registration is to count; false when that cannot be read.
func expiryOf(r *sip.Request) (time.Duration, bool) {
	text := ""
	if h := r.GetHeader("Expires"); h != nil {
		text = strings.TrimSpace(h.Value())
	}
	if contact := r.Contact(); contact != nil {
		if value, ok := contact.Params.Get("expires"); ok {
			text = value
		}
	}
	if text == "" {
		return usualExpiry, true
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, false
	}
	return min(time.Duration(seconds)*time.Second, longestExpiry), true
}

// take hands one event in and says whether it is stored.
func (s *Server) take(peer device.Peer, e model.DeviceEvent) bool {
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	if _, err := s.desk.Take(ctx, peer.ID, []model.DeviceEvent{e}); err != nil {
		s.log.Warn("device not answered", "protocol", model.ProtocolGB28181, "device", peer.ID, "code", model.CodeOf(err))
		return false
	}
	return true
}
