package main

import (
	"encoding"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// newLog writes JSON lines without personal data or secrets: it knows them by
// type, since a list of keys is never complete. Numbers, texts, times and errors
// pass; of a struct, a map or a slice only its type is written, unless the type
// says itself what may be logged (slog.LogValuer, which slog asks before, or
// encoding.TextMarshaler).
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: redact}))
}

func redact(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, hideTokens(a.Value.String()))
	case slog.KindAny:
		return slog.String(a.Key, describe(a.Value.Any()))
	}
	return a
}

// describe is what may be written of a value that slog has no kind for.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case error:
		return hideTokens(v.Error())
	case slog.Level:
		return v.String()
	case encoding.TextMarshaler:
		if b, err := v.MarshalText(); err == nil {
			return hideTokens(string(b))
		}
	case []string:
		return hideTokens(strings.Join(v, ","))
	}
	return fmt.Sprintf("[%T]", v)
}

// token finds secrets made by model.NewSecret ("dt_" and 43 characters of
// base64url) and JSON web tokens, should one come along in an error's text.
var token = regexp.MustCompile(`\b(?:([a-z]{2,8}_)[A-Za-z0-9_-]{43}|eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)`)

// shortestToken spares the search in the short texts that logs are made of.
const shortestToken = 40

func hideTokens(s string) string {
	if len(s) < shortestToken {
		return s
	}
	return token.ReplaceAllString(s, "${1}"+masked)
}
