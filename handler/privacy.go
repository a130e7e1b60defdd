package handler

import (
	"context"
	"strings"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Privacy serves what people know of and decide about their own data.
type Privacy struct {
	Service  *service.Privacy
	Closings *service.Closings
}

// GetPrivacyNotice is GET /v1/privacy/notice.
func (h *Privacy) GetPrivacyNotice(_ context.Context, r server.GetPrivacyNoticeRequestObject) (server.GetPrivacyNoticeResponseObject, error) {
	n, err := h.Service.Notice()
	if err != nil {
		return nil, err
	}
	tag := `"` + n.Version + `"`
	if strings.Contains(textOf(r.Params.IfNoneMatch), tag) {
		return server.GetPrivacyNotice304Response{}, nil
	}
	return server.GetPrivacyNotice200JSONResponse{Body: privacyNotice(n), Headers: server.GetPrivacyNotice200ResponseHeaders{ETag: &tag}}, nil
}

func privacyNotice(n service.Notice) wire.PrivacyNotice {
	return wire.PrivacyNotice{Version: n.Version,
		Fields: each(n.Fields, func(f service.NoticeField) wire.PrivacyField {
			return wire.PrivacyField{Table: f.Table, Column: f.Column, Purpose: both(f.Purpose), Basis: wire.PrivacyFieldBasis(f.Basis),
				Class: wire.PrivacyFieldClass(f.Class), Retention: both(f.Retention), RetentionDays: optional(f.Days),
				Readers: each(f.Readers, func(r model.Role) string { return string(r) })}
		}),
		Recipients: each(n.Recipients, func(r service.NoticeRecipient) wire.PrivacyRecipient {
			return wire.PrivacyRecipient{EventType: r.EventType, Fields: r.Fields}
		}),
		Consents: each(n.Consents, func(t model.ConsentText) wire.ConsentText {
			return wire.ConsentText{Purpose: wire.ConsentPurpose(t.Purpose), TextVersion: t.Version, Text: both(t.Text)}
		}),
		Rights: each(n.Rights, func(r service.NoticeRight) wire.PrivacyRight {
			return wire.PrivacyRight{Right: r.Right, Operation: r.Operation, How: both(r.How)}
		})}
}

func both(p model.Phrase) wire.BothLanguages { return wire.BothLanguages{Zh: p.ZH, En: p.EN} }

// ListMyConsents is GET /v1/me/consents.
func (h *Privacy) ListMyConsents(ctx context.Context, r server.ListMyConsentsRequestObject) (server.ListMyConsentsResponseObject, error) {
	found, err := h.Service.Consents(ctx, middleware.Caller(ctx), textOf(r.Params.PersonId))
	if err != nil {
		return nil, err
	}
	return server.ListMyConsents200JSONResponse{Items: each(found, consent)}, nil
}

// GiveConsent is POST /v1/me/consents.
func (h *Privacy) GiveConsent(ctx context.Context, r server.GiveConsentRequestObject) (server.GiveConsentResponseObject, error) {
	v, err := h.Service.Consent(ctx, middleware.Caller(ctx), service.ConsentGift{Purpose: model.ConsentPurpose(r.Body.Purpose),
		TextVersion: r.Body.TextVersion, Channel: string(r.Body.Channel), PersonID: textOf(r.Body.PersonId)})
	if err != nil {
		return nil, err
	}
	return server.GiveConsent201JSONResponse(consent(v)), nil
}

// WithdrawConsent is DELETE /v1/me/consents/{purpose}.
func (h *Privacy) WithdrawConsent(ctx context.Context, r server.WithdrawConsentRequestObject) (server.WithdrawConsentResponseObject, error) {
	err := h.Service.Withdraw(ctx, middleware.Caller(ctx), model.ConsentPurpose(r.Purpose), textOf(r.Params.PersonId))
	if err != nil {
		return nil, err
	}
	return server.WithdrawConsent204Response{}, nil
}

func consent(v service.ConsentView) wire.Consent {
	return wire.Consent{Purpose: wire.ConsentPurpose(v.Purpose), TextVersion: v.Text.Version, Text: both(v.Text.Text), TextHash: v.TextHash,
		State: wire.ConsentState(v.State), GivenVersion: optional(v.GivenVersion), Channel: optional(v.Channel),
		GivenAt: instant.Maybe(v.GivenAt), WithdrawnAt: instant.Maybe(v.WithdrawnAt)}
}

// ListMyAccessLog is GET /v1/me/access-log.
func (h *Privacy) ListMyAccessLog(ctx context.Context, r server.ListMyAccessLogRequestObject) (server.ListMyAccessLogResponseObject, error) {
	list, err := h.Service.AccessLog(ctx, middleware.Caller(ctx), textOf(r.Params.PersonId), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyAccessLog200JSONResponse{Items: each(list.Items, look), NextCursor: optional(list.Next)}, nil
}

func look(l service.LookView) wire.Look {
	return wire.Look{Id: l.ID, At: instant.Of(l.At), CommunityName: optional(l.CommunityName), Role: string(l.Role), Reader: l.ReaderRef,
		What: l.What, Purpose: l.Purpose}
}

// ListMyPassages is GET /v1/me/passages.
func (h *Privacy) ListMyPassages(ctx context.Context, r server.ListMyPassagesRequestObject) (server.ListMyPassagesResponseObject, error) {
	list, err := h.Service.Passages(ctx, middleware.Caller(ctx), textOf(r.Params.PersonId), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyPassages200JSONResponse{Items: each(list.Items, ownPassage), NextCursor: optional(list.Next)}, nil
}

func ownPassage(p service.OwnPassage) wire.OwnPassage {
	return wire.OwnPassage{Id: p.ID, Holder: wire.PassHolder{PersonId: p.PersonID, NameMasked: p.NameMasked, Own: p.Own},
		GateName: p.GateName, CommunityName: p.CommunityName, Direction: wire.Direction(p.Direction), Decision: wire.Outcome(p.Decision),
		Reason: p.Reason, Outcome: wire.PassageState(p.Outcome), ScannedAt: instant.Of(p.ScannedAt), ReceivedAt: instant.Of(p.ReceivedAt)}
}

// DeleteMe is DELETE /v1/me.
func (h *Privacy) DeleteMe(ctx context.Context, _ server.DeleteMeRequestObject) (server.DeleteMeResponseObject, error) {
	if err := h.Closings.Close(ctx, middleware.Caller(ctx)); err != nil {
		return nil, err
	}
	return server.DeleteMe204Response{}, nil
}

// DeleteOwnVisit is DELETE /v1/visitor/visit.
func (h *Privacy) DeleteOwnVisit(ctx context.Context, _ server.DeleteOwnVisitRequestObject) (server.DeleteOwnVisitResponseObject, error) {
	if err := h.Closings.CloseVisit(ctx, middleware.Caller(ctx)); err != nil {
		return nil, err
	}
	return server.DeleteOwnVisit204Response{}, nil
}

// ListPrivacyFindings is GET /v1/communities/{cid}/privacy-findings.
func (h *Privacy) ListPrivacyFindings(ctx context.Context, r server.ListPrivacyFindingsRequestObject) (server.ListPrivacyFindingsResponseObject, error) {
	list, err := h.Service.Findings(ctx, middleware.Caller(ctx), r.Cid, textOf(r.Params.State), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListPrivacyFindings200JSONResponse{Items: each(list.Items, privacyFinding), NextCursor: optional(list.Next)}, nil
}

// ClosePrivacyFinding is POST /v1/communities/{cid}/privacy-findings/{id}/close.
func (h *Privacy) ClosePrivacyFinding(ctx context.Context, r server.ClosePrivacyFindingRequestObject) (server.ClosePrivacyFindingResponseObject, error) {
	f, err := h.Service.CloseFinding(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.ClosePrivacyFinding200JSONResponse(privacyFinding(f)), nil
}

func privacyFinding(f model.Finding) wire.PrivacyFinding {
	return wire.PrivacyFinding{Id: f.ID, Kind: wire.PrivacyFindingKind(f.Kind), ReaderId: f.ReaderID, At: instant.Of(f.At), Looks: f.Looks,
		State: wire.PrivacyFindingState(f.State), ClosedBy: optional(f.ClosedBy), ClosedAt: instant.Maybe(f.ClosedAt)}
}
