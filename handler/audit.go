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

// Audit is /v1/audit.
type Audit struct{ Service *service.Audit }

// ListAudit is GET /v1/audit.
func (h *Audit) ListAudit(ctx context.Context, r server.ListAuditRequestObject) (server.ListAuditResponseObject, error) {
	p := r.Params
	q := service.AuditQuery{CommunityID: given(p.CommunityId), ActorID: given(p.ActorId), Action: given(p.Action), From: millis(p.From), To: millis(p.To)}
	list, err := h.Service.List(ctx, middleware.Caller(ctx), q, page(p.Limit, p.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListAudit200JSONResponse{Items: each(list.Items, wireAct), NextCursor: optional(list.Next)}, nil
}

// ListAnchors is GET /v1/audit/anchors.
func (h *Audit) ListAnchors(ctx context.Context, r server.ListAnchorsRequestObject) (server.ListAnchorsResponseObject, error) {
	list, err := h.Service.Anchors(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListAnchors200JSONResponse{Items: each(list.Items, wireAnchor), NextCursor: optional(list.Next)}, nil
}

// GetAuditProof is GET /v1/audit/proof.
func (h *Audit) GetAuditProof(ctx context.Context, r server.GetAuditProofRequestObject) (server.GetAuditProofResponseObject, error) {
	p, err := h.Service.Proof(ctx, middleware.Caller(ctx), r.Params.EntryId, given(r.Params.AfterSeq))
	if err != nil {
		return nil, err
	}
	out := server.GetAuditProof200JSONResponse{Entry: wireAct(p.Entry), Seq: p.Seq, PreviousHash: hex.EncodeToString(p.Previous),
		Links: each(p.Links, wireLink), NextSeq: optional(p.Next)}
	if p.Anchor != nil {
		a := wireAnchor(*p.Anchor)
		out.Anchor = &a
	}
	return out, nil
}

func wireLink(l model.ChainLink) wire.AuditLink {
	return wire.AuditLink{Seq: l.Seq, Digest: hex.EncodeToString(l.Digest), Hash: hex.EncodeToString(l.Hash)}
}

func wireAct(e model.AuditEntry) wire.AuditEntry {
	return wire.AuditEntry{Id: e.ID, At: instant.Of(e.At), AtMs: e.At, CommunityId: e.CommunityID, ActorKind: e.ActorKind, ActorId: e.ActorID,
		Action: e.Action, TargetKind: e.TargetKind, TargetId: e.TargetID, Detail: e.Detail}
}

func wireAnchor(a model.Anchor) wire.Anchor {
	return wire.Anchor{Day: a.Day, Seq: a.Seq, Hash: hex.EncodeToString(a.Hash), Entries: a.Entries, Batches: a.Batches, Passages: a.Passages,
		PreviousSeq: a.PreviousSeq, PreviousHash: hex.EncodeToString(a.PreviousHash), At: a.At,
		Kid: service.PlatformKeyID(a.KeyNumber), Signature: hex.EncodeToString(a.Signature)}
}
