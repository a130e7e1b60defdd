package middleware

import (
	"context"
	"net/netip"
)

type clientKey struct{}

// WithClientIP puts the client's address into the context: the peer of the
// connection, or what a proxy that is trusted by configuration says. A header that
// anybody can send is never believed: limits hang on this address.
func WithClientIP(ctx context.Context, ip netip.Addr) context.Context {
	return context.WithValue(ctx, clientKey{}, ip)
}

// ClientIP is the client's address; not valid when it is unknown.
func ClientIP(ctx context.Context) netip.Addr {
	ip, _ := ctx.Value(clientKey{}).(netip.Addr)
	return ip
}
