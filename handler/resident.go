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

// Residents serves what a resident sees and sets of himself.
type Residents struct{ Service *service.Residents }

// GetMe is GET /v1/me.
func (h *Residents) GetMe(ctx context.Context, _ server.GetMeRequestObject) (server.GetMeResponseObject, error) {
	me, err := h.Service.Me(ctx, middleware.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return server.GetMe200JSONResponse{
		Person: wire.MePerson{Id: me.PersonID, NameMasked: me.NameMasked,
			PhoneMasked: optional(me.PhoneMasked), PhoneConfirmed: me.PhoneMasked != ""},
		Residencies: each(me.Residencies, residency),
		Dependants: each(me.Dependants, func(p model.Person) wire.SessionPerson {
			return wire.SessionPerson{Id: p.ID, NameMasked: model.MaskName(p.Name), Registered: true}
		}),
		Duties:   each(me.Duties, func(d string) wire.MeDuties { return wire.MeDuties(d) }),
		Consents: me.Consents,
		Colour:   colour(me.Colour),
	}, nil
}

// SetMyPhone is POST /v1/me/phone.
func (h *Residents) SetMyPhone(ctx context.Context, r server.SetMyPhoneRequestObject) (server.SetMyPhoneResponseObject, error) {
	done, err := h.Service.SetPhone(ctx, middleware.Caller(ctx), r.Body.Code)
	if err != nil {
		return nil, err
	}
	return server.SetMyPhone200JSONResponse{PhoneMasked: done.PhoneMasked, Activated: each(done.Activated, residency)}, nil
}

// ListMyPasses is GET /v1/me/passes.
func (h *Residents) ListMyPasses(ctx context.Context, r server.ListMyPassesRequestObject) (server.ListMyPassesResponseObject, error) {
	list, err := h.Service.Passes(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyPasses200JSONResponse{Items: each(list.Items, heldPass), NextCursor: optional(list.Next)}, nil
}

func heldPass(p service.HeldPass) wire.Pass {
	return wire.Pass{Id: p.ID, Kind: wire.PassKind(p.Kind), CommunityId: p.CommunityID, CommunityName: p.CommunityName,
		Holder: wire.PassHolder{PersonId: p.PersonID, NameMasked: p.NameMasked, Own: p.Own},
		Colour: colour(p.Colour),
		State:  wire.PassState(p.Standing), Reason: optional(p.Reason),
		Gates:     each(p.Gates, func(g model.Gate) wire.PassGate { return wire.PassGate{Id: g.ID, Name: g.Name} }),
		Floors:    each(p.Floors, func(floor string) string { return floor }),
		ValidFrom: instant.Of(p.ValidFrom), ValidUntil: instant.Maybe(p.ValidUntil)}
}
