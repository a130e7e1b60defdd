package service

import (
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/golang-jwt/jwt/v5"
)

// What every access token says of itself (RFC 9068).
const (
	tokenType     = "at+jwt"
	tokenIssuer   = "communitypass"
	tokenAudience = "api"
)

// clockMargin is how far apart the clocks of replicas may be: a token is valid
// from this much before it was made.
const clockMargin = 30 * time.Second

// accessClaims is the body of an access token. The subject is the person.
type accessClaims struct {
	jwt.RegisteredClaims
	SessionID string        `json:"sid"`
	Kind      string        `json:"kind"`
	AccountID string        `json:"acc"`
	Grants    []model.Grant `json:"grants,omitempty"`
	// Version counts the changes of the roles; a token with an older count is dead.
	Version int64 `json:"gv,omitempty"`
}

// sign makes the access token of a session and says how many seconds it lives:
// never longer than the session.
func (s *Sessions) sign(session model.Session, held rights) (token string, seconds int, err error) {
	now := s.Clock.Now().Truncate(time.Second)
	expires := now.Add(s.Profile.accessLife(held.grants))
	if end := model.FromMillis(session.ExpiresAt); end.Before(expires) {
		expires = end.Truncate(time.Second)
	}
	claims := accessClaims{RegisteredClaims: jwt.RegisteredClaims{Issuer: tokenIssuer, Subject: session.PersonID,
		Audience: jwt.ClaimStrings{tokenAudience}, IssuedAt: jwt.NewNumericDate(now),
		NotBefore: jwt.NewNumericDate(now.Add(-clockMargin)), ExpiresAt: jwt.NewNumericDate(expires)},
		SessionID: session.ID, Kind: session.Kind, AccountID: session.AccountID, Grants: held.grants, Version: held.version}
	token, err = s.Directory.Ring().SignToken(claims, tokenType)
	return token, int(expires.Sub(now).Seconds()), err
}

// caller is who a verified token stands for; nil when it lacks what each of ours has.
func (c *accessClaims) caller() *model.Caller {
	kind := model.CallerKind(c.Kind)
	if kind != model.CallerPerson && kind != model.CallerStaff {
		return nil
	}
	if c.Subject == "" || c.SessionID == "" || c.AccountID == "" {
		return nil
	}
	if kind == model.CallerPerson && len(c.Grants) > 0 {
		return nil
	}
	return &model.Caller{Kind: kind, AccountID: c.AccountID, PersonID: c.Subject, SessionID: c.SessionID, Grants: c.Grants}
}
