package handler

import (
	"context"
	"strings"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/service"
)

// Rules answers for the rules of communities.
type Rules struct{ Service *service.Rules }

// GetRules is GET /v1/communities/{cid}/rules.
func (h *Rules) GetRules(ctx context.Context, r server.GetRulesRequestObject) (server.GetRulesResponseObject, error) {
	shown, err := h.Service.Current(ctx, middleware.Caller(ctx), r.Cid)
	if err != nil {
		return nil, err
	}
	tag := `"` + shown.Tag + `"`
	return server.GetRules200JSONResponse{Body: rulesShown(&shown), Headers: server.GetRules200ResponseHeaders{ETag: &tag}}, nil
}

// ProposeRules is PUT /v1/communities/{cid}/rules.
func (h *Rules) ProposeRules(ctx context.Context, r server.ProposeRulesRequestObject) (server.ProposeRulesResponseObject, error) {
	draft, err := ruleDraft(r.Body)
	if err != nil {
		return nil, err
	}
	v, err := h.Service.Propose(ctx, middleware.Caller(ctx), r.Cid, draft, strongTags(r.Params.IfMatch))
	if err != nil {
		return nil, err
	}
	return server.ProposeRules201JSONResponse(ruleVersion(v)), nil
}

// ListRuleVersions is GET /v1/communities/{cid}/rule-versions.
func (h *Rules) ListRuleVersions(ctx context.Context, r server.ListRuleVersionsRequestObject) (server.ListRuleVersionsResponseObject, error) {
	list, err := h.Service.Versions(ctx, middleware.Caller(ctx), r.Cid, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListRuleVersions200JSONResponse{Items: each(list.Items, ruleVersion), NextCursor: optional(list.Next)}, nil
}

// GetRuleVersion is GET /v1/communities/{cid}/rule-versions/{id}.
func (h *Rules) GetRuleVersion(ctx context.Context, r server.GetRuleVersionRequestObject) (server.GetRuleVersionResponseObject, error) {
	v, err := h.Service.Version(ctx, middleware.Caller(ctx), r.Cid, r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetRuleVersion200JSONResponse(ruleVersion(v)), nil
}

// AdvanceRuleVersion is POST /v1/communities/{cid}/rule-versions/{id}/advance.
func (h *Rules) AdvanceRuleVersion(ctx context.Context, r server.AdvanceRuleVersionRequestObject) (server.AdvanceRuleVersionResponseObject, error) {
	v, err := h.Service.Advance(ctx, middleware.Caller(ctx), r.Cid, r.Id, model.RulePhase(r.Body.To))
	if err != nil {
		return nil, err
	}
	return server.AdvanceRuleVersion200JSONResponse(ruleVersion(v)), nil
}

// WithdrawRuleVersion is POST /v1/communities/{cid}/rule-versions/{id}/withdraw.
func (h *Rules) WithdrawRuleVersion(ctx context.Context, r server.WithdrawRuleVersionRequestObject) (server.WithdrawRuleVersionResponseObject, error) {
	v, err := h.Service.Withdraw(ctx, middleware.Caller(ctx), r.Cid, r.Id, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return server.WithdrawRuleVersion200JSONResponse(ruleVersion(v)), nil
}

// RehearseRules is POST /v1/communities/{cid}/rule-rehearsals.
func (h *Rules) RehearseRules(ctx context.Context, r server.RehearseRulesRequestObject) (server.RehearseRulesResponseObject, error) {
	rules, err := gateRules(&r.Body.Rules)
	if err != nil {
		return nil, err
	}
	days := 7
	if r.Body.Days != nil {
		days = *r.Body.Days
	}
	found, err := h.Service.Rehearse(ctx, middleware.Caller(ctx), r.Cid, rules, days)
	if err != nil {
		return nil, err
	}
	return server.RehearseRules201JSONResponse(ruleRehearsal(found)), nil
}

// ListRuleRehearsals is GET /v1/communities/{cid}/rule-rehearsals.
func (h *Rules) ListRuleRehearsals(ctx context.Context, r server.ListRuleRehearsalsRequestObject) (server.ListRuleRehearsalsResponseObject, error) {
	list, err := h.Service.Rehearsals(ctx, middleware.Caller(ctx), r.Cid, page(r.Params.Limit, r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	return server.ListRuleRehearsals200JSONResponse{Items: each(list.Items, ruleRehearsal), NextCursor: optional(list.Next)}, nil
}

// GetRuleRehearsal is GET /v1/communities/{cid}/rule-rehearsals/{id}.
func (h *Rules) GetRuleRehearsal(ctx context.Context, r server.GetRuleRehearsalRequestObject) (server.GetRuleRehearsalResponseObject, error) {
	found, err := h.Service.Rehearsal(ctx, middleware.Caller(ctx), r.Cid, r.Id)
	if err != nil {
		return nil, err
	}
	return server.GetRuleRehearsal200JSONResponse(ruleRehearsal(found)), nil
}

// SetGateSettings is PUT /v1/communities/{cid}/gates/{id}/settings.
func (h *Rules) SetGateSettings(ctx context.Context, r server.SetGateSettingsRequestObject) (server.SetGateSettingsResponseObject, error) {
	in := service.GateSettings{Passback: admission.Passback(r.Body.Passback), Fallback: admission.Fallback(r.Body.Fallback)}
	g, err := h.Service.SetGate(ctx, middleware.Caller(ctx), r.Cid, r.Id, in)
	if err != nil {
		return nil, err
	}
	return server.SetGateSettings200JSONResponse(gate(g)), nil
}

// strongTags reads If-Match (RFC 9110, 13.1.1): nil for none or "*", else what the
// strong tags hold.
func strongTags(ifMatch *string) []string {
	if ifMatch == nil || strings.TrimSpace(*ifMatch) == "*" {
		return nil
	}
	out := []string{}
	for tag := range strings.SplitSeq(*ifMatch, ",") {
		text, quoted := strings.CutPrefix(strings.TrimSpace(tag), `"`)
		text, closed := strings.CutSuffix(text, `"`)
		if quoted && closed {
			out = append(out, text)
		}
	}
	return out
}
