package service

import (
	"context"
	"errors"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Lives of what a sign-in gives.
const (
	// residentLife is how long a resident stays signed in without coming back: each
	// refresh starts it anew.
	residentLife = 30 * 24 * time.Hour
	// residentAbsolute ends a resident's sign-in however often it is refreshed.
	residentAbsolute = 180 * 24 * time.Hour
	// staffLife is how long a sign-in of staff lasts, whatever they do.
	staffLife = 12 * time.Hour
)

// refreshPrefix begins every refresh token.
const refreshPrefix = "rt"

// WechatSignIn exchanges the code of wx.login for the ids of the person who made
// it. It fails with the codes wechat_code_invalid, wechat_user_blocked and
// wechat_unavailable. The union id may be empty.
type WechatSignIn interface {
	Login(ctx context.Context, code string) (openID, unionID string, err error)
}

// Sessions is signing in and out, and saying who a bearer token stands for.
type Sessions struct {
	Deps
	wechat    WechatSignIn
	appID     string
	passwords *Passwords
	verified  tokenCache
}

// NewSessions makes the use cases of signing in. appID is the mini-program's: the
// openids of another one are other people.
func NewSessions(d Deps, wechat WechatSignIn, appID string, passwords *Passwords) *Sessions {
	return &Sessions{Deps: d, wechat: wechat, appID: appID, passwords: passwords}
}

// SignedIn is what somebody who has signed in, or refreshed, is given.
type SignedIn struct {
	AccessToken string
	// ExpiresIn is the life of the access token in seconds.
	ExpiresIn int
	// RefreshToken is shown this once; it works once, until RefreshExpiresAt (Unix
	// milliseconds).
	RefreshToken     string
	RefreshExpiresAt int64
	PersonID         string
	// NameMasked is empty while the name is unknown.
	NameMasked string
	// Registered says that there is a home, claimed or lived in, or a role.
	Registered bool
	// Grants are the roles of staff.
	Grants []model.Grant
}

// String shows no token, so that a careless log line does not either.
func (s SignedIn) String() string { return "sign-in of person " + s.PersonID }

// GoString is String, for %#v.
func (s SignedIn) GoString() string { return s.String() }

// open begins a session inside the transaction and issues its first tokens.
func (s *Sessions) open(tx *store.Tx, session model.Session, held rights) (SignedIn, error) {
	session.ExpiresAt = s.Profile.ends(session, held.grants, s.now())
	if err := tx.CreateSession(session); err != nil {
		return SignedIn{}, err
	}
	actor := &model.Caller{Kind: model.CallerKind(session.Kind), AccountID: session.AccountID}
	if err := tx.Audit(actor, "", "session.create", "session", session.ID, nil); err != nil {
		return SignedIn{}, err
	}
	return s.issue(tx, session, held)
}

// rights are the roles of staff, with the count of their changes.
type rights struct {
	grants  []model.Grant
	version int64
}

// issue makes a pair of tokens for a session that is alive. Tokens are signed
// inside the transaction: a failure there must not leave a refresh token spent.
func (s *Sessions) issue(tx *store.Tx, session model.Session, held rights) (SignedIn, error) {
	person, err := tx.Person(session.PersonID)
	if model.IsNotFound(err) {
		// The person asked to be forgotten: there is nobody to sign in.
		return SignedIn{}, model.Fail(model.CodeUnauthenticated, errors.New("the person is gone"))
	}
	if err != nil {
		return SignedIn{}, err
	}
	home, err := tx.HasHome(person.ID)
	if err != nil {
		return SignedIn{}, err
	}
	out := SignedIn{PersonID: person.ID, NameMasked: model.MaskName(person.Name), Registered: home || len(held.grants) > 0,
		RefreshToken: model.NewSecret(refreshPrefix), RefreshExpiresAt: session.ExpiresAt, Grants: held.grants}
	if out.AccessToken, out.ExpiresIn, err = s.sign(session, held); err != nil {
		return SignedIn{}, err
	}
	return out, tx.CreateRefreshToken(model.RefreshToken{Hash: gm.HashToken(out.RefreshToken), SessionID: session.ID,
		IssuedAt: s.now(), ExpiresAt: session.ExpiresAt})
}
