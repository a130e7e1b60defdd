package service_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestClaimIsActiveOnlyWhenTheRosterAgrees(t *testing.T) {
	for _, c := range []struct {
		name        string
		person, tel string
		change      func(*service.Claim)
		want        string
	}{
		{name: "name, phone and relation", tel: phoneWang, want: "active"},
		{name: "with the ID digits", tel: phoneWang, change: func(c *service.Claim) { c.IDLast4 = "123x" }, want: "active"},
		{name: "the person is known by that name", person: "王芳", tel: phoneWang, want: "active"},
		{name: "the address as people write it", tel: phoneWang, want: "active",
			change: func(c *service.Claim) { c.Building, c.Unit, c.Room = " ３栋", "1 单元", "１２０１室" }},
		{name: "the name with a space", tel: phoneWang, want: "active", change: func(c *service.Claim) { c.Name = "王 芳" }},
		{name: "ID digits that the roster has not", tel: phoneLi, want: "active",
			change: func(c *service.Claim) { c.Name, c.Relation, c.IDLast4 = "李雷", "tenant", "9999" }},

		{name: "no phone yet", want: "pending"},
		{name: "another's phone", tel: phoneLi, want: "pending"},
		{name: "another name", tel: phoneWang, want: "pending", change: func(c *service.Claim) { c.Name = "王方" }},
		{name: "another relation", tel: phoneWang, want: "pending", change: func(c *service.Claim) { c.Relation = "family" }},
		{name: "other ID digits", tel: phoneWang, want: "pending", change: func(c *service.Claim) { c.IDLast4 = "1234" }},
		{name: "the person has another name", person: "赵六", tel: phoneWang, want: "pending"},
		{name: "an entry without a phone", want: "pending",
			change: func(c *service.Claim) { c.Name, c.Relation = "韩梅", "family" }},
		{name: "an entry without a phone, claimed with one", tel: phoneWang, want: "pending",
			change: func(c *service.Claim) { c.Name, c.Relation = "韩梅", "family" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEstate(t)
			who, claim := e.resident(t, c.person, c.tel), e.wang()
			if c.change != nil {
				c.change(&claim)
			}
			v := e.mustClaim(t, who, claim, c.want)
			passes := e.passes(t, who)
			if c.want == "pending" {
				if len(passes) != 0 || v.DecidedAt != 0 {
					t.Fatalf("a pending claim has %d passes and was decided at %d", len(passes), v.DecidedAt)
				}
				return
			}
			if len(passes) != 1 || passes[0].Standing != service.PassValid || passes[0].Building != "3" ||
				passes[0].ResidencyID != v.ID || passes[0].AccessGroup != 1 || passes[0].Kind != "resident" {
				t.Fatalf("the passes are %+v", passes)
			}
		})
	}
}

func TestClaimKeepsTheNameAPersonHas(t *testing.T) {
	e := newEstate(t)
	nameless, named := e.resident(t, "", ""), e.resident(t, "赵六", phoneWang)
	if v := e.mustClaim(t, nameless, e.wang(), "pending"); v.NameMasked != "王*" {
		t.Fatalf("the nameless person is now %q", v.NameMasked)
	}
	if v := e.mustClaim(t, named, e.wang(), "pending"); v.NameMasked != "赵*" {
		t.Fatalf("the person with a name is now %q", v.NameMasked)
	}
	for who, want := range map[*model.Caller]string{nameless: "王芳", named: "赵六"} {
		if p, err := e.Store.View(t.Context()).Person(who.PersonID); err != nil || p.Name != want {
			t.Fatalf("stored %q, want %q (%v)", p.Name, want, err)
		}
	}
}

func TestClaimRefusals(t *testing.T) {
	e := newEstate(t)
	who := e.resident(t, "", phoneWang)
	for name, c := range map[string]struct {
		change func(*service.Claim)
		want   model.Code
	}{
		"unknown community":       {func(c *service.Claim) { c.CommunityID = e.ID() }, model.CodeNotFound},
		"unknown address":         {func(c *service.Claim) { c.Room = "1202" }, model.CodeNotFound},
		"address of a neighbour":  {func(c *service.Claim) { c.CommunityID = e.Harbour.ID }, model.CodeNotFound},
		"a blank room":            {func(c *service.Claim) { c.Room = "　" }, model.CodeInvalid},
		"a name of nothing":       {func(c *service.Claim) { c.Name = "··" }, model.CodeInvalid},
		"a name of nothing, dots": {func(c *service.Claim) { c.Name = " . " }, model.CodeInvalid},
	} {
		claim := e.wang()
		c.change(&claim)
		_, err := e.residencies.Claim(t.Context(), who, claim)
		if model.CodeOf(err) != c.want || err == nil {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
	gone := &model.Caller{Kind: model.CallerPerson, PersonID: e.ID()}
	_, err := e.residencies.Claim(t.Context(), gone, e.wang())
	wantCode(t, err, model.CodeNotFound)
	if p := e.passes(t, who); len(p) != 0 {
		t.Fatalf("refused claims left %d passes", len(p))
	}
}

func TestSecondClaimOfTheSameHomeTellsTheState(t *testing.T) {
	e := newEstate(t)
	pending, active := e.resident(t, "", ""), e.resident(t, "", phoneWang)
	first := e.mustClaim(t, pending, e.wang(), "pending")
	e.mustClaim(t, active, e.wang(), "active")
	_, err := e.residencies.Claim(t.Context(), pending, e.wang())
	wantCode(t, err, model.CodeResidencyExists, "pending")
	_, err = e.residencies.Claim(t.Context(), active, e.wang())
	wantCode(t, err, model.CodeResidencyExists, "active")

	// What is declined does not stand in the way of another try.
	if _, err := e.residencies.Decline(t.Context(), e.Manager(e.Garden), e.Garden.ID, first.ID, "查无此人"); err != nil {
		t.Fatal(err)
	}
	e.mustClaim(t, pending, e.wang(), "pending")
}

func TestARosterEntryIsClaimedOnce(t *testing.T) {
	e := newEstate(t)
	e.mustClaim(t, e.resident(t, "", phoneWang), e.wang(), "active")
	e.mustClaim(t, e.resident(t, "", phoneWang), e.wang(), "pending")
}
