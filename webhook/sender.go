package webhook

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"
)

// drainTimeout is how long an answer's body is read after its status, which alone
// decides. A body that takes longer costs the connection, not the worker.
const drainTimeout = 250 * time.Millisecond

// Options of a Sender. The zero value is fit for production.
type Options struct {
	// Timeout of one attempt from look-up to status; 15 s when 0.
	Timeout time.Duration
	// DialTimeout of look-up and connect, and again of the TLS handshake; 5 s when 0.
	DialTimeout time.Duration
	// MaxResponse is how much of an answer's body is read (and thrown away) to keep
	// the connection; 64 KB when 0.
	MaxResponse int64
	// MaxConnsPerHost bounds what one recipient can hold; 16 when 0.
	MaxConnsPerHost int
	// AllowedPrefixes are networks of the operator that are reached although they
	// are not public, on any port.
	AllowedPrefixes []netip.Prefix
	// AllowHTTP lets http through to AllowedPrefixes, and nowhere else.
	AllowHTTP bool
	// RootCAs replace the system's, for a recipient with a CA of its own.
	RootCAs *x509.CertPool
	// Resolver replaces the system's.
	Resolver *net.Resolver
}

// Target is where an event goes and with what it is signed.
type Target struct {
	URL string
	// Secrets are the recipient's, newest first; two while one is rotated. A
	// signature is sent for each.
	Secrets [][]byte
	// SM2 adds a v1sm2 signature; nil unless the recipient asked for it.
	SM2 Signer
}

// Sender sends events. It is safe for concurrent use and is made once.
type Sender struct {
	clock       model.Clock
	guard       guard
	timeout     time.Duration
	maxResponse int64
	transport   *http.Transport
}

// NewSender makes a sender; the clock stamps signatures and reads Retry-After.
func NewSender(o Options, clock model.Clock) *Sender {
	o = o.withDefaults()
	g := guard{allowed: slices.Clone(o.AllowedPrefixes), plain: o.AllowHTTP}
	return &Sender{clock: clock, guard: g, timeout: o.Timeout, maxResponse: o.MaxResponse, transport: newTransport(o, g)}
}

func (o Options) withDefaults() Options {
	o.Timeout = orDefault(o.Timeout, 15*time.Second)
	o.DialTimeout = orDefault(o.DialTimeout, 5*time.Second)
	o.MaxResponse = orDefault(o.MaxResponse, 64<<10)
	o.MaxConnsPerHost = orDefault(o.MaxConnsPerHost, 16)
	return o
}

func orDefault[T time.Duration | int64 | int](value, otherwise T) T {
	if value <= 0 {
		return otherwise
	}
	return value
}

// Close drops the connections that are kept. Attempts under way end by themselves.
func (s *Sender) Close() { s.transport.CloseIdleConnections() }

// CheckURL says whether a URL may be registered for a recipient: https (or http,
// where the operator allows it), a host, a sane port, no user, no fragment, at most
// 2048 bytes, no address that would be refused. It looks nothing up, since DNS may
// answer differently later; names are judged when they are dialled. The error is
// model.CodeRecipientURLRefused.
func (s *Sender) CheckURL(_ context.Context, raw string) error {
	if _, err := s.guard.parse(raw); err != nil {
		return model.Fail(model.CodeRecipientURLRefused, err)
	}
	return nil
}

// Send makes one attempt. Redirects are not followed. A kept connection that the
// recipient closed meanwhile is replaced within the attempt, so an event may arrive
// twice, with the same id and bytes.
func (s *Sender) Send(ctx context.Context, to Target, e Event) Outcome {
	u, err := s.guard.parse(to.URL)
	if err != nil {
		return unanswered(err)
	}
	if !e.sendable() {
		return Outcome{Class: Permanent, Detail: "event_invalid"}
	}
	if !signable(to) {
		return Outcome{Class: Refused, Detail: "no_secret"}
	}
	header, body, err := s.sign(to, e)
	if err != nil {
		return Outcome{Class: Retry, Detail: "sign_failed"}
	}
	return s.post(ctx, u, header, body)
}

// signable says that the event will carry a signature: an empty secret is none.
func signable(to Target) bool {
	if slices.ContainsFunc(to.Secrets, func(secret []byte) bool { return len(secret) == 0 }) {
		return false
	}
	return len(to.Secrets) > 0 || to.SM2 != nil
}

// sign encodes the event behind "id.timestamp.", so that what is signed and what
// is sent are the same bytes in memory.
func (s *Sender) sign(to Target, e Event) (http.Header, []byte, error) {
	now := s.clock.Now().Unix()
	message := appendSigned(make([]byte, 0, e.size()+len(e.ID)+24), e.ID, now)
	prefix := len(message)
	message = e.AppendTo(message)
	signature, err := signatures(message, to.Secrets, to.SM2)
	if err != nil {
		return nil, nil, err
	}
	return http.Header{
		"Content-Type":  {"application/cloudevents+json"},
		"User-Agent":    {"CommunityPass-Webhook/1"},
		headerID:        {e.ID},
		headerTimestamp: {strconv.FormatInt(now, 10)},
		headerSignature: {signature},
		// Present without a value it is not sent, but tells the transport that the
		// request may be repeated on a fresh connection.
		"Idempotency-Key": nil,
	}, message[prefix:], nil
}

func (s *Sender) post(ctx context.Context, u *url.URL, header http.Header, body []byte) Outcome {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	reader := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	first, _ := reader()
	request := (&http.Request{
		Method: http.MethodPost, URL: u, Host: u.Host, Header: header,
		Body: first, GetBody: reader, ContentLength: int64(len(body)),
	}).WithContext(ctx)
	response, err := s.transport.RoundTrip(request)
	if err != nil {
		return unanswered(err)
	}
	s.drain(response, cancel)
	return answered(response.StatusCode, response.Header, s.clock.Now()).of(body)
}

// drain reads what little a recipient may say, so that the connection can be kept;
// more than that closes it. Nothing of it is stored.
func (s *Sender) drain(response *http.Response, cancel context.CancelFunc) {
	defer response.Body.Close()
	if response.ContentLength == 0 {
		return
	}
	timer := time.AfterFunc(drainTimeout, cancel)
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, response.Body, s.maxResponse+1)
}
