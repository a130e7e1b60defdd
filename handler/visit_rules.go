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

// GetVisitPolicies is GET /v1/communities/{cid}/visit-policies.
func (h *Visits) GetVisitPolicies(ctx context.Context, r server.GetVisitPoliciesRequestObject) (server.GetVisitPoliciesResponseObject, error) {
	rules, err := h.Service.Rules(ctx, middleware.Caller(ctx), r.Cid)
	if err != nil {
		return nil, err
	}
	return server.GetVisitPolicies200JSONResponse(visitPolicies(rules)), nil
}

// SetVisitPolicies is PUT /v1/communities/{cid}/visit-policies.
func (h *Visits) SetVisitPolicies(ctx context.Context, r server.SetVisitPoliciesRequestObject) (server.SetVisitPoliciesResponseObject, error) {
	rules, err := h.Service.SetRules(ctx, middleware.Caller(ctx), r.Cid, r.Body.Version, each(r.Body.Items, visitRule))
	if err != nil {
		return nil, err
	}
	return server.SetVisitPolicies200JSONResponse(visitPolicies(rules)), nil
}

func visitRule(p wire.VisitPolicy) model.VisitRule {
	return model.VisitRule{Kind: model.VisitKind(p.Kind), AtGate: p.AtGate, GuardMinutes: p.GuardMinutes, Fallback: model.VisitFallback(p.Fallback),
		MaxParty: p.MaxPartySize, MaxHours: p.MaxHours, Steps: each(p.Steps, func(s wire.VisitPolicyStep) model.VisitStep {
			return model.VisitStep{Who: model.Answerer(s.Who), Minutes: s.Minutes, Silence: model.VisitSilence(s.OnSilence)}
		})}
}

func visitPolicies(v service.VisitRules) wire.VisitPolicies {
	return wire.VisitPolicies{Version: v.Version, UpdatedAt: instant.Maybe(v.UpdatedAt), Items: each(v.Rules, func(r model.VisitRule) wire.VisitPolicy {
		return wire.VisitPolicy{Kind: wire.VisitKind(r.Kind), AtGate: r.AtGate, GuardMinutes: r.GuardMinutes, Fallback: wire.VisitPolicyFallback(r.Fallback),
			MaxPartySize: r.MaxParty, MaxHours: r.MaxHours, Steps: each(r.Steps, func(s model.VisitStep) wire.VisitPolicyStep {
				return wire.VisitPolicyStep{Who: wire.VisitPolicyStepWho(s.Who), Minutes: s.Minutes, OnSilence: wire.VisitPolicyStepOnSilence(s.Silence)}
			})}
	})}
}

// GetVisitDelegates is GET /v1/me/visit-delegate.
func (h *Visits) GetVisitDelegates(ctx context.Context, _ server.GetVisitDelegatesRequestObject) (server.GetVisitDelegatesResponseObject, error) {
	d, err := h.Service.Delegates(ctx, middleware.Caller(ctx))
	if err != nil {
		return nil, err
	}
	return server.GetVisitDelegates200JSONResponse(visitDelegates(d)), nil
}

// SetVisitDelegate is PUT /v1/me/visit-delegate.
func (h *Visits) SetVisitDelegate(ctx context.Context, r server.SetVisitDelegateRequestObject) (server.SetVisitDelegateResponseObject, error) {
	d, err := h.Service.SetDelegate(ctx, middleware.Caller(ctx), r.Body.HouseholdId, given(r.Body.DelegatePersonId), millis(r.Body.Until))
	if err != nil {
		return nil, err
	}
	return server.SetVisitDelegate200JSONResponse(visitDelegates(d)), nil
}

func visitDelegates(d service.Delegation) wire.VisitDelegateList {
	return wire.VisitDelegateList{Items: each(d.Standing, visitDelegate), Choices: each(d.Choices, func(c service.DelegateChoice) wire.VisitDelegateChoice {
		return wire.VisitDelegateChoice{HouseholdId: c.HouseholdID, PersonId: c.PersonID, NameMasked: c.NameMasked}
	})}
}

func visitDelegate(d model.VisitDelegate) wire.VisitDelegate {
	return wire.VisitDelegate{HouseholdId: d.HouseholdID, DelegatePersonId: d.DelegateID, Until: instant.Maybe(d.Until)}
}
