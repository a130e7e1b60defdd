package device

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/icholy/digest"
)

const (
	// dialWithin and headersWithin are short: a command lives for seconds.
	dialWithin    = 2 * time.Second
	headersWithin = 4 * time.Second
	// longestAnswer bounds what a device answers to one question.
	longestAnswer = 1 << 20
)

// What became of a call that has no answer.
var (
	// ErrAddress is an address outside of the networks that devices may be in.
	ErrAddress = errors.New("device: address refused")
	// ErrUnreachable is a device that could not be connected to: it heard nothing.
	ErrUnreachable = errors.New("device: unreachable")
	// ErrNoAnswer is a device that may have heard, but did not answer.
	ErrNoAnswer = errors.New("device: no answer")
)

// Caller calls devices by HTTP with digest authentication (RFC 7616, MD5 and SHA-256),
// in the networks of the operator alone. It follows no redirect, knows no proxy, and
// uses a connection once: what was sent is never sent again by itself.
type Caller struct {
	networks  []netip.Prefix
	transport *http.Transport
}

// NewCaller makes a caller for devices in the networks; with none it calls nobody.
func NewCaller(networks []netip.Prefix) *Caller {
	c := &Caller{networks: networks}
	c.transport = &http.Transport{DialContext: c.dial, DisableKeepAlives: true, DisableCompression: true,
		TLSHandshakeTimeout: dialWithin, ResponseHeaderTimeout: headersWithin, MaxResponseHeaderBytes: 64 << 10}
	return c
}

// CheckAddress says whether a device can be called there: http or https, an IP address
// that is in the networks, perhaps a port, and nothing else. The error is ErrAddress.
func (c *Caller) CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || len(address) > 128 {
		return ErrAddress
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil || !c.allows(addr) {
		return ErrAddress
	}
	return nil
}

func (c *Caller) allows(addr netip.Addr) bool {
	return slices.ContainsFunc(c.networks, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// dial is judged by the address of the connection that is about to be made, so that no
// spelling gets around it.
func (c *Caller) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialWithin, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		if to, err := netip.ParseAddrPort(address); err != nil || !c.allows(to.Addr()) {
			return ErrAddress
		}
		return nil
	}}
	conn, err := d.DialContext(ctx, network, addr)
	switch {
	case errors.Is(err, ErrAddress):
		return nil, ErrAddress
	case err != nil:
		return nil, ErrUnreachable
	}
	return conn, nil
}

// Answer is what a device answered, whatever its status.
type Answer struct {
	Status int
	Body   []byte
}

// Ask sends one request and reads its answer. Errors: ErrAddress, ErrUnreachable,
// ErrNoAnswer.
func (c *Caller) Ask(ctx context.Context, to model.DeviceContact, method, path, contentType string, body []byte) (Answer, error) {
	response, err := c.send(ctx, to, method, path, contentType, body)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err != nil {
		return Answer{}, ErrNoAnswer
	}
	return Answer{response.StatusCode, text}, nil
}

// Listen begins a stream that ends with ctx or with the device; whoever reads it must
// close it and watch how long nothing comes. Errors as of Ask, and ErrNoAnswer for any
// status but 200.
func (c *Caller) Listen(ctx context.Context, to model.DeviceContact, path string) (http.Header, io.ReadCloser, error) {
	response, err := c.send(ctx, to, http.MethodGet, path, "", nil)
	if err != nil {
		return nil, nil, err
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, nil, ErrNoAnswer
	}
	return response.Header, response.Body, nil
}

func (c *Caller) send(ctx context.Context, to model.DeviceContact, method, path, contentType string, body []byte) (*http.Response, error) {
	if err := c.CheckAddress(to.Address); err != nil {
		return nil, err
	}
	var content io.Reader
	if len(body) > 0 {
		content = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, method, to.Address+path, content)
	if err != nil {
		return nil, ErrAddress
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	client := http.Client{Transport: c.authorised(to), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	switch {
	case err == nil:
		return response, nil
	case errors.Is(err, ErrAddress):
		return nil, ErrAddress
	case errors.Is(err, ErrUnreachable):
		return nil, ErrUnreachable
	}
	return nil, ErrNoAnswer
}

// authorised answers one challenge. A challenge is never used twice: its count would
// have to be remembered by all replicas.
func (c *Caller) authorised(to model.DeviceContact) http.RoundTripper {
	if to.User == "" {
		return c.transport
	}
	return &digest.Transport{Username: to.User, Password: to.Password, NoReuse: true, Transport: brief{c.transport}}
}

// brief bounds what is read of a refusal.
type brief struct{ http.RoundTripper }

func (b brief) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(r)
	if err == nil && response.StatusCode == http.StatusUnauthorized {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, 64<<10), response.Body}
	}
	return response, err
}

// Outcome is what a failed call means for the command that it carried.
func Outcome(err error) model.CommandOutcome {
	switch {
	case errors.Is(err, ErrAddress):
		return model.Failed(model.AnswerAddress)
	case errors.Is(err, ErrUnreachable):
		return model.Failed(model.AnswerUnreachable)
	}
	return model.CommandOutcome{State: model.CommandExpired, Code: model.AnswerNone}
}

// Unasked is the answer code for an error of a question that was asked before any
// command went out: nothing can have been done.
func Unasked(err error) string {
	switch {
	case errors.Is(err, ErrAddress):
		return model.AnswerAddress
	case errors.Is(err, ErrUnreachable):
		return model.AnswerUnreachable
	}
	return model.AnswerNone
}
