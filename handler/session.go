package handler

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Sessions is /v1/sessions.
type Sessions struct{ Service *service.Sessions }

// CreateWechatSession is POST /v1/sessions/wechat.
func (h *Sessions) CreateWechatSession(ctx context.Context, r server.CreateWechatSessionRequestObject) (server.CreateWechatSessionResponseObject, error) {
	in, err := h.Service.SignInWechat(ctx, r.Body.Code)
	if err != nil {
		return nil, err
	}
	return server.CreateWechatSession201JSONResponse{SessionCreatedJSONResponse: signedIn(in, given(r.Body.Cookie))}, nil
}

// CreateStaffSession is POST /v1/sessions/staff.
func (h *Sessions) CreateStaffSession(ctx context.Context, r server.CreateStaffSessionRequestObject) (server.CreateStaffSessionResponseObject, error) {
	credentials := service.StaffCredentials{Username: r.Body.Username, Password: r.Body.Password, TOTP: given(r.Body.Totp)}
	in, err := h.Service.SignInStaff(ctx, credentials, clientAddress(ctx))
	if err != nil {
		return nil, err
	}
	return server.CreateStaffSession201JSONResponse{SessionCreatedJSONResponse: signedIn(in, given(r.Body.Cookie))}, nil
}

// RefreshSession is POST /v1/sessions/refresh. A token that came in the cookie goes
// back in the cookie, whatever the body asks: a script must not get hold of it.
func (h *Sessions) RefreshSession(ctx context.Context, r server.RefreshSessionRequestObject) (server.RefreshSessionResponseObject, error) {
	token, cookie := given(r.Body.RefreshToken), given(r.Body.Cookie)
	if token == "" {
		token, cookie = middleware.Cookie(ctx), true
	}
	in, err := h.Service.Refresh(ctx, token)
	if err != nil {
		return nil, err
	}
	return server.RefreshSession201JSONResponse{SessionCreatedJSONResponse: signedIn(in, cookie)}, nil
}

// EndSession is DELETE /v1/sessions/current.
func (h *Sessions) EndSession(ctx context.Context, _ server.EndSessionRequestObject) (server.EndSessionResponseObject, error) {
	token := middleware.Cookie(ctx)
	if err := h.Service.End(ctx, middleware.Caller(ctx), token); err != nil {
		return nil, err
	}
	if token != "" {
		return signedOut{}, nil
	}
	return server.EndSession204Response{}, nil
}

// signedOut is the answer of EndSession that takes the cookie back as well.
type signedOut struct{ server.EndSession204Response }

// VisitEndSessionResponse writes the answer.
func (s signedOut) VisitEndSessionResponse(w http.ResponseWriter) error {
	w.Header().Set("Set-Cookie", refreshCookie("", time.Unix(0, 0)))
	return s.EndSession204Response.VisitEndSessionResponse(w)
}

// signedIn is the wire form of a sign-in, with the refresh token in the body or in
// the cookie.
func signedIn(in service.SignedIn, cookie bool) server.SessionCreatedJSONResponse {
	body := wire.Session{AccessToken: in.AccessToken, TokenType: wire.Bearer, ExpiresIn: in.ExpiresIn,
		Person: wire.SessionPerson{Id: in.PersonID, NameMasked: in.NameMasked, Registered: in.Registered}}
	if in.Grants != nil {
		roles := each(in.Grants, wireGrant)
		body.Roles = &roles
	}
	out := server.SessionCreatedJSONResponse{Body: body}
	if cookie {
		set := refreshCookie(in.RefreshToken, model.FromMillis(in.RefreshExpiresAt))
		out.Headers.SetCookie = &set
	} else {
		out.Body.RefreshToken = &in.RefreshToken
	}
	return out
}

// refreshCookie is the text of Set-Cookie. SameSite=Strict keeps the cookie off
// every request that another site causes, so nothing more is asked against
// cross-site requests; what the cookie opens is a token that only our own pages
// can read.
func refreshCookie(token string, expires time.Time) string {
	c := http.Cookie{Name: middleware.RefreshCookie, Value: token, Path: "/v1/sessions", Expires: expires,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode}
	return c.String()
}

// clientAddress is where the request came from; not valid when that is unknown.
func clientAddress(ctx context.Context) netip.Addr {
	address, _ := netip.ParseAddr(middleware.ClientIP(ctx))
	return address
}
