package webhook_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

// authority is a CA that signs what a test asks for.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := authority{t: t, key: key}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-240 * time.Hour), NotAfter: time.Now().Add(240 * time.Hour),
	}
	template.Raw = a.sign(template, template, key)
	if a.cert, err = x509.ParseCertificate(template.Raw); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a authority) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return der
}

// issue makes a certificate for a name, valid from an hour ago until then.
func (a authority) issue(name string, until time.Duration) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	der := a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: time.Now().Add(-100 * time.Hour), NotAfter: time.Now().Add(until),
	}, a.cert, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// secureRecipient answers under the name property.test.
func secureRecipient(t *testing.T, config *tls.Config) (*recipient, string) {
	t.Helper()
	r := &recipient{}
	r.Server = httptest.NewUnstartedServer(r.keep(status(204)))
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.TLS = config
	r.StartTLS()
	t.Cleanup(r.Close)
	_, port, _ := net.SplitHostPort(r.Listener.Addr().String())
	return r, "https://property.test:" + port + "/events"
}

func TestTLS(t *testing.T) {
	t.Parallel()
	ours, stranger := newAuthority(t), newAuthority(t)
	for name, c := range map[string]struct {
		config *tls.Config
		class  webhook.Class
		detail string
	}{
		"good":            {&tls.Config{Certificates: []tls.Certificate{ours.issue("property.test", time.Hour)}}, webhook.Delivered, ""},
		"expired":         {&tls.Config{Certificates: []tls.Certificate{ours.issue("property.test", -time.Hour)}}, webhook.Retry, "tls"},
		"for another":     {&tls.Config{Certificates: []tls.Certificate{ours.issue("other.test", time.Hour)}}, webhook.Retry, "tls"},
		"unknown CA":      {&tls.Config{Certificates: []tls.Certificate{stranger.issue("property.test", time.Hour)}}, webhook.Retry, "tls"},
		"old version":     {&tls.Config{Certificates: []tls.Certificate{ours.issue("property.test", time.Hour)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, webhook.Retry, "tls"},
		"wants our paper": {&tls.Config{Certificates: []tls.Certificate{ours.issue("property.test", time.Hour)}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, webhook.Retry, "tls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, url := secureRecipient(t, c.config)
			s := newSender(t, atLoopback(t, ours.pool()), model.FrozenClock(at))
			wantOutcome(t, s.Send(bg(), to(url), passage()), c.class, c.detail)
			want := 0
			if c.class == webhook.Delivered {
				want = 1
			}
			if n := len(r.requests()); n != want {
				t.Errorf("%d requests arrived, want %d", n, want)
			}
		})
	}
}

func TestNothingIsSentInClearToAServerWithoutTLS(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve  func(conn net.Conn, first []byte)
		detail string
	}{
		"answers plainly": {func(conn net.Conn, _ []byte) { _, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n") }, "tls"},
		"hangs up":        {func(net.Conn, []byte) {}, "tls"},
		"says nothing":    {func(conn net.Conn, _ []byte) { _, _ = io.Copy(io.Discard, conn) }, "timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard := make(chan string, 1)
			url := rawServer(t, func(conn net.Conn, _ int) {
				first := make([]byte, 4096)
				n, _ := conn.Read(first)
				heard <- string(first[:n])
				c.serve(conn, first[:n])
			})
			url = strings.Replace(strings.Replace(url, "http:", "https:", 1), "127.0.0.1", "property.test", 1)
			o := atLoopback(t, nil)
			o.DialTimeout = 500 * time.Millisecond
			s := newSender(t, o, model.FrozenClock(at))
			wantOutcome(t, s.Send(bg(), to(url), passage()), webhook.Retry, c.detail)
			if text := <-heard; strings.Contains(text, "specversion") || strings.Contains(text, "POST") || text == "" {
				t.Errorf("heard %q", text)
			}
		})
	}
}

// A kept TLS connection and a resumed session serve more than one event.
func TestTLSConnectionsAreKept(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t)
	r, url := secureRecipient(t, &tls.Config{Certificates: []tls.Certificate{ours.issue("property.test", time.Hour)}})
	s := newSender(t, atLoopback(t, ours.pool()), model.FrozenClock(at))
	for i := range 6 {
		wantOutcome(t, s.Send(bg(), to(url), passage()), webhook.Delivered, "")
		if i == 2 {
			s.Close()
		}
	}
	if n := len(r.requests()); n != 6 {
		t.Errorf("%d arrived", n)
	}
}

// atLoopback leads every name to this machine, which is allowed.
func atLoopback(t *testing.T, roots *x509.CertPool) webhook.Options {
	o := demo()
	o.RootCAs = roots
	o.Resolver = resolver(t, func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} })
	return o
}
