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

// Staff is /v1/staff, /v1/roles and /v1/bootstrap.
type Staff struct{ Service *service.Staff }

// Bootstrap is POST /v1/bootstrap.
func (h *Staff) Bootstrap(ctx context.Context, r server.BootstrapRequestObject) (server.BootstrapResponseObject, error) {
	made, err := h.Service.Bootstrap(ctx, r.Body.Token, service.NewStaffMember{Username: r.Body.Username,
		Password: r.Body.Password, Name: r.Body.Name})
	if err != nil {
		return nil, err
	}
	return server.Bootstrap201JSONResponse(wireStaffMade(made)), nil
}

// ListRoles is GET /v1/roles.
func (h *Staff) ListRoles(context.Context, server.ListRolesRequestObject) (server.ListRolesResponseObject, error) {
	return server.ListRoles200JSONResponse{Items: each(model.RoleTable, wireRole)}, nil
}

// ListStaff is GET /v1/staff.
func (h *Staff) ListStaff(ctx context.Context, r server.ListStaffRequestObject) (server.ListStaffResponseObject, error) {
	list, err := h.Service.List(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListStaff200JSONResponse{Items: each(list.Items, wireStaff), NextCursor: optional(list.Next)}, nil
}

// CreateStaff is POST /v1/staff.
func (h *Staff) CreateStaff(ctx context.Context, r server.CreateStaffRequestObject) (server.CreateStaffResponseObject, error) {
	made, err := h.Service.Create(ctx, middleware.Caller(ctx), service.NewStaffMember{Username: r.Body.Username,
		Password: r.Body.Password, Name: r.Body.Name, Phone: given(r.Body.Phone), Grant: model.Grant{Role: model.Role(r.Body.Role),
			ScopeKind: model.ScopeKind(r.Body.ScopeKind), ScopeID: given(r.Body.ScopeId)}})
	if err != nil {
		return nil, err
	}
	return server.CreateStaff201JSONResponse(wireStaffMade(made)), nil
}

// DisableStaff is POST /v1/staff/{id}/disable.
func (h *Staff) DisableStaff(ctx context.Context, r server.DisableStaffRequestObject) (server.DisableStaffResponseObject, error) {
	v, err := h.Service.Disable(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.DisableStaff200JSONResponse(wireStaff(v)), nil
}

// UnlockStaff is POST /v1/staff/{id}/unlock.
func (h *Staff) UnlockStaff(ctx context.Context, r server.UnlockStaffRequestObject) (server.UnlockStaffResponseObject, error) {
	v, err := h.Service.Unlock(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.UnlockStaff200JSONResponse(wireStaff(v)), nil
}

func wireStaffMade(m service.StaffMade) wire.StaffCreated {
	return wire.StaffCreated{Staff: wireStaff(m.Staff), TotpSecret: optional(m.TOTPSecret), TotpUri: optional(m.TOTPURI)}
}

func wireStaff(v service.StaffView) wire.Staff {
	return wire.Staff{Id: v.ID, Username: v.Username, NameMasked: v.NameMasked, State: wire.StaffState(v.State),
		Roles: each(v.Grants, wireGrant), CreatedAt: instant.Of(v.CreatedAt), LastSignInAt: instant.Maybe(v.LastSignInAt)}
}

func wireGrant(g model.Grant) wire.Grant {
	return wire.Grant{Role: wire.StaffRole(g.Role), ScopeKind: wire.ScopeKind(g.ScopeKind), ScopeId: optional(g.ScopeID)}
}

func wireRole(r model.RoleRow) wire.Role {
	text := func(r model.Role) string { return string(r) }
	return wire.Role{Role: text(r.Role), NeedsTotp: r.NeedsTOTP, MayGrant: each(r.MayGrant, text),
		Scopes:      each(r.Scopes, func(k model.ScopeKind) wire.ScopeKind { return wire.ScopeKind(k) }),
		Permissions: each(r.Permissions, func(p model.Permission) string { return string(p) })}
}
