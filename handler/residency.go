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

// RegisterResidency is POST /v1/communities/{cid}/residencies.
func (h *Residencies) RegisterResidency(ctx context.Context, r server.RegisterResidencyRequestObject) (server.RegisterResidencyResponseObject, error) {
	v, err := h.Service.Register(ctx, middleware.Caller(ctx), r.Cid, service.Register{HouseholdID: r.Body.HouseholdId, Name: r.Body.Name,
		Relation: string(r.Body.Relation), AgeGroup: model.AgeGroup(given(r.Body.AgeGroup))})
	if err != nil {
		return nil, err
	}
	return server.RegisterResidency201JSONResponse(residency(v)), nil
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
	var lease *int64
	if r.Body != nil && r.Body.LeaseUntil != nil {
		until := leaseEnd(r.Body.LeaseUntil)
		lease = &until
	}
	v, err := h.Service.Approve(ctx, middleware.Caller(ctx), r.Cid, r.Id, lease)
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

// SetResidencyLease is POST /v1/communities/{cid}/residencies/{id}/lease.
func (h *Residencies) SetResidencyLease(ctx context.Context, r server.SetResidencyLeaseRequestObject) (server.SetResidencyLeaseResponseObject, error) {
	if (r.Body.LeaseUntil == nil) == (r.Body.NoEnd == nil) {
		return nil, model.Invalid(model.FieldError{Field: "/lease_until", Code: "required"})
	}
	v, err := h.Service.SetLease(ctx, middleware.Caller(ctx), r.Cid, r.Id, leaseEnd(r.Body.LeaseUntil))
	if err != nil {
		return nil, err
	}
	return server.SetResidencyLease200JSONResponse{ResidencyChangedJSONResponse: server.ResidencyChangedJSONResponse(residency(v))}, nil
}

// leaseEnd is an instant as it is stored: 0 is no end, so the one instant that
// would be 0 is the next one, long past like it.
func leaseEnd(t *instant.Time) int64 {
	if t == nil {
		return 0
	}
	if ms := model.Millis(t.Time); ms != 0 {
		return ms
	}
	return 1
}

// SearchResidencies is POST /v1/communities/{cid}/residency-searches.
func (h *Residencies) SearchResidencies(ctx context.Context, r server.SearchResidenciesRequestObject) (server.SearchResidenciesResponseObject, error) {
	b := r.Body
	list, err := h.Service.Search(ctx, middleware.Caller(ctx), r.Cid, service.ResidencySearch{Name: given(b.Name), Initials: given(b.Initials),
		Building: given(b.Building), Status: string(given(b.Status))}, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.SearchResidencies200JSONResponse{Items: each(list.Items, residency), NextCursor: optional(list.Next)}, nil
}

// MoveOutHousehold is POST /v1/communities/{cid}/households/{id}/move-out.
func (h *Residencies) MoveOutHousehold(ctx context.Context, r server.MoveOutHouseholdRequestObject) (server.MoveOutHouseholdResponseObject, error) {
	done, err := h.Service.MoveOut(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason, given(r.Body.KeepRoster))
	if err != nil {
		return nil, err
	}
	return server.MoveOutHousehold200JSONResponse{HouseholdId: done.HouseholdID, ResidenciesEnded: done.Ended, RosterRemoved: done.RosterRemoved}, nil
}

func residency(v service.ResidencyView) wire.Residency {
	return wire.Residency{Id: v.ID, CommunityId: v.CommunityID, HouseholdId: v.HouseholdID,
		Building: v.Household.Building, Unit: v.Household.Unit, Room: v.Household.Room,
		PersonId: v.PersonID, NameMasked: v.NameMasked, Relation: wire.Relation(v.Relation), Status: wire.ResidencyStatus(v.Status),
		Reason: optional(v.Reason), CreatedAt: instant.Of(v.CreatedAt), DecidedAt: instant.Maybe(v.DecidedAt), EndedAt: instant.Maybe(v.EndedAt),
		LeaseUntil: instant.Maybe(v.LeaseUntil)}
}
