package service_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// parked are the masked plates of the garden's homes by room.
func (f files) parked(t testing.TB) map[string]string {
	t.Helper()
	list, err := f.households.List(t.Context(), f.Manager(f.Garden), f.Garden.ID, "", service.Page{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, h := range list.Items {
		if len(h.PlatesMasked) > 0 {
			slices.Sort(h.PlatesMasked)
			out[h.Room] = strings.Join(h.PlatesMasked, " ")
		}
	}
	return out
}

const plateHead = "楼栋|单元|房号|姓名|关系|车牌"

func TestPlatesComeFromTheRoster(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	file := service.RosterFile{Table: tableOf(plateHead, "8|1|101|甲某|业主|京a·12345、粤ＢＤ１２３４５", "8|1|101|乙某|家属|京A12345", "8|1|102|丙某|业主|")}
	r := f.wants(t, file, "imported rows=3 homes=2 new=3 changed=0 same=0 errors=0")
	if got := f.parked(t); len(got) != 1 || got["101"] != "京A***45 粤B****45" {
		t.Errorf("the plates are %v", got)
	}
	f.wants(t, file, "imported rows=3 homes=0 new=0 changed=0 same=3 errors=0")
	if got := f.parked(t); got["101"] != "京A***45 粤B****45" {
		t.Errorf("imported again the plates are %v", got)
	}
	refused := f.run(t, service.RosterFile{Table: tableOf(plateHead, "8|1|102|丙某|业主|京A12345", "8|1|103|丁某|业主|A12345", "8|1|104|戊某|业主|京A11111", "8|1|105|己某|业主|京A11111")})
	want := []model.RosterError{{Row: 2, Column: "plates", Code: model.RosterConflict}, {Row: 3, Column: "plates", Code: model.RosterFormat},
		{Row: 5, Column: "plates", Code: model.RosterConflict}}
	if !slices.Equal(refused.Errors, want) {
		t.Errorf("refused for %v", refused.Errors)
	}
	if _, err := f.files.Undo(t.Context(), f.Manager(f.Garden), f.Garden.ID, r.ID); err != nil {
		t.Fatal(err)
	}
	if got := f.parked(t); len(got) != 0 {
		t.Errorf("undone, there are %v", got)
	}
}

// Two imports that bring one plate to two homes at once: it is in one of them.
func TestAPlateIsInOneHome(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	var wait sync.WaitGroup
	for _, room := range []string{"101", "102"} {
		wait.Go(func() {
			_, _ = f.files.Import(t.Context(), f.Manager(f.Garden), f.Garden.ID, service.RosterFile{Table: tableOf(plateHead, "8|1|"+room+"|甲某|业主|京A12345")})
		})
	}
	wait.Wait()
	if got := f.parked(t); len(got) != 1 {
		t.Errorf("the plate is in %v", got)
	}
}
