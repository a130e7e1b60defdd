package service_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

func TestAVisitGoesThroughTheGate(t *testing.T) {
	w := newVisiting(t)
	entrance, door := w.Reader(t, w.Garden.Entrance), w.Reader(t, w.Garden.UnitDoor)
	a, visitor := w.ask(t, model.VisitOnce, "101")
	w.stands(t, a.ID, model.VisitRequested, host(w.owner))
	_, err := w.visits.OwnCodes(t.Context(), visitor, 1)
	wantCode(t, err, model.CodePassInvalid, "pending")

	if _, err := w.visits.Approve(t.Context(), w.owner, a.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.visits.Restrict(t.Context(), w.guard, a.ID, service.Restriction{Reason: "只走大门", GateIDs: []string{w.Garden.Entrance.ID}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	code := func() string {
		t.Helper()
		issued, err := w.visits.OwnCodes(t.Context(), visitor, 1)
		if err != nil {
			t.Fatal(err)
		}
		return issued.Codes[0].Text
	}
	decided := func(reader *model.Caller, code, decision, reason string) {
		t.Helper()
		if got := w.Scan(t, reader, code, admission.In).Passage; got.Decision != decision || got.Reason != reason {
			t.Fatalf("got %s %s, want %s %s", got.Decision, got.Reason, decision, reason)
		}
	}
	decided(door, code(), "refuse", "wrong_gate")
	decided(entrance, code(), "admit", "ok")
	w.after(t, 5*time.Second)
	w.stands(t, a.ID, model.VisitArrived)
	if w.told(t, w.owner, "visit_arrived") != 1 {
		t.Error("the host was not told that the visitor has come")
	}

	w.at(model.FromMillis(a.ValidUntil - 1))
	late := code()
	w.at(model.FromMillis(a.ValidUntil))
	decided(entrance, late, "refuse", "pass_expired")
	w.after(t, 0)
	w.stands(t, a.ID, model.VisitOverstayed)
	if w.told(t, w.owner, "visit_overstay") != 1 {
		t.Error("the host was not told that the visitor has stayed too long")
	}
	_, err = w.visits.Extend(t.Context(), w.guard, a.ID, a.ValidUntil+1)
	wantCode(t, err, model.CodeAnswerNotYours, "property")
	_, err = w.visits.Extend(t.Context(), w.owner, a.ID, a.ValidFrom+25*time.Hour.Milliseconds())
	wantCode(t, err, model.CodeInvalid)
	if _, err := w.visits.Extend(t.Context(), w.owner, a.ID, a.ValidUntil+time.Hour.Milliseconds()); err != nil {
		t.Fatal(err)
	}
	w.stands(t, a.ID, model.VisitArrived)
	w.Clock.Advance(30 * time.Second)
	last := code()
	if _, err := w.visits.OwnLeave(t.Context(), visitor); err != nil {
		t.Fatal(err)
	}
	decided(entrance, last, "refuse", "revoked")
	_, err = w.visits.OwnCodes(t.Context(), visitor, 1)
	wantCode(t, err, model.CodePassInvalid, "withdrawn")
}

func TestTheGateKnowsApprovalPending(t *testing.T) {
	w := newVisiting(t)
	a, _ := w.ask(t, model.VisitOnce, "101")
	pass, err := w.Store.View(t.Context()).PassOfVisit(w.Garden.ID, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := w.Scan(t, w.Reader(t, w.Garden.Entrance), w.Code(t, pass, w.Clock.Now()), admission.In).Passage
	if got.Decision != "refuse" || got.Reason != "approval_pending" {
		t.Fatalf("got %s %s", got.Decision, got.Reason)
	}
}

func TestTheLadder(t *testing.T) {
	w := newVisiting(t)
	a, _ := w.ask(t, model.VisitOnce, "101")
	w.after(t, 5*time.Minute-time.Millisecond)
	w.stands(t, a.ID, model.VisitRequested, host(w.owner))
	w.after(t, time.Millisecond)
	w.stands(t, a.ID, model.VisitRequested, host(w.owner), host(w.tenant))
	w.after(t, 0)
	w.stands(t, a.ID, model.VisitRequested, host(w.owner), host(w.tenant))
	w.after(t, 5*time.Minute)
	w.after(t, 5*time.Minute)
	w.stands(t, a.ID, model.VisitRequested, host(w.owner), host(w.tenant), host(w.family), "guard")
	w.after(t, 10*time.Minute)
	w.stands(t, a.ID, model.VisitExpired)
	v, err := w.visits.Own(t.Context(), visitCaller(a))
	if err != nil || v.Next != service.NextAskGuard || v.Reason != model.VisitNobodyAnswered {
		t.Fatalf("the visitor is told %s %s, %v", v.Next, v.Reason, err)
	}
	for who, caller := range map[string]*model.Caller{"owner": w.owner, "tenant": w.tenant, "family": w.family} {
		template := "visit_next"
		if who == "owner" {
			template = "visit_asked"
		}
		if w.told(t, caller, template) != 1 || w.told(t, caller, "visit_expired") != 1 {
			t.Errorf("%s was not told of it", who)
		}
	}
	if w.told(t, w.helper, "visit_next")+w.told(t, w.helper, "visit_asked") != 0 {
		t.Error("the helper was asked")
	}
	_, err = w.visits.Approve(t.Context(), w.owner, a.ID)
	wantCode(t, err, model.CodeStateChanged, "expired")
}

func TestWhoWasSilentMayStillAnswer(t *testing.T) {
	w := newVisiting(t)
	a, _ := w.ask(t, model.VisitOnce, "101")
	_, err := w.visits.Approve(t.Context(), w.tenant, a.ID)
	wantCode(t, err, model.CodeAnswerNotYours, "host")
	_, err = w.visits.Approve(t.Context(), w.guard, a.ID)
	wantCode(t, err, model.CodeAnswerNotYours, "host")
	w.after(t, 5*time.Minute)
	if _, err := w.visits.Approve(t.Context(), w.owner, a.ID); err != nil {
		t.Fatal(err)
	}
	w.stands(t, a.ID, model.VisitApproved, []string{}...)
	_, err = w.visits.Approve(t.Context(), w.tenant, a.ID)
	wantCode(t, err, model.CodeStateChanged, "approved")
}

func TestChains(t *testing.T) {
	hostStep := model.VisitStep{Who: model.AnswererHost, Minutes: 5, Silence: model.SilenceGuard}
	property := model.VisitStep{Who: model.AnswererProperty, Minutes: 5, Silence: model.SilenceDecline}
	committee := model.VisitStep{Who: model.AnswererCommittee, Minutes: 5, Silence: model.SilenceGuard}
	t.Run("three steps, one after the other", func(t *testing.T) {
		w := newVisiting(t)
		w.rules(t, model.VisitGroup, model.FallbackDecline, hostStep, property, committee)
		a, _ := w.ask(t, model.VisitGroup, "101")
		for _, c := range []struct {
			who   *model.Caller
			asked string
		}{{w.owner, host(w.owner)}, {w.manager, "property"}, {w.committeeOf, "committee"}} {
			w.stands(t, a.ID, model.VisitRequested, c.asked)
			if _, err := w.visits.Approve(t.Context(), c.who, a.ID); err != nil {
				t.Fatal(err)
			}
		}
		w.stands(t, a.ID, model.VisitApproved)
	})
	t.Run("silence of the property declines", func(t *testing.T) {
		w := newVisiting(t)
		w.rules(t, model.VisitGroup, model.FallbackDecline, property)
		a, _ := w.ask(t, model.VisitGroup, "101")
		w.after(t, 5*time.Minute)
		w.stands(t, a.ID, model.VisitExpired)
	})
	t.Run("a courier may be admitted by default", func(t *testing.T) {
		w := newVisiting(t)
		w.rules(t, model.VisitCourier, model.FallbackAdmit, model.VisitStep{Who: model.AnswererHost, Minutes: 1, Silence: model.SilenceDecline})
		a, visitor := w.ask(t, model.VisitCourier, "101")
		for range 3 {
			w.after(t, time.Minute)
		}
		w.stands(t, a.ID, model.VisitApproved)
		if _, err := w.visits.OwnCodes(t.Context(), visitor, 1); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a home that is not there waits for the guard", func(t *testing.T) {
		w := newVisiting(t)
		a, _ := w.ask(t, model.VisitOnce, "909")
		w.stands(t, a.ID, model.VisitRequested, "guard")
		if _, err := w.visits.Approve(t.Context(), w.guard, a.ID); err != nil {
			t.Fatal(err)
		}
		w.stands(t, a.ID, model.VisitApproved)
	})
	t.Run("an invitation has its host's word", func(t *testing.T) {
		w := newVisiting(t)
		w.rules(t, model.VisitOnce, model.FallbackDecline, hostStep, property)
		v, err := w.visits.Invite(t.Context(), w.owner, w.invitation())
		if err != nil {
			t.Fatal(err)
		}
		w.stands(t, v.ID, model.VisitRequested, "property")
		_, err = w.visits.Approve(t.Context(), w.owner, v.ID)
		wantCode(t, err, model.CodeSelfApproval)
		if _, err := w.visits.Decline(t.Context(), w.manager, v.ID, "当天施工"); err != nil {
			t.Fatal(err)
		}
		if w.told(t, w.owner, "visit_declined") != 1 {
			t.Error("the host was not told")
		}
	})
	t.Run("a window that passes while it waits", func(t *testing.T) {
		w := newVisiting(t)
		w.rules(t, model.VisitOnce, model.FallbackDecline, model.VisitStep{Who: model.AnswererHost, Minutes: 1440, Silence: model.SilenceGuard})
		a, _ := w.ask(t, model.VisitOnce, "101")
		w.at(model.FromMillis(a.ValidUntil))
		_, err := w.visits.Approve(t.Context(), w.owner, a.ID)
		wantCode(t, err, model.CodeStateChanged, "expired")
		w.after(t, 0)
		w.stands(t, a.ID, model.VisitExpired)
	})
}

func TestVisitsOfOthersAreNotThere(t *testing.T) {
	w := newVisiting(t)
	a, _ := w.ask(t, model.VisitOnce, "101")
	for name, who := range map[string]*model.Caller{
		"a neighbour":       w.member(t, w.household(t, "102"), "owner"),
		"a helper":          w.helper,
		"another manager":   w.Manager(w.Harbour),
		"a street officer":  w.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, w.Street.ID),
		"another's guard":   w.StaffCaller(model.RoleGuard, model.ScopeCommunity, w.Harbour.ID),
		"the visitor alone": {Kind: model.CallerPerson, AccountID: w.ID(), PersonID: a.VisitorID},
	} {
		if _, err := w.visits.Get(t.Context(), who, a.ID); !model.IsNotFound(err) {
			t.Errorf("%s sees it: %v", name, err)
		}
		if _, err := w.visits.Approve(t.Context(), who, a.ID); !model.IsNotFound(err) {
			t.Errorf("%s may answer: %v", name, err)
		}
		if list, err := w.visits.List(t.Context(), who, service.VisitQuery{}, service.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("%s is shown %d, %v", name, len(list.Items), err)
		}
	}
	// Who moves in later does not see what was before.
	w.Clock.Advance(time.Hour)
	if list, err := w.visits.List(t.Context(), w.member(t, w.home, "family"), service.VisitQuery{}, service.Page{}); err != nil || len(list.Items) != 0 {
		t.Errorf("a newcomer is shown %d, %v", len(list.Items), err)
	}
	for name, who := range map[string]*model.Caller{"host": w.owner, "family": w.family, "guard": w.guard, "committee": w.committeeOf} {
		list, err := w.visits.List(t.Context(), who, service.VisitQuery{}, service.Page{})
		if err != nil || len(list.Items) != 1 || list.Items[0].NameMasked != "来**" {
			t.Errorf("%s is shown %+v, %v", name, list.Items, err)
		}
	}
}

func TestADelegateAnswers(t *testing.T) {
	w := newVisiting(t)
	_, err := w.visits.SetDelegate(t.Context(), w.owner, w.home.ID, w.helper.PersonID, 0)
	wantCode(t, err, model.CodeInvalid)
	until := model.Millis(w.Clock.Now().Add(time.Hour))
	d, err := w.visits.Delegates(t.Context(), w.owner)
	offered := func(who *model.Caller) bool {
		return slices.ContainsFunc(d.Choices, func(c service.DelegateChoice) bool {
			return c.PersonID == who.PersonID && strings.HasSuffix(c.NameMasked, "*")
		})
	}
	if err != nil || len(d.Standing) != 0 || !offered(w.family) || offered(w.owner) || offered(w.helper) {
		t.Fatalf("offered %+v, %v: want the family, masked, neither the owner nor a helper", d, err)
	}
	if d, err = w.visits.SetDelegate(t.Context(), w.owner, w.home.ID, w.family.PersonID, until); err != nil || len(d.Standing) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	a, _ := w.ask(t, model.VisitOnce, "101")
	if list, err := w.visits.OwnApprovals(t.Context(), w.family, service.Page{}); err != nil || len(list.Items) != 1 {
		t.Fatalf("%d wait for the delegate, %v", len(list.Items), err)
	}
	if w.told(t, w.family, "visit_asked") != 1 {
		t.Error("the delegate was not told")
	}
	if _, err := w.visits.Approve(t.Context(), w.family, a.ID); err != nil {
		t.Fatal(err)
	}
	b, _ := w.ask(t, model.VisitOnce, "101")
	w.at(model.FromMillis(until))
	_, err = w.visits.Approve(t.Context(), w.family, b.ID)
	wantCode(t, err, model.CodeAnswerNotYours)
}

func TestAMoveTakesInvitationsBack(t *testing.T) {
	w := newVisiting(t)
	v, err := w.visits.Invite(t.Context(), w.owner, w.invitation())
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.Store.View(t.Context()).OpenResidency(w.Garden.ID, w.home.ID, w.owner.PersonID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.NewResidencies(w.Deps).End(t.Context(), w.manager, w.Garden.ID, r.ID, "搬走"); err != nil {
		t.Fatal(err)
	}
	w.stands(t, v.ID, model.VisitCancelled)
}

func TestTheTokenDiesAnHourAfterTheVisit(t *testing.T) {
	w := newVisiting(t)
	a, _ := w.ask(t, model.VisitOnce, "101")
	sessions := service.NewSessions(w.Deps, nil, "app", nil)
	w.at(model.FromMillis(a.ValidUntil).Add(time.Hour - time.Millisecond))
	c, err := sessions.Authenticate(t.Context(), a.Token)
	if err != nil || c.Kind != model.CallerVisit || c.VisitID != a.ID {
		t.Fatalf("%+v, %v", c, err)
	}
	w.Clock.Advance(time.Millisecond)
	_, err = sessions.Authenticate(t.Context(), a.Token)
	wantCode(t, err, model.CodeUnauthenticated)
	_, err = sessions.Authenticate(t.Context(), "vt_"+strings.Repeat("A", 43))
	wantCode(t, err, model.CodeUnauthenticated)
}

func TestTooManyWaitForOneHome(t *testing.T) {
	w := newVisiting(t)
	for range 10 {
		w.ask(t, model.VisitOnce, "101")
	}
	_, err := w.visits.Ask(context.Background(), w.entry, service.Asking{Kind: model.VisitOnce, Name: "再来", Phone: "13900000009", Building: "1", Unit: "1", Room: "101"})
	wantCode(t, err, model.CodeRateLimited)
	_, err = w.visits.Ask(context.Background(), "no-such-code", service.Asking{})
	wantCode(t, err, model.CodeNotFound)
}

func TestTheVisitorIsForgotten(t *testing.T) {
	w := newVisiting(t)
	a, visitor := w.ask(t, model.VisitOnce, "101")
	if _, err := w.visits.OwnLeave(t.Context(), visitor); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(service.KeepVisits)
	if n, err := w.visits.Purge(t.Context(), store.Lease{}); n != 0 || err != nil {
		t.Fatalf("%d are gone on the last day, %v", n, err)
	}
	w.Clock.Advance(time.Millisecond)
	if n, err := w.visits.Purge(t.Context(), store.Lease{}); n != 1 || err != nil {
		t.Fatalf("%d are gone, %v", n, err)
	}
	tx := w.Store.View(t.Context())
	if _, err := tx.Visit(a.ID); !model.IsNotFound(err) {
		t.Error("the visit is there")
	}
	if _, err := tx.Person(a.VisitorID); !model.IsNotFound(err) {
		t.Error("the visitor is there")
	}
	if rows, err := tx.ApprovalsOf(w.Garden.ID, a.ID); len(rows) != 0 || err != nil {
		t.Errorf("%d approvals are there, %v", len(rows), err)
	}
}

func TestVisitRulesAreVersioned(t *testing.T) {
	w := newVisiting(t)
	rule := model.VisitRule{Kind: model.VisitOnce, AtGate: true, GuardMinutes: 5, Fallback: model.FallbackDecline, MaxParty: 2, MaxHours: 2,
		Steps: []model.VisitStep{{Who: model.AnswererProperty, Minutes: 5, Silence: model.SilenceGuard}}}
	set := func(version int, r model.VisitRule) error {
		_, err := w.visits.SetRules(t.Context(), w.manager, w.Garden.ID, version, []model.VisitRule{r})
		return err
	}
	errs := atOnce(func() error { return set(0, rule) }, func() error { return set(0, rule) }, func() error { return set(0, rule) })
	stored := 0
	for _, err := range errs {
		if err == nil {
			stored++
			continue
		}
		wantCode(t, err, model.CodePreconditionFailed)
	}
	if stored != 1 {
		t.Fatalf("%d versions were stored as the first", stored)
	}
	for name, change := range map[string]func(r *model.VisitRule){
		"a default that admits":    func(r *model.VisitRule) { r.Fallback = model.FallbackAdmit },
		"nobody at the gate":       func(r *model.VisitRule) { r.Steps = nil },
		"steps out of order":       func(r *model.VisitRule) { r.Steps = append(r.Steps, model.VisitStep{Who: model.AnswererHost}) },
		"weekly asked at the gate": func(r *model.VisitRule) { r.Kind = model.VisitRecurring },
	} {
		bad := rule
		change(&bad)
		if err := set(1, bad); model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s is answered %v", name, err)
		}
	}
	_, err := w.visits.Rules(t.Context(), w.guard, w.Garden.ID)
	wantCode(t, err, model.CodeNotFound)
}
