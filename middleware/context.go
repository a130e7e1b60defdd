// Package middleware is what every request passes through before and after its
// handler: request id, access log, recovery, who is calling and may they, limits,
// idempotency, and the one place where errors become answers.
package middleware

import (
	"context"

	"communitypass.cn/communitypass/model"
)

type contextKey int

const (
	callerKey contextKey = iota
	languageKey
	requestIDKey
	clientIPKey
	cookieKey
	passingKey
)

// RefreshCookie is the cookie in which a browser keeps its refresh token.
const RefreshCookie = "cp_refresh"

// WithCaller puts the authenticated caller into the context.
func WithCaller(ctx context.Context, c *model.Caller) context.Context {
	return context.WithValue(ctx, callerKey, c)
}

// Caller is who is calling, or nil on an open operation.
func Caller(ctx context.Context) *model.Caller {
	c, _ := ctx.Value(callerKey).(*model.Caller)
	return c
}

// WithLanguage puts the language of the answer into the context: Chinese or English.
func WithLanguage(ctx context.Context, lang string) context.Context {
	return context.WithValue(ctx, languageKey, lang)
}

// Language is the language of the answer; Chinese unless the caller asked for English.
func Language(ctx context.Context) string {
	if l, ok := ctx.Value(languageKey).(string); ok {
		return l
	}
	return Chinese
}

// WithRequestID puts the request's id into the context.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey, id)
}

// RequestID is the id that the answer and the log carry.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// WithClientIP puts the client's address into the context.
func WithClientIP(ctx context.Context, ip string) context.Context {
	return context.WithValue(ctx, clientIPKey, ip)
}

// ClientIP is the client's address as the trusted proxies tell it; empty for
// devices, which are known by their token. It is personal data: count by it, but
// neither store nor log it.
func ClientIP(ctx context.Context) string {
	ip, _ := ctx.Value(clientIPKey).(string)
	return ip
}

// WithCookie puts the value of the refresh cookie into the context.
func WithCookie(ctx context.Context, value string) context.Context {
	return context.WithValue(ctx, cookieKey, value)
}

// Cookie is the value of the refresh cookie, on the operations of sessions only.
func Cookie(ctx context.Context) string {
	v, _ := ctx.Value(cookieKey).(string)
	return v
}
