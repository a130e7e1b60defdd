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

// Notices answers for notices.
type Notices struct{ Service *service.Notices }

// PublishNotice is POST /v1/communities/{cid}/notices.
func (h *Notices) PublishNotice(ctx context.Context, r server.PublishNoticeRequestObject) (server.PublishNoticeResponseObject, error) {
	b := r.Body
	n := model.Notice{TitleZH: b.TitleZh, BodyZH: b.BodyZh, TitleEN: given(b.TitleEn), BodyEN: given(b.BodyEn),
		Audience: model.NoticeAudience(b.Audience), Values: given(b.AudienceValues), Urgent: given(b.Urgent), Pinned: given(b.Pinned),
		PublishAt: millisOf(b.PublishAt), ExpiresAt: millisOf(b.ExpiresAt)}
	v, err := h.Service.Publish(ctx, middleware.Caller(ctx), r.Cid, n)
	if err != nil {
		return nil, err
	}
	return server.PublishNotice201JSONResponse(notice(v)), nil
}

// ListNotices is GET /v1/communities/{cid}/notices.
func (h *Notices) ListNotices(ctx context.Context, r server.ListNoticesRequestObject) (server.ListNoticesResponseObject, error) {
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListNotices200JSONResponse{Items: each(list.Items, notice), NextCursor: optional(list.Next)}, nil
}

// WithdrawNotice is POST /v1/communities/{cid}/notices/{id}/withdraw.
func (h *Notices) WithdrawNotice(ctx context.Context, r server.WithdrawNoticeRequestObject) (server.WithdrawNoticeResponseObject, error) {
	v, err := h.Service.Withdraw(ctx, middleware.Caller(ctx), r.Cid, r.Id)
	if err != nil {
		return nil, err
	}
	return server.WithdrawNotice200JSONResponse(notice(v)), nil
}

// ListMyNotices is GET /v1/me/notices.
func (h *Notices) ListMyNotices(ctx context.Context, r server.ListMyNoticesRequestObject) (server.ListMyNoticesResponseObject, error) {
	list, err := h.Service.Mine(ctx, middleware.Caller(ctx), r.Params.Pinned, language(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyNotices200JSONResponse{Items: each(list.Items, myNotice), NextCursor: optional(list.Next)}, nil
}

// ReadNotice is POST /v1/me/notices/{id}/read.
func (h *Notices) ReadNotice(ctx context.Context, r server.ReadNoticeRequestObject) (server.ReadNoticeResponseObject, error) {
	if err := h.Service.Read(ctx, middleware.Caller(ctx), r.Id); err != nil {
		return nil, err
	}
	return server.ReadNotice204Response{}, nil
}

func notice(v service.StaffNotice) wire.Notice {
	out := wire.Notice{Id: v.ID, CommunityId: v.CommunityID, TitleZh: v.TitleZH, BodyZh: v.BodyZH, TitleEn: optional(v.TitleEN), BodyEn: optional(v.BodyEN),
		Audience: wire.NoticeAudience(v.Audience), Urgent: v.Urgent, Pinned: v.Pinned, State: wire.NoticeState(v.State),
		PublishAt: instant.Of(v.PublishAt), ExpiresAt: instant.Of(v.ExpiresAt), WithdrawnAt: instant.Maybe(v.WithdrawnAt),
		CreatedBy: v.CreatedBy, CreatedAt: instant.Of(v.CreatedAt), Reads: v.Reads}
	if len(v.Values) > 0 {
		out.AudienceValues = &v.Values
	}
	return out
}

func myNotice(v service.ResidentNotice) wire.MyNotice {
	return wire.MyNotice{Id: v.ID, CommunityId: v.CommunityID, Title: v.Title, Body: v.Body, Language: wire.MyNoticeLanguage(v.Language),
		Urgent: v.Urgent, Pinned: v.Pinned, PublishAt: instant.Of(v.PublishAt), ExpiresAt: instant.Of(v.ExpiresAt), ReadAt: instant.Maybe(v.ReadAt)}
}
