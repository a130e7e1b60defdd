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

// Health serves what people report of themselves in an emergency.
type Health struct{ Service *service.Health }

// GetMyEmergency is GET /v1/me/emergency.
func (h *Health) GetMyEmergency(ctx context.Context, _ server.GetMyEmergencyRequestObject) (server.GetMyEmergencyResponseObject, error) {
	duties, err := h.Service.Duties(ctx, middleware.Caller(ctx))
	if err != nil {
		return nil, err
	}
	lang := middleware.Language(ctx)
	return server.GetMyEmergency200JSONResponse{Items: each(duties, func(d service.HealthDuty) wire.HealthStanding { return standing(d, lang) })}, nil
}

// ReportHealth is POST /v1/me/health-reports.
func (h *Health) ReportHealth(ctx context.Context, r server.ReportHealthRequestObject) (server.ReportHealthResponseObject, error) {
	b := r.Body
	in := service.NewReport{PersonID: given(b.PersonId), CommunityID: given(b.CommunityId), Answers: model.HealthAnswers{TemperatureTenths: inTenths(b.TemperatureC),
		Symptoms: given(b.Symptoms), Exposure: b.Exposure, Travel: given(b.Travel), TestResult: string(given(b.TestResult))}}
	done, err := h.Service.Report(ctx, middleware.Caller(ctx), in)
	if err != nil {
		return nil, err
	}
	return server.ReportHealth201JSONResponse(reported(done)), nil
}

// ListMyHealthReports is GET /v1/me/health-reports.
func (h *Health) ListMyHealthReports(ctx context.Context, r server.ListMyHealthReportsRequestObject) (server.ListMyHealthReportsResponseObject, error) {
	list, err := h.Service.Mine(ctx, middleware.Caller(ctx), page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListMyHealthReports200JSONResponse{Items: each(list.Items, healthReport), NextCursor: optional(list.Next)}, nil
}

// CorrectHealthReport is POST /v1/health-reports/{id}/corrections.
func (h *Health) CorrectHealthReport(ctx context.Context, r server.CorrectHealthReportRequestObject) (server.CorrectHealthReportResponseObject, error) {
	b := r.Body
	in := service.Correction{Reason: given(b.Reason), Answers: model.HealthAnswers{TemperatureTenths: inTenths(b.TemperatureC),
		Symptoms: given(b.Symptoms), Exposure: b.Exposure, Travel: given(b.Travel), TestResult: string(given(b.TestResult))}}
	done, err := h.Service.Correct(ctx, middleware.Caller(ctx), r.Id, in)
	if err != nil {
		return nil, err
	}
	return server.CorrectHealthReport201JSONResponse(reported(done)), nil
}

// GetHealthSummary is GET /v1/communities/{cid}/health-summary.
func (h *Health) GetHealthSummary(ctx context.Context, r server.GetHealthSummaryRequestObject) (server.GetHealthSummaryResponseObject, error) {
	s, err := h.Service.Summary(ctx, middleware.Caller(ctx), r.Cid)
	if err != nil {
		return nil, err
	}
	return server.GetHealthSummary200JSONResponse{EmergencyId: s.EmergencyID, Counts: healthCounts(s.Counts), ReportsToday: s.ReportsToday,
		BuildingsHidden: s.BuildingsHidden, Buildings: each(s.Buildings, func(b service.BuildingCounts) wire.BuildingHealth {
			return wire.BuildingHealth{Building: b.Building, Counts: healthCounts(b.Counts)}
		})}, nil
}

// ListHealthFollowUps is GET /v1/communities/{cid}/health-follow-ups.
func (h *Health) ListHealthFollowUps(ctx context.Context, r server.ListHealthFollowUpsRequestObject) (server.ListHealthFollowUpsResponseObject, error) {
	list, err := h.Service.FollowUps(ctx, middleware.Caller(ctx), r.Cid, r.Params.Purpose, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	lang := middleware.Language(ctx)
	return server.ListHealthFollowUps200JSONResponse{NextCursor: optional(list.Next),
		Items: each(list.Items, func(f service.FollowUp) wire.FollowUp { return followUp(f, lang) })}, nil
}

func standing(d service.HealthDuty, lang string) wire.HealthStanding {
	return wire.HealthStanding{PersonId: d.PersonID, CommunityId: d.CommunityID, EmergencyId: d.Emergency.ID, EndsAt: instant.Maybe(d.Emergency.EndsAt),
		Colour: colour(d.Colour), ColourVersion: optional(d.Emergency.ColourVersion), Rule: d.Rule, Why: phrase(d.Phrase, lang),
		Fields: each(d.Emergency.Fields, healthField), ReportDue: d.Due, ReportDueAt: instant.Maybe(d.DueAt), Consented: d.Consented}
}

func phrase(p model.Phrase, lang string) string {
	if lang == middleware.English {
		return p.EN
	}
	return p.ZH
}

func reported(r service.Reported) wire.HealthReported {
	return wire.HealthReported{Id: r.RootID, PersonId: r.PersonID, CommunityId: r.CommunityID, EmergencyId: r.EmergencyID, Version: r.Version,
		ReportedAt: instant.Of(r.CreatedAt), NextDueAt: instant.Maybe(r.DueAt)}
}

func healthReport(r model.HealthReport) wire.HealthReport {
	out := wire.HealthReport{Id: r.RootID, PersonId: r.PersonID, CommunityId: r.CommunityID, EmergencyId: r.EmergencyID, Version: r.Version,
		ReportedAt: instant.Of(r.CreatedAt), TemperatureC: celsius(r.TemperatureTenths), Exposure: r.Exposure,
		TestResult: optional(r.TestResult), CorrectionReason: optional(r.Reason)}
	if r.Symptoms != nil {
		out.Symptoms = &r.Symptoms
	}
	if r.Travel != nil {
		out.Travel = &r.Travel
	}
	return out
}

func healthCounts(c service.Counts) wire.HealthCounts {
	return wire.HealthCounts{People: c.People, Green: c.Green, Yellow: c.Yellow, Red: c.Red, Unknown: c.Unknown, Overdue: c.Overdue}
}

func followUp(f service.FollowUp, lang string) wire.FollowUp {
	return wire.FollowUp{PersonId: f.PersonID, NameMasked: f.NameMasked, PhoneMasked: optional(f.PhoneMasked), Building: f.Household.Building,
		Unit: f.Household.Unit, Room: f.Household.Room, Colour: colour(f.Colour), Rule: f.Rule, Why: phrase(f.Phrase, lang),
		ReportDue: f.Due, ReportDueAt: instant.Maybe(f.DueAt)}
}
