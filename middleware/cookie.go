package middleware

import (
	"context"
	"net/http"
)

// RefreshCookie is the cookie in which a browser keeps its refresh token, out of
// the reach of scripts.
const RefreshCookie = "cp_refresh"

type cookieKey struct{}

// WithCookie puts the refresh token of the request's cookie into the context.
func WithCookie(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, cookieKey{}, token)
}

// Cookie is the refresh token that came in the cookie, or empty.
func Cookie(ctx context.Context) string {
	token, _ := ctx.Value(cookieKey{}).(string)
	return token
}

// KeepCookie gives the request with its refresh cookie, if any, in its context,
// since a generated handler is given the context alone.
func KeepCookie(r *http.Request) *http.Request {
	c, err := r.Cookie(RefreshCookie)
	if err != nil || c.Value == "" {
		return r
	}
	return r.WithContext(WithCookie(r.Context(), c.Value))
}
