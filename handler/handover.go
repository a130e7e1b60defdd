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

// Handovers answers for shifts that are handed on.
type Handovers struct{ Service *service.Handovers }

// GetHandover is GET /v1/gates/{id}/handover.
func (h *Handovers) GetHandover(ctx context.Context, r server.GetHandoverRequestObject) (server.GetHandoverResponseObject, error) {
	found, err := h.Service.Summary(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	out := wire.HandoverSummary{Since: instant.Of(found.Since), Numbers: handoverNumbers(found.Numbers),
		HolderId: optional(found.HolderID), HolderNameMasked: optional(found.HolderName)}
	if found.Waiting != nil {
		waiting := handover(ctx, *found.Waiting)
		out.Waiting = &waiting
	}
	return server.GetHandover200JSONResponse(out), nil
}

// ListHandovers is GET /v1/gates/{id}/handovers.
func (h *Handovers) ListHandovers(ctx context.Context, r server.ListHandoversRequestObject) (server.ListHandoversResponseObject, error) {
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Id, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListHandovers200JSONResponse{Items: each(list.Items, func(v service.HandoverView) wire.Handover { return handover(ctx, v) }), NextCursor: optional(list.Next)}, nil
}

// HandOver is POST /v1/gates/{id}/handovers.
func (h *Handovers) HandOver(ctx context.Context, r server.HandOverRequestObject) (server.HandOverResponseObject, error) {
	made, err := h.Service.HandOver(ctx, middleware.Caller(ctx), r.Id, given(r.Body.Note), int64(given(r.Body.Unsent)))
	if err != nil {
		return nil, err
	}
	return server.HandOver201JSONResponse(handover(ctx, made)), nil
}

// AcceptHandover is POST /v1/handovers/{id}/accept.
func (h *Handovers) AcceptHandover(ctx context.Context, r server.AcceptHandoverRequestObject) (server.AcceptHandoverResponseObject, error) {
	done, err := h.Service.Accept(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.AcceptHandover200JSONResponse(handover(ctx, done)), nil
}

// WithdrawHandover is POST /v1/handovers/{id}/withdraw.
func (h *Handovers) WithdrawHandover(ctx context.Context, r server.WithdrawHandoverRequestObject) (server.WithdrawHandoverResponseObject, error) {
	done, err := h.Service.Withdraw(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.WithdrawHandover200JSONResponse(handover(ctx, done)), nil
}

// handover is one as the account that asks sees it.
func handover(ctx context.Context, v service.HandoverView) wire.Handover {
	return wire.Handover{Id: v.ID, Own: v.AuthorID == middleware.Caller(ctx).AccountID, GateId: v.GateID, State: wire.HandoverState(v.State), Since: instant.Of(v.Since), CreatedAt: instant.Of(v.CreatedAt),
		AuthorId: v.AuthorID, AuthorNameMasked: v.AuthorName, AcceptedBy: optional(v.AcceptedBy), AcceptedByNameMasked: optional(v.AcceptedByName),
		EndedAt: instant.Maybe(v.EndedAt), Numbers: handoverNumbers(v.HandoverNumbers), Unsent: int(v.Unsent), Note: optional(v.Note)}
}

func handoverNumbers(n model.HandoverNumbers) wire.HandoverNumbers {
	return wire.HandoverNumbers{Admitted: int(n.Admitted), Refused: int(n.Refused), Referred: int(n.Referred), ByHand: int(n.ByHand),
		VisitsExpected: int(n.VisitsExpected), VisitsOverstayed: int(n.VisitsOverstayed), IncidentsOpen: int(n.IncidentsOpen)}
}
