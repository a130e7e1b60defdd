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
)

// WithCaller puts the authenticated caller into the context.
func WithCaller(ctx context.Context, c *model.Caller) context.Context {
	return context.WithValue(ctx, callerKey, c)
}

// Caller is who is calling, or nil on an open operation.
func Caller(ctx context.Context) *model.Caller {
	c, _ := ctx.Value(callerKey).(*model.Caller)
	return c
}

// WithLanguage puts the language of the answer into the context: "zh-CN" or "en".
func WithLanguage(ctx context.Context, lang string) context.Context {
	return context.WithValue(ctx, languageKey, lang)
}

// Language is the language of the answer; Chinese unless the caller asked for English.
func Language(ctx context.Context) string {
	if l, ok := ctx.Value(languageKey).(string); ok {
		return l
	}
	return "zh-CN"
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
