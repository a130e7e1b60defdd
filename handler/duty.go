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

// ListDutyShifts is GET /v1/communities/{cid}/duty/shifts.
func (h *Incidents) ListDutyShifts(ctx context.Context, r server.ListDutyShiftsRequestObject) (server.ListDutyShiftsResponseObject, error) {
	found, err := h.Service.Shifts(ctx, middleware.Caller(ctx), r.Cid, millis(r.Params.From), millis(r.Params.Until))
	if err != nil {
		return nil, err
	}
	return server.ListDutyShifts200JSONResponse{Items: each(found, dutyShift)}, nil
}

// PutDutyShift is PUT /v1/communities/{cid}/duty/shifts.
func (h *Incidents) PutDutyShift(ctx context.Context, r server.PutDutyShiftRequestObject) (server.PutDutyShiftResponseObject, error) {
	shift, err := h.Service.PutShift(ctx, middleware.Caller(ctx), r.Cid, model.DutyShift{Post: model.Post(r.Body.Post), StaffID: r.Body.StaffId,
		StartsAt: millis(&r.Body.StartsAt), EndsAt: millis(&r.Body.EndsAt)})
	if err != nil {
		return nil, err
	}
	return server.PutDutyShift200JSONResponse(dutyShift(shift)), nil
}

// DeleteDutyShift is DELETE /v1/communities/{cid}/duty/shifts/{id}.
func (h *Incidents) DeleteDutyShift(ctx context.Context, r server.DeleteDutyShiftRequestObject) (server.DeleteDutyShiftResponseObject, error) {
	if err := h.Service.DropShift(ctx, middleware.Caller(ctx), r.Cid, r.Id); err != nil {
		return nil, err
	}
	return server.DeleteDutyShift204Response{}, nil
}

// GetDutyNow is GET /v1/communities/{cid}/duty/now.
func (h *Incidents) GetDutyNow(ctx context.Context, r server.GetDutyNowRequestObject) (server.GetDutyNowResponseObject, error) {
	found, err := h.Service.Now(ctx, middleware.Caller(ctx), r.Cid)
	if err != nil {
		return nil, err
	}
	return server.GetDutyNow200JSONResponse{Items: each(found, func(d service.DutyNow) wire.DutyNow {
		return wire.DutyNow{Post: wire.DutyPost(d.Post), StaffId: optional(d.StaffID), Seat: d.Seat}
	})}, nil
}

func dutyShift(s model.DutyShift) wire.DutyShift {
	return wire.DutyShift{Id: s.ID, Post: wire.DutyPost(s.Post), StaffId: s.StaffID, StartsAt: instant.Of(s.StartsAt), EndsAt: instant.Of(s.EndsAt)}
}
