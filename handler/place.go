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

// Places answers for streets, committees, communities and gates.
type Places struct{ Service *service.Places }

// ListStreets is GET /v1/streets.
func (h *Places) ListStreets(ctx context.Context, r server.ListStreetsRequestObject) (server.ListStreetsResponseObject, error) {
	list, err := h.Service.Streets(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListStreets200JSONResponse{Items: each(list.Items, street), NextCursor: optional(list.Next)}, nil
}

// CreateStreet is POST /v1/streets.
func (h *Places) CreateStreet(ctx context.Context, r server.CreateStreetRequestObject) (server.CreateStreetResponseObject, error) {
	s, err := h.Service.CreateStreet(ctx, middleware.Caller(ctx), r.Body.Name)
	if err != nil {
		return nil, err
	}
	return server.CreateStreet201JSONResponse(street(s)), nil
}

// ListCommittees is GET /v1/committees.
func (h *Places) ListCommittees(ctx context.Context, r server.ListCommitteesRequestObject) (server.ListCommitteesResponseObject, error) {
	list, err := h.Service.Committees(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListCommittees200JSONResponse{Items: each(list.Items, committee), NextCursor: optional(list.Next)}, nil
}

// CreateCommittee is POST /v1/committees.
func (h *Places) CreateCommittee(ctx context.Context, r server.CreateCommitteeRequestObject) (server.CreateCommitteeResponseObject, error) {
	c, err := h.Service.CreateCommittee(ctx, middleware.Caller(ctx), r.Body.StreetId, r.Body.Name)
	if err != nil {
		return nil, err
	}
	return server.CreateCommittee201JSONResponse(committee(c)), nil
}

// ListCommunities is GET /v1/communities.
func (h *Places) ListCommunities(ctx context.Context, r server.ListCommunitiesRequestObject) (server.ListCommunitiesResponseObject, error) {
	list, err := h.Service.Communities(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListCommunities200JSONResponse{Items: each(list.Items, community), NextCursor: optional(list.Next)}, nil
}

// CreateCommunity is POST /v1/communities.
func (h *Places) CreateCommunity(ctx context.Context, r server.CreateCommunityRequestObject) (server.CreateCommunityResponseObject, error) {
	c, err := h.Service.CreateCommunity(ctx, middleware.Caller(ctx), r.Body.CommitteeId, r.Body.Name)
	if err != nil {
		return nil, err
	}
	return server.CreateCommunity201JSONResponse(community(c)), nil
}

func street(s model.Street) wire.Street {
	return wire.Street{Id: s.ID, Name: s.Name, CreatedAt: instant.Of(s.CreatedAt)}
}

func committee(c model.Committee) wire.Committee {
	return wire.Committee{Id: c.ID, StreetId: c.StreetID, Name: c.Name, CreatedAt: instant.Of(c.CreatedAt)}
}

func community(c model.Community) wire.Community {
	return wire.Community{Id: c.ID, CommitteeId: c.CommitteeID, Name: c.Name, Number: int(c.Number),
		Mode: wire.CommunityMode(c.Mode), RuleVersion: c.RuleVersion, CreatedAt: instant.Of(c.CreatedAt)}
}
