package service_test

import (
	"context"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

const leaseHead = "楼栋|单元|房号|姓名|手机号|关系|租期至|出生日期|年龄段"

func TestALeaseComesFromTheRoster(t *testing.T) {
	f := newFiles(t)
	cst := time.FixedZone("", 8*60*60)
	f.wants(t, service.RosterFile{Table: tableOf(leaseHead, "8|1|101|李一|13900000009|租户|2026-12-31|1950-01-01|", "8|1|101|李二||家属|长期||儿童")},
		"imported rows=2 homes=1 new=2 changed=0 same=0 errors=0")
	who := f.resident(t, "", "13900000009")
	claim := service.Claim{CommunityID: f.Garden.ID, Building: "8", Unit: "1", Room: "101", Name: "李一", Relation: "tenant"}
	v := f.mustClaim(t, who, claim, "active")
	if want := time.Date(2027, 1, 1, 0, 0, 0, 0, cst); v.LeaseUntil != model.Millis(want) || f.passes(t, who)[0].ValidUntil != v.LeaseUntil {
		t.Fatalf("the lease ends %v, want %v", model.FromMillis(v.LeaseUntil), want)
	}
	if p, err := f.Store.View(t.Context()).Person(who.PersonID); err != nil || p.AgeGroup != model.AgeElder {
		t.Fatalf("%s (%v)", p.AgeGroup, err)
	}
	// Extended on the roster, the residency and the pass follow; 46477 is 2027-03-31.
	f.wants(t, service.RosterFile{Table: tableOf(leaseHead, "8|1|101|李一||租户|46477||", "8|1|101|李二||家属|||")},
		"imported rows=2 homes=0 new=0 changed=1 same=1 errors=0")
	want := model.Millis(time.Date(2027, 4, 1, 0, 0, 0, 0, cst))
	if p := f.passes(t, who); p[0].ValidUntil != want {
		t.Fatalf("the pass ends %v", model.FromMillis(p[0].ValidUntil))
	}
	r := f.wants(t, service.RosterFile{Table: tableOf(leaseHead, "8|1|102|甲||业主|2026-12-31||", "8|1|102|乙||租户|31/12/2026||", "8|1|102|丙||租户||明天|", "8|1|102|丁||租户|||婴儿")},
		"rejected rows=4 homes=0 new=0 changed=0 same=0 errors=4")
	for i, column := range []string{"lease_until", "lease_until", "birth", "age_group"} {
		if r.Errors[i].Column != column {
			t.Errorf("row %d: %s", r.Errors[i].Row, r.Errors[i].Column)
		}
	}
}

func TestAnImportIsUndone(t *testing.T) {
	f := newFiles(t)
	manager, cid := f.Manager(f.Garden), f.Garden.ID
	before := len(f.people(t))
	r := f.wants(t, service.RosterFile{Table: tableOf(rosterHead, "8|1|101|李一|13900000009||租户", "8|1|101|李二|||家属", "8|1|102|李三|||业主", "3|1|1201|李四|||家属")},
		"imported rows=4 homes=2 new=4 changed=0 same=0 errors=0")
	f.mustClaim(t, f.resident(t, "", "13900000009"), service.Claim{CommunityID: cid, Building: "8", Unit: "1", Room: "101", Name: "李一", Relation: "tenant"}, "active")
	if _, err := f.files.Undo(t.Context(), f.Manager(f.Harbour), f.Harbour.ID, r.ID); !model.IsNotFound(err) {
		t.Fatalf("another community: %v", err)
	}
	undo := func() error { _, err := f.files.Undo(context.Background(), manager, cid, r.ID); return err }
	done, err := f.files.Undo(t.Context(), manager, cid, r.ID)
	if err != nil || done.PeopleRemoved != 3 || done.PeopleKept != 1 || done.HouseholdsRemoved != 1 || done.Import.State != model.RosterUndone {
		t.Fatalf("%+v (%v)", done, err)
	}
	if n := len(f.people(t)); n != before+1 {
		t.Fatalf("%d on the roster, want %d", n, before+1)
	}
	for _, err := range atOnce(undo, undo) {
		wantCode(t, err, model.CodeStateChanged)
	}
	dry := f.run(t, service.RosterFile{Table: tableOf(rosterHead, "8|1|103|李五|||业主"), DryRun: true})
	_, err = f.files.Undo(t.Context(), manager, cid, dry.ID)
	wantCode(t, err, model.CodeStateChanged)
}
