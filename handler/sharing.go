package handler

import (
	"context"
	"strings"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// ListSharing is GET /v1/recipients/{id}/sharing.
func (h Deliveries) ListSharing(ctx context.Context, r server.ListSharingRequestObject) (server.ListSharingResponseObject, error) {
	found, err := h.Service.Shared(ctx, middleware.Caller(ctx), r.Id, millisOf(r.Params.From), millisOf(r.Params.Until), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListSharing200JSONResponse{Items: each(found.Items, shared), NextCursor: optional(found.Next)}, nil
}

// ListCommunitySharing is GET /v1/communities/{cid}/sharing.
func (h Deliveries) ListCommunitySharing(ctx context.Context, r server.ListCommunitySharingRequestObject) (server.ListCommunitySharingResponseObject, error) {
	filter := service.SharedFilter{RecipientID: textOf(r.Params.RecipientId), EventType: textOf(r.Params.EventType),
		From: millisOf(r.Params.From), Until: millisOf(r.Params.Until)}
	found, err := h.Service.SharedIn(ctx, middleware.Caller(ctx), r.Cid, filter, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListCommunitySharing200JSONResponse{Items: each(found.Items, shared), NextCursor: optional(found.Next)}, nil
}

// SearchSharing is POST /v1/communities/{cid}/sharing/searches.
func (h Deliveries) SearchSharing(ctx context.Context, r server.SearchSharingRequestObject) (server.SearchSharingResponseObject, error) {
	found, err := h.Service.SharedAbout(ctx, middleware.Caller(ctx), r.Cid, trailQuestion(r.Body), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.SearchSharing200JSONResponse{Items: each(found.Items, shared), NextCursor: optional(found.Next)}, nil
}

func shared(s model.Shared) wire.Shared {
	return wire.Shared{Id: s.ID, At: instant.Of(s.At), RecipientId: s.RecipientID, RecipientKind: wire.RecipientKind(s.RecipientKind),
		RecipientName: s.RecipientName, EventId: s.EventID, EventType: wire.EventType(s.EventType), Fields: names(s.Fields),
		PolicyVersion: s.PolicyVersion, Purpose: s.Purpose, Agreement: s.Agreement, Sm3: s.SM3}
}

// ListMySharing is GET /v1/me/sharing.
func (h *Privacy) ListMySharing(ctx context.Context, r server.ListMySharingRequestObject) (server.ListMySharingResponseObject, error) {
	found, err := h.Service.Shared(ctx, middleware.Caller(ctx), textOf(r.Params.PersonId), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMySharing200JSONResponse{Items: each(found.Items, ownShared), NextCursor: optional(found.Next)}, nil
}

func ownShared(s service.OwnShared) wire.MyShared {
	return wire.MyShared{Id: s.ID, At: instant.Of(s.At), CommunityName: optional(s.CommunityName),
		RecipientKind: wire.RecipientKind(s.RecipientKind), RecipientName: s.RecipientName, EventType: wire.EventType(s.EventType),
		Fields: names(s.Fields), Purpose: s.Purpose}
}

// names parts a ledger's list of fields; an empty one has none.
func names(fields string) []string {
	return strings.FieldsFunc(fields, func(r rune) bool { return r == ',' })
}
