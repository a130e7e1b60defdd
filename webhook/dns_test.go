package webhook_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
)

const typeA, typeAAAA = 1, 28

// resolver answers every look-up by addresses, without a network.
func resolver(t testing.TB, addresses func(name string) []netip.Addr) *net.Resolver {
	t.Helper()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer ours.Close()
			serveDNS(ours, addresses)
		}()
		return theirs, nil
	}}
}

// serveDNS speaks DNS over a stream: a length of two bytes, then the message.
func serveDNS(conn net.Conn, addresses func(name string) []netip.Addr) {
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		answer := dnsAnswer(query, addresses)
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

func dnsAnswer(query []byte, addresses func(name string) []netip.Addr) []byte {
	name, end := "", 12
	for query[end] != 0 {
		n := int(query[end])
		name += string(query[end+1:end+1+n]) + "."
		end += n + 1
	}
	end += 5 // the root label, type and class
	kind := binary.BigEndian.Uint16(query[end-4:])
	var records []byte
	count := byte(0)
	for _, addr := range addresses(strings.TrimSuffix(name, ".")) {
		if (kind == typeA && addr.Is4()) || (kind == typeAAAA && addr.Is6()) {
			records = append(records, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(addr.BitLen()/8))
			records = append(records, addr.AsSlice()...)
			count++
		}
	}
	answer := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0}, query[12:end]...)
	return append(answer, records...)
}
