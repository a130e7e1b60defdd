package handler

import (
	"context"
	"encoding/hex"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Strips serves the strips by which phones sign codes themselves.
type Strips struct{ Service *service.Codes }

// IssueStrip is POST /v1/me/passes/{id}/strips.
func (h *Strips) IssueStrip(ctx context.Context, r server.IssueStripRequestObject) (server.IssueStripResponseObject, error) {
	key, err := hex.DecodeString(r.Body.PublicKey)
	if err != nil {
		return nil, model.Invalid(model.FieldError{Field: "/public_key", Code: "format"})
	}
	s, err := h.Service.Strip(ctx, middleware.Caller(ctx), r.Id, key)
	if err != nil {
		return nil, err
	}
	return server.IssueStrip201JSONResponse{Headers: server.IssueStrip201ResponseHeaders{CacheControl: &noStore},
		Body: wire.Strip{Strip: hex.EncodeToString(s.Strip), NotBefore: instant.Of(s.NotBefore), ExpiresAt: instant.Of(s.ExpiresAt),
			StepSeconds: 30, ServerTime: instant.Of(s.Now)}}, nil
}
