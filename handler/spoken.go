package handler

import (
	"context"
	"math"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// Spoken serves the numbers that residents say at the gate.
type Spoken struct{ Service *service.Spoken }

// noStore keeps a secret out of caches.
var noStore = "no-store"

// IssueSpokenCode is POST /v1/me/passes/{id}/spoken-codes.
func (h *Spoken) IssueSpokenCode(ctx context.Context, r server.IssueSpokenCodeRequestObject) (server.IssueSpokenCodeResponseObject, error) {
	s, err := h.Service.Issue(ctx, middleware.Caller(ctx), r.Id, given(r.Body.GateId), given(r.Body.Perimeter))
	if err != nil {
		return nil, err
	}
	return server.IssueSpokenCode201JSONResponse{Headers: server.IssueSpokenCode201ResponseHeaders{CacheControl: &noStore},
		Body: wire.SpokenCode{Code: s.Code, Perimeter: s.Perimeter, ExpiresAt: instant.Of(s.ExpiresAt)}}, nil
}

// RedeemSpokenCode is POST /v1/gates/{id}/spoken-codes.
func (h *Gates) RedeemSpokenCode(ctx context.Context, r server.RedeemSpokenCodeRequestObject) (server.RedeemSpokenCodeResponseObject, error) {
	a, err := h.Service.RedeemByGuard(ctx, middleware.Caller(ctx), r.Id, spokenEntry(r.Body))
	if err != nil {
		return nil, err
	}
	return server.RedeemSpokenCode200JSONResponse{GateDecisionJSONResponse: gateDecision(ctx, &a)}, nil
}

// EnterSpokenCode is POST /v1/gate/spoken-codes.
func (h *Gates) EnterSpokenCode(ctx context.Context, r server.EnterSpokenCodeRequestObject) (server.EnterSpokenCodeResponseObject, error) {
	a, err := h.Service.RedeemByDevice(ctx, middleware.Caller(ctx), spokenEntry(r.Body))
	if err != nil {
		return nil, err
	}
	return server.EnterSpokenCode200JSONResponse{GateDecisionJSONResponse: gateDecision(ctx, &a)}, nil
}

// ScanByGuard is POST /v1/gates/{id}/scans.
func (h *Gates) ScanByGuard(ctx context.Context, r server.ScanByGuardRequestObject) (server.ScanByGuardResponseObject, error) {
	b := r.Body
	a, err := h.Service.ScanByGuard(ctx, middleware.Caller(ctx), r.Id, service.GuardScan{ScanID: b.ScanId, Code: b.Code,
		Direction: direction(b.Direction), TemperatureTenths: tenths(b.TemperatureC)})
	if err != nil {
		return nil, err
	}
	return server.ScanByGuard200JSONResponse{GateDecisionJSONResponse: gateDecision(ctx, &a)}, nil
}

// RecordManualPassage is POST /v1/gates/{id}/manual-passages.
func (h *Gates) RecordManualPassage(ctx context.Context, r server.RecordManualPassageRequestObject) (server.RecordManualPassageResponseObject, error) {
	b := r.Body
	a, err := h.Service.Manual(ctx, middleware.Caller(ctx), r.Id, service.ManualEntry{PassID: given(b.PassId), Direction: direction(b.Direction),
		Reason: string(b.Reason), Note: given(b.Note), Override: given(b.Override), ScanID: given(b.ScanId),
		TemperatureTenths: tenths(b.TemperatureC), PresentedAt: timeOf(b.PresentedAt)})
	if err != nil {
		return nil, err
	}
	return server.RecordManualPassage201JSONResponse{GateDecisionJSONResponse: gateDecision(ctx, &a)}, nil
}

func spokenEntry(b *wire.SpokenCodeEntry) service.SpokenEntry {
	return service.SpokenEntry{Code: b.Code, Direction: direction(b.Direction), ScanID: given(b.ScanId),
		TemperatureTenths: tenths(b.TemperatureC), PresentedAt: timeOf(b.PresentedAt)}
}

func gateDecision(ctx context.Context, a *service.ScanAnswer) server.GateDecisionJSONResponse {
	return server.GateDecisionJSONResponse(scanDecision(a, middleware.Language(ctx)))
}

func direction(d wire.Direction) admission.Direction {
	if d == wire.DirectionOut {
		return admission.Out
	}
	return admission.In
}

func tenths(celsius *float32) int { return int(math.Round(float64(given(celsius)) * 10)) }

func timeOf(t *instant.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}
