package handler

import (
	"context"
	"time"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"

	"github.com/gin-gonic/gin"
)

// Messages answers for the inbox of residents and of staff.
type Messages struct {
	Service *service.Messages
	Streams *Streams
}

// messageLook and passageLook are how often streams look: residents wait longer,
// since there are many of them.
const (
	messageLook = 2 * time.Second
	passageLook = 500 * time.Millisecond
)

// ListMyMessages is GET /v1/me/messages.
func (h *Messages) ListMyMessages(ctx context.Context, r server.ListMyMessagesRequestObject) (server.ListMyMessagesResponseObject, error) {
	inbox, err := h.Service.List(ctx, middleware.Caller(ctx), given(r.Params.Unread), language(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyMessages200JSONResponse{Items: each(inbox.Items, message), NextCursor: optional(inbox.Next), Unread: int(inbox.Unread)}, nil
}

// ReadMessage is POST /v1/me/messages/{id}/read.
func (h *Messages) ReadMessage(ctx context.Context, r server.ReadMessageRequestObject) (server.ReadMessageResponseObject, error) {
	if err := h.Service.Read(ctx, middleware.Caller(ctx), r.Id); err != nil {
		return nil, err
	}
	return server.ReadMessage204Response{}, nil
}

// ReadAllMessages is POST /v1/me/messages/read-all.
func (h *Messages) ReadAllMessages(ctx context.Context, r server.ReadAllMessagesRequestObject) (server.ReadAllMessagesResponseObject, error) {
	n, err := h.Service.ReadAll(ctx, middleware.Caller(ctx), textOf(r.Params.Until))
	if err != nil {
		return nil, err
	}
	return server.ReadAllMessages200JSONResponse{Read: int(n)}, nil
}

// StreamMyMessages is GET /v1/me/messages/events and /v1/staff/me/messages/events.
func (h *Messages) StreamMyMessages(c *gin.Context) {
	ctx := c.Request.Context()
	tail := h.Service.Follow(middleware.Caller(ctx), language(ctx))
	h.Streams.Serve(c, messageLook, tailed(tail, "message", func(v service.MessageView) (string, any) { return v.ID, message(v) }))
}

// ListStaffMessages is GET /v1/staff/me/messages.
func (h *Messages) ListStaffMessages(ctx context.Context, r server.ListStaffMessagesRequestObject) (server.ListStaffMessagesResponseObject, error) {
	inbox, err := h.Service.List(ctx, middleware.Caller(ctx), given(r.Params.Unread), language(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListStaffMessages200JSONResponse{Items: each(inbox.Items, message), NextCursor: optional(inbox.Next), Unread: int(inbox.Unread)}, nil
}

// ReadStaffMessages is POST /v1/staff/me/messages/read-all.
func (h *Messages) ReadStaffMessages(ctx context.Context, r server.ReadStaffMessagesRequestObject) (server.ReadStaffMessagesResponseObject, error) {
	n, err := h.Service.ReadAll(ctx, middleware.Caller(ctx), textOf(r.Params.Until))
	if err != nil {
		return nil, err
	}
	return server.ReadStaffMessages200JSONResponse{Read: int(n)}, nil
}

// ListMessageAllowances is GET /v1/me/message-allowances.
func (h *Messages) ListMessageAllowances(ctx context.Context, _ server.ListMessageAllowancesRequestObject) (server.ListMessageAllowancesResponseObject, error) {
	found, err := h.Service.Allowances(ctx, middleware.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return server.ListMessageAllowances200JSONResponse{Items: each(found, allowance)}, nil
}

// AddMessageAllowances is POST /v1/me/message-allowances.
func (h *Messages) AddMessageAllowances(ctx context.Context, r server.AddMessageAllowancesRequestObject) (server.AddMessageAllowancesResponseObject, error) {
	found, err := h.Service.Allow(ctx, middleware.Caller(ctx), r.Body.TemplateIds)
	if err != nil {
		return nil, err
	}
	return server.AddMessageAllowances200JSONResponse{Items: each(found, allowance)}, nil
}

// GetMessageWays is GET /v1/communities/{cid}/message-ways.
func (h *Messages) GetMessageWays(ctx context.Context, r server.GetMessageWaysRequestObject) (server.GetMessageWaysResponseObject, error) {
	ways, err := h.Service.Ways(ctx, middleware.Caller(ctx), r.Cid)
	if err != nil {
		return nil, err
	}
	return server.GetMessageWays200JSONResponse{Wechat: ways.Wechat, Sms: ways.SMS, Inbox: true}, nil
}

// language is the language of texts that are made here: en, or zh.
func language(ctx context.Context) string {
	if middleware.Language(ctx) == middleware.English {
		return "en"
	}
	return "zh"
}

func message(v service.MessageView) wire.Message {
	return wire.Message{Id: v.ID, CommunityId: optional(v.CommunityID), Template: v.Template, Text: v.Text, SubjectKind: optional(v.SubjectKind),
		SubjectId: optional(v.SubjectID), Urgent: v.Urgent, CreatedAt: instant.Of(v.CreatedAt), ReadAt: instant.Maybe(v.ReadAt)}
}

func allowance(v service.AllowanceView) wire.MessageAllowance {
	return wire.MessageAllowance{TemplateId: v.TemplateID, Allowance: v.Allowance}
}

// tailed reads a stream's events from a tail. What came late, below the last id,
// is sent without an id: who comes back must not be led back by it.
func tailed[T any](tail *service.Tail[T], name string, event func(T) (id string, data any)) LiveRead {
	return func(ctx context.Context, after string) ([]LiveEvent, error) {
		var out []LiveEvent
		if after == "" {
			after = tail.Start()
			out = append(out, LiveEvent{ID: after, Name: "ready", Data: struct{}{}})
		}
		found, err := tail.Next(ctx, after)
		if err != nil {
			return nil, err
		}
		for _, v := range found {
			e := LiveEvent{Name: name}
			var id string
			if id, e.Data = event(v); id > after {
				e.ID, after = id, id
			}
			out = append(out, e)
		}
		return out, nil
	}
}
