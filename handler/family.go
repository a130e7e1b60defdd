package handler

import (
	"context"
	"encoding/json"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Families serves what residents do for others of their household.
type Families struct{ Service *service.Families }

// ListMyFamily is GET /v1/me/family.
func (h *Families) ListMyFamily(ctx context.Context, r server.ListMyFamilyRequestObject) (server.ListMyFamilyResponseObject, error) {
	list, err := h.Service.Family(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyFamily200JSONResponse{Items: each(list.Items, householdMember), NextCursor: optional(list.Next)}, nil
}

// AddFamily is POST /v1/me/family.
func (h *Families) AddFamily(ctx context.Context, r server.AddFamilyRequestObject) (server.AddFamilyResponseObject, error) {
	m, err := h.Service.AddFamily(ctx, middleware.Caller(ctx),
		service.NewMember{HouseholdID: given(r.Body.HouseholdId), Name: r.Body.Name, Phone: r.Body.Phone})
	if err != nil {
		return nil, err
	}
	return server.AddFamily201JSONResponse(householdMember(m)), nil
}

// RemoveFamily is DELETE /v1/me/family/{id}.
func (h *Families) RemoveFamily(ctx context.Context, r server.RemoveFamilyRequestObject) (server.RemoveFamilyResponseObject, error) {
	return server.RemoveFamily204Response{}, h.Service.RemoveFamily(ctx, middleware.Caller(ctx), r.Id)
}

// ListMyHelpers is GET /v1/me/helpers.
func (h *Families) ListMyHelpers(ctx context.Context, r server.ListMyHelpersRequestObject) (server.ListMyHelpersResponseObject, error) {
	list, err := h.Service.Helpers(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyHelpers200JSONResponse{Items: each(list.Items, householdMember), NextCursor: optional(list.Next)}, nil
}

// AddHelper is POST /v1/me/helpers.
func (h *Families) AddHelper(ctx context.Context, r server.AddHelperRequestObject) (server.AddHelperResponseObject, error) {
	hours, err := openingHours(r.Body.Hours)
	if err != nil {
		return nil, err
	}
	m, err := h.Service.AddHelper(ctx, middleware.Caller(ctx), service.NewMember{HouseholdID: given(r.Body.HouseholdId),
		Name: r.Body.Name, Phone: r.Body.Phone, Hours: hours, Until: model.Millis(r.Body.Until.Time)})
	if err != nil {
		return nil, err
	}
	return server.AddHelper201JSONResponse(householdMember(m)), nil
}

// RemoveHelper is DELETE /v1/me/helpers/{id}.
func (h *Families) RemoveHelper(ctx context.Context, r server.RemoveHelperRequestObject) (server.RemoveHelperResponseObject, error) {
	return server.RemoveHelper204Response{}, h.Service.RemoveHelper(ctx, middleware.Caller(ctx), r.Id)
}

// openingHours are hours as the engine has them; the JSON is the same.
func openingHours(in wire.WeeklyHours) (admission.Hours, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	var out admission.Hours
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, model.Invalid(model.FieldError{Field: "/hours", Code: "format"})
	}
	return out, nil
}

// weeklyHours are hours on the wire, nil for none.
func weeklyHours(in admission.Hours) *wire.WeeklyHours {
	if len(in) == 0 {
		return nil
	}
	var out wire.WeeklyHours
	text, err := json.Marshal(in)
	if err != nil || json.Unmarshal(text, &out) != nil {
		return nil
	}
	return &out
}

func householdMember(m service.Member) wire.HouseholdMember {
	return wire.HouseholdMember{Id: m.ID, HouseholdId: m.HouseholdID, CommunityId: m.CommunityID, Relation: wire.Relation(m.Relation),
		NameMasked: m.NameMasked, PhoneMasked: m.PhoneMasked, Status: wire.HouseholdMemberStatus(m.Status), ResidencyId: optional(m.ResidencyID),
		Hours: weeklyHours(m.Hours), Until: instant.Maybe(m.Until), CreatedAt: instant.Of(m.CreatedAt)}
}
