package service_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

type exportDesk struct {
	*estate
	*service.Exports
	author, second *model.Caller
}

func newExportDesk(t testing.TB) *exportDesk {
	t.Helper()
	e := newEstate(t)
	return &exportDesk{estate: e, Exports: service.NewExports(e.Deps), author: e.Manager(e.Garden), second: e.Manager(e.Garden)}
}

func (d *exportDesk) ask(t testing.TB) model.Export {
	t.Helper()
	return mustDo[model.Export](t)(d.Request(t.Context(), d.author, d.Garden.ID, model.ExportRosterUnmasked, "inspection", "INSP-7"))
}

func (d *exportDesk) approved(t testing.TB) model.Export {
	t.Helper()
	return mustDo[model.Export](t)(d.Approve(t.Context(), d.second, d.Garden.ID, d.ask(t).ID))
}

// One asks, another agrees, the first fetches it once, and who is in it sees it.
func TestAnExportNeedsTwoPeople(t *testing.T) {
	d := newExportDesk(t)
	resident := d.resident(t, "王芳", phoneWang)
	d.mustClaim(t, resident, d.wang(), model.ResidencyActive)
	e := d.ask(t)
	file := func(who *model.Caller) error {
		_, err := d.File(t.Context(), who, d.Garden.ID, e.ID)
		return err
	}
	wantCode(t, file(d.author), model.CodeStateChanged, model.ExportPending)
	_, err := d.Approve(t.Context(), d.author, d.Garden.ID, e.ID)
	refusedAs(t, err, model.CodeSelfApproval)
	_, err = d.Approve(t.Context(), d.Manager(d.Harbour), d.Garden.ID, e.ID)
	refusedAs(t, err, model.CodeNotFound)
	_, err = d.Approve(t.Context(), d.Manager(d.Harbour), d.Harbour.ID, e.ID)
	refusedAs(t, err, model.CodeNotFound)
	mustDo[model.Export](t)(d.Approve(t.Context(), d.second, d.Garden.ID, e.ID))
	_, err = d.Decline(t.Context(), d.second, d.Garden.ID, e.ID, "late")
	refusedAs(t, err, model.CodeStateChanged)
	wantCode(t, file(d.second), model.CodeForbidden)
	var won atomic.Int32
	var done sync.WaitGroup
	for range 6 {
		done.Go(func() {
			table, err := d.File(t.Context(), d.author, d.Garden.ID, e.ID)
			if err != nil {
				if model.CodeOf(err) != model.CodeStateChanged {
					t.Error(err)
				}
				return
			}
			won.Add(1)
			if len(table) != 5 || !strings.Contains(table[0][0], "INSP-7") || !strings.Contains(table[0][0], d.author.AccountID) || table[2][3] != "王芳" || table[2][4] != phoneWang {
				t.Errorf("the file is %v", table)
			}
		})
	}
	done.Wait()
	if won.Load() != 1 {
		t.Errorf("fetched %d times", won.Load())
	}
	log := mustDo[service.List[service.LookView]](t)(service.NewPrivacy(d.Deps).AccessLog(t.Context(), resident, "", service.Page{}))
	if len(log.Items) != 1 || log.Items[0].What != "roster_export" || log.Items[0].Purpose != "inspection" {
		t.Errorf("she sees %+v", log.Items)
	}
}

func TestAnApprovedExportLapses(t *testing.T) {
	d := newExportDesk(t)
	for name, c := range map[string]struct {
		wait time.Duration
		want model.Code
	}{"a moment before the hour": {time.Hour - time.Millisecond, ""}, "at the hour": {time.Hour, model.CodeStateChanged}} {
		e := d.approved(t)
		d.estate.Clock.Advance(c.wait)
		_, err := d.File(t.Context(), d.author, d.Garden.ID, e.ID)
		if c.want == "" && err != nil || c.want != "" && model.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnExportNeedsAReason(t *testing.T) {
	d := newExportDesk(t)
	for name, c := range map[string][3]string{
		"no purpose": {model.ExportRosterUnmasked, "", "INSP-7"}, "no ticket": {model.ExportRosterUnmasked, "inspection", ""},
		"another kind": {"everything", "inspection", "INSP-7"},
	} {
		if _, err := d.Request(t.Context(), d.author, d.Garden.ID, c[0], c[1], c[2]); model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := d.Request(t.Context(), d.Manager(d.Harbour), d.Garden.ID, model.ExportRosterUnmasked, "inspection", "INSP-7")
	refusedAs(t, err, model.CodeNotFound)
}

// Of many who answer at the same time, one is heard.
func TestAnExportIsAnsweredOnce(t *testing.T) {
	d := newExportDesk(t)
	e := d.ask(t)
	var won atomic.Int32
	var done sync.WaitGroup
	for i := range 10 {
		who := d.Manager(d.Garden)
		done.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = d.Approve(t.Context(), who, d.Garden.ID, e.ID)
			} else {
				_, err = d.Decline(t.Context(), who, d.Garden.ID, e.ID, "no")
			}
			if err == nil {
				won.Add(1)
			} else if model.CodeOf(err) != model.CodeStateChanged {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if won.Load() != 1 {
		t.Errorf("answered %d times", won.Load())
	}
}
