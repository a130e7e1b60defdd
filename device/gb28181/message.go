package gb28181

import (
	"context"
	"time"

	"github.com/emiago/sipgo/sip"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	manscdp = "Application/MANSCDP+xml"
	// answerable is how long we try to tell a device that its alarm is here.
	answerable = 10 * time.Second
)

// message is MESSAGE, and NOTIFY of a subscription: keep-alives and alarms.
func (s *Server) message(r *sip.Request, tx sip.ServerTransaction) {
	if s.upper.from(r) {
		s.fromAbove(r, tx)
		return
	}
	peer, known := s.sender(r)
	if !known {
		s.challenge(r, tx) // who has been forgotten registers anew
		return
	}
	if r.Method == sip.NOTIFY {
		s.ended(peer, r)
		if len(r.Body()) == 0 { // how a subscription stands, and no more
			s.answer(r, tx, sip.StatusOK, "OK")
			return
		}
	}
	n, err := readNotify(r.Body())
	switch {
	case err != nil:
		s.refused(r, tx, sip.StatusBadRequest, "Bad Request", err.Error())
	case s.another(peer, n.DeviceID):
		s.refused(r, tx, sip.StatusForbidden, "Forbidden", "serial")
	case n.XMLName.Local == "Response" && n.CmdType == commandCatalog:
		s.catalogueMessage(r, tx, peer, n)
	case n.XMLName.Local == "Response":
		s.answer(r, tx, sip.StatusOK, "OK")
	case n.CmdType == commandKeepalive:
		s.beat(r, tx, peer)
	case n.CmdType == commandAlarm:
		s.alarm(r, tx, peer, n)
	default:
		s.keep(r, tx, peer, model.DeviceEvent{Kind: model.DeviceUnknown, Native: device.Word("gb28181." + n.CmdType), Detail: map[string]string{}})
	}
}

// another reports whether a device speaks for one that has a registration of its own. A
// recorder speaks for its channels, which have none.
func (s *Server) another(peer device.Peer, id string) bool {
	if id == "" || id == peer.Serial {
		return false
	}
	_, known := s.desk.Find(model.ProtocolGB28181, id)
	return known
}

// beat is a keep-alive.
func (s *Server) beat(r *sip.Request, tx sip.ServerTransaction, peer device.Peer) {
	now := s.clock.Now()
	if s.presence.Heard(peer.ID, now, now.Add(misses*keepalive)) && !s.take(peer, device.Came(now)) {
		s.presence.Left(peer.ID)
		s.refused(r, tx, sip.StatusServiceUnavailable, "Service Unavailable", "not_stored")
		return
	}
	s.answer(r, tx, sip.StatusOK, "OK")
}

func (s *Server) keep(r *sip.Request, tx sip.ServerTransaction, peer device.Peer, e model.DeviceEvent) bool {
	if !s.take(peer, e) {
		s.answer(r, tx, sip.StatusServiceUnavailable, "Service Unavailable")
		return false
	}
	s.answer(r, tx, sip.StatusOK, "OK")
	return true
}

// alarm is stored, then answered with 200, then acknowledged by a MESSAGE of our own
// (9.4). One told by NOTIFY needs no such MESSAGE.
func (s *Server) alarm(r *sip.Request, tx sip.ServerTransaction, peer device.Peer, n notify) {
	if !s.keep(r, tx, peer, n.event(peer)) || r.Method != sip.MESSAGE || n.SN == "" {
		return
	}
	source, transport := r.Source(), r.Transport()
	s.send(func() {
		ctx, cancel := s.while()
		defer cancel()
		request := s.request(sip.MESSAGE, peer.Serial, s.cfg.Domain, source, transport, response(n.SN, n.DeviceID))
		if reply, err := s.client.Do(ctx, request); err != nil || !reply.IsSuccess() {
			s.log.Warn("alarm not acknowledged", "protocol", model.ProtocolGB28181, "device", peer.ID)
		}
	})
}

// send does something beside the request, unless the server is ending.
func (s *Server) send(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.ending:
	default:
		s.sending.Go(do)
	}
}

// request is one of ours to somebody at an address.
func (s *Server) request(method sip.RequestMethod, id, domain, address, transport string, body []byte) *sip.Request {
	to := sip.Uri{Scheme: "sip", User: id, Host: domain}
	r := sip.NewRequest(method, to)
	from := sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: s.cfg.ID, Host: s.cfg.Domain}, Params: sip.NewParams()}
	from.Params.Add("tag", sip.GenerateTagN(16))
	r.AppendHeader(&from)
	r.AppendHeader(&sip.ToHeader{Address: to, Params: sip.NewParams()})
	if len(body) > 0 {
		kind := sip.ContentTypeHeader(manscdp)
		r.AppendHeader(&kind)
	}
	r.SetBody(body)
	r.SetTransport(transport)
	r.SetDestination(address)
	return r
}

// Look tells of devices that fell silent, forgets registrations that have ended, and asks
// the others for what is due.
func (s *Server) Look(ctx context.Context) {
	now := s.clock.Now()
	s.presence.TellSilent(ctx, s.desk, model.ProtocolGB28181, now, s.log)
	s.mu.Lock()
	for id, r := range s.known {
		if now.After(r.ends) {
			delete(s.known, id)
			delete(s.cared, id)
		}
	}
	due := s.tend(now)
	s.mu.Unlock()
	for _, r := range due {
		s.send(func() { s.ask(r) })
	}
}
