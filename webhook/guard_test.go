package webhook

import (
	"net/netip"
	"testing"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for want, addrs := range map[bool][]string{
		false: {
			"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
			"127.0.0.1", "127.255.255.254", "169.254.0.23", "169.254.169.254", "172.16.0.1", "172.31.255.255",
			"192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
			"198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
			"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a9fe:a9fe", "64:ff9b::808:808",
			"64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff:ffff::1", "2001:db8::1",
			"2002:7f00:1::", "2002:a9fe:a9fe::1", "2620:4f:8000::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254",
			"fe80::1", "fe80::a9fe:a9fe", "fec0::1", "ff02::1", "1fff::1",
		},
		true: {
			"1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
			"168.63.129.17", "169.253.255.255", "169.255.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.0.3.1",
			"192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1", "223.255.255.255", "47.96.0.1",
			"2000::1", "2001:200::1", "2001:da8::1", "2001:db9::1", "2003::1", "2400:3200::1", "240e::1", "2620:4f:8001::1", "3ffe::1",
		},
	} {
		for _, text := range addrs {
			if got := public(netip.MustParseAddr(text)); got != want {
				t.Errorf("%s: public is %v", text, got)
			}
		}
	}
}

func TestOpenPort(t *testing.T) {
	t.Parallel()
	for want, ports := range map[bool][]uint16{
		true:  {80, 443, 1024, 8080, 8443, 9443, 65535},
		false: {0, 1, 21, 22, 23, 25, 53, 110, 389, 445, 873, 1023, 1433, 1883, 2049, 2375, 2379, 3306, 5432, 6379, 9200, 10250, 11211, 27017},
	} {
		for _, port := range ports {
			if openPort(port) != want {
				t.Errorf("port %d: open is %v", port, !want)
			}
		}
	}
}

func TestCheckOrder(t *testing.T) {
	t.Parallel()
	g := guard{allowed: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd01::/64")}, plain: true}
	for _, c := range []struct {
		to    string
		plain bool
		want  error
	}{
		{"10.1.2.3:6379", true, nil}, {"10.1.2.3:6379", false, nil}, {"[fd01::5]:25", true, nil},
		{"10.2.0.1:443", false, errAddress}, {"10.2.0.1:80", true, errAddress}, {"[fd01:0:0:1::1]:443", false, errAddress},
		{"[::ffff:10.1.2.3]:443", false, errAddress}, {"[fe80::1%eth0]:443", false, errAddress},
		{"1.1.1.1:443", false, nil}, {"1.1.1.1:80", true, errScheme}, {"1.1.1.1:6379", false, errPort}, {"1.1.1.1:22", false, errPort},
	} {
		if got := g.check(netip.MustParseAddrPort(c.to), c.plain); got != c.want {
			t.Errorf("%s plain %v: %v, want %v", c.to, c.plain, got, c.want)
		}
	}
}

func TestTheTransportKnowsNoProxyAndNoCompression(t *testing.T) {
	t.Parallel()
	transport := newTransport(Options{}.withDefaults(), guard{})
	defer transport.CloseIdleConnections()
	if transport.Proxy != nil || !transport.DisableCompression {
		t.Error("a proxy would connect in our place; a compressed answer could grow")
	}
}
