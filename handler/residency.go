package handler

import (
	"context"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Residencies serves the claims of residents and the decisions of staff.
type Residencies struct{ Service *service.Residencies }

// ClaimResidency is POST /v1/residencies.
func (h *Residencies) ClaimResidency(ctx context.Context, r server.ClaimResidencyRequestObject) (server.ClaimResidencyResponseObject, error) {
	b := r.Body
	claim := service.Claim{CommunityID: b.CommunityId, Building: b.Building, Unit: b.Unit, Room: b.Room,
		Name: b.Name, IDLast4: given(b.IdLast4), Relation: string(b.Relation)}
	v, err := h.Service.Claim(ctx, middleware.Caller(ctx), claim)
	if err != nil {
		return nil, err
	}
	return server.ClaimResidency201JSONResponse(residency(v)), nil
}

// ListResidencies is GET /v1/communities/{cid}/residencies.
func (h *Residencies) ListResidencies(ctx context.Context, r server.ListResidenciesRequestObject) (server.ListResidenciesResponseObject, error) {
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, string(given(r.Params.Status)), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListResidencies200JSONResponse{Items: each(list.Items, residency), NextCursor: optional(list.Next)}, nil
}

// ApproveResidency is POST /v1/communities/{cid}/residencies/{id}/approve.
func (h *Residencies) ApproveResidency(ctx context.Context, r server.ApproveResidencyRequestObject) (server.ApproveResidencyResponseObject, error) {
	v, err := h.Service.Approve(ctx, middleware.Caller(ctx), r.Cid, r.Id)
	if err != nil {
		return nil, err
	}
	return server.ApproveResidency200JSONResponse{ResidencyChangedJSONResponse: server.ResidencyChangedJSONResponse(residency(v))}, nil
}

// DeclineResidency is POST /v1/communities/{cid}/residencies/{id}/decline.
func (h *Residencies) DeclineResidency(ctx context.Context, r server.DeclineResidencyRequestObject) (server.DeclineResidencyResponseObject, error) {
	v, err := h.Service.Decline(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.DeclineResidency200JSONResponse{ResidencyChangedJSONResponse: server.ResidencyChangedJSONResponse(residency(v))}, nil
}

// EndResidency is POST /v1/communities/{cid}/residencies/{id}/end.
func (h *Residencies) EndResidency(ctx context.Context, r server.EndResidencyRequestObject) (server.EndResidencyResponseObject, error) {
	v, err := h.Service.End(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.EndResidency200JSONResponse{ResidencyChangedJSONResponse: server.ResidencyChangedJSONResponse(residency(v))}, nil
}

func residency(v service.ResidencyView) wire.Residency {
	return wire.Residency{Id: v.ID, CommunityId: v.CommunityID, HouseholdId: v.HouseholdID,
		Building: v.Household.Building, Unit: v.Household.Unit, Room: v.Household.Room,
		PersonId: v.PersonID, NameMasked: v.NameMasked, Relation: wire.Relation(v.Relation), Status: wire.ResidencyStatus(v.Status),
		Reason: optional(v.Reason), CreatedAt: instant.Of(v.CreatedAt), DecidedAt: instant.Maybe(v.DecidedAt), EndedAt: instant.Maybe(v.EndedAt)}
}
