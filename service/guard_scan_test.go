package service_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestAGuardScansLikeAGate(t *testing.T) {
	w := newWays(t)
	front := w.Garden.Entrance.ID
	scan := service.GuardScan{ScanID: "g1", Code: w.Code(t, w.pass, w.Clock.Now()), Direction: admission.In}
	first, err := w.Gates.ScanByGuard(t.Context(), w.guard, front, scan)
	if err != nil || first.Passage.Decision != "admit" || first.Passage.Reason != "ok" || first.Passage.Way != model.WayCode || first.Pass == nil {
		t.Fatalf("a good code gives %+v (%v)", first.Passage, err)
	}
	if again, err := w.Gates.ScanByGuard(t.Context(), w.guard, front, scan); err != nil || again.Passage.ID != first.Passage.ID {
		t.Fatalf("sent again it is %+v (%v)", again.Passage, err)
	}
	entries, err := w.Store.View(t.Context()).AuditEntries(w.Garden.ID, "", 10)
	if err != nil || entries[0].Action != "passage.scan" || entries[0].ActorID != w.guard.AccountID || entries[0].TargetID != first.Passage.ID {
		t.Fatalf("the log says %+v (%v)", entries, err)
	}
	reader := w.Reader(t, w.Garden.Entrance)
	if at := w.Scan(t, reader, scan.Code, admission.In); at.Passage.Reason != "used" {
		t.Errorf("the gate then says %s", at.Passage.Reason)
	}
	scan.ScanID, scan.Code = "g2", "https://example.com/"
	if a, err := w.Gates.ScanByGuard(t.Context(), w.guard, front, scan); err != nil || a.Passage.Decision != "refuse" || a.Passage.Reason != "unknown_code" {
		t.Errorf("a text that is no code gives %+v (%v)", a.Passage, err)
	}
	scan.ScanID, scan.Code = "g3", w.Code(t, w.pass, w.Clock.Now().Add(-time.Minute))
	if a, err := w.Gates.ScanByGuard(t.Context(), w.guard, front, scan); err != nil || a.Passage.Reason != "expired" {
		t.Errorf("a code of two windows ago gives %+v (%v)", a.Passage, err)
	}
}

func TestAGuardScansOnlyWhereTheyGuard(t *testing.T) {
	w := newWays(t)
	scan := service.GuardScan{ScanID: "g1", Code: "?", Direction: admission.In}
	_, err := w.Gates.ScanByGuard(t.Context(), w.guard, w.Harbour.Entrance.ID, scan)
	wantCode(t, err, model.CodeNotFound)
	auditor := w.StaffCaller(model.RoleAuditor, model.ScopePlatform, "")
	_, err = w.Gates.ScanByGuard(t.Context(), auditor, w.Garden.Entrance.ID, scan)
	wantCode(t, err, model.CodeNotFound)
}

func TestOfTwoGuardsOneAdmits(t *testing.T) {
	w := newWays(t)
	code := w.Code(t, w.pass, w.Clock.Now())
	guards := []*model.Caller{w.guard, w.StaffCaller(model.RoleGuard, model.ScopeCommunity, w.Garden.ID)}
	var admitted atomic.Int32
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			a, err := w.Gates.ScanByGuard(context.Background(), guards[i%2], w.Garden.Entrance.ID,
				service.GuardScan{ScanID: w.ID(), Code: code, Direction: admission.In})
			switch {
			case err != nil:
				t.Error(err)
			case a.Passage.Decision == "admit":
				admitted.Add(1)
			case a.Passage.Reason != "used":
				t.Errorf("the others get %s", a.Passage.Reason)
			}
		})
	}
	all.Wait()
	if n := admitted.Load(); n != 1 {
		t.Errorf("%d admitted", n)
	}
}
