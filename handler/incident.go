package handler

import (
	"context"
	"time"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"

	"github.com/gin-gonic/gin"
)

// Incidents answers for incidents.
type Incidents struct {
	Service *service.Incidents
	Streams *Streams
}

// incidentLook is how often a stream looks for changes.
const incidentLook = time.Second

// StreamIncidents is GET /v1/communities/{cid}/incidents/events.
func (h *Incidents) StreamIncidents(c *gin.Context) {
	tail := h.Service.Follow(middleware.Caller(c.Request.Context()), c.Param("cid"))
	h.Streams.Serve(c, incidentLook, tailed(tail, "incident", func(n service.IncidentNews) (string, any) {
		return n.Entry.ID, incidentView(service.IncidentView{Incident: n.Incident, Timeline: []model.IncidentEntry{n.Entry}})
	}))
}

// ListIncidents is GET /v1/communities/{cid}/incidents.
func (h *Incidents) ListIncidents(ctx context.Context, r server.ListIncidentsRequestObject) (server.ListIncidentsResponseObject, error) {
	q := service.IncidentQuery{State: model.IncidentState(given(r.Params.State)), Kind: model.IncidentKind(given(r.Params.Kind))}
	list, err := h.Service.List(ctx, middleware.Caller(ctx), r.Cid, q, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListIncidents200JSONResponse{Items: each(list.Items, incident), NextCursor: optional(list.Next)}, nil
}

// RaiseIncident is POST /v1/communities/{cid}/incidents.
func (h *Incidents) RaiseIncident(ctx context.Context, r server.RaiseIncidentRequestObject) (server.RaiseIncidentResponseObject, error) {
	v, err := h.Service.Raise(ctx, middleware.Caller(ctx), r.Cid, service.NewIncident{Kind: model.IncidentKind(r.Body.Kind),
		Severity: model.Severity(given(r.Body.Severity)), GateID: given(r.Body.GateId), Text: r.Body.Text})
	if err != nil {
		return nil, err
	}
	return server.RaiseIncident201JSONResponse(incidentView(v)), nil
}

// GetIncident is GET /v1/incidents/{id}.
func (h *Incidents) GetIncident(ctx context.Context, r server.GetIncidentRequestObject) (server.GetIncidentResponseObject, error) {
	v, err := h.Service.Get(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetIncident200JSONResponse(incidentView(v)), nil
}

// AcknowledgeIncident is POST /v1/incidents/{id}/acknowledge.
func (h *Incidents) AcknowledgeIncident(ctx context.Context, r server.AcknowledgeIncidentRequestObject) (server.AcknowledgeIncidentResponseObject, error) {
	v, err := h.Service.Acknowledge(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.AcknowledgeIncident200JSONResponse(incidentView(v)), nil
}

// DispatchIncident is POST /v1/incidents/{id}/dispatch.
func (h *Incidents) DispatchIncident(ctx context.Context, r server.DispatchIncidentRequestObject) (server.DispatchIncidentResponseObject, error) {
	v, err := h.Service.Dispatch(ctx, middleware.Caller(ctx), r.Id, r.Body.StaffId, given(r.Body.Note))
	if err != nil {
		return nil, err
	}
	return server.DispatchIncident200JSONResponse(incidentView(v)), nil
}

// ArriveAtIncident is POST /v1/incidents/{id}/arrive.
func (h *Incidents) ArriveAtIncident(ctx context.Context, r server.ArriveAtIncidentRequestObject) (server.ArriveAtIncidentResponseObject, error) {
	v, err := h.Service.Arrive(ctx, middleware.Caller(ctx), r.Id)
	if err != nil {
		return nil, err
	}
	return server.ArriveAtIncident200JSONResponse(incidentView(v)), nil
}

// ResolveIncident is POST /v1/incidents/{id}/resolve.
func (h *Incidents) ResolveIncident(ctx context.Context, r server.ResolveIncidentRequestObject) (server.ResolveIncidentResponseObject, error) {
	v, err := h.Service.Resolve(ctx, middleware.Caller(ctx), r.Id, model.Resolution(r.Body.Resolution), given(r.Body.MergedInto), r.Body.Note)
	if err != nil {
		return nil, err
	}
	return server.ResolveIncident200JSONResponse(incidentView(v)), nil
}

// ReviewIncident is POST /v1/incidents/{id}/review.
func (h *Incidents) ReviewIncident(ctx context.Context, r server.ReviewIncidentRequestObject) (server.ReviewIncidentResponseObject, error) {
	v, err := h.Service.Review(ctx, middleware.Caller(ctx), r.Id, r.Body.Note)
	if err != nil {
		return nil, err
	}
	return server.ReviewIncident200JSONResponse(incidentView(v)), nil
}

// AddIncidentNote is POST /v1/incidents/{id}/notes.
func (h *Incidents) AddIncidentNote(ctx context.Context, r server.AddIncidentNoteRequestObject) (server.AddIncidentNoteResponseObject, error) {
	v, err := h.Service.Note(ctx, middleware.Caller(ctx), r.Id, r.Body.Note)
	if err != nil {
		return nil, err
	}
	return server.AddIncidentNote200JSONResponse(incidentView(v)), nil
}

// AddIncidentEvidence is POST /v1/incidents/{id}/evidence.
func (h *Incidents) AddIncidentEvidence(ctx context.Context, r server.AddIncidentEvidenceRequestObject) (server.AddIncidentEvidenceResponseObject, error) {
	v, err := h.Service.Evidence(ctx, middleware.Caller(ctx), r.Id, model.EvidenceKind(r.Body.Kind), r.Body.Ref, millis(r.Body.At), given(r.Body.Note))
	if err != nil {
		return nil, err
	}
	return server.AddIncidentEvidence200JSONResponse(incidentView(v)), nil
}

// ListMyIncidents is GET /v1/me/incidents.
func (h *Incidents) ListMyIncidents(ctx context.Context, r server.ListMyIncidentsRequestObject) (server.ListMyIncidentsResponseObject, error) {
	list, err := h.Service.Reported(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyIncidents200JSONResponse{Items: each(list.Items, ownIncident), NextCursor: optional(list.Next)}, nil
}

// ReportIncident is POST /v1/me/incidents.
func (h *Incidents) ReportIncident(ctx context.Context, r server.ReportIncidentRequestObject) (server.ReportIncidentResponseObject, error) {
	i, err := h.Service.Report(ctx, middleware.Caller(ctx), r.Body.CommunityId, service.NewIncident{Kind: model.IncidentKind(r.Body.Kind), GateID: given(r.Body.GateId), Text: r.Body.Text})
	if err != nil {
		return nil, err
	}
	return server.ReportIncident201JSONResponse(ownIncident(i)), nil
}

// GetIncidentStatistics is GET /v1/communities/{cid}/incidents/statistics.
func (h *Incidents) GetIncidentStatistics(ctx context.Context, r server.GetIncidentStatisticsRequestObject) (server.GetIncidentStatisticsResponseObject, error) {
	found, err := h.Service.Numbers(ctx, middleware.Caller(ctx), r.Cid, millis(r.Params.From), millis(r.Params.Until))
	if err != nil {
		return nil, err
	}
	return server.GetIncidentStatistics200JSONResponse{Items: each(found, func(n service.IncidentNumbers) wire.IncidentNumbers {
		return wire.IncidentNumbers{Kind: wire.IncidentKind(n.Kind), Raised: int(n.Raised), Alarms: int(n.Alarms), Acknowledged: int(n.Acknowledged),
			Resolved: int(n.Resolved), FalseAlarms: int(n.FalseAlarm), Escalations: int(n.Escalations),
			MeanAcknowledgeSeconds: meanSeconds(n.AcknowledgeMs, n.Acknowledged), MeanResolveSeconds: meanSeconds(n.ResolveMs, n.Resolved)}
	})}, nil
}

// meanSeconds is nil where there is nothing to take a mean of.
func meanSeconds(ms, of int64) *int {
	if of == 0 {
		return nil
	}
	mean := int(ms / of / 1000)
	return &mean
}
