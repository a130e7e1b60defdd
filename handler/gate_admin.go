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

// ListGates is GET /v1/communities/{cid}/gates.
func (h *Places) ListGates(ctx context.Context, r server.ListGatesRequestObject) (server.ListGatesResponseObject, error) {
	list, err := h.Service.Gates(ctx, middleware.Caller(ctx), r.Cid, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListGates200JSONResponse{Items: each(list.Items, gate), NextCursor: optional(list.Next)}, nil
}

// CreateGate is POST /v1/communities/{cid}/gates.
func (h *Places) CreateGate(ctx context.Context, r server.CreateGateRequestObject) (server.CreateGateResponseObject, error) {
	g, err := h.Service.CreateGate(ctx, middleware.Caller(ctx), r.Cid, service.NewGate{Name: r.Body.Name, Perimeter: r.Body.Perimeter,
		Kind: textOf(r.Body.Kind), Direction: textOf(r.Body.Direction), Fallback: textOf(r.Body.Fallback), Passback: textOf(r.Body.Passback)})
	if err != nil {
		return nil, err
	}
	return server.CreateGate201JSONResponse(gate(g)), nil
}

// ListEntryCodes is GET /v1/communities/{cid}/entry-codes.
func (h *Places) ListEntryCodes(ctx context.Context, r server.ListEntryCodesRequestObject) (server.ListEntryCodesResponseObject, error) {
	list, err := h.Service.EntryCodes(ctx, middleware.Caller(ctx), r.Cid, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListEntryCodes200JSONResponse{NextCursor: optional(list.Next), Items: each(list.Items, func(p service.Poster) wire.EntryCode {
		return wire.EntryCode{Code: p.Code, GateId: p.GateID, Url: p.URL, CreatedAt: instant.Of(p.CreatedAt)}
	})}, nil
}

func gate(g model.Gate) wire.Gate {
	return wire.Gate{Id: g.ID, CommunityId: g.CommunityID, Name: g.Name, Perimeter: g.Perimeter, Kind: g.Kind,
		Direction: wire.GateDirection(g.Direction), Fallback: wire.Fallback(g.Fallback), Passback: wire.Passback(g.Passback)}
}

// textOf is an optional field of a body, empty when it is left out.
func textOf[T ~string](v *T) string {
	if v == nil {
		return ""
	}
	return string(*v)
}
