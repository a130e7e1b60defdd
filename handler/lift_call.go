package handler

import (
	"context"
	"strconv"
	"time"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"

	"github.com/gin-gonic/gin"
)

// CallLift is POST /v1/me/lift-calls.
func (h *Lifts) CallLift(ctx context.Context, r server.CallLiftRequestObject) (server.CallLiftResponseObject, error) {
	c, err := h.Service.Call(ctx, middleware.Caller(ctx), liftWish(r.Body))
	if err != nil {
		return nil, err
	}
	return server.CallLift201JSONResponse(liftCall(ctx, c)), nil
}

// CallVisitorLift is POST /v1/visitor/lift-calls.
func (h *Lifts) CallVisitorLift(ctx context.Context, r server.CallVisitorLiftRequestObject) (server.CallVisitorLiftResponseObject, error) {
	c, err := h.Service.Call(ctx, middleware.Caller(ctx), liftWish(r.Body))
	if err != nil {
		return nil, err
	}
	return server.CallVisitorLift201JSONResponse(liftCall(ctx, c)), nil
}

func liftWish(b *wire.LiftCallRequest) service.NewLiftCall {
	return service.NewLiftCall{RequestID: b.RequestId, Sticker: given(b.Sticker), GroupID: given(b.LiftId), From: given(b.From),
		FromSide: string(given(b.FromSide)), To: b.To, ToSide: string(given(b.ToSide))}
}

// GetLiftCall is GET /v1/me/lift-calls/{id}.
func (h *Lifts) GetLiftCall(ctx context.Context, r server.GetLiftCallRequestObject) (server.GetLiftCallResponseObject, error) {
	c, err := h.Service.Show(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetLiftCall200JSONResponse(liftCall(ctx, c)), nil
}

// GetVisitorLiftCall is GET /v1/visitor/lift-calls/{id}.
func (h *Lifts) GetVisitorLiftCall(ctx context.Context, r server.GetVisitorLiftCallRequestObject) (server.GetVisitorLiftCallResponseObject, error) {
	c, err := h.Service.Show(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetVisitorLiftCall200JSONResponse(liftCall(ctx, c)), nil
}

// CancelLiftCall is DELETE /v1/me/lift-calls/{id}.
func (h *Lifts) CancelLiftCall(ctx context.Context, r server.CancelLiftCallRequestObject) (server.CancelLiftCallResponseObject, error) {
	c, err := h.Service.Cancel(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.CancelLiftCall200JSONResponse(liftCall(ctx, c)), nil
}

// CancelVisitorLiftCall is DELETE /v1/visitor/lift-calls/{id}.
func (h *Lifts) CancelVisitorLiftCall(ctx context.Context, r server.CancelVisitorLiftCallRequestObject) (server.CancelVisitorLiftCallResponseObject, error) {
	c, err := h.Service.Cancel(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.CancelVisitorLiftCall200JSONResponse(liftCall(ctx, c)), nil
}

// HoldLiftCall is POST /v1/me/lift-calls/{id}/hold.
func (h *Lifts) HoldLiftCall(ctx context.Context, r server.HoldLiftCallRequestObject) (server.HoldLiftCallResponseObject, error) {
	c, err := h.Service.Hold(ctx, middleware.Caller(ctx), r.Id, r.Body.Seconds)
	if err != nil {
		return nil, err
	}
	return server.HoldLiftCall200JSONResponse(liftCall(ctx, c)), nil
}

// HoldVisitorLiftCall is POST /v1/visitor/lift-calls/{id}/hold.
func (h *Lifts) HoldVisitorLiftCall(ctx context.Context, r server.HoldVisitorLiftCallRequestObject) (server.HoldVisitorLiftCallResponseObject, error) {
	c, err := h.Service.Hold(ctx, middleware.Caller(ctx), r.Id, r.Body.Seconds)
	if err != nil {
		return nil, err
	}
	return server.HoldVisitorLiftCall200JSONResponse(liftCall(ctx, c)), nil
}

// liftLook is how often a stream looks at its call.
const liftLook = 300 * time.Millisecond

// StreamLiftCall is GET /v1/me/lift-calls/{id}/events and the same for visitors: an
// event "lift_call" at the start and with each change.
func (h *Lifts) StreamLiftCall(c *gin.Context) {
	id, err := pathID(c)
	if err != nil {
		fail(c, err)
		return
	}
	caller := middleware.Caller(c.Request.Context())
	language := c.Request.Context()
	h.Streams.Serve(c, liftLook, func(ctx context.Context, after string) ([]LiveEvent, error) {
		call, err := h.Service.Show(ctx, caller, id)
		if err != nil {
			return nil, err
		}
		turn := strconv.Itoa(call.Turn)
		if turn == after {
			return nil, nil
		}
		return []LiveEvent{{ID: turn, Name: "lift_call", Data: liftCall(language, call)}}, nil
	})
}
