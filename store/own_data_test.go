package store

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
)

// Each personal field is in a person's export, or it is said why it is not.
func TestEveryPersonalFieldIsExportedOrExplained(t *testing.T) {
	exported := map[string]bool{}
	for _, e := range exporters {
		for _, column := range exportedColumns(e.table) {
			exported[e.table+"."+column] = true
		}
	}
	known := map[string]bool{}
	for _, f := range model.PersonalFields() {
		name := f.Table + "." + f.Column
		known[name] = true
		reason, left := NotExported[name]
		switch {
		case !exported[name] && !left:
			t.Errorf("%s has no exporter and no reason (store/own_tables.go)", name)
		case left && (reason.ZH == "" || reason.EN == ""):
			t.Errorf("%s is left out without a reason in both languages", name)
		case exported[name] && strings.HasSuffix(f.Column, "_ct") && !opens(f.Table, f.Column):
			t.Errorf("%s is exported sealed", name)
		}
	}
	for _, e := range exporters {
		for _, column := range e.hides {
			name := e.table + "." + column
			if reason := HiddenOfOthers[name]; known[name] && (reason.ZH == "" || reason.EN == "") {
				t.Errorf("%s is hidden without a reason in both languages", name)
			}
		}
	}
	for name := range NotExported {
		if !known[name] {
			t.Errorf("%s is left out and does not exist", name)
		}
	}
}

// opens says that every exporter of the table opens the column.
func opens(table, column string) bool {
	return !slices.ContainsFunc(exporters, func(e exporter) bool {
		return e.table == table && e.sealed[column] == "" && e.notes != column && !slices.Contains(e.hides, column)
	})
}

// peopleElsewhere are columns that name residents by a word that often names staff.
var peopleElsewhere = map[string]bool{"visits.author_id": true, "visits.decided_by": true, "approvals.author_id": true, "approvals.decided_by": true,
	"health_reports.author_id": true, "restrictions.subject_id": true}

// Each column that names a person has a fate when the person is erased.
func TestEveryTieToAPersonHasAFate(t *testing.T) {
	for _, f := range model.PersonalFields() {
		names := slices.ContainsFunc([]string{"person_id", "carer_id", "host_id", "visitor_id", "delegate_id", "claimed_by", "added_by", "told_after"},
			func(s string) bool { return strings.HasSuffix(f.Column, s) }) || peopleElsewhere[f.Table+"."+f.Column]
		has := slices.ContainsFunc(ties, func(tie tie) bool { return tie.table == f.Table && tie.column == f.Column })
		if names && !has {
			t.Errorf("%s.%s is not among the ties (store/erase_ties.go)", f.Table, f.Column)
		}
	}
}

func TestTombstoneFile(t *testing.T) {
	const one, two, three = "01ARZ3NDEKTSV4RRFFQ69G5FA1", "01ARZ3NDEKTSV4RRFFQ69G5FA2", "01ARZ3NDEKTSV4RRFFQ69G5FA3"
	path := filepath.Join(t.TempDir(), "tombstones.log")
	lists := func() []string {
		t.Helper()
		all, err := NewTombstoneFile(path).All()
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, s := range all {
			ids = append(ids, s.SubjectID)
		}
		slices.Sort(ids)
		return ids
	}
	if got := lists(); len(got) != 0 {
		t.Fatalf("a file that is not there holds %v", got)
	}
	f := NewTombstoneFile(path)
	for range 2 {
		if err := f.Add(model.Tombstone{SubjectID: one, At: 1}); err != nil {
			t.Fatal(err)
		}
	}
	content, _ := os.ReadFile(path)
	if strings.Count(string(content), "\n") != 1 {
		t.Errorf("the same one is written twice: %q", content)
	}
	// A crash in the middle of a line spoils neither what was nor what comes.
	if err := os.WriteFile(path, append(content, two[:20]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := lists(); !slices.Equal(got, []string{one}) {
		t.Errorf("after a torn line: %v", got)
	}
	if err := NewTombstoneFile(path).Add(model.Tombstone{SubjectID: three, At: 3}); err != nil {
		t.Fatal(err)
	}
	if got := lists(); !slices.Equal(got, []string{one, three}) {
		t.Errorf("after the next: %v", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
