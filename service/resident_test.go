package service_test

import (
	"slices"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

func TestMeTellsWhatIsDue(t *testing.T) {
	e := newEstate(t)
	who := e.resident(t, "", "")
	due := func(want ...string) service.Me {
		t.Helper()
		me, err := e.residents.Me(t.Context(), who)
		if err != nil || !slices.Equal(me.Duties, want) {
			t.Fatalf("due: %v, want %v (%v)", me.Duties, want, err)
		}
		return me
	}
	if me := due(service.DutyConfirmPhone, service.DutyClaimHousehold); me.NameMasked != "" || me.PhoneMasked != "" || len(me.Residencies) != 0 {
		t.Fatalf("a new person is %+v", me)
	}
	v := e.mustClaim(t, who, e.wang(), "pending")
	due(service.DutyConfirmPhone)
	if _, err := e.residents.SetPhone(t.Context(), who, "code-li"); err != nil {
		t.Fatal(err)
	}
	me := due()
	if me.NameMasked != "王*" || me.PhoneMasked != "138******02" || len(me.Residencies) != 1 || me.Residencies[0].Household.Room != "1201" {
		t.Fatalf("me is %+v", me)
	}
	if _, err := e.residencies.Decline(t.Context(), e.Manager(e.Garden), e.Garden.ID, v.ID, "查无此人"); err != nil {
		t.Fatal(err)
	}
	if me := due(service.DutyClaimHousehold); me.Residencies[0].Reason != "查无此人" || me.Residencies[0].Status != "declined" {
		t.Fatalf("me is %+v", me)
	}
	_, err := e.residents.Me(t.Context(), &model.Caller{Kind: model.CallerPerson, PersonID: e.ID()})
	wantCode(t, err, model.CodeNotFound)
}

func TestAPhoneActivatesWhatWaitedForIt(t *testing.T) {
	e := newEstate(t)
	who := e.resident(t, "", "")
	v := e.mustClaim(t, who, e.wang(), "pending")
	if done, err := e.residents.SetPhone(t.Context(), who, "code-li"); err != nil || len(done.Activated) != 0 {
		t.Fatalf("another's phone activated %+v (%v)", done.Activated, err)
	}
	done, err := e.residents.SetPhone(t.Context(), who, "code-wang")
	if err != nil || len(done.Activated) != 1 || done.Activated[0].ID != v.ID || done.Activated[0].Status != "active" || done.PhoneMasked != "138******01" {
		t.Fatalf("confirmed: %+v (%v)", done, err)
	}
	if p := e.passes(t, who); len(p) != 1 || p[0].Standing != service.PassValid {
		t.Fatalf("the passes are %+v", p)
	}
	// Once more changes nothing.
	if done, err := e.residents.SetPhone(t.Context(), who, "code-wang"); err != nil || len(done.Activated) != 0 {
		t.Fatalf("again: %+v (%v)", done, err)
	}
	if p := e.passes(t, who); len(p) != 1 {
		t.Fatalf("%d passes", len(p))
	}
}

func TestAPhoneDoesNotActivateWhatStaffMustJudge(t *testing.T) {
	for name, c := range map[string]struct {
		person string
		change func(*service.Claim)
	}{
		"a claim in another's name":         {"赵六", func(*service.Claim) {}},
		"ID digits against the roster":      {"", func(c *service.Claim) { c.IDLast4 = "0000" }},
		"another relation than the roster":  {"", func(c *service.Claim) { c.Relation = "tenant" }},
		"a name that the roster knows not":  {"", func(c *service.Claim) { c.Name = "王方" }},
		"somebody on the roster sans phone": {"", func(c *service.Claim) { c.Name, c.Relation = "韩梅", "family" }},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEstate(t)
			who, claim := e.resident(t, c.person, ""), e.wang()
			c.change(&claim)
			e.mustClaim(t, who, claim, "pending")
			done, err := e.residents.SetPhone(t.Context(), who, "code-wang")
			if err != nil || len(done.Activated) != 0 || len(e.passes(t, who)) != 0 {
				t.Fatalf("activated %+v (%v)", done.Activated, err)
			}
		})
	}
}

