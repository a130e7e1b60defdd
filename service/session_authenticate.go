package service

import (
	"context"
	"errors"
	"strings"

	"communitypass.cn/communitypass/model"

	"github.com/golang-jwt/jwt/v5"
)

// devicePrefix begins every device token.
const devicePrefix = "dt_"

var errNoCredential = errors.New("no such credential")

// Authenticate says who a bearer token stands for: a device's opaque token, or an
// access token of a person or of staff. Whatever is wrong, the code is
// unauthenticated. It asks memory only, but for the token of a visit, which is read
// from the database each time. The grants of the answer are shared and only read.
func (s *Sessions) Authenticate(ctx context.Context, bearer string) (*model.Caller, error) {
	if strings.HasPrefix(bearer, devicePrefix) {
		return s.device(bearer)
	}
	if strings.HasPrefix(bearer, visitPrefix+"_") {
		return s.visitor(ctx, bearer)
	}
	now, ring := s.now(), s.Directory.Ring()
	v, known := s.verified.get(ring, bearer)
	if !known {
		var claims accessClaims
		err := ring.ParseToken(bearer, tokenType, &claims, s.Clock.Now,
			jwt.WithIssuer(tokenIssuer), jwt.WithAudience(tokenAudience))
		if err != nil {
			return nil, err
		}
		caller := claims.caller()
		if caller == nil {
			return nil, model.Fail(model.CodeUnauthenticated, errNoCredential)
		}
		v = verifiedToken{caller: *caller, rights: claims.Version, expires: claims.ExpiresAt.UnixMilli()}
		s.verified.put(ring, bearer, v)
	}
	if v.caller.Kind == model.CallerStaff && !s.Directory.GrantsCurrent(v.caller.AccountID, v.rights) {
		return nil, model.Fail(model.CodeUnauthenticated, errNoCredential)
	}
	if v.expires <= now || !s.Directory.SessionAlive(v.caller.SessionID) {
		return nil, model.Fail(model.CodeUnauthenticated, errNoCredential)
	}
	return &v.caller, nil
}

func (s *Sessions) device(token string) (*model.Caller, error) {
	d, ok := s.Directory.DeviceByToken(token)
	if !ok {
		return nil, model.Fail(model.CodeUnauthenticated, errNoCredential)
	}
	return &model.Caller{Kind: model.CallerDevice, AccountID: d.ID, Device: &d.Device}, nil
}
