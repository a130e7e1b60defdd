// Package gb28181 receives alarms and keep-alives of video devices by GB/T 28181-2016
// (SIP, RFC 3261, with MANSCDP), asks them for their channels, subscribes to alarms, and reports alarms to a platform above by the same
// standard. No video passes here.
package gb28181

import (
	"context"
	"log/slog"
	"net"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	// keepalive is how often a device says that it is there; misses are how many it may
	// leave out (GB/T 28181 9.6).
	keepalive, misses = time.Minute, 3
	// budget bounds the storing of what a device said; SIP sends again after 0.5 s and
	// gives up after 32.
	budget = 3 * time.Second
	// longestExpiry and usualExpiry bound how long a registration counts.
	longestExpiry, usualExpiry = 7 * 24 * time.Hour, time.Hour
	// mostConnections and mostFromOne bound TCP; idle is longer than three keep-alives.
	mostConnections, mostFromOne, idle = 1024, 64, 5 * time.Minute
	// mostAtOnce bounds requests under way; SIP sends again what was not answered.
	mostAtOnce = 128
)

var contentLength = regexp.MustCompile(`(?im)^(?:Content-Length|l)[ \t]*:[ \t]*([0-9]+)[ \t]*\r$`)

// quiet is done once: the library has one logger of its own for all.
var quiet sync.Once

// Config is who this platform is among others.
type Config struct {
	// ID is the platform's own code, twenty digits; Domain the realm, usually its first
	// ten.
	ID, Domain string
	// Upper is the platform that alarms are reported to; nil for none.
	Upper *UpperConfig
}

// Server answers devices. Make it with New.
type Server struct {
	cfg      Config
	desk     device.Desk
	clock    model.Clock
	log      *slog.Logger
	ua       *sipgo.UserAgent
	sip      *sipgo.Server
	client   *sipgo.Client
	digest   *device.Digest
	presence device.Presence
	// free has room for requests under way.
	free chan struct{}
	// sending are answers of ours on their way, until ending.
	sending sync.WaitGroup
	ending  chan struct{}
	// port is the one that we are reached at.
	port atomic.Int64

	mu sync.Mutex
	// known are the registrations that count, by the device's code.
	known map[string]registration
	// cared is what these are asked for, by the device's code; channels are those that each
	// told last, by its id with us; sn numbers our questions.
	cared    map[string]*care
	channels map[string]map[string]channel
	sn       uint64
	// upper is nil where nothing is reported.
	upper *Upper
}

// registration is a device that has proved itself, and where it is.
type registration struct {
	peer              device.Peer
	source, transport string
	ends              time.Time
}

// New makes a server that hands in what it hears at a desk. The SIP library is kept from
// logging: it would quote what devices send.
func New(cfg Config, desk device.Desk, clock model.Clock, log *slog.Logger) (*Server, error) {
	silent := slog.New(slog.DiscardHandler)
	quiet.Do(func() { sip.SetDefaultLogger(silent) }) // what its connections write with
	ua, err := sipgo.NewUA(sipgo.WithUserAgent(cfg.ID), sipgo.WithUserAgentHostname(cfg.Domain),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(silent)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(silent), sip.WithTransportLayerReadFilter(counted)))
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, desk: desk, clock: clock, log: log, ua: ua, digest: device.NewDigest(cfg.Domain), free: make(chan struct{}, mostAtOnce), ending: make(chan struct{}), known: map[string]registration{},
		cared: map[string]*care{}, channels: map[string]map[string]channel{}, sn: uint64(clock.Now().Unix())}
	if s.sip, err = sipgo.NewServer(ua, sipgo.WithServerLogger(silent)); err != nil {
		return nil, err
	}
	if s.client, err = sipgo.NewClient(ua, sipgo.WithClientLogger(silent), sipgo.WithClientNAT()); err != nil {
		return nil, err
	}
	if cfg.Upper != nil {
		s.upper = newUpper(s, *cfg.Upper)
	}
	s.sip.OnRegister(s.bounded(s.register))
	s.sip.OnMessage(s.bounded(s.message))
	s.sip.OnNotify(s.bounded(s.message))
	s.sip.OnOptions(func(r *sip.Request, tx sip.ServerTransaction) { s.answer(r, tx, sip.StatusOK, "OK") })
	return s, nil
}

// counted sets right what a datagram says of its own length.
func counted(read sip.TransportReadProps, data []byte) ([]byte, error) {
	if read.Transport != "UDP" {
		return data, nil
	}
	return whole(data), nil
}

// Serve answers on both sockets until the context ends, and closes them. It is
// called once.
func (s *Server) Serve(ctx context.Context, stream net.Listener, datagrams net.PacketConn) {
	if local, ok := datagrams.LocalAddr().(*net.UDPAddr); ok {
		s.port.Store(int64(local.Port))
	}
	var all sync.WaitGroup
	all.Go(func() {
		_ = s.sip.ServeTCP(device.Guarded(stream, &device.Crowd{Most: mostConnections, FromOne: mostFromOne}, idle)) // ends when it is closed
	})
	all.Go(func() { _ = s.sip.ServeUDP(datagrams) })
	all.Go(func() { device.Supervise(ctx, s.Look) })
	<-ctx.Done()
	_ = stream.Close()
	_ = datagrams.Close()
	s.mu.Lock()
	close(s.ending) // under the lock that send takes, so that nothing is sent behind it
	s.mu.Unlock()
	s.sending.Wait()
	_ = s.ua.Close()
	all.Wait()
}

// bounded answers 503 when too much is under way.
func (s *Server) bounded(next sipgo.RequestHandler) sipgo.RequestHandler {
	return func(r *sip.Request, tx sip.ServerTransaction) {
		select {
		case s.free <- struct{}{}:
			defer func() { <-s.free }()
			next(r, tx)
		default:
			s.answer(r, tx, sip.StatusServiceUnavailable, "Service Unavailable")
		}
	}
}

func (s *Server) answer(r *sip.Request, tx sip.ServerTransaction, status int, reason string, headers ...sip.Header) {
	response := sip.NewResponseFromRequest(r, status, reason, nil)
	for _, h := range headers {
		response.AppendHeader(h)
	}
	if err := tx.Respond(response); err != nil {
		s.log.Warn("answer not sent", "protocol", model.ProtocolGB28181, "status", status)
	}
}

func (s *Server) refused(r *sip.Request, tx sip.ServerTransaction, status int, reason, why string) {
	s.log.Warn("device request refused", "protocol", model.ProtocolGB28181, "method", string(r.Method), "reason", why)
	s.answer(r, tx, status, reason)
}
