package handler

import (
	"context"
	"encoding/base64"
	"math"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Emergencies serves emergency mode.
type Emergencies struct{ Service *service.Emergencies }

// defaultReportHours is how old a report may become unless the request says.
const defaultReportHours = 24

// DeclareEmergency is POST /v1/communities/{cid}/emergencies.
func (h *Emergencies) DeclareEmergency(ctx context.Context, r server.DeclareEmergencyRequestObject) (server.DeclareEmergencyResponseObject, error) {
	b := r.Body
	in := service.NewEmergency{OrderNumber: b.OrderNumber, Reason: b.Reason, ImpactAssessment: b.ImpactAssessment, Scope: given(b.Scope),
		EndsAt: b.EndsAt.Time, Fields: each(given(b.Fields), func(f wire.HealthField) string { return string(f) }),
		Rules: each(given(b.ColourRules), ruleOf), ReportEveryHours: defaultReportHours, TemperatureLimitTenths: inTenths(b.TemperatureLimitC)}
	if b.ReportEveryHours != nil {
		in.ReportEveryHours = *b.ReportEveryHours
	}
	e, err := h.Service.Declare(ctx, middleware.Caller(ctx), r.Cid, in)
	if err != nil {
		return nil, err
	}
	return server.DeclareEmergency201JSONResponse(emergency(e)), nil
}

// ListEmergencies is GET /v1/communities/{cid}/emergencies.
func (h *Emergencies) ListEmergencies(ctx context.Context, r server.ListEmergenciesRequestObject) (server.ListEmergenciesResponseObject, error) {
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListEmergencies200JSONResponse{Items: each(list.Items, emergency), NextCursor: optional(list.Next)}, nil
}

// GetEmergency is GET /v1/emergencies/{id}.
func (h *Emergencies) GetEmergency(ctx context.Context, r server.GetEmergencyRequestObject) (server.GetEmergencyResponseObject, error) {
	e, err := h.Service.Get(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetEmergency200JSONResponse(emergency(e)), nil
}

// ApproveEmergency is POST /v1/emergencies/{id}/approve.
func (h *Emergencies) ApproveEmergency(ctx context.Context, r server.ApproveEmergencyRequestObject) (server.ApproveEmergencyResponseObject, error) {
	e, err := h.Service.Approve(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.ApproveEmergency200JSONResponse(emergency(e)), nil
}

// RenewEmergency is POST /v1/emergencies/{id}/renew.
func (h *Emergencies) RenewEmergency(ctx context.Context, r server.RenewEmergencyRequestObject) (server.RenewEmergencyResponseObject, error) {
	in := service.NewRenewal{EndsAt: r.Body.EndsAt.Time, Reason: r.Body.Reason, ImpactAssessment: r.Body.ImpactAssessment}
	e, err := h.Service.Renew(ctx, middleware.Caller(ctx), r.Id, in)
	if err != nil {
		return nil, err
	}
	return server.RenewEmergency200JSONResponse(emergency(e)), nil
}

// EndEmergency is POST /v1/emergencies/{id}/end.
func (h *Emergencies) EndEmergency(ctx context.Context, r server.EndEmergencyRequestObject) (server.EndEmergencyResponseObject, error) {
	e, err := h.Service.End(ctx, middleware.Caller(ctx), r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.EndEmergency200JSONResponse(emergency(e)), nil
}

// GetEmergencyCertificate is GET /v1/emergencies/{id}/certificate.
func (h *Emergencies) GetEmergencyCertificate(ctx context.Context, r server.GetEmergencyCertificateRequestObject) (server.GetEmergencyCertificateResponseObject, error) {
	c, err := h.Service.Certificate(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetEmergencyCertificate200JSONResponse{Payload: string(c.Payload), Signature: base64.StdEncoding.EncodeToString(c.Signature),
		KeyId: c.KeyID, Algorithm: "SM2SM3"}, nil
}

func emergency(e service.EmergencyShown) wire.Emergency {
	out := wire.Emergency{Id: e.ID, CommunityId: e.CommunityID, Scope: e.Scope, OrderNumber: e.OrderNumber, Reason: e.Reason,
		ImpactAssessment: e.ImpactAssessment, State: wire.EmergencyState(e.State), Fields: each(e.Fields, healthField),
		ColourVersion: e.ColourVersion, ColourRules: each(e.Colours, colourRule), ReportEveryHours: e.ReportEveryHours,
		TemperatureLimitC: celsius(e.TemperatureLimitTenths), AuthorId: e.AuthorID, CreatedAt: instant.Of(e.CreatedAt),
		StartedAt: instant.Maybe(e.StartedAt), EndsAt: instant.Of(e.EndsAt), EndedAt: instant.Maybe(e.EndedAt),
		EndReason: optional(e.EndReason), DestroyedAt: instant.Maybe(e.DestroyedAt), Approvals: each(e.Approvals, emergencyApproval)}
	if r := e.Renewal; r != nil {
		out.Renewal = &wire.EmergencyRenewal{Id: r.ID, EndsAt: instant.Of(r.EndsAt), Reason: r.Reason, ImpactAssessment: r.ImpactAssessment,
			AuthorId: r.AuthorID, CreatedAt: instant.Of(r.CreatedAt)}
	}
	return out
}

func emergencyApproval(a model.Approval) wire.EmergencyApproval {
	return wire.EmergencyApproval{Id: a.ID, State: wire.EmergencyApprovalState(a.State), DecidedBy: optional(a.DecidedBy), DecidedAt: instant.Maybe(a.DecidedAt)}
}

func healthField(f string) wire.HealthField { return wire.HealthField(f) }

func ruleOf(r wire.ColourRule) service.ColourRule {
	return service.ColourRule{ID: r.Id, Field: string(r.Field), Colour: admission.Colour(r.Colour), AtLeastTenths: inTenths(r.AtLeastC),
		Any: given(r.Any), WithinHours: given(r.WithinHours), ZH: r.Zh, EN: r.En}
}

func colourRule(r service.ColourRule) wire.ColourRule {
	out := wire.ColourRule{Id: r.ID, Field: wire.ColourRuleField(r.Field), Colour: wire.ColourRuleColour(r.Colour), AtLeastC: celsius(r.AtLeastTenths),
		WithinHours: optional(r.WithinHours), Zh: r.ZH, En: r.EN}
	if len(r.Any) > 0 {
		out.Any = &r.Any
	}
	return out
}

// inTenths is a temperature as it is kept, in tenths of °C; 0 when there is none.
func inTenths(celsius *float32) int {
	if celsius == nil {
		return 0
	}
	return int(math.Round(float64(*celsius) * 10))
}

// celsius is the reverse of inTenths.
func celsius(tenths int) *float32 {
	if tenths == 0 {
		return nil
	}
	c := float32(tenths) / 10
	return &c
}

// colour is null where none is known.
func colour(c admission.Colour) *wire.Colour {
	if c == "" {
		return nil
	}
	w := wire.Colour(c)
	return &w
}
