package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

const (
	idleTimeout       = 60 * time.Second
	maxResponseHeader = 64 << 10
	sessionCache      = 256
)

// handshakeError marks what went wrong between TCP and HTTP: certificate, version,
// cipher, or a server that speaks no TLS.
type handshakeError struct{ cause error }

func (e *handshakeError) Error() string { return "webhook: tls handshake" }
func (e *handshakeError) Unwrap() error { return e.cause }

// dialer makes the connections, each judged by the guard.
type dialer struct {
	guard    guard
	timeout  time.Duration
	resolver *net.Resolver
	tls      *tls.Config
}

// newTransport is HTTP/1.1 with kept connections. It knows no proxy of the
// environment (a proxy would connect where we may not), asks for no compression
// and undoes none.
func newTransport(o Options, g guard) *http.Transport {
	d := dialer{guard: g, timeout: o.DialTimeout, resolver: o.Resolver, tls: tlsConfig(o.RootCAs)}
	return &http.Transport{
		DialContext:            d.dialPlain,
		DialTLSContext:         d.dialTLS,
		DisableCompression:     true,
		MaxConnsPerHost:        o.MaxConnsPerHost,
		MaxIdleConnsPerHost:    o.MaxConnsPerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxResponseHeader,
	}
}

func tlsConfig(roots *x509.CertPool) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            roots,
		ClientSessionCache: tls.NewLRUClientSessionCache(sessionCache),
	}
}

// dialPlain connects for http, which only allowed networks are spoken to in.
func (d dialer) dialPlain(ctx context.Context, network, addr string) (net.Conn, error) {
	return d.dial(ctx, network, addr, true)
}

// dial connects; plain says that http will be spoken. The guard is asked for each
// address that the name resolved to, between resolution and connect.
func (d dialer) dial(ctx context.Context, network, addr string, plain bool) (net.Conn, error) {
	nd := net.Dialer{Timeout: d.timeout, Resolver: d.resolver}
	nd.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return errAddress
		}
		return d.guard.check(to, plain)
	}
	return nd.DialContext(ctx, network, addr)
}

// dialTLS connects and shakes hands. We do it ourselves so that a failure in here
// can be told from one of the network without reading its text.
func (d dialer) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	raw, err := d.dial(ctx, network, addr, false)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		_ = raw.Close()
		return nil, errURL
	}
	config := d.tls.Clone()
	config.ServerName = strings.TrimSuffix(host, ".")
	conn := tls.Client(raw, config)
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, &handshakeError{cause: err}
	}
	return conn, nil
}
