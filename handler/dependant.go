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

// ListMyDependants is GET /v1/me/dependants.
func (h *Families) ListMyDependants(ctx context.Context, _ server.ListMyDependantsRequestObject) (server.ListMyDependantsResponseObject, error) {
	list, err := h.Service.Dependants(ctx, middleware.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return server.ListMyDependants200JSONResponse{Items: each(list, dependant)}, nil
}

// AddDependant is POST /v1/me/dependants.
func (h *Families) AddDependant(ctx context.Context, r server.AddDependantRequestObject) (server.AddDependantResponseObject, error) {
	b := r.Body
	v, err := h.Service.AddDependant(ctx, middleware.Caller(ctx), service.NewDependant{HouseholdID: given(b.HouseholdId), PersonID: given(b.PersonId),
		Name: given(b.Name), Relation: string(given(b.Relation)), AgeGroup: model.AgeGroup(given(b.AgeGroup))})
	if err != nil {
		return nil, err
	}
	return server.AddDependant201JSONResponse(dependant(v)), nil
}

// RemoveDependant is DELETE /v1/me/dependants/{id}.
func (h *Families) RemoveDependant(ctx context.Context, r server.RemoveDependantRequestObject) (server.RemoveDependantResponseObject, error) {
	return server.RemoveDependant204Response{}, h.Service.RemoveDependant(ctx, middleware.Caller(ctx), r.Id)
}

func dependant(v service.DependantView) wire.Dependant {
	return wire.Dependant{Id: v.ID, PersonId: v.PersonID, NameMasked: v.NameMasked, Relation: wire.DependantRelation(v.Relation),
		AgeGroup: optional(wire.AgeGroup(v.AgeGroup)), CommunityId: v.CommunityID, HouseholdId: v.HouseholdID, ResidencyId: v.Residency.ID,
		Status: wire.ResidencyStatus(v.Residency.Status), Own: v.Own, CreatedAt: instant.Of(v.CreatedAt)}
}
