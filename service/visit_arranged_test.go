package service_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// staffed makes the person behind a member of staff, whose messages can be sealed.
func (w *visiting) staffed(t *testing.T, caller *model.Caller, role model.Role) {
	t.Helper()
	w.Update(t, func(tx *store.Tx) error {
		if err := tx.CreatePerson(model.Person{ID: caller.PersonID, Name: "某职员", CreatedAt: 1}); err != nil {
			return err
		}
		a := model.StaffAccount{ID: caller.AccountID, PersonID: caller.PersonID, Username: "s." + caller.AccountID, PasswordHash: "x", State: model.StateActive, CreatedAt: 1}
		return tx.CreateStaff(a, []model.StaffGrant{{StaffID: a.ID, Role: role, ScopeKind: model.ScopeCommunity, ScopeID: w.Garden.ID, GrantedAt: 1}})
	})
}

func TestThePropertyInvites(t *testing.T) {
	invitation := func(w *visiting, household string) service.Invitation {
		in := w.invitation()
		in.CommunityID, in.HouseholdID = w.Garden.ID, household
		return in
	}
	property := model.VisitStep{Who: model.AnswererProperty, Minutes: 5, Silence: model.SilenceDecline}
	committee := model.VisitStep{Who: model.AnswererCommittee, Minutes: 5, Silence: model.SilenceDecline}
	hostStep := model.VisitStep{Who: model.AnswererHost, Minutes: 5, Silence: model.SilenceGuard}

	t.Run("to its office", func(t *testing.T) {
		w := newVisiting(t)
		w.rules(t, model.VisitOnce, model.FallbackDecline, hostStep, property, committee)
		v, err := w.visits.Invite(t.Context(), w.manager, invitation(w, ""))
		if err != nil {
			t.Fatal(err)
		}
		w.stands(t, v.ID, model.VisitRequested, "committee")
		if v.Origin != model.VisitArranged || v.HouseholdID != "" {
			t.Errorf("made %s for %q", v.Origin, v.HouseholdID)
		}
		if _, err := w.visits.Approve(t.Context(), w.committeeOf, v.ID); err != nil {
			t.Fatal(err)
		}
		w.stands(t, v.ID, model.VisitApproved)
	})
	t.Run("for a home, which is asked", func(t *testing.T) {
		w := newVisiting(t)
		w.rules(t, model.VisitOnce, model.FallbackDecline, hostStep, property)
		v, err := w.visits.Invite(t.Context(), w.manager, invitation(w, w.home.ID))
		if err != nil {
			t.Fatal(err)
		}
		w.stands(t, v.ID, model.VisitRequested, host(w.owner))
		_, err = w.visits.Approve(t.Context(), w.manager, v.ID)
		wantCode(t, err, model.CodeSelfApproval)
		if _, err := w.visits.Approve(t.Context(), w.owner, v.ID); err != nil {
			t.Fatal(err)
		}
		w.stands(t, v.ID, model.VisitApproved)
	})
	t.Run("nowhere else", func(t *testing.T) {
		w := newVisiting(t)
		for name, c := range map[string]struct {
			who    *model.Caller
			change func(in *service.Invitation)
			want   model.Code
		}{
			"in another community":         {w.manager, func(in *service.Invitation) { in.CommunityID = w.Harbour.ID }, model.CodeNotFound},
			"by another community":         {w.Manager(w.Harbour), func(*service.Invitation) {}, model.CodeNotFound},
			"for a home that is elsewhere": {w.Manager(w.Harbour), func(in *service.Invitation) { in.CommunityID = w.Harbour.ID }, model.CodeNotFound},
			"without a community":          {w.manager, func(in *service.Invitation) { in.CommunityID = "" }, model.CodeInvalid},
			"a resident without a home":    {w.owner, func(in *service.Invitation) { in.HouseholdID = "" }, model.CodeInvalid},
			"a resident elsewhere":         {w.owner, func(in *service.Invitation) { in.CommunityID = w.Harbour.ID }, model.CodeNotFound},
			"a guard":                      {w.guard, func(*service.Invitation) {}, model.CodeNotFound},
		} {
			in := invitation(w, w.home.ID)
			c.change(&in)
			if _, err := w.visits.Invite(t.Context(), c.who, in); model.CodeOf(err) != c.want {
				t.Errorf("%s is answered %v, want %s", name, err, c.want)
			}
		}
	})
}

