package service_test

import (
	"context"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// family is the estate's 王芳 with 韩梅, whom the roster has without a phone, as a
// dependant.
func family(t *testing.T) (*estate, *service.Families, *model.Caller, service.DependantView) {
	t.Helper()
	e := newEstate(t)
	owner := e.resident(t, "", phoneWang)
	e.mustClaim(t, owner, e.wang(), "active")
	families := service.NewFamilies(e.Deps)
	d, err := families.AddDependant(t.Context(), owner, service.NewDependant{Name: "韩梅", Relation: "child"})
	if err != nil || d.Residency.Status != model.ResidencyActive || d.AgeGroup != model.AgeChild {
		t.Fatalf("%+v (%v)", d, err)
	}
	return e, families, owner, d
}

func (e *estate) carriedPass(t testing.TB, who *model.Caller) service.HeldPass {
	t.Helper()
	for _, p := range e.passes(t, who) {
		if !p.Own {
			return p
		}
	}
	t.Fatal("no pass of a dependant")
	return service.HeldPass{}
}

func TestADependantsPassIsOnTheCarersPhone(t *testing.T) {
	e, families, owner, d := family(t)
	pass := e.carriedPass(t, owner)
	if pass.PersonID != d.PersonID || pass.NameMasked != "韩*" || pass.Standing != service.PassValid {
		t.Fatalf("%+v", pass)
	}
	stranger := e.resident(t, "李雷", phoneLi)
	for range 2 { // from the database, and from memory
		if _, err := e.codes.Issue(t.Context(), stranger, pass.ID, 1); !model.IsNotFound(err) {
			t.Fatalf("a stranger: %v", err)
		}
		if issued, err := e.codes.Issue(t.Context(), owner, pass.ID, 2); err != nil || len(issued.Codes) != 2 {
			t.Fatalf("%+v (%v)", issued, err)
		}
	}
	if me, err := e.residents.Me(t.Context(), owner); err != nil || len(me.Dependants) != 1 || me.Dependants[0].ID != d.PersonID {
		t.Fatalf("%+v (%v)", me, err)
	}
	if err := families.RemoveDependant(t.Context(), stranger, d.ID); !model.IsNotFound(err) {
		t.Fatalf("a stranger removes: %v", err)
	}
	if err := families.RemoveDependant(t.Context(), owner, d.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := e.codes.Issue(t.Context(), owner, pass.ID, 1); !model.IsNotFound(err) {
		t.Fatalf("after the removal: %v", err)
	}
	if err := families.RemoveDependant(t.Context(), owner, d.ID); !model.IsNotFound(err) {
		t.Fatalf("twice: %v", err)
	}
	p, err := e.Store.View(t.Context()).PassByID(pass.ID)
	if err != nil || p.State != model.PassWithdrawn || p.Reason != "removed" {
		t.Fatalf("%+v (%v)", p, err)
	}
}

func TestADependantWhoIsNotOnTheRosterWaits(t *testing.T) {
	e, families, owner, _ := family(t)
	for name, c := range map[string]service.NewDependant{
		"unknown":       {Name: "小明", Relation: "child"},
		"taken already": {Name: "王芳", Relation: "other"},
		"has a phone":   {Name: "李雷", Relation: "elder"},
	} {
		d, err := families.AddDependant(t.Context(), owner, c)
		if err != nil || d.Residency.Status != model.ResidencyPending {
			t.Errorf("%s: %s (%v)", name, d.Residency.Status, err)
		}
		if len(e.passes(t, owner)) != 2 {
			t.Errorf("%s: a pass without an answer", name)
		}
	}
	_, err := families.AddDependant(t.Context(), owner, service.NewDependant{Name: "小 明", Relation: "child"})
	wantCode(t, err, model.CodeResidencyExists)
	all, err := families.Dependants(t.Context(), owner)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d (%v)", len(all), err)
	}
	manager, cid := e.Manager(e.Garden), e.Garden.ID
	if _, err := e.residencies.Approve(t.Context(), manager, cid, all[1].Residency.ID, nil); err != nil {
		t.Fatal(err)
	}
	if len(e.passes(t, owner)) != 3 || e.told(t, owner)[0] != "residency_approved" {
		t.Fatalf("approved: %d passes, told %v", len(e.passes(t, owner)), e.told(t, owner))
	}
	if _, err := e.residencies.Decline(t.Context(), manager, cid, all[2].Residency.ID, "查无此人"); err != nil {
		t.Fatal(err)
	}
	if left, _ := families.Dependants(t.Context(), owner); len(left) != 3 || e.told(t, owner)[0] != "residency_declined" {
		t.Fatalf("%d left, told %v", len(left), e.told(t, owner))
	}
}

// husband joins 王芳's home as family.
func (e *estate) husband(t testing.TB, families *service.Families, owner *model.Caller) (*model.Caller, service.ResidencyView) {
	t.Helper()
	if _, err := families.AddFamily(t.Context(), owner, service.NewMember{Name: "张强", Phone: phoneLi}); err != nil {
		t.Fatal(err)
	}
	who := e.resident(t, "", "")
	done, err := e.residents.SetPhone(t.Context(), who, "code-li")
	if err != nil || len(done.Activated) != 1 || done.Activated[0].Relation != "family" {
		t.Fatalf("%+v (%v)", done, err)
	}
	return who, done.Activated[0]
}

func TestTwoCarersOfOneChild(t *testing.T) {
	e, families, owner, d := family(t)
	husband, _ := e.husband(t, families, owner)
	if len(e.passes(t, husband)) != 1 {
		t.Fatal("family sees a dependant's pass without carrying")
	}
	shown, err := families.Dependants(t.Context(), husband)
	if err != nil || len(shown) != 1 || shown[0].Own {
		t.Fatalf("%+v (%v)", shown, err)
	}
	carry := func() error {
		_, err := families.AddDependant(context.Background(), husband, service.NewDependant{PersonID: d.PersonID})
		return err
	}
	won := 0
	for _, err := range atOnce(carry, carry, carry) {
		if err == nil {
			won++
		} else if model.CodeOf(err) != model.CodeConflict {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Fatalf("carried %d times", won)
	}
	pass := e.carriedPass(t, husband)
	home, err := e.Store.View(t.Context()).HouseholdMembers(e.Garden.ID, d.HouseholdID)
	if err != nil || len(home) != 3 {
		t.Fatalf("%d live there (%v)", len(home), err)
	}
	// The owner moves out: the husband stays and so does the child.
	for _, r := range home {
		if r.PersonID == owner.PersonID {
			if _, err := e.residencies.End(t.Context(), e.Manager(e.Garden), e.Garden.ID, r.ID, "离婚"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := e.codes.Issue(t.Context(), owner, pass.ID, 1); !model.IsNotFound(err) {
		t.Fatalf("who moved out still carries: %v", err)
	}
	if _, err := e.codes.Issue(t.Context(), husband, pass.ID, 1); err != nil {
		t.Fatal(err)
	}
	// The husband too: nobody carries the child.
	done, err := e.residencies.MoveOut(t.Context(), e.Manager(e.Garden), e.Garden.ID, d.HouseholdID, "售房", false)
	if err != nil || done.Ended != 2 {
		t.Fatalf("%+v (%v)", done, err)
	}
	p, err := e.Store.View(t.Context()).PassByID(pass.ID)
	if err != nil || p.State != model.PassWithdrawn {
		t.Fatalf("%+v (%v)", p, err)
	}
	if left, _ := e.Store.View(t.Context()).OpenResidencies(e.Garden.ID, d.HouseholdID); len(left) != 0 {
		t.Fatalf("%d live there", len(left))
	}
	if done.RosterRemoved == 0 {
		t.Error("who never claimed could still come in")
	}
}

func TestTheOwnerOfALetHomeDoesNotCarryTheTenantsChild(t *testing.T) {
	e, families, owner, _ := family(t)
	tenant := e.resident(t, "李雷", phoneLi)
	c := e.wang()
	c.Name, c.Relation = "李雷", "tenant"
	e.mustClaim(t, tenant, c, "active")
	d, err := families.AddDependant(t.Context(), tenant, service.NewDependant{Name: "小李", Relation: "child"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.residencies.Approve(t.Context(), e.Manager(e.Garden), e.Garden.ID, d.Residency.ID, nil); err != nil {
		t.Fatal(err)
	}
	_, err = families.AddDependant(t.Context(), owner, service.NewDependant{PersonID: d.PersonID})
	wantCode(t, err, model.CodeNotFound)
	if shown, _ := families.Dependants(t.Context(), owner); len(shown) != 1 {
		t.Fatalf("the owner sees %d", len(shown))
	}
	stranger := e.resident(t, "某某", "")
	_, err = families.AddDependant(t.Context(), stranger, service.NewDependant{PersonID: d.PersonID, HouseholdID: d.HouseholdID})
	wantCode(t, err, model.CodeNotFound)
}

func TestWhoIsInvitedAndRemovedAtOnce(t *testing.T) {
	e, families, owner, _ := family(t)
	for range 5 {
		m, err := families.AddFamily(t.Context(), owner, service.NewMember{Name: "张强", Phone: phoneLi})
		if err != nil {
			t.Fatal(err)
		}
		who := e.resident(t, "", "")
		errs := atOnce(
			func() error { _, err := e.residents.SetPhone(context.Background(), who, "code-li"); return err },
			func() error { return families.RemoveFamily(context.Background(), owner, m.ID) })
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range e.passes(t, who) {
			if p.Standing != service.PassWithdrawn {
				t.Fatalf("removed, and the pass is %s", p.Standing)
			}
		}
		if all, err := families.Family(t.Context(), owner, service.Page{}); err != nil || len(all.Items) != 0 {
			t.Fatalf("%+v (%v)", all, err)
		}
		e.Update(t, func(tx *store.Tx) error { return tx.SetPhone(who.PersonID, "13700000000") })
	}
}

// An invitation counts while whoever made it lives there, to the millisecond.
func TestAnInvitationEndsWithItsAuthor(t *testing.T) {
	e := newEstate(t)
	owner := e.resident(t, "", phoneWang)
	v := e.mustClaim(t, owner, e.wang(), "active")
	families := service.NewFamilies(e.Deps)
	if _, err := families.AddFamily(t.Context(), owner, service.NewMember{Name: "张强", Phone: phoneLi}); err != nil {
		t.Fatal(err)
	}
	end := e.Clock.Now().Add(time.Hour)
	if _, err := e.residencies.SetLease(t.Context(), e.Manager(e.Garden), e.Garden.ID, v.ID, model.Millis(end)); err != nil {
		t.Fatal(err)
	}
	e.Clock.Advance(time.Hour) // the job has not come by
	who := e.resident(t, "", phoneLi)
	claim := e.wang()
	claim.Name, claim.Relation = "张强", "family"
	e.mustClaim(t, who, claim, "pending")
	_, err := families.AddFamily(t.Context(), owner, service.NewMember{Name: "张二", Phone: "13900000002"})
	wantCode(t, err, model.CodeForbidden)
}

func TestTakingBackAnInvitationIsInTheCommunitysLog(t *testing.T) {
	e := newEstate(t)
	owner := e.resident(t, "", phoneWang)
	e.mustClaim(t, owner, e.wang(), "active")
	families := service.NewFamilies(e.Deps)
	m, err := families.AddFamily(t.Context(), owner, service.NewMember{Name: "张强", Phone: phoneLi})
	if err != nil {
		t.Fatal(err)
	}
	if err := families.RemoveFamily(t.Context(), owner, m.ID); err != nil {
		t.Fatal(err)
	}
	found, err := e.Store.View(t.Context()).AuditPage(store.AuditFilter{Communities: []string{e.Garden.ID}, Action: "household.remove_family"}, "", false, 10)
	if err != nil || len(found) != 1 {
		t.Errorf("the community's log has %d, %v", len(found), err)
	}
	if err := families.RemoveFamily(t.Context(), owner, m.ID); !model.IsNotFound(err) {
		t.Error(err)
	}
}
