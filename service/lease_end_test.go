package service_test

import (
	"context"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// li is a tenant whom staff let in until an instant.
func (e *estate) li(t testing.TB, until time.Time) (*model.Caller, service.ResidencyView) {
	t.Helper()
	who := e.resident(t, "李四", "")
	c := e.wang()
	c.Name, c.Relation = "李四", "tenant"
	v := e.mustClaim(t, who, c, "pending")
	end := model.Millis(until)
	out, err := e.residencies.Approve(t.Context(), e.Manager(e.Garden), e.Garden.ID, v.ID, &end)
	if err != nil || out.LeaseUntil != end {
		t.Fatalf("approved %+v (%v)", out.Residency, err)
	}
	return who, out
}

func (e *estate) told(t testing.TB, who *model.Caller) (out []string) {
	t.Helper()
	all, err := e.Store.View(t.Context()).MessagesOf(who.PersonID, "", false, 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		out = append(out, m.Template)
	}
	return out
}

func TestATenantEndsWithTheLease(t *testing.T) {
	e := newEstate(t)
	end := e.Clock.Now().Add(40 * 24 * time.Hour)
	who, v := e.li(t, end)
	job := service.NewLeaseEnds(e.Deps)
	pass := func(want int) {
		t.Helper()
		if n, err := job.Pass(t.Context()); err != nil || n != want {
			t.Fatalf("%d ended, want %d (%v)", n, want, err)
		}
	}
	if p := e.passes(t, who); len(p) != 1 || p[0].ValidUntil != v.LeaseUntil || p[0].Standing != service.PassValid {
		t.Fatalf("the passes are %+v", p)
	}
	e.Clock.Advance(end.Sub(e.Clock.Now()) - time.Millisecond)
	pass(0)
	if p := e.passes(t, who); p[0].Standing != service.PassValid {
		t.Fatalf("a moment before: %s", p[0].Standing)
	}
	e.Clock.Advance(time.Millisecond)
	if p := e.passes(t, who); p[0].Standing != service.PassExpired {
		t.Fatalf("before the job: %s", p[0].Standing)
	}
	_, err := e.residencies.SetLease(t.Context(), e.Manager(e.Garden), e.Garden.ID, v.ID, model.Millis(end.Add(time.Hour)))
	wantCode(t, err, model.CodeStateChanged)
	pass(1)
	pass(0)
	r, err := e.Store.View(t.Context()).Residency(e.Garden.ID, v.ID)
	if err != nil || r.Status != model.ResidencyEnded || r.EndedAt != model.Millis(end) {
		t.Fatalf("%+v (%v)", r, err)
	}
	if p := e.passes(t, who); p[0].Standing != service.PassWithdrawn || p[0].Reason != "lease_ended" {
		t.Fatalf("after the job: %+v", p[0].Pass)
	}
	if told := e.told(t, who); told[0] != "residency_ended" || told[1] != "residency_approved" {
		t.Fatalf("told %v", told)
	}
}

func TestALeaseIsExtendedAndFollowed(t *testing.T) {
	e := newEstate(t)
	end := e.Clock.Now().Add(10 * 24 * time.Hour)
	who, v := e.li(t, end)
	families := service.NewFamilies(e.Deps)
	if _, err := families.AddFamily(t.Context(), who, service.NewMember{Name: "李小", Phone: phoneLi}); err != nil {
		t.Fatal(err)
	}
	wife := e.resident(t, "", "")
	if done, err := e.residents.SetPhone(t.Context(), wife, "code-li"); err != nil || len(done.Activated) != 1 || done.Activated[0].LeaseUntil != v.LeaseUntil {
		t.Fatalf("joined %+v (%v)", done, err)
	}
	manager := e.Manager(e.Garden)
	for name, until := range map[string]int64{"now": model.Millis(e.Clock.Now()), "past": 1} {
		_, err := e.residencies.SetLease(t.Context(), manager, e.Garden.ID, v.ID, until)
		if model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	later := model.Millis(end.Add(30 * 24 * time.Hour))
	if _, err := e.residencies.SetLease(t.Context(), manager, e.Garden.ID, v.ID, later); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*model.Caller{who, wife} {
		if got := e.passes(t, p); got[0].ValidUntil != later {
			t.Fatalf("the pass ends at %d, want %d", got[0].ValidUntil, later)
		}
	}
	if _, err := e.residencies.SetLease(t.Context(), e.Manager(e.Harbour), e.Garden.ID, v.ID, later); !model.IsNotFound(err) {
		t.Fatalf("another community's manager: %v", err)
	}
	// The tenant leaves, and the family with the tenant.
	if _, err := e.residencies.End(t.Context(), manager, e.Garden.ID, v.ID, "退租"); err != nil {
		t.Fatal(err)
	}
	if got := e.passes(t, wife); got[0].Standing != service.PassWithdrawn {
		t.Fatalf("the family's pass is %s", got[0].Standing)
	}
}

// Of the job and an extension at the last moment, one wins and the pass agrees.
func TestTheJobAndAnExtensionAgree(t *testing.T) {
	e := newEstate(t)
	end := e.Clock.Now().Add(time.Hour)
	who, v := e.li(t, end)
	e.Clock.Advance(time.Hour)
	job := service.NewLeaseEnds(e.Deps)
	var fns []func() error
	for range 4 {
		fns = append(fns, func() error { _, err := job.Pass(context.Background()); return err },
			func() error {
				_, err := e.residencies.SetLease(context.Background(), e.Manager(e.Garden), e.Garden.ID, v.ID, model.Millis(end.Add(time.Hour)))
				if model.CodeOf(err) == model.CodeStateChanged {
					return nil
				}
				t.Errorf("extended after the end: %v", err)
				return err
			})
	}
	for _, err := range atOnce(fns...) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if told := e.told(t, who); len(told) != 2 {
		t.Fatalf("told %v", told)
	}
}

func TestPeopleAreTold30And7DaysBefore(t *testing.T) {
	e := newEstate(t)
	end := e.Clock.Now().Add(60 * 24 * time.Hour)
	who, v := e.li(t, end)
	job := service.NewLeaseEnds(e.Deps)
	const day = 24 * time.Hour
	for _, c := range []struct {
		left time.Duration
		want int
	}{{31 * day, 0}, {30*day + time.Millisecond, 0}, {30 * day, 1}, {20 * day, 0}, {7*day + 1*time.Millisecond, 0}, {7 * day, 1}, {day, 0}} {
		e.Clock.Advance(end.Add(-c.left).Sub(e.Clock.Now()))
		if n, err := job.Warn(t.Context()); err != nil || n != c.want {
			t.Fatalf("%s before: %d told, want %d (%v)", c.left, n, c.want, err)
		}
	}
	// Extended, the next notice is due anew.
	if _, err := e.residencies.SetLease(t.Context(), e.Manager(e.Garden), e.Garden.ID, v.ID, model.Millis(end.Add(29*day))); err != nil {
		t.Fatal(err)
	}
	if n, err := job.Warn(t.Context()); err != nil || n != 1 || e.told(t, who)[0] != "lease_ending" {
		t.Fatalf("%d told (%v)", n, err)
	}
}

func TestAHelperPassesAtHoursOnly(t *testing.T) {
	e := newEstate(t)
	owner := e.resident(t, "", phoneWang)
	e.mustClaim(t, owner, e.wang(), "active")
	families := service.NewFamilies(e.Deps)
	hours := admission.Hours{{Days: admission.Days(time.Monday), From: 9 * 60, To: 12 * 60}}
	until := e.Clock.Now().Add(20 * 24 * time.Hour)
	m, err := families.AddHelper(t.Context(), owner, service.NewMember{Name: "赵姨", Phone: phoneLi, Hours: hours, Until: model.Millis(until)})
	if err != nil || m.Status != service.MemberInvited {
		t.Fatalf("%+v (%v)", m, err)
	}
	helper := e.resident(t, "", "")
	if done, err := e.residents.SetPhone(t.Context(), helper, "code-li"); err != nil || len(done.Activated) != 1 {
		t.Fatalf("joined %+v (%v)", done, err)
	}
	passes := e.passes(t, helper)
	if len(passes) != 1 || passes[0].ValidUntil != model.Millis(until) {
		t.Fatalf("%+v", passes)
	}
	community, _ := e.Directory.Community(e.Garden.ID)
	if g := community.Groups[passes[0].AccessGroup]; g == nil || len(g.Hours) != 1 || !g.All {
		t.Fatalf("the group opens %+v", g)
	}
	for name, c := range map[string]struct {
		in   service.NewMember
		code model.Code
	}{
		"no hours":   {service.NewMember{Name: "甲", Phone: "13900000001", Until: model.Millis(until)}, model.CodeInvalid},
		"over":       {service.NewMember{Name: "甲", Phone: "13900000001", Hours: hours, Until: model.Millis(e.Clock.Now())}, model.CodeInvalid},
		"lives here": {service.NewMember{Name: "赵姨", Phone: phoneLi, Hours: hours, Until: model.Millis(until)}, model.CodeResidencyExists},
	} {
		if _, err := families.AddHelper(t.Context(), owner, c.in); model.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = families.AddFamily(t.Context(), helper, service.NewMember{Name: "甲", Phone: "13900000001"})
	wantCode(t, err, model.CodeForbidden)
	_, err = families.AddDependant(t.Context(), helper, service.NewDependant{Name: "小甲", Relation: "child"})
	wantCode(t, err, model.CodeForbidden)
	stranger := e.resident(t, "某某", "")
	if err := families.RemoveHelper(t.Context(), stranger, m.ID); !model.IsNotFound(err) {
		t.Fatalf("a stranger removes: %v", err)
	}
	if err := families.RemoveHelper(t.Context(), owner, m.ID); err != nil {
		t.Fatal(err)
	}
	if err := families.RemoveHelper(t.Context(), owner, m.ID); !model.IsNotFound(err) {
		t.Fatalf("twice: %v", err)
	}
	if p := e.passes(t, helper); p[0].Standing != service.PassWithdrawn || p[0].Reason != "removed" {
		t.Fatalf("%+v", p)
	}
}

func TestAClaimIsAnApprovalAndClaimsAreBounded(t *testing.T) {
	e := newEstate(t)
	who := e.resident(t, "甲", "")
	claim := e.wang()
	claim.Name = "甲"
	v := e.mustClaim(t, who, claim, "pending")
	state := func() model.ApprovalState {
		t.Helper()
		all, err := e.Store.View(t.Context()).ApprovalsOf(e.Garden.ID, v.ID)
		if err != nil || len(all) != 1 || all[0].Kind != model.ApproveResidency {
			t.Fatalf("%+v (%v)", all, err)
		}
		return all[0].State
	}
	if s := state(); s != model.ApprovalPending {
		t.Fatalf("the approval is %s", s)
	}
	for range 4 {
		next := e.wangNext(t)
		next.Name = "甲"
		e.mustClaim(t, who, next, "pending")
	}
	next := e.wangNext(t)
	next.Name = "甲"
	_, err := e.residencies.Claim(t.Context(), who, next)
	wantCode(t, err, model.CodeLimitReached)
	if _, err := e.residencies.Decline(t.Context(), e.Manager(e.Garden), e.Garden.ID, v.ID, "查无此人"); err != nil {
		t.Fatal(err)
	}
	if s := state(); s != model.ApprovalDeclined {
		t.Fatalf("the approval is %s", s)
	}
	e.mustClaim(t, who, next, "pending")
}

func TestNamesAreFound(t *testing.T) {
	e := newEstate(t)
	who := e.resident(t, "", phoneWang)
	v := e.mustClaim(t, who, e.wang(), "active")
	manager := e.Manager(e.Garden)
	for name, c := range map[string]struct {
		in   service.ResidencySearch
		want int
	}{
		"name": {service.ResidencySearch{Name: " 王 芳"}, 1}, "half a name": {service.ResidencySearch{Name: "王"}, 0},
		"initials": {service.ResidencySearch{Initials: "WF"}, 1}, "one": {service.ResidencySearch{Initials: "w"}, 1}, "wrong": {service.ResidencySearch{Initials: "f"}, 0},
		"building": {service.ResidencySearch{Building: "3栋"}, 1}, "another": {service.ResidencySearch{Building: "4"}, 0},
		"all": {service.ResidencySearch{Name: "王芳", Initials: "wf", Building: "3", Status: "active"}, 1}, "ended": {service.ResidencySearch{Name: "王芳", Status: "ended"}, 0},
	} {
		found, err := e.residencies.Search(t.Context(), manager, e.Garden.ID, c.in, service.Page{})
		if err != nil || len(found.Items) != c.want {
			t.Errorf("%s: %d found, want %d (%v)", name, len(found.Items), c.want, err)
		}
	}
	if found, err := e.residencies.Search(t.Context(), e.Manager(e.Harbour), e.Harbour.ID, service.ResidencySearch{Name: "王芳"}, service.Page{}); err != nil || len(found.Items) != 0 {
		t.Errorf("another community finds %d (%v)", len(found.Items), err)
	}
	_, err := e.residencies.Search(t.Context(), e.Manager(e.Harbour), e.Garden.ID, service.ResidencySearch{Name: "王芳"}, service.Page{})
	wantCode(t, err, model.CodeNotFound)
	_, err = e.residencies.Search(t.Context(), manager, e.Garden.ID, service.ResidencySearch{}, service.Page{})
	wantCode(t, err, model.CodeInvalid)
	// What is older than the index is filled in.
	e.Update(t, func(tx *store.Tx) error {
		return tx.CreateResidency(model.Residency{ID: e.ID(), CommunityID: e.Garden.ID, HouseholdID: e.ID(), PersonID: v.PersonID, Relation: "owner", Status: model.ResidencyActive})
	})
	names := service.NewNameIndex(e.Deps)
	for _, want := range []int{1, 0} {
		if n, err := names.Fill(t.Context()); err != nil || n != want {
			t.Fatalf("%d indexed, want %d (%v)", n, want, err)
		}
	}
	if found, _ := e.residencies.Search(t.Context(), manager, e.Garden.ID, service.ResidencySearch{Initials: "wf"}, service.Page{}); len(found.Items) != 2 {
		t.Errorf("%d found", len(found.Items))
	}
}
