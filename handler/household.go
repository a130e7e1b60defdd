package handler

import (
	"context"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Households serves the homes of a community and their rosters.
type Households struct{ Service *service.Households }

// ListHouseholds is GET /v1/communities/{cid}/households.
func (h *Households) ListHouseholds(ctx context.Context, r server.ListHouseholdsRequestObject) (server.ListHouseholdsResponseObject, error) {
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, given(r.Params.Building), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListHouseholds200JSONResponse{Items: each(list.Items, household), NextCursor: optional(list.Next)}, nil
}

// CreateHousehold is POST /v1/communities/{cid}/households.
func (h *Households) CreateHousehold(ctx context.Context, r server.CreateHouseholdRequestObject) (server.CreateHouseholdResponseObject, error) {
	in := service.NewHousehold{Building: r.Body.Building, Unit: r.Body.Unit, Room: r.Body.Room,
		Roster: each(given(r.Body.Roster), rosterEntry)}
	v, err := h.Service.Create(ctx, middleware.Caller(ctx), r.Cid, in)
	if err != nil {
		return nil, err
	}
	return server.CreateHousehold201JSONResponse(household(v)), nil
}

func rosterEntry(e wire.RosterEntryRequest) model.RosterEntry {
	return model.RosterEntry{Name: e.Name, Phone: given(e.Phone), IDLast4: given(e.IdLast4), Relation: string(e.Relation)}
}

func household(v service.HouseholdView) wire.Household {
	plates := each(v.PlatesMasked, func(p string) string { return p })
	return wire.Household{Id: v.ID, PlatesMasked: &plates, CommunityId: v.CommunityID, Building: v.Building, Unit: v.Unit, Room: v.Room,
		Roster: each(v.Roster, func(e service.RosterView) wire.RosterEntry {
			return wire.RosterEntry{NameMasked: e.NameMasked, PhoneMasked: optional(e.PhoneMasked),
				Relation: wire.Relation(e.Relation), Claimed: e.Claimed}
		})}
}
