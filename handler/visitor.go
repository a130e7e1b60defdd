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

// visitPollSeconds is how often a visitor's phone asks how the visit stands.
const visitPollSeconds = 3

// GetEntry is GET /v1/entry/{entry_code}.
func (h *Visits) GetEntry(ctx context.Context, r server.GetEntryRequestObject) (server.GetEntryResponseObject, error) {
	f, err := h.Service.Entry(ctx, r.EntryCode)
	if err != nil {
		return nil, err
	}
	return server.GetEntry200JSONResponse{CommunityName: f.CommunityName, GateName: f.GateName, Kinds: each(f.Kinds, func(k service.EntryKind) wire.EntryKind {
		return wire.EntryKind{Kind: wire.VisitKind(k.Kind), MaxPartySize: k.MaxParty, NeedsPlate: k.NeedsPlate}
	})}, nil
}

// AskVisit is POST /v1/entry/{entry_code}/visits.
func (h *Visits) AskVisit(ctx context.Context, r server.AskVisitRequestObject) (server.AskVisitResponseObject, error) {
	b := r.Body
	a, err := h.Service.Ask(ctx, r.EntryCode, service.Asking{Kind: model.VisitKind(b.Kind), Name: b.Name, Phone: b.Phone, Building: b.Building, Unit: b.Unit,
		Room: b.Room, Purpose: given(b.Purpose), PartySize: given(b.PartySize), Plate: given(b.Plate)})
	if err != nil {
		return nil, err
	}
	return server.AskVisit201JSONResponse(admitted(ctx, a)), nil
}

// AcceptInvitation is POST /v1/entry-invitations.
func (h *Visits) AcceptInvitation(ctx context.Context, r server.AcceptInvitationRequestObject) (server.AcceptInvitationResponseObject, error) {
	a, err := h.Service.Accept(ctx, r.Body.Token, given(r.Body.Name), given(r.Body.Phone))
	if err != nil {
		return nil, err
	}
	return server.AcceptInvitation201JSONResponse(admitted(ctx, a)), nil
}

// GetOwnVisit is GET /v1/visitor/visit.
func (h *Visits) GetOwnVisit(ctx context.Context, _ server.GetOwnVisitRequestObject) (server.GetOwnVisitResponseObject, error) {
	v, err := h.Service.Own(ctx, middleware.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return server.GetOwnVisit200JSONResponse(visitorVisit(middleware.Language(ctx), v)), nil
}

// IssueVisitCodes is POST /v1/visitor/visit/codes.
func (h *Visits) IssueVisitCodes(ctx context.Context, r server.IssueVisitCodesRequestObject) (server.IssueVisitCodesResponseObject, error) {
	count := 1
	if r.Body != nil && r.Body.Count != nil {
		count = *r.Body.Count
	}
	issued, err := h.Service.OwnCodes(ctx, middleware.Caller(ctx), count)
	if err != nil {
		return nil, err
	}
	return server.IssueVisitCodes200JSONResponse{StepSeconds: wire.N30, ServerTime: instant.Of(issued.Now),
		Codes: each(issued.Codes, func(c service.IssuedCode) wire.PassCode {
			return wire.PassCode{Code: c.Text, NotBefore: instant.Of(c.NotBefore), ExpiresAt: instant.Of(c.ExpiresAt)}
		})}, nil
}

// LeaveOwnVisit is POST /v1/visitor/visit/leave.
func (h *Visits) LeaveOwnVisit(ctx context.Context, _ server.LeaveOwnVisitRequestObject) (server.LeaveOwnVisitResponseObject, error) {
	v, err := h.Service.OwnLeave(ctx, middleware.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return server.LeaveOwnVisit200JSONResponse(visitorVisit(middleware.Language(ctx), v)), nil
}

func admitted(ctx context.Context, a service.Admitted) wire.VisitAdmitted {
	return wire.VisitAdmitted{Visit: visitorVisit(middleware.Language(ctx), a.VisitorView), VisitToken: a.Token, PollSeconds: visitPollSeconds}
}

func visitorVisit(language string, v service.VisitorView) wire.VisitorVisit {
	return wire.VisitorVisit{Id: v.ID, Kind: wire.VisitKind(v.Kind), State: wire.VisitState(v.State), Reason: optional(v.Reason),
		Next: wire.VisitorVisitNext(v.Next), Advice: visitAdvice(language, v.Next), CommunityName: v.CommunityName, VisitorNameMasked: v.NameMasked,
		PartySize: v.PartySize, Gates: each(v.Gates, passGate), Floors: each(v.Group.Floors, same), Hours: visitHours(v.Group.Hours),
		ValidFrom: instant.Of(v.ValidFrom), ValidUntil: instant.Of(v.ValidUntil)}
}

// visitAdvices say what a visitor is to do.
var visitAdvices = map[string]model.Phrase{
	service.NextWait:      {ZH: "已通知住户，请稍候；也可以直接询问保安。", EN: "The household has been told. Please wait, or ask the guard."},
	service.NextShowCode:  {ZH: "请在门口出示通行码。", EN: "Please show the pass code at the gate."},
	service.NextComeLater: {ZH: "已同意来访，请在约定时间前来。", EN: "You are expected. Please come at the agreed time."},
	service.NextAskGuard:  {ZH: "未获同意，请询问门口保安。", EN: "This was not agreed to. Please ask the guard at the gate."},
	service.NextLeave:     {ZH: "来访时间已到，请离开，或请住户延长。", EN: "The time of your visit is over. Please leave, or ask your host to extend it."},
	service.NextNothing:   {ZH: "本次来访已结束。", EN: "This visit is over."},
}

func visitAdvice(language, next string) string {
	if language == middleware.English {
		return visitAdvices[next].EN
	}
	return visitAdvices[next].ZH
}
