package webhook

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// maxURL bounds a recipient's URL in bytes.
const maxURL = 2048

// parse reads a recipient's URL and judges what can be judged without a look-up:
// its shape, its scheme, an address written out. A name is judged again by the
// address it has when it is dialled.
func (g guard) parse(raw string) (*url.URL, error) {
	if len(raw) > maxURL || strings.Contains(raw, "#") {
		return nil, errURL
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.User != nil {
		return nil, errURL
	}
	plain := u.Scheme == "http"
	if u.Scheme != "https" && (!plain || !g.plain) {
		return nil, errScheme
	}
	port, err := portOf(u)
	if err != nil {
		return nil, err
	}
	if err := g.checkHost(u.Hostname(), port, plain); err != nil {
		return nil, err
	}
	return u, nil
}

func (g guard) checkHost(host string, port uint16, plain bool) error {
	if addr, err := netip.ParseAddr(host); err == nil {
		return g.check(netip.AddrPortFrom(addr, port), plain)
	}
	switch {
	case !validName(host):
		return errURL
	case isLocalhost(host) && !g.allows(netip.AddrFrom4([4]byte{127, 0, 0, 1})) && !g.allows(netip.IPv6Loopback()):
		return errAddress
	case len(g.allowed) == 0 && !openPort(port):
		return errPort // with allowed networks the name may lead there: the dialler knows
	}
	return nil
}

func portOf(u *url.URL) (uint16, error) {
	text := u.Port()
	switch {
	case text == "" && strings.HasSuffix(u.Host, ":"):
		return 0, errURL
	case text == "" && u.Scheme == "http":
		return 80, nil
	case text == "":
		return 443, nil
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return 0, errPort
	}
	return uint16(port), nil
}

// isLocalhost knows the names that RFC 6761 gives to the own machine.
func isLocalhost(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// validName accepts a DNS name in ASCII (other scripts in punycode, so that no
// normalisation happens after the check). A name that ends in a number is none:
// some resolvers read 2130706433, 0x7f.1 or 127.1 as an address.
func validName(host string) bool {
	name := strings.TrimSuffix(host, ".")
	if name == "" || len(name) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if !validLabel(label) {
			return false
		}
		last = label
	}
	return !endsInNumber(strings.ToLower(last))
}

func validLabel(label string) bool {
	if label == "" || len(label) > 63 {
		return false
	}
	for i := range len(label) {
		c := label[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func endsInNumber(label string) bool {
	if hex, found := strings.CutPrefix(label, "0x"); found {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}
