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

// Restrictions serves what staff set against people, and their appeals.
type Restrictions struct{ Service *service.Restrictions }

// ProposeRestriction is POST /v1/communities/{cid}/restrictions.
func (h *Restrictions) ProposeRestriction(ctx context.Context, r server.ProposeRestrictionRequestObject) (server.ProposeRestrictionResponseObject, error) {
	b := r.Body
	in := service.NewRestriction{SubjectKind: string(b.SubjectKind), SubjectID: b.SubjectId, Effect: string(b.Effect), Basis: b.Basis, Reason: b.Reason,
		HealthBased: b.HealthBased, ExpiresAt: b.ExpiresAt.Time}
	done, err := h.Service.Propose(ctx, middleware.Caller(ctx), r.Cid, in)
	if err != nil {
		return nil, err
	}
	return server.ProposeRestriction201JSONResponse(restriction(done)), nil
}

// ListRestrictions is GET /v1/communities/{cid}/restrictions.
func (h *Restrictions) ListRestrictions(ctx context.Context, r server.ListRestrictionsRequestObject) (server.ListRestrictionsResponseObject, error) {
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, model.RestrictionState(given(r.Params.State)), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListRestrictions200JSONResponse{Items: each(list.Items, restriction), NextCursor: optional(list.Next)}, nil
}

// ApproveRestriction is POST /v1/restrictions/{id}/approve.
func (h *Restrictions) ApproveRestriction(ctx context.Context, r server.ApproveRestrictionRequestObject) (server.ApproveRestrictionResponseObject, error) {
	done, err := h.Service.Approve(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.ApproveRestriction200JSONResponse(restriction(done)), nil
}

// LiftRestriction is POST /v1/restrictions/{id}/lift.
func (h *Restrictions) LiftRestriction(ctx context.Context, r server.LiftRestrictionRequestObject) (server.LiftRestrictionResponseObject, error) {
	done, err := h.Service.Lift(ctx, middleware.Caller(ctx), r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.LiftRestriction200JSONResponse(restriction(done)), nil
}

// ListMyRestrictions is GET /v1/me/restrictions.
func (h *Restrictions) ListMyRestrictions(ctx context.Context, r server.ListMyRestrictionsRequestObject) (server.ListMyRestrictionsResponseObject, error) {
	list, err := h.Service.Mine(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyRestrictions200JSONResponse{Items: each(list.Items, ownRestriction), NextCursor: optional(list.Next)}, nil
}

// AppealRestriction is POST /v1/me/restrictions/{id}/appeals.
func (h *Restrictions) AppealRestriction(ctx context.Context, r server.AppealRestrictionRequestObject) (server.AppealRestrictionResponseObject, error) {
	a, err := h.Service.Appeal(ctx, middleware.Caller(ctx), r.Id, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return server.AppealRestriction201JSONResponse(appealShown(a)), nil
}

// DecideAppeal is POST /v1/appeals/{id}/decision.
func (h *Restrictions) DecideAppeal(ctx context.Context, r server.DecideAppealRequestObject) (server.DecideAppealResponseObject, error) {
	a, err := h.Service.Decide(ctx, middleware.Caller(ctx), r.Id, string(r.Body.Decision) == "lift", r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.DecideAppeal200JSONResponse(appealShown(a)), nil
}

func restriction(r service.RestrictionShown) wire.Restriction {
	out := ownRestriction(r)
	out.AuthorId, out.ApproverId = optional(r.AuthorID), optional(r.ApproverID)
	return out
}

// ownRestriction is what the person concerned sees: all but who set it.
func ownRestriction(r service.RestrictionShown) wire.Restriction {
	return wire.Restriction{Id: r.ID, CommunityId: r.CommunityID, SubjectKind: wire.RestrictionSubject(r.SubjectKind), SubjectId: r.SubjectID,
		Effect: wire.RestrictionEffect(r.Effect), Basis: r.Basis, Reason: r.Reason, HealthBased: r.EmergencyID != "", State: wire.RestrictionState(r.State),
		CreatedAt: instant.Of(r.CreatedAt), ApprovedAt: instant.Maybe(r.ApprovedAt), ExpiresAt: instant.Of(r.ExpiresAt), EndedAt: instant.Maybe(r.EndedAt),
		EndReason: optional(wire.RestrictionEndReason(r.EndReason)), LiftedBecause: optional(r.LiftedBecause), Appeals: each(r.Appeals, appeal)}
}

func appeal(a model.Appeal) wire.Appeal {
	return wire.Appeal{Id: a.ID, RestrictionId: a.RestrictionID, Text: a.Text, Answer: optional(a.Answer), State: wire.AppealState(a.State),
		DueAt: instant.Of(a.DueAt), CreatedAt: instant.Of(a.CreatedAt), DecidedAt: instant.Maybe(a.DecidedAt)}
}

func appealShown(a service.AppealShown) wire.Appeal {
	out := appeal(a.Appeal)
	out.RestrictionState = optional(wire.RestrictionState(a.RestrictionState))
	return out
}
