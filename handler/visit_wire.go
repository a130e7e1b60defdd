package handler

import (
	"encoding/json"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// millis is an optional instant in Unix milliseconds, 0 for none.
func millis(t *instant.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMilli()
}

// invitation binds what a resident says of a visit.
func invitation(b *wire.VisitRequest) (service.Invitation, error) {
	in := service.Invitation{HouseholdID: given(b.HouseholdId), CommunityID: given(b.CommunityId), Kind: model.VisitKind(b.Kind), From: millis(b.ValidFrom), Until: millis(b.ValidUntil),
		GateIDs: given(b.GateIds), Floors: given(b.Floors), PartySize: given(b.PartySize), Name: given(b.VisitorName), Phone: given(b.VisitorPhone),
		Purpose: given(b.Purpose), Plate: given(b.Plate)}
	if b.Hours == nil {
		return in, nil
	}
	// Hours are written alike on the wire and in the engine.
	text, err := json.Marshal(b.Hours)
	if err == nil {
		err = json.Unmarshal(text, &in.Hours)
	}
	if err != nil {
		return in, model.Invalid(model.FieldError{Field: "/hours", Code: "format"})
	}
	return in, nil
}

func visit(v service.VisitView) wire.Visit {
	out := wire.Visit{Id: v.ID, CommunityId: v.CommunityID, CommunityName: v.CommunityName, Kind: wire.VisitKind(v.Kind), Origin: wire.VisitOrigin(v.Origin),
		State: wire.VisitState(v.State), Reason: optional(v.Reason), HouseholdId: optional(v.HouseholdID),
		Building: optional(v.Household.Building), Unit: optional(v.Household.Unit), Room: optional(v.Household.Room),
		VisitorNameMasked: optional(v.NameMasked), VisitorPhoneMasked: optional(v.PhoneMasked), Purpose: optional(v.Purpose), Plate: optional(v.Plate),
		PartySize: v.PartySize, Gates: each(v.Gates, passGate), Floors: each(v.Group.Floors, same), Hours: visitHours(v.Group.Hours),
		ValidFrom: instant.Of(v.ValidFrom), ValidUntil: instant.Of(v.ValidUntil), Answers: each(v.Answers, approval),
		WaitsFor:  each(v.WaitsFor, func(a model.Answerer) wire.Answerer { return wire.Answerer(a) }),
		CreatedAt: instant.Of(v.CreatedAt), ArrivedAt: instant.Maybe(v.ArrivedAt)}
	if v.State.Over() {
		out.EndedAt = instant.Maybe(v.EndsAt)
	}
	return out
}

func same(text string) string { return text }

func passGate(g model.Gate) wire.PassGate { return wire.PassGate{Id: g.ID, Name: g.Name} }

func approval(a model.Approval) wire.Approval {
	return wire.Approval{Id: a.ID, Kind: wire.ApprovalKind(a.Kind), SubjectId: a.SubjectID, Step: a.Step, Answerer: wire.Answerer(a.Answerer),
		State: wire.ApprovalState(a.State), Reason: optional(a.Reason), DueAt: instant.Maybe(a.DueAt), CreatedAt: instant.Of(a.CreatedAt),
		DecidedAt: instant.Maybe(a.DecidedAt)}
}

func visitHours(hours admission.Hours) wire.VisitHours {
	out := wire.VisitHours{}
	if text, err := json.Marshal(hours); err == nil {
		_ = json.Unmarshal(text, &out) // what the engine wrote reads alike
	}
	if out == nil {
		out = wire.VisitHours{}
	}
	return out
}
