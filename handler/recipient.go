package handler

import (
	"context"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Recipients are the operations on outside systems that are told.
type Recipients struct{ Service *service.Recipients }

// ListRecipients is GET /v1/recipients.
func (h Recipients) ListRecipients(ctx context.Context, r server.ListRecipientsRequestObject) (server.ListRecipientsResponseObject, error) {
	found, err := h.Service.List(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListRecipients200JSONResponse{Items: each(found.Items, recipient), NextCursor: optional(found.Next)}, nil
}

// CreateRecipient is POST /v1/recipients.
func (h Recipients) CreateRecipient(ctx context.Context, r server.CreateRecipientRequestObject) (server.CreateRecipientResponseObject, error) {
	in := service.RecipientInput{CommunityID: r.Body.CommunityId, Kind: string(r.Body.Kind), Format: string(given(r.Body.Format)),
		Secret: given(r.Body.Secret), Account: given(r.Body.Account), DeviceCode: given(r.Body.DeviceCode), Name: r.Body.Name, URL: r.Body.Url,
		Purpose: r.Body.Purpose, Agreement: r.Body.Agreement, SM2: r.Body.Sm2 != nil && *r.Body.Sm2}
	if r.Body.EventTypes != nil {
		in.EventTypes = each(*r.Body.EventTypes, func(t wire.EventType) string { return string(t) })
	}
	shown, secret, err := h.Service.Create(ctx, middleware.Caller(ctx), in)
	if err != nil {
		return nil, err
	}
	return server.CreateRecipient201JSONResponse{Recipient: recipient(shown), Secret: secret}, nil
}

// GetRecipient is GET /v1/recipients/{id}.
func (h Recipients) GetRecipient(ctx context.Context, r server.GetRecipientRequestObject) (server.GetRecipientResponseObject, error) {
	shown, err := h.Service.Get(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetRecipient200JSONResponse{RecipientShownJSONResponse: server.RecipientShownJSONResponse(recipient(shown))}, nil
}

// TestRecipient is POST /v1/recipients/{id}/test.
func (h Recipients) TestRecipient(ctx context.Context, r server.TestRecipientRequestObject) (server.TestRecipientResponseObject, error) {
	result, err := h.Service.Test(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.TestRecipient200JSONResponse{Delivered: result.Delivered, Status: optional(result.Status), Detail: result.Detail}, nil
}

// RotateRecipientSecret is POST /v1/recipients/{id}/rotate-secret.
func (h Recipients) RotateRecipientSecret(ctx context.Context, r server.RotateRecipientSecretRequestObject) (server.RotateRecipientSecretResponseObject, error) {
	fresh := ""
	if r.Body != nil {
		fresh = given(r.Body.Secret)
	}
	shown, secret, err := h.Service.RotateSecret(ctx, middleware.Caller(ctx), r.Id, fresh)
	if err != nil {
		return nil, err
	}
	return server.RotateRecipientSecret200JSONResponse{Recipient: recipient(shown), Secret: secret}, nil
}

// PauseRecipient is POST /v1/recipients/{id}/pause.
func (h Recipients) PauseRecipient(ctx context.Context, r server.PauseRecipientRequestObject) (server.PauseRecipientResponseObject, error) {
	shown, err := h.Service.Pause(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.PauseRecipient200JSONResponse{RecipientShownJSONResponse: server.RecipientShownJSONResponse(recipient(shown))}, nil
}

// ResumeRecipient is POST /v1/recipients/{id}/resume.
func (h Recipients) ResumeRecipient(ctx context.Context, r server.ResumeRecipientRequestObject) (server.ResumeRecipientResponseObject, error) {
	shown, err := h.Service.Resume(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.ResumeRecipient200JSONResponse{RecipientShownJSONResponse: server.RecipientShownJSONResponse(recipient(shown))}, nil
}

// GetFieldPolicy is GET /v1/recipients/{id}/field-policy.
func (h Recipients) GetFieldPolicy(ctx context.Context, r server.GetFieldPolicyRequestObject) (server.GetFieldPolicyResponseObject, error) {
	p, err := h.Service.FieldPolicy(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetFieldPolicy200JSONResponse{Body: wire.FieldPolicy{Fields: p.Fields},
		Headers: server.GetFieldPolicy200ResponseHeaders{ETag: policyTag(p)}}, nil
}

// SetFieldPolicy is PUT /v1/recipients/{id}/field-policy.
func (h Recipients) SetFieldPolicy(ctx context.Context, r server.SetFieldPolicyRequestObject) (server.SetFieldPolicyResponseObject, error) {
	p, err := h.Service.SetFieldPolicy(ctx, middleware.Caller(ctx), r.Id, r.Body.Fields, policyVersions(r.Params.IfMatch))
	if err != nil {
		return nil, err
	}
	return server.SetFieldPolicy200JSONResponse{Body: wire.FieldPolicy{Fields: p.Fields},
		Headers: server.SetFieldPolicy200ResponseHeaders{ETag: policyTag(p)}}, nil
}

func policyTag(p service.FieldPolicy) *string {
	tag := strconv.Quote(strconv.FormatInt(p.Version, 10))
	return &tag
}

// policyVersions reads If-Match (RFC 9110, 13.1.1): nil for none or "*", else the
// versions that strong tags name. What is no tag of ours matches no version.
func policyVersions(ifMatch *string) []int64 {
	if ifMatch == nil || strings.TrimSpace(*ifMatch) == "*" {
		return nil
	}
	out := []int64{}
	for tag := range strings.SplitSeq(*ifMatch, ",") {
		text, quoted := strings.CutPrefix(strings.TrimSpace(tag), `"`)
		text, closed := strings.CutSuffix(text, `"`)
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && quoted && closed {
			out = append(out, n)
		}
	}
	return out
}

func recipient(r service.RecipientShown) wire.Recipient {
	return wire.Recipient{Id: r.ID, CommunityId: r.CommunityID, Kind: wire.RecipientKind(r.Kind), Format: wire.RecipientFormat(r.Format),
		Name: r.Name, Url: r.URL, Account: optional(r.Account), DeviceCode: optional(r.DeviceCode), State: wire.RecipientState(r.State),
		Sm2: r.WantsSM2, EventTypes: each(r.EventTypes, func(t string) wire.EventType { return wire.EventType(t) }), Purpose: r.Purpose,
		Agreement: r.Agreement, Sequence: r.Sequence, Waiting: r.Waiting, Dead: r.Dead, CreatedAt: instant.Of(r.CreatedAt)}
}
