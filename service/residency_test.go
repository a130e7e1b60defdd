package service_test

import (
	"context"
	"slices"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestStaffDecideOnceWithAudit(t *testing.T) {
	e := newEstate(t)
	manager, cid := e.Manager(e.Garden), e.Garden.ID
	who := e.resident(t, "", "")
	v := e.mustClaim(t, who, e.wang(), "pending")

	approved, err := e.residencies.Approve(t.Context(), manager, cid, v.ID, nil)
	if err != nil || approved.Status != "active" || approved.DecidedBy != manager.AccountID || approved.DecidedAt == 0 {
		t.Fatalf("approved: %+v (%v)", approved, err)
	}
	if p := e.passes(t, who); len(p) != 1 || p[0].Standing != service.PassValid {
		t.Fatalf("the passes are %+v", p)
	}
	_, err = e.residencies.Approve(t.Context(), manager, cid, v.ID, nil)
	wantCode(t, err, model.CodeStateChanged, "active")
	_, err = e.residencies.Decline(t.Context(), manager, cid, v.ID, "查无此人")
	wantCode(t, err, model.CodeStateChanged, "active")

	ended, err := e.residencies.End(t.Context(), manager, cid, v.ID, "已搬走")
	if err != nil || ended.Status != "ended" || ended.Reason != "已搬走" || ended.EndedAt == 0 || ended.DecidedBy != manager.AccountID {
		t.Fatalf("ended: %+v (%v)", ended, err)
	}
	if p := e.passes(t, who); len(p) != 1 || p[0].Standing != service.PassWithdrawn || p[0].Reason != "moved_out" {
		t.Fatalf("the passes are %+v", p)
	}
	_, err = e.residencies.End(t.Context(), manager, cid, v.ID, "已搬走")
	wantCode(t, err, model.CodeStateChanged, "ended")
	// Who moved out may come back.
	e.mustClaim(t, who, e.wang(), "pending")

	entries, err := e.Store.View(t.Context()).AuditEntries(cid, "", 50)
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, a := range entries {
		acts = append(acts, a.Action)
	}
	want := []string{"residency.claim", "residency.end", "residency.approve", "residency.claim", "household.create"}
	if !slices.Equal(acts, want) {
		t.Fatalf("the log says %v, want %v", acts, want)
	}
}

func TestAnEndedPassIsForgottenAtOnce(t *testing.T) {
	e := newEstate(t)
	who := e.resident(t, "", phoneWang)
	v := e.mustClaim(t, who, e.wang(), "active")
	pass := e.passes(t, who)[0]
	if known, err := e.Directory.Pass(t.Context(), pass.Number); err != nil || known.State != model.PassActive {
		t.Fatalf("the gate sees %+v (%v)", known, err)
	}
	if _, err := e.codes.Issue(t.Context(), who, pass.ID, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := e.residencies.End(t.Context(), e.Manager(e.Garden), e.Garden.ID, v.ID, "已搬走"); err != nil {
		t.Fatal(err)
	}
	if known, err := e.Directory.Pass(t.Context(), pass.Number); err != nil || known.State != model.PassWithdrawn {
		t.Fatalf("the gate sees %+v (%v)", known, err)
	}
	_, err := e.codes.Issue(t.Context(), who, pass.ID, 1)
	wantCode(t, err, model.CodePassInvalid, service.PassWithdrawn)
}

func TestDecisionsAreForStaffOfTheCommunity(t *testing.T) {
	e := newEstate(t)
	v := e.mustClaim(t, e.resident(t, "", ""), e.wang(), "pending")
	harbour := e.Manager(e.Harbour)
	for name, c := range map[string]struct {
		caller *model.Caller
		cid    string
		want   model.Code // empty: may
	}{
		"a stranger":                    {harbour, e.Garden.ID, model.CodeNotFound},
		"a stranger by his own address": {harbour, e.Harbour.ID, model.CodeNotFound},
		"a guard":                       {e.StaffCaller(model.RoleGuard, model.ScopeCommunity, e.Garden.ID), e.Garden.ID, model.CodeNotFound},
		"the street":                    {e.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, e.Street.ID), e.Garden.ID, model.CodeNotFound},
		"the system administrator":      {e.StaffCaller(model.RoleSystemAdmin, model.ScopePlatform, ""), e.Garden.ID, model.CodeNotFound},
		"a resident":                    {e.resident(t, "王芳", ""), e.Garden.ID, model.CodeNotFound},
		"nobody":                        {nil, e.Garden.ID, model.CodeNotFound},
		"another committee": {e.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, e.ID()),
			e.Garden.ID, model.CodeNotFound},
	} {
		for act, do := range map[string]func() error{
			"approve": func() error { _, err := e.residencies.Approve(t.Context(), c.caller, c.cid, v.ID, nil); return err },
			"decline": func() error {
				_, err := e.residencies.Decline(t.Context(), c.caller, c.cid, v.ID, "不对")
				return err
			},
			"end": func() error { _, err := e.residencies.End(t.Context(), c.caller, c.cid, v.ID, "不对"); return err },
		} {
			if err := do(); err == nil || model.CodeOf(err) != c.want {
				t.Errorf("%s may %s: %v", name, act, err)
			}
		}
	}
	officer := e.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, e.Committee.ID)
	_, err := e.residencies.Approve(t.Context(), officer, e.Garden.ID, e.ID(), nil)
	wantCode(t, err, model.CodeNotFound)
	if _, err := e.residencies.Approve(t.Context(), officer, e.Garden.ID, v.ID, nil); err != nil {
		t.Fatalf("the committee's officer may not: %v", err)
	}
}

func TestResidenciesAreListedByStatusInPages(t *testing.T) {
	e := newEstate(t)
	manager := e.Manager(e.Garden)
	var made []string
	for range 5 {
		made = append([]string{e.mustClaim(t, e.resident(t, "", ""), e.wang(), "pending").ID}, made...)
	}
	active := e.mustClaim(t, e.resident(t, "", phoneWang), e.wang(), "active").ID

	read := func(ctx context.Context, status string, limit int) (ids []string) {
		for p := (service.Page{Limit: limit}); ; {
			list, err := e.residencies.List(ctx, manager, e.Garden.ID, status, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range list.Items {
				if v.Household.Building != "3" || v.NameMasked != "王*" {
					t.Fatalf("listed %+v", v)
				}
				ids = append(ids, v.ID)
			}
			if p.Cursor = list.Next; p.Cursor == "" {
				return ids
			}
			if len(ids) > 50 {
				t.Fatal("the pages do not end")
			}
		}
	}
	for _, limit := range []int{0, 1, 2, 5, 6} {
		if got := read(t.Context(), "pending", limit); !slices.Equal(got, made) {
			t.Errorf("pending by %d: %v, want %v", limit, got, made)
		}
		if got := read(t.Context(), "", limit); !slices.Equal(got, append([]string{active}, made...)) {
			t.Errorf("all by %d: %v", limit, got)
		}
	}
	if got := read(t.Context(), "ended", 0); len(got) != 0 {
		t.Errorf("ended: %v", got)
	}
	_, err := e.residencies.List(t.Context(), e.Manager(e.Harbour), e.Garden.ID, "", service.Page{})
	wantCode(t, err, model.CodeNotFound)
	if list, err := e.residencies.List(t.Context(), e.Manager(e.Harbour), e.Harbour.ID, "", service.Page{}); err != nil || len(list.Items) != 0 {
		t.Errorf("the harbour lists %+v (%v)", list, err)
	}
}
