package service_test

import (
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func (w *visiting) invitation() service.Invitation {
	return service.Invitation{HouseholdID: w.home.ID, Kind: model.VisitOnce, Until: model.Millis(w.Clock.Now().Add(4 * time.Hour)), Name: "周末来"}
}

func TestInvitations(t *testing.T) {
	w := newVisiting(t)
	v, err := w.visits.Invite(t.Context(), w.owner, w.invitation())
	if err != nil || v.State != model.VisitApproved {
		t.Fatalf("%s, %v", v.State, err)
	}
	_, secret, found := strings.Cut(v.ShareURL, "#")
	if !found || !strings.HasPrefix(v.ShareURL, "https://pass.example/visit#it_") {
		t.Fatalf("the link is %s", v.ShareURL)
	}
	a, err := w.visits.Accept(t.Context(), secret, "别的名", "13900000001")
	if err != nil {
		t.Fatal(err)
	}
	if a.NameMasked != "周**" || a.Next != service.NextShowCode {
		t.Errorf("the visitor is %s and told to %s", a.NameMasked, a.Next)
	}
	_, err = w.visits.Accept(t.Context(), secret, "", "")
	wantCode(t, err, model.CodeStateChanged, "claimed")
	_, err = w.visits.Accept(t.Context(), "it_no_such", "", "")
	wantCode(t, err, model.CodeNotFound)

	for name, change := range map[string]func(in *service.Invitation){
		"no end":                func(in *service.Invitation) { in.Until = 0 },
		"an end in the past":    func(in *service.Invitation) { in.Until = model.Millis(w.Clock.Now()) },
		"too long":              func(in *service.Invitation) { in.Until = model.Millis(w.Clock.Now().Add(24*time.Hour + 1e6)) },
		"a gate of the harbour": func(in *service.Invitation) { in.GateIDs = []string{w.Harbour.Entrance.ID} },
		"too many":              func(in *service.Invitation) { in.PartySize = 6 },
		"a car without a plate": func(in *service.Invitation) { in.Kind = model.VisitVehicle },
		"weekly without hours":  func(in *service.Invitation) { in.Kind = model.VisitRecurring },
		"hours of a single day": func(in *service.Invitation) {
			in.Hours = admission.Hours{{Days: admission.EveryDay, From: 60, To: 120}}
		},
		"more than ninety days":  func(in *service.Invitation) { in.Until = model.Millis(w.Clock.Now().Add(91 * 24 * time.Hour)) },
		"a kind that is unknown": func(in *service.Invitation) { in.Kind = "party" },
	} {
		in := w.invitation()
		change(&in)
		if _, err := w.visits.Invite(t.Context(), w.owner, in); model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s is answered %v", name, err)
		}
	}
	stranger := w.member(t, w.household(t, "102"), "owner")
	for name, who := range map[string]*model.Caller{"a helper": w.helper, "a neighbour": stranger} {
		if _, err := w.visits.Invite(t.Context(), who, w.invitation()); !model.IsNotFound(err) {
			t.Errorf("%s may invite: %v", name, err)
		}
	}
}
