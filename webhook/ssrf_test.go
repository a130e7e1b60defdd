package webhook_test

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

// trap listens on every address of this machine and counts who connects.
type trap struct {
	t        *testing.T
	listener net.Listener
	port     int
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &trap{t: t, listener: l, port: l.Addr().(*net.TCPAddr).Port}
}

// connects is how many connections came before this call: it makes one itself, and
// the system hands them out in their order.
func (p *trap) connects() int {
	p.t.Helper()
	own, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.port))
	if err != nil {
		p.t.Fatal(err)
	}
	defer own.Close()
	for n := 0; ; n++ {
		conn, err := p.listener.Accept()
		if err != nil {
			p.t.Fatal(err)
		}
		remote := conn.RemoteAddr().(*net.TCPAddr).Port
		_ = conn.Close()
		if remote == own.LocalAddr().(*net.TCPAddr).Port {
			return n
		}
	}
}

func TestNoAddressInsideIsReachedByURL(t *testing.T) {
	t.Parallel()
	hosts := []string{
		"127.0.0.1", "127.0.0.2", "127.127.127.127", "127.1", "127.0.1", "0", "0.0.0.0", "0.0.0.0.", "127.0.0.1.",
		"2130706433", "0x7f000001", "0x7f.0.0.1", "0X7F.1", "0177.0.0.1", "017700000001", "127.0.0.0x1", "3232235521", "00000177.0.0.1",
		"localhost", "localhost.", "LocalHost", "a.localhost", "a.localhost.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
		"[::127.0.0.1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]",
		"[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]",
		"10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "169.254.0.23", "100.100.100.200", "100.64.0.1", "192.0.0.192",
		"198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16", "user@127.0.0.1", "127.0.0.1@127.0.0.1", "①②⑦.0.0.1",
		"１２７.0.0.1", "127。0。0。1", "127.0.0.1%00.example", "%6cocalhost", "127.0.0.1#.example", "127.0.0.1\\.example", "127.0.0.1 .example",
	}
	elsewhere := []netip.Prefix{netip.MustParsePrefix("10.99.0.0/16")}
	target := newTrap(t)
	for _, o := range []webhook.Options{{}, {AllowHTTP: true}, {AllowHTTP: true, AllowedPrefixes: elsewhere}} {
		s := newSender(t, o, model.FrozenClock(at))
		for _, host := range hosts {
			for _, scheme := range []string{"https", "http", "HTTP"} {
				url := fmt.Sprintf("%s://%s:%d/latest/meta-data", scheme, host, target.port)
				if got := s.Send(bg(), to(url), passage()); got.Class != webhook.Refused || got.Status != 0 {
					t.Errorf("%q: %+v", url, got)
				}
				if s.CheckURL(bg(), url) == nil {
					t.Errorf("%q may be registered", url)
				}
			}
		}
	}
	if n := target.connects(); n != 0 {
		t.Errorf("%d connects", n)
	}
}

func TestNoAddressInsideIsReachedByName(t *testing.T) {
	t.Parallel()
	inside := []string{
		"127.0.0.1", "127.0.0.2", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "192.0.0.192",
		"198.18.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "fe80::1", "fec0::1", "fd00:ec2::254", "ff02::1",
	}
	table := map[string][]netip.Addr{"both.test": {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}}
	for i, text := range inside {
		table[fmt.Sprintf("n%d.test", i)] = []netip.Addr{netip.MustParseAddr(text)}
	}
	target := newTrap(t)
	o := webhook.Options{Resolver: resolver(t, func(name string) []netip.Addr { return table[name] })}
	s := newSender(t, o, model.FrozenClock(at))
	for name, addrs := range table {
		url := fmt.Sprintf("https://%s:%d/", name, target.port)
		if err := s.CheckURL(bg(), url); err != nil {
			t.Fatalf("the name itself is in order: %v", err)
		}
		if got := s.Send(bg(), to(url), passage()); got != (webhook.Outcome{Class: webhook.Refused, Detail: "address_refused"}) {
			t.Errorf("%v: %+v", addrs, got)
		}
	}
	if n := target.connects(); n != 0 {
		t.Errorf("%d connects", n)
	}
}

// A name leads to an allowed address first, and into this machine when it is looked
// up again: the first arrives, the second makes no connection.
func TestRebinding(t *testing.T) {
	t.Parallel()
	allowed, rebound := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")
	var current atomic.Pointer[netip.Addr]
	current.Store(&allowed)
	r := newRecipient(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	o := webhook.Options{AllowHTTP: true, AllowedPrefixes: []netip.Prefix{netip.PrefixFrom(allowed, 32)}}
	o.Resolver = resolver(t, func(string) []netip.Addr { return []netip.Addr{*current.Load()} })
	s := newSender(t, o, model.FrozenClock(at))
	port := r.Listener.Addr().(*net.TCPAddr).Port
	url := fmt.Sprintf("http://rebind.test:%d/", port)
	wantOutcome(t, s.Send(bg(), to(url), passage()), webhook.Delivered, "")

	current.Store(&rebound)
	target := newTrap(t)
	for _, port := range []int{port, target.port} {
		for _, scheme := range []string{"http", "https"} {
			url := fmt.Sprintf("%s://rebind.test:%d/", scheme, port)
			if err := s.CheckURL(bg(), url); err != nil {
				t.Fatal(err)
			}
			wantOutcome(t, s.Send(bg(), to(url), passage()), webhook.Refused, "address_refused")
		}
	}
	if n := target.connects(); n != 0 {
		t.Errorf("%d connects", n)
	}
	if n := len(r.requests()); n != 1 {
		t.Errorf("%d requests, want the allowed one", n)
	}
}

// One that cannot be reached plainly is not reached plainly by name either.
func TestHTTPOnlyToAllowedNetworks(t *testing.T) {
	t.Parallel()
	o := webhook.Options{AllowHTTP: true, AllowedPrefixes: []netip.Prefix{netip.MustParsePrefix("10.99.0.0/16")}}
	o.Resolver = resolver(t, func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("1.1.1.1")} })
	s := newSender(t, o, model.FrozenClock(at))
	wantOutcome(t, s.Send(bg(), to("http://public.test/"), passage()), webhook.Refused, "scheme_refused")
	wantOutcome(t, s.Send(bg(), to("https://public.test:6379/"), passage()), webhook.Refused, "port_refused")
}

func TestUnknownNamesAreTriedAgain(t *testing.T) {
	t.Parallel()
	o := webhook.Options{Resolver: resolver(t, func(string) []netip.Addr { return nil })}
	s := newSender(t, o, model.FrozenClock(at))
	wantOutcome(t, s.Send(bg(), to("https://gone.test/"), passage()), webhook.Retry, "dns")
}
