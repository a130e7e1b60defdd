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

// Cards serves printed cards to those who make and those who hold them.
type Cards struct {
	Service *service.Cards
	Painter Painter
}

// ListCards is GET /v1/communities/{cid}/cards.
func (h *Cards) ListCards(ctx context.Context, r server.ListCardsRequestObject) (server.ListCardsResponseObject, error) {
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, given(r.Params.ResidencyId), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListCards200JSONResponse{CardsShownJSONResponse: cards(list)}, nil
}

// IssueCard is POST /v1/communities/{cid}/cards.
func (h *Cards) IssueCard(ctx context.Context, r server.IssueCardRequestObject) (server.IssueCardResponseObject, error) {
	b := r.Body
	v, err := h.Service.Issue(ctx, middleware.Caller(ctx), r.Cid, service.NewCard{ResidencyID: b.ResidencyId, PersonID: given(b.PersonId),
		GateIDs: b.GateIds, DailyCap: given(b.DailyCap), LastDay: b.LastDay})
	if err != nil {
		return nil, err
	}
	return server.IssueCard201JSONResponse{CardShownJSONResponse: server.CardShownJSONResponse(card(v))}, nil
}

// ReissueCard is POST /v1/communities/{cid}/cards/{id}/reissue.
func (h *Cards) ReissueCard(ctx context.Context, r server.ReissueCardRequestObject) (server.ReissueCardResponseObject, error) {
	v, err := h.Service.Reissue(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.ReissueCard201JSONResponse{CardShownJSONResponse: server.CardShownJSONResponse(card(v))}, nil
}

// RevokeCard is POST /v1/communities/{cid}/cards/{id}/revoke.
func (h *Cards) RevokeCard(ctx context.Context, r server.RevokeCardRequestObject) (server.RevokeCardResponseObject, error) {
	v, err := h.Service.Revoke(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.RevokeCard200JSONResponse{CardShownJSONResponse: server.CardShownJSONResponse(card(v))}, nil
}

// ListMyCards is GET /v1/me/cards.
func (h *Cards) ListMyCards(ctx context.Context, r server.ListMyCardsRequestObject) (server.ListMyCardsResponseObject, error) {
	list, err := h.Service.Own(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyCards200JSONResponse{CardsShownJSONResponse: cards(list)}, nil
}

// RevokeMyCard is POST /v1/me/cards/{id}/revoke.
func (h *Cards) RevokeMyCard(ctx context.Context, r server.RevokeMyCardRequestObject) (server.RevokeMyCardResponseObject, error) {
	v, err := h.Service.RevokeOwn(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.RevokeMyCard200JSONResponse{CardShownJSONResponse: server.CardShownJSONResponse(card(v))}, nil
}

func cards(list service.List[service.CardView]) server.CardsShownJSONResponse {
	return server.CardsShownJSONResponse{Items: each(list.Items, card), NextCursor: optional(list.Next)}
}

func card(v service.CardView) wire.Card {
	return wire.Card{Id: v.Card.PassID, CommunityId: v.Card.CommunityID, ResidencyId: v.Card.ResidencyID,
		Holder:   wire.CardHolder{PersonId: v.Card.PersonID, NameMasked: v.NameMasked},
		Building: v.Pass.Building, DailyCap: v.DailyCap, State: wire.CardState(v.Standing), Reason: optional(v.Reason()),
		Gates:   each(v.Gates, func(g model.Gate) wire.PassGate { return wire.PassGate{Id: g.ID, Name: g.Name} }),
		LastDay: v.LastDay, ValidUntil: instant.Of(v.Pass.ValidUntil), ReplacesId: optional(v.Card.ReplacesID),
		CreatedAt: instant.Of(v.Card.CreatedAt)}
}