func TestAPhoneDoesNotActivateATakenEntry(t *testing.T) {
	e := newEstate(t)
	late := e.resident(t, "", "")
	e.mustClaim(t, late, e.wang(), "pending")
	e.mustClaim(t, e.resident(t, "", phoneWang), e.wang(), "active")
	if done, err := e.residents.SetPhone(t.Context(), late, "code-wang"); err != nil || len(done.Activated) != 0 {
		t.Fatalf("activated %+v (%v)", done.Activated, err)
	}
}

func TestSetPhoneRefusals(t *testing.T) {
	e := newEstate(t)
	who := e.resident(t, "王芳", phoneLi)
	_, err := e.residents.SetPhone(t.Context(), who, "stale")
	wantCode(t, err, model.CodeWechatCodeInvalid)
	_, err = e.residents.SetPhone(t.Context(), who, "code-none")
	wantCode(t, err, model.CodeWechatUnavailable)
	if p, err := e.Store.View(t.Context()).Person(who.PersonID); err != nil || p.Phone != phoneLi {
		t.Fatalf("the phone is now %q (%v)", p.Phone, err)
	}
	_, err = e.residents.SetPhone(t.Context(), &model.Caller{Kind: model.CallerPerson, PersonID: e.ID()}, "code-wang")
	wantCode(t, err, model.CodeNotFound)
}

func TestPassesShowWhatTheyOpen(t *testing.T) {
	e := newEstate(t)
	who := e.resident(t, "王芳", "")
	now := model.Millis(e.Clock.Now())
	e.Update(t, func(tx *store.Tx) error {
		err := tx.CreateGroup(model.AccessGroup{CommunityID: e.Garden.ID, Number: 7, Name: "后门",
			Body: `{"gates":["` + e.Garden.Back.ID + `"],"floors":["1","12"]}`})
		if err != nil {
			return err
		}
		for i, p := range []model.Pass{
			{AccessGroup: 1, ValidFrom: now},
			{AccessGroup: 7, ValidFrom: now + 1},
			{AccessGroup: 7, ValidFrom: now - 2, ValidUntil: now},
			{AccessGroup: 9, ValidFrom: now, State: model.PassWithdrawn, Reason: "moved_out"},
		} {
			p.ID, p.Number, p.CommunityID, p.PersonID, p.Kind = e.ID(), uint64(i+1), e.Garden.ID, who.PersonID, "resident"
			if p.State == "" {
				p.State = model.PassActive
			}
			if err := tx.CreatePass(p); err != nil {
				return err
			}
		}
		return nil
	})
	all := e.passes(t, who)
	if len(all) != 4 {
		t.Fatalf("%d passes", len(all))
	}
	for i, want := range []struct {
		standing      string
		gates, floors int
	}{{"withdrawn", 0, 0}, {"expired", 1, 2}, {"not_yet_valid", 1, 2}, {"valid", 3, 0}} {
		p := all[i]
		if p.Standing != want.standing || len(p.Gates) != want.gates || len(p.Floors) != want.floors {
			t.Errorf("pass %d is %s with %d gates and %d floors, want %+v", i, p.Standing, len(p.Gates), len(p.Floors), want)
		}
		if p.NameMasked != "王*" || p.CommunityName != e.Garden.Name {
			t.Errorf("pass %d is of %q in %q", i, p.NameMasked, p.CommunityName)
		}
	}
	// Pages of three and one, without a gap.
	first, err := e.residents.Passes(t.Context(), who, service.Page{Limit: 3})
	if err != nil || len(first.Items) != 3 || first.Next != all[2].ID {
		t.Fatalf("first page: %d, %q (%v)", len(first.Items), first.Next, err)
	}
	second, err := e.residents.Passes(t.Context(), who, service.Page{Limit: 3, Cursor: first.Next})
	if err != nil || len(second.Items) != 1 || second.Items[0].ID != all[3].ID || second.Next != "" {
		t.Fatalf("second page: %+v (%v)", second, err)
	}
	if other := e.passes(t, e.resident(t, "李雷", "")); len(other) != 0 {
		t.Fatalf("a stranger sees %d passes", len(other))
	}
}
