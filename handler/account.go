package handler

import (
	"context"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Accounts is what people do with accounts: their own, and those that they manage.
type Accounts struct {
	Staff    *service.Staff
	Sessions *service.Sessions
}

// ChangeExpiredPassword is POST /v1/sessions/staff/password.
func (h *Accounts) ChangeExpiredPassword(ctx context.Context, r server.ChangeExpiredPasswordRequestObject) (server.ChangeExpiredPasswordResponseObject, error) {
	in, err := h.Sessions.SignInStaff(ctx, service.StaffCredentials{Username: r.Body.Username, Password: r.Body.Password,
		TOTP: given(r.Body.Totp), NewPassword: r.Body.NewPassword}, clientAddress(ctx))
	if err != nil {
		return nil, err
	}
	return server.ChangeExpiredPassword201JSONResponse{SessionCreatedJSONResponse: signedIn(in, given(r.Body.Cookie))}, nil
}

// ChangeMyPassword is POST /v1/staff/me/password.
func (h *Accounts) ChangeMyPassword(ctx context.Context, r server.ChangeMyPasswordRequestObject) (server.ChangeMyPasswordResponseObject, error) {
	if err := h.Sessions.ChangePassword(ctx, middleware.Caller(ctx), r.Body.Current, r.Body.New); err != nil {
		return nil, err
	}
	return server.ChangeMyPassword204Response{}, nil
}

// BeginMyTotp is POST /v1/staff/me/totp.
func (h *Accounts) BeginMyTotp(ctx context.Context, r server.BeginMyTotpRequestObject) (server.BeginMyTotpResponseObject, error) {
	begun, err := h.Sessions.BeginTOTP(ctx, middleware.Caller(ctx), r.Body.Password)
	if err != nil {
		return nil, err
	}
	return server.BeginMyTotp200JSONResponse{TotpSecret: begun.Secret, TotpUri: begun.URI}, nil
}

// ConfirmMyTotp is POST /v1/staff/me/totp/confirm.
func (h *Accounts) ConfirmMyTotp(ctx context.Context, r server.ConfirmMyTotpRequestObject) (server.ConfirmMyTotpResponseObject, error) {
	if err := h.Sessions.ConfirmTOTP(ctx, middleware.Caller(ctx), r.Body.Code); err != nil {
		return nil, err
	}
	return server.ConfirmMyTotp204Response{}, nil
}

// ListMySessions is GET /v1/me/sessions.
func (h *Accounts) ListMySessions(ctx context.Context, _ server.ListMySessionsRequestObject) (server.ListMySessionsResponseObject, error) {
	caller := middleware.Caller(ctx)
	own, err := h.Sessions.Own(ctx, caller)
	if err != nil {
		return nil, err
	}
	return server.ListMySessions200JSONResponse{Items: each(own, func(s model.Session) wire.OwnSession {
		return wire.OwnSession{Id: s.ID, CreatedAt: instant.Of(s.CreatedAt), ExpiresAt: instant.Of(s.ExpiresAt), Current: s.ID == caller.SessionID}
	})}, nil
}

// EndMySession is DELETE /v1/me/sessions/{id}.
func (h *Accounts) EndMySession(ctx context.Context, r server.EndMySessionRequestObject) (server.EndMySessionResponseObject, error) {
	if err := h.Sessions.EndOwn(ctx, middleware.Caller(ctx), r.Id); err != nil {
		return nil, err
	}
	return server.EndMySession204Response{}, nil
}

// ResetStaff is POST /v1/staff/{id}/reset.
func (h *Accounts) ResetStaff(ctx context.Context, r server.ResetStaffRequestObject) (server.ResetStaffResponseObject, error) {
	done, err := h.Staff.Reset(ctx, middleware.Caller(ctx), r.Id, given(r.Body.Totp))
	if err != nil {
		return nil, err
	}
	return server.ResetStaff200JSONResponse{Password: done.Password, TotpSecret: optional(done.TOTPSecret), TotpUri: optional(done.TOTPURI)}, nil
}

// ListGrants is GET /v1/staff/{id}/grants.
func (h *Accounts) ListGrants(ctx context.Context, r server.ListGrantsRequestObject) (server.ListGrantsResponseObject, error) {
	held, err := h.Staff.Grants(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.ListGrants200JSONResponse{Items: each(held, wireGrantView)}, nil
}

// AddGrant is POST /v1/staff/{id}/grants.
func (h *Accounts) AddGrant(ctx context.Context, r server.AddGrantRequestObject) (server.AddGrantResponseObject, error) {
	target := model.Grant{Role: model.Role(r.Body.Role), ScopeKind: model.ScopeKind(r.Body.ScopeKind), ScopeID: given(r.Body.ScopeId)}
	made, err := h.Staff.AddGrant(ctx, middleware.Caller(ctx), r.Id, target)
	if err != nil {
		return nil, err
	}
	return server.AddGrant201JSONResponse{Grant: wireGrantView(made.Grant), TotpSecret: optional(made.TOTPSecret), TotpUri: optional(made.TOTPURI)}, nil
}

// RemoveGrant is DELETE /v1/staff/{id}/grants/{grant_id}.
func (h *Accounts) RemoveGrant(ctx context.Context, r server.RemoveGrantRequestObject) (server.RemoveGrantResponseObject, error) {
	if err := h.Staff.RemoveGrant(ctx, middleware.Caller(ctx), r.Id, r.GrantId); err != nil {
		return nil, err
	}
	return server.RemoveGrant204Response{}, nil
}

func wireGrantView(g service.GrantView) wire.StaffGrant {
	return wire.StaffGrant{Id: g.ID, Role: wire.StaffRole(g.Role), ScopeKind: wire.ScopeKind(g.ScopeKind), ScopeId: optional(g.ScopeID),
		GrantedBy: g.GrantedBy, GrantedAt: instant.Of(g.GrantedAt)}
}