func TestGuardsAreToldOfAnOverstay(t *testing.T) {
	w := newVisiting(t)
	w.staffed(t, w.guard, model.RoleGuard)
	entrance := w.Reader(t, w.Garden.Entrance)
	a, visitor := w.ask(t, model.VisitOnce, "101")
	if _, err := w.visits.Approve(t.Context(), w.owner, a.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	issued, err := w.visits.OwnCodes(t.Context(), visitor, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Scan(t, entrance, issued.Codes[0].Text, admission.In).Passage; got.Decision != "admit" {
		t.Fatalf("got %s %s", got.Decision, got.Reason)
	}
	w.after(t, time.Second)
	w.at(model.FromMillis(a.ValidUntil))
	for range 2 {
		w.after(t, 0)
	}
	w.stands(t, a.ID, model.VisitOverstayed)
	if n := w.told(t, w.guard, "visit_overstay"); n != 1 {
		t.Fatalf("the guard was told %d times", n)
	}
	inbox, err := service.NewMessages(w.Deps).List(t.Context(), w.guard, true, "zh", service.Page{})
	if err != nil || inbox.Unread == 0 {
		t.Errorf("the guard's inbox has %d, %v", inbox.Unread, err)
	}
}

func TestALeaseThatIsOverGivesNoSay(t *testing.T) {
	w := newVisiting(t)
	home := w.household(t, "401")
	tenant := w.member(t, home, "tenant")
	a, _ := w.ask(t, model.VisitOnce, "401")
	end := model.Millis(w.Clock.Now().Add(time.Minute))
	w.Update(t, func(tx *store.Tx) error {
		r, err := tx.OpenResidency(home.CommunityID, home.ID, tenant.PersonID)
		if err != nil {
			return err
		}
		_, err = tx.SetLease(home.CommunityID, r.ID, end)
		return err
	})
	in := w.invitation()
	in.HouseholdID = home.ID
	w.at(model.FromMillis(end - 1))
	if _, err := w.visits.Invite(t.Context(), tenant, in); err != nil {
		t.Fatal(err)
	}
	w.at(model.FromMillis(end))
	_, err := w.visits.Invite(t.Context(), tenant, in)
	wantCode(t, err, model.CodeNotFound)
	_, err = w.visits.Approve(t.Context(), tenant, a.ID)
	wantCode(t, err, model.CodeNotFound)
	list, err := w.visits.List(t.Context(), tenant, service.VisitQuery{}, service.Page{})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("sees %d visits, %v", len(list.Items), err)
	}
}

func TestADelegateSeesOnlyTheVisitsOfTheHome(t *testing.T) {
	w := newVisiting(t)
	other := w.household(t, "501")
	w.Update(t, func(tx *store.Tx) error {
		return tx.CreateResidency(model.Residency{ID: w.ID(), CommunityID: other.CommunityID, HouseholdID: other.ID, PersonID: w.owner.PersonID,
			Relation: "owner", Status: model.ResidencyActive, CreatedAt: 1})
	})
	if _, err := w.visits.SetDelegate(t.Context(), w.owner, w.home.ID, w.family.PersonID, 0); err != nil {
		t.Fatal(err)
	}
	here, _ := w.ask(t, model.VisitOnce, "101")
	w.ask(t, model.VisitOnce, "501")
	sees := func(want ...string) {
		t.Helper()
		got, err := w.visits.OwnApprovals(t.Context(), w.family, service.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Items) != len(want) || len(want) == 1 && got.Items[0].SubjectID != want[0] {
			t.Fatalf("the delegate sees %+v, want %v", got.Items, want)
		}
	}
	sees(here.ID)
	w.Update(t, func(tx *store.Tx) error {
		r, err := tx.OpenResidency(w.home.CommunityID, w.home.ID, w.family.PersonID)
		if err != nil {
			return err
		}
		_, err = tx.MoveResidency(r.CommunityID, r.ID, store.ResidencyMove{From: model.ResidencyActive, To: model.ResidencyEnded})
		return err
	})
	sees()
}
