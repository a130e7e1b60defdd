package handler

import (
	"context"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/service"
)

// Visits serves visits to residents, staff and visitors.
type Visits struct{ Service *service.Visits }

// ListVisits is GET /v1/visits.
func (h *Visits) ListVisits(ctx context.Context, r server.ListVisitsRequestObject) (server.ListVisitsResponseObject, error) {
	q := service.VisitQuery{CommunityID: given(r.Params.CommunityId), State: model.VisitState(given(r.Params.State)), Kind: model.VisitKind(given(r.Params.Kind))}
	list, err := h.Service.List(ctx, middleware.Caller(ctx), q, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListVisits200JSONResponse{Items: each(list.Items, visit), NextCursor: optional(list.Next)}, nil
}

// CreateVisit is POST /v1/visits.
func (h *Visits) CreateVisit(ctx context.Context, r server.CreateVisitRequestObject) (server.CreateVisitResponseObject, error) {
	in, err := invitation(r.Body)
	if err != nil {
		return nil, err
	}
	v, err := h.Service.Invite(ctx, middleware.Caller(ctx), in)
	if err != nil {
		return nil, err
	}
	return server.CreateVisit201JSONResponse{Visit: visit(v.VisitView), ShareUrl: v.ShareURL}, nil
}

// GetVisit is GET /v1/visits/{id}.
func (h *Visits) GetVisit(ctx context.Context, r server.GetVisitRequestObject) (server.GetVisitResponseObject, error) {
	v, err := h.Service.Get(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetVisit200JSONResponse(visit(v)), nil
}

// ApproveVisit is POST /v1/visits/{id}/approve.
func (h *Visits) ApproveVisit(ctx context.Context, r server.ApproveVisitRequestObject) (server.ApproveVisitResponseObject, error) {
	v, err := h.Service.Approve(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.ApproveVisit200JSONResponse(visit(v)), nil
}

// DeclineVisit is POST /v1/visits/{id}/decline.
func (h *Visits) DeclineVisit(ctx context.Context, r server.DeclineVisitRequestObject) (server.DeclineVisitResponseObject, error) {
	v, err := h.Service.Decline(ctx, middleware.Caller(ctx), r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.DeclineVisit200JSONResponse(visit(v)), nil
}

// CancelVisit is POST /v1/visits/{id}/cancel.
func (h *Visits) CancelVisit(ctx context.Context, r server.CancelVisitRequestObject) (server.CancelVisitResponseObject, error) {
	v, err := h.Service.Cancel(ctx, middleware.Caller(ctx), r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.CancelVisit200JSONResponse(visit(v)), nil
}

// ExtendVisit is POST /v1/visits/{id}/extend.
func (h *Visits) ExtendVisit(ctx context.Context, r server.ExtendVisitRequestObject) (server.ExtendVisitResponseObject, error) {
	v, err := h.Service.Extend(ctx, middleware.Caller(ctx), r.Id, r.Body.ValidUntil.UnixMilli())
	if err != nil {
		return nil, err
	}
	return server.ExtendVisit200JSONResponse(visit(v)), nil
}

// RestrictVisit is POST /v1/visits/{id}/restrict.
func (h *Visits) RestrictVisit(ctx context.Context, r server.RestrictVisitRequestObject) (server.RestrictVisitResponseObject, error) {
	in := service.Restriction{Reason: r.Body.Reason, GateIDs: given(r.Body.GateIds), ValidUntil: millis(r.Body.ValidUntil)}
	v, err := h.Service.Restrict(ctx, middleware.Caller(ctx), r.Id, in)
	if err != nil {
		return nil, err
	}
	return server.RestrictVisit200JSONResponse(visit(v)), nil
}

// LeaveVisit is POST /v1/visits/{id}/leave.
func (h *Visits) LeaveVisit(ctx context.Context, r server.LeaveVisitRequestObject) (server.LeaveVisitResponseObject, error) {
	v, err := h.Service.Leave(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.LeaveVisit200JSONResponse(visit(v)), nil
}

// ListApprovals is GET /v1/communities/{cid}/approvals.
func (h *Visits) ListApprovals(ctx context.Context, r server.ListApprovalsRequestObject) (server.ListApprovalsResponseObject, error) {
	kind, state := model.ApprovalKind(given(r.Params.Kind)), model.ApprovalState(given(r.Params.State))
	list, err := h.Service.Approvals(ctx, middleware.Caller(ctx), r.Cid, kind, state, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListApprovals200JSONResponse{Items: each(list.Items, approval), NextCursor: optional(list.Next)}, nil
}

// ListMyApprovals is GET /v1/me/approvals.
func (h *Visits) ListMyApprovals(ctx context.Context, r server.ListMyApprovalsRequestObject) (server.ListMyApprovalsResponseObject, error) {
	list, err := h.Service.OwnApprovals(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyApprovals200JSONResponse{Items: each(list.Items, approval), NextCursor: optional(list.Next)}, nil
}
