package simulator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
)

// Phone is a resident's phone with the mini-program on it, simulated. It is safe
// for concurrent use once it has signed in.
type Phone struct {
	client client

	mu      sync.Mutex
	session wire.Session
}

// NewPhone makes a phone that calls the server at a base URL.
func NewPhone(base string, o Options) *Phone { return &Phone{client: newClient(base, o)} }

// SignIn exchanges a code of wx.login for a session. It is not repeated when the
// answer gets lost: the code works once, so the mini-program asks for another.
func (p *Phone) SignIn(ctx context.Context, code string) (wire.Session, error) {
	s, err := ask[wire.Session](ctx, &p.client, call{Method: http.MethodPost, Path: "/v1/sessions/wechat", Body: wire.WechatSignIn{Code: code}})
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.session = s
	}
	return s, err
}

// SignOut ends the session on the server.
func (p *Phone) SignOut(ctx context.Context) error {
	_, err := p.send(ctx, call{Method: http.MethodDelete, Path: "/v1/sessions/current"})
	return err
}

// Refresh exchanges the refresh token, which works once, for a new pair.
func (p *Phone) Refresh(ctx context.Context) error { return p.renew(ctx, p.token()) }

// Me is the signed-in resident.
func (p *Phone) Me(ctx context.Context) (wire.Me, error) {
	return ask[wire.Me](ctx, p, call{Method: http.MethodGet, Path: "/v1/me", Repeatable: true})
}

// SetPhone confirms the phone number with a code of getPhoneNumber, which works once.
func (p *Phone) SetPhone(ctx context.Context, code string) (wire.PhoneConfirmed, error) {
	return ask[wire.PhoneConfirmed](ctx, p, call{Method: http.MethodPost, Path: "/v1/me/phone", Body: wire.PhoneRequest{Code: code}})
}

// Claim claims a household. It carries an idempotency key, so that a lost answer
// may be asked for again.
func (p *Phone) Claim(ctx context.Context, c wire.ResidencyClaim) (wire.Residency, error) {
	return ask[wire.Residency](ctx, p, call{Method: http.MethodPost, Path: "/v1/residencies", Body: c,
		Header: map[string]string{"Idempotency-Key": rand.Text()}, Repeatable: true})
}

// Passes are all passes of the resident and of dependants, page by page.
func (p *Phone) Passes(ctx context.Context) ([]wire.Pass, error) {
	var all []wire.Pass
	for path := "/v1/me/passes"; ; {
		page, err := ask[wire.PassList](ctx, p, call{Method: http.MethodGet, Path: path, Repeatable: true})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all, nil
		}
		path = "/v1/me/passes?cursor=" + url.QueryEscape(*page.NextCursor)
	}
}

// Codes are the pass's codes of this window and those that follow, 1 to 20.
func (p *Phone) Codes(ctx context.Context, passID string, count int) (wire.Codes, error) {
	return ask[wire.Codes](ctx, p, call{Method: http.MethodPost, Path: "/v1/me/passes/" + url.PathEscape(passID) + "/codes",
		Body: wire.CodesRequest{Count: &count}, Repeatable: true})
}

// QR is the pass's code of this window as a PNG, which ReadQR reads.
func (p *Phone) QR(ctx context.Context, passID string) ([]byte, error) {
	a, err := p.send(ctx, call{Method: http.MethodGet, Path: "/v1/me/passes/" + url.PathEscape(passID) + "/qr",
		Header: map[string]string{"Accept": "image/png"}, Repeatable: true})
	if err != nil {
		return nil, err
	}
	if kind := a.header.Get("Content-Type"); kind != "image/png" {
		return nil, fmt.Errorf("asked for image/png, got %q", kind)
	}
	return a.body, nil
}

// send sends a request in the resident's name. When the access token has run out
// it is renewed once and the request sent again, as a mini-program does.
func (p *Phone) send(ctx context.Context, q call) (answer, error) {
	q.Token = p.token()
	a, err := p.client.send(ctx, q)
	if !tokenRefused(err) {
		return a, err
	}
	if err := p.renew(ctx, q.Token); err != nil {
		return answer{}, err
	}
	q.Token = p.token()
	return p.client.send(ctx, q)
}

// tokenRefused tells a refused token from a refused code of WeChat's, which is a
// 401 as well.
func tokenRefused(err error) bool {
	var no *Problem
	return errors.As(err, &no) && no.Status == http.StatusUnauthorized && no.Code == string(model.CodeUnauthenticated)
}

func (p *Phone) token() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session.AccessToken
}

// renew exchanges the refresh token unless somebody else has replaced the stale
// access token meanwhile: two requests that spend one refresh token look like theft.
func (p *Phone) renew(ctx context.Context, stale string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session.AccessToken != stale {
		return nil
	}
	s, err := ask[wire.Session](ctx, &p.client, call{Method: http.MethodPost, Path: "/v1/sessions/refresh",
		Body: wire.RefreshRequest{RefreshToken: p.session.RefreshToken}})
	if err == nil {
		p.session = s
	}
	return err
}
