package webhook

import (
	"net/netip"
	"slices"
)

// refusal is why we do not connect; its text is the Detail of the outcome.
type refusal string

const (
	errURL     refusal = "url_refused"
	errScheme  refusal = "scheme_refused"
	errAddress refusal = "address_refused"
	errPort    refusal = "port_refused"
)

func (r refusal) Error() string { return "webhook: " + string(r) }

// guard decides where a recipient may be reached.
type guard struct {
	// allowed networks of the operator are reached whatever else is said here.
	allowed []netip.Prefix
	// plain lets http through, to allowed networks only.
	plain bool
}

// check judges the address of a connection that is about to be made: after name
// resolution, so that no spelling of a host and no later answer of its DNS server
// gets around it.
func (g guard) check(to netip.AddrPort, plain bool) error {
	addr := to.Addr()
	switch {
	case g.allows(addr):
		return nil
	case !public(addr):
		return errAddress
	case plain:
		return errScheme
	case !openPort(to.Port()):
		return errPort
	}
	return nil
}

func (g guard) allows(addr netip.Addr) bool {
	return slices.ContainsFunc(g.allowed, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// public says that an address is one of the open internet. Of IPv6 only 2000::/3
// is handed out for that; the rest (loopback, unique local, link-local, site-local,
// multicast, IPv4-mapped and -compatible, NAT64) is refused by not being named.
// An address with a zone is in no prefix, and so refused too.
// net/netip's own IsPrivate and IsGlobalUnicast let carrier NAT and NAT64 through.
func public(addr netip.Addr) bool {
	special := ipv6Special[:]
	if addr.Is4() {
		special = ipv4Special[:]
	} else if !netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20}), 3).Contains(addr) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// ipv4Special is IANA's registry of special-purpose IPv4 addresses, multicast, the
// reserved class and one public address that answers inside of a cloud only.
var ipv4Special = [...]netip.Prefix{
	v4(0, 0, 0, 0, 8),        // this network
	v4(10, 0, 0, 0, 8),       // private
	v4(100, 64, 0, 0, 10),    // carrier NAT; a cloud's metadata at 100.100.100.200
	v4(127, 0, 0, 0, 8),      // loopback
	v4(169, 254, 0, 0, 16),   // link-local; most clouds' metadata
	v4(172, 16, 0, 0, 12),    // private
	v4(192, 0, 0, 0, 24),     // protocol assignments; a cloud's metadata at 192.0.0.192
	v4(192, 0, 2, 0, 24),     // documentation
	v4(192, 31, 196, 0, 24),  // AS112
	v4(192, 52, 193, 0, 24),  // automatic multicast tunnelling
	v4(192, 88, 99, 0, 24),   // 6to4 relays
	v4(192, 168, 0, 0, 16),   // private
	v4(192, 175, 48, 0, 24),  // AS112
	v4(198, 18, 0, 0, 15),    // benchmarks
	v4(198, 51, 100, 0, 24),  // documentation
	v4(203, 0, 113, 0, 24),   // documentation
	v4(224, 0, 0, 0, 4),      // multicast
	v4(240, 0, 0, 0, 4),      // reserved, broadcast
	v4(168, 63, 129, 16, 32), // a cloud's host agent
}

// ipv6Special is what IANA's registry takes out of 2000::/3.
var ipv6Special = [...]netip.Prefix{
	v6(0x2001, 0x0000, 0, 23),      // protocol assignments: Teredo, benchmarks, ORCHID
	v6(0x2001, 0x0db8, 0, 32),      // documentation
	v6(0x2002, 0x0000, 0, 16),      // 6to4: an IPv4 address inside
	v6(0x2620, 0x004f, 0x8000, 48), // AS112
	v6(0x3fff, 0x0000, 0, 20),      // documentation
}

func v4(a, b, c, d byte, bits int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{a, b, c, d}), bits)
}

func v6(a, b, c uint16, bits int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{
		byte(a >> 8), byte(a), byte(b >> 8), byte(b), byte(c >> 8), byte(c),
	}), bits)
}

// openPort lets web ports through and keeps out the ports on which databases,
// caches, queues and machine rooms listen without asking who calls.
func openPort(port uint16) bool {
	switch port {
	case 80, 443:
		return true
	case 1433, 1521, 1883, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5060, 5061, 5432, 5672,
		5900, 5984, 5985, 5986, 6000, 6379, 6443, 8086, 8500, 8883, 9042, 9092, 9200, 9300, 10250, 10255,
		11211, 15672, 16379, 26379, 27017, 27018, 27019, 50070, 61616:
		return false
	}
	return port >= 1024
}
