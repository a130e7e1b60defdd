package gm

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"communitypass.cn/communitypass/model"
)

const (
	// maxTokenSize bounds the work that a stranger's text can cause.
	maxTokenSize = 4 << 10
	// macTextSize is 32 bytes in unpadded base64.
	macTextSize = 43
)

// segments is strict: bits that do not count must be zero, so that a token has
// one spelling.
var segments = base64.RawURLEncoding.Strict()

// SignToken makes a JWT (RFC 7519) under the active session key, with the key's
// number as kid and typ as given, such as "at+jwt" (RFC 9068). Tokens of
// different use must have different types (RFC 8725, 3.11). Without an active
// session key it answers model.CodeKeyMissing.
func (r *Ring) SignToken(claims jwt.Claims, typ string) (string, error) {
	if !isTokenType(typ) {
		return "", model.Fail(model.CodeInternal, errors.New("token type is not a media type"))
	}
	s, ok := r.signingSession()
	if !ok {
		return "", model.Fail(model.CodeKeyMissing, errors.New("no session key is active"))
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", model.Fail(model.CodeInternal, err)
	}
	text := s.header(typ) + "." + segments.EncodeToString(body)
	sig, err := HSSM3{}.Sign(text, s.mac)
	if err != nil {
		return "", model.Fail(model.CodeInternal, err)
	}
	text += "." + segments.EncodeToString(sig)
	if len(text) > maxTokenSize {
		return "", model.Fail(model.CodeInternal, errors.New("token is larger than a reader accepts"))
	}
	return text, nil
}

// ParseToken verifies a token of a type and fills claims, which must be a
// pointer or jwt.MapClaims. It follows RFC 8725: the header must be, byte for
// byte, one that SignToken writes for a live session key and this type; the
// signature is checked before the claims are read; exp is required. opts add
// checks (issuer, audience, leeway) and cannot take these away. Every refusal
// is model.CodeUnauthenticated, and claims must not be used then.
func (r *Ring) ParseToken(text, typ string, claims jwt.Claims, now func() time.Time, opts ...jwt.ParserOption) error {
	body, err := r.verified(text, typ)
	if err != nil {
		return model.Fail(model.CodeUnauthenticated, err)
	}
	if err := decodeClaims(body, claims); err != nil {
		return model.Fail(model.CodeUnauthenticated, err)
	}
	opts = append(opts[:len(opts):len(opts)], jwt.WithExpirationRequired(), jwt.WithTimeFunc(now))
	if err := jwt.NewValidator(opts...).Validate(claims); err != nil {
		return model.Fail(model.CodeUnauthenticated, err)
	}
	return nil
}

// verified gives the second segment of a token whose header and signature are
// right. Its errors say what was wrong and repeat nothing of the token.
func (r *Ring) verified(text, typ string) (body string, err error) {
	if len(text) > maxTokenSize || !isTokenType(typ) {
		return "", jwt.ErrTokenMalformed
	}
	header, rest, _ := strings.Cut(text, ".")
	body, sigText, ok := strings.Cut(rest, ".")
	if !ok || len(sigText) != macTextSize {
		return "", jwt.ErrTokenMalformed
	}
	sig, err := segments.DecodeString(sigText)
	if err != nil {
		return "", jwt.ErrTokenMalformed
	}
	for _, s := range r.sessions {
		if header == s.header(typ) {
			return body, HSSM3{}.Verify(text[:len(header)+1+len(body)], sig, s.mac)
		}
	}
	return "", jwt.ErrTokenUnverifiable
}

// decodeClaims reads the claims of a token that is known to be ours.
func decodeClaims(body string, claims jwt.Claims) error {
	b, err := segments.DecodeString(body)
	if err != nil {
		return jwt.ErrTokenMalformed
	}
	var into any = claims
	if m, ok := claims.(jwt.MapClaims); ok {
		into = &m
	}
	if json.Unmarshal(b, into) != nil {
		return jwt.ErrTokenInvalidClaims // the decoder's text may quote a claim
	}
	return nil
}

// isTokenType admits what stands in a JSON string as it is: media types.
func isTokenType(typ string) bool {
	for _, c := range typ {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("+-./", c) {
			return false
		}
	}
	return typ != "" && len(typ) <= 32
}
