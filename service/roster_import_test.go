package service_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// tableOf reads lines of cells that are separated by "|"; the first is the header.
func tableOf(lines ...string) []service.TableRow {
	out := make([]service.TableRow, len(lines))
	for i, line := range lines {
		out[i] = service.TableRow{Number: i + 1, Cells: strings.Split(line, "|")}
	}
	return out
}

const rosterHead = "楼栋|单元|房号|姓名|手机号|身份证后四位|关系"

// files is an estate with its roster as files.
type files struct {
	*estate
	files *service.RosterFiles
}

func newFiles(t testing.TB) files {
	e := newEstate(t)
	return files{e, service.NewRosterFiles(e.Deps)}
}

func (f files) run(t testing.TB, in service.RosterFile) model.RosterImport {
	t.Helper()
	r, err := f.files.Import(context.Background(), f.Manager(f.Garden), f.Garden.ID, in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func counts(r model.RosterImport) string {
	return fmt.Sprintf("%s rows=%d homes=%d new=%d changed=%d same=%d errors=%d", r.State, r.RowsCount, r.HouseholdsNew, r.PeopleNew, r.PeopleChanged, r.Unchanged, r.ErrorCount)
}

func (f files) wants(t testing.TB, in service.RosterFile, want string) model.RosterImport {
	t.Helper()
	r := f.run(t, in)
	if got := counts(r); got != want {
		t.Fatalf("got  %s\nwant %s\n%v", got, want, r.Errors)
	}
	return r
}

func (f files) people(t testing.TB) (out []string) {
	t.Helper()
	tx := f.Store.View(t.Context())
	homes, err := tx.AllHouseholds(f.Garden.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range homes {
		entries, err := tx.Rosters(f.Garden.ID, []string{h.ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries[h.ID] {
			out = append(out, strings.Join([]string{h.Building, h.Unit, h.Room, e.Name, e.Phone, e.IDLast4, e.Relation}, "|"))
		}
	}
	slices.Sort(out)
	return out
}

func TestARosterIsImportedOnceHoweverOften(t *testing.T) {
	f := newFiles(t)
	before := f.people(t)
	file := service.RosterFile{DryRun: true, Table: tableOf(rosterHead,
		"3号楼|1单元|1201室|王芳|138-0000-0001||业主",    // is there; blank digits are no change
		"３|1|1201|李雷|+86 138 0000 0009|567x|租客", // another phone, digits that were missing
		"3|1|1201|王小明|||家人",                     // a new child
		"3|1|1202|张三|１３９００００００１１|0001|owner",
		"3|1|1202|李四|13900000002||家属")}
	f.wants(t, file, "checked rows=5 homes=1 new=3 changed=1 same=1 errors=0")
	if got := f.people(t); !slices.Equal(got, before) {
		t.Fatalf("a dry run left %v", got)
	}
	file.DryRun = false
	f.wants(t, file, "imported rows=5 homes=1 new=3 changed=1 same=1 errors=0")
	want := []string{
		"3|1|1201|李雷|13800000009|567X|tenant", "3|1|1201|王小明|||family", "3|1|1201|王芳|13800000001|123X|owner", "3|1|1201|韩梅|||family",
		"3|1|1202|张三|13900000011|0001|owner", "3|1|1202|李四|13900000002||family"}
	slices.Sort(want)
	if got := f.people(t); !slices.Equal(got, want) {
		t.Fatalf("imported\n%v, want\n%v", got, want)
	}
	f.wants(t, file, "imported rows=5 homes=0 new=0 changed=0 same=5 errors=0")
	if got := f.people(t); !slices.Equal(got, want) {
		t.Fatalf("imported again\n%v", got)
	}
	// What was imported can be claimed with.
	c := f.wang()
	c.Room, c.Name = "1202", "张三"
	f.mustClaim(t, f.resident(t, "", "13900000011"), c, "active")
}

func TestRowsOfARosterAreRefusedWithAReason(t *testing.T) {
	f := newFiles(t)
	good := "9|1|101|赵六|13900000003|1234|业主"
	for _, c := range []struct{ name, row, want string }{
		{"nothing", "|||备注|||", "building required,unit required,room required,relation required"},
		{"a blank name", "9|1|101|  |||业主", "name required"},
		{"dots for a name", "9|1|101|··|||业主", "name format"},
		{"a number for a name", "9|1|101|123|||业主", "name format"},
		{"a formula for a name", "9|1|101|=HYPERLINK(A1)|||业主", "name format"},
		{"a long name", "9|1|101|" + strings.Repeat("长", 33) + "|||业主", "name length"},
		{"a long room", "9|1|" + strings.Repeat("1", 17) + "|钱七|||业主", "room length"},
		{"a control character", "9|1|1\x0001|钱七|||业主", "room format"},
		{"a landline", "9|1|101|钱七|010-12345678||业主", "phone format"},
		{"a phone too long", "9|1|101|钱七|138000000011||业主", "phone format"},
		{"a phone that lost digits", "9|1|101|钱七|1.38E+10||业主", "phone format"},
		{"two phones", "9|1|101|钱七|13800000011/13800000012||业主", "phone format"},
		{"only blanks and hyphens", "9|1|101|钱七|--||业主", "phone format"},
		{"three digits", "9|1|101|钱七||123|业主", "id_last4 format"},
		{"X too early", "9|1|101|钱七||1X23|业主", "id_last4 format"},
		{"a whole ID number", "9|1|101|钱七||110101199003078888|业主", "id_last4 format"},
		{"an unknown relation", "9|1|101|钱七|||朋友", "relation enum"},
		{"no relation", "9|1|101|钱七", "relation required"},
		{"the same person", "9号楼|1单元|101|赵 六|||户主", "name duplicate"},
		{"a phone of the file", "9|1|102|钱七|13900000003||业主", "phone conflict"},
		{"a phone of the roster", "9|1|102|钱七|13800000001||业主", "phone conflict"},
		{"a second home", "9|1|102|王芳|13800000001||业主", ""},
		{"the phone of the family", "9|1|101|赵小六|13900000003||家属", ""},
		{"all at once", "9||1|=1|1|1|x", "unit required,name format,phone format,id_last4 format,relation enum"},
	} {
		r := f.run(t, service.RosterFile{DryRun: true, Partial: true, Table: tableOf(rosterHead, good, c.row)})
		var got []string
		for _, e := range r.Errors {
			if e.Row != 3 {
				t.Errorf("%s: row %d is blamed", c.name, e.Row)
			}
			got = append(got, e.Column+" "+string(e.Code))
		}
		if strings.Join(got, ",") != c.want || r.ErrorCount != len(got) {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}

func TestHeadersAreKnownOrReported(t *testing.T) {
	f := newFiles(t)
	for _, c := range []struct{ head, want, unknown string }{
		{"building|unit|room|name|phone|id_last4|relation", "", ""},
		{"*楼栋（必填）|单 元|房号\n|姓名*|手机号码|身份证后4位|与业主关系", "", ""},
		{"Building|UNIT|Room|Name|Mobile|ID Last4|Relation|备注||车位", "", "H,J"},
		{"楼栋|单元|房号|姓名|关系", "", ""},
		{"楼栋|单元|姓名|关系", "room missing_column", ""},
		{"楼栋|单元|房号|姓名|关系|电话|手机", "phone repeated_column", ""},
		{"3|1|1201|王芳|13800000001||业主", "building missing_column,unit missing_column,room missing_column,name missing_column,relation missing_column", "A,B,C,D,E"},
		{"", "building missing_column,unit missing_column,room missing_column,name missing_column,relation missing_column", ""},
	} {
		r := f.run(t, service.RosterFile{Table: tableOf(c.head)})
		var got []string
		for _, e := range r.Errors {
			got = append(got, e.Column+" "+string(e.Code))
		}
		unknown := strings.Join(r.UnknownColumns, ",")
		if c.head == "3|1|1201|王芳|13800000001||业主" {
			unknown = strings.TrimSuffix(unknown, ",G") // 业主 is no header
		}
		if strings.Join(got, ",") != c.want || unknown != c.unknown {
			t.Errorf("%q: %v and %s", c.head, got, r.UnknownColumns)
		}
		if rejected := r.State == model.RosterRejected; rejected != (c.want != "") {
			t.Errorf("%q: %s", c.head, r.State)
		}
	}
	f.wants(t, service.RosterFile{}, "rejected rows=0 homes=0 new=0 changed=0 same=0 errors=5")
}

func TestAFileWithErrorsImportsNothingUnlessAsked(t *testing.T) {
	f := newFiles(t)
	before := f.people(t)
	file := service.RosterFile{Table: tableOf(rosterHead, "9|1|101|赵六|||业主", "9|1|102|钱七|1||业主")}
	r := f.wants(t, file, "rejected rows=2 homes=1 new=1 changed=0 same=0 errors=1")
	if got := f.people(t); !slices.Equal(got, before) {
		t.Fatalf("a rejected file left %v", got)
	}
	file.Partial = true
	f.wants(t, file, "imported rows=2 homes=1 new=1 changed=0 same=0 errors=1")
	if got := f.people(t); len(got) != len(before)+1 {
		t.Fatalf("a part of a file left %v", got)
	}
	got, err := f.files.Get(t.Context(), f.Manager(f.Garden), f.Garden.ID, r.ID)
	if err != nil || counts(got) != counts(r) || !slices.Equal(got.Errors, r.Errors) {
		t.Fatalf("read %+v (%v), was %+v", got, err, r)
	}
	list, err := f.files.List(t.Context(), f.Manager(f.Garden), f.Garden.ID, service.Page{Limit: 1})
	if err != nil || len(list.Items) != 1 || list.Items[0].State != model.RosterImported || list.Items[0].Errors != nil || list.Next == "" {
		t.Fatalf("listed %+v (%v)", list, err)
	}
	list, err = f.files.List(t.Context(), f.Manager(f.Garden), f.Garden.ID, service.Page{Cursor: list.Next})
	if err != nil || len(list.Items) != 1 || list.Items[0].ID != r.ID {
		t.Fatalf("listed %+v (%v)", list, err)
	}
	acts, err := f.Store.View(t.Context()).AuditEntries(f.Garden.ID, "", 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range acts {
		if a.Action != "roster.import" || strings.Contains(a.Detail, "赵") || !strings.Contains(a.Detail, `"rows":"2"`) {
			t.Errorf("the log has %+v", a)
		}
	}
}

func TestRosterFilesAreRefusedToOthers(t *testing.T) {
	f := newFiles(t)
	r := f.run(t, service.RosterFile{DryRun: true, Table: tableOf(rosterHead)})
	for name, caller := range map[string]*model.Caller{
		"a stranger":    f.Manager(f.Harbour),
		"a guard":       f.StaffCaller(model.RoleGuard, model.ScopeCommunity, f.Garden.ID),
		"the committee": f.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, f.Committee.ID),
		"a resident":    f.resident(t, "王芳", ""),
		"the platform":  f.StaffCaller(model.RoleSystemAdmin, model.ScopePlatform, ""),
	} {
		_, err := f.files.Import(t.Context(), caller, f.Garden.ID, service.RosterFile{Table: tableOf(rosterHead, "9|1|101|赵六|||业主")})
		_, read := f.files.Get(t.Context(), caller, f.Garden.ID, r.ID)
		_, listed := f.files.List(t.Context(), caller, f.Garden.ID, service.Page{})
		_, exported := f.files.Export(t.Context(), caller, f.Garden.ID, "csv")
		for _, err := range []error{err, read, listed, exported} {
			if !model.IsNotFound(err) {
				t.Errorf("%s is not refused: %v", name, err)
			}
		}
	}
	if _, err := f.files.Get(t.Context(), f.Manager(f.Harbour), f.Harbour.ID, r.ID); !model.IsNotFound(err) {
		t.Errorf("another community reads the import: %v", err)
	}
}

func TestARosterIsExportedMasked(t *testing.T) {
	f := newFiles(t)
	table, err := f.files.Export(t.Context(), f.Manager(f.Garden), f.Garden.ID, "csv")
	if err != nil || len(table) != 4 {
		t.Fatalf("exported %v (%v)", table, err)
	}
	if got := strings.Join(table[1], "|"); got != "3|1|1201|王*|138******01|业主 owner|否 no||" {
		t.Errorf("exported %s", got)
	}
	acts, err := f.Store.View(t.Context()).AuditEntries(f.Garden.ID, "", 1)
	if err != nil || acts[0].Action != "roster.export" {
		t.Errorf("the log has %+v (%v)", acts, err)
	}
}

// Of two who import one file at once, each person comes onto the roster once.
func TestTwoImportsAtOnce(t *testing.T) {
	f := newFiles(t)
	file := service.RosterFile{Table: manyRows(1200)}
	var both sync.WaitGroup
	results := make([]model.RosterImport, 2)
	for i := range results {
		both.Go(func() {
			var err error
			if results[i], err = f.files.Import(context.Background(), f.Manager(f.Garden), f.Garden.ID, file); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if n := results[0].PeopleNew + results[1].PeopleNew; n != 1200 || len(f.people(t)) != 1203 {
		t.Errorf("%d people were new, %d are there", n, len(f.people(t)))
	}
	if n := results[0].HouseholdsNew + results[1].HouseholdsNew; n != 400 {
		t.Errorf("%d households were new", n)
	}
}

// An import that is cut off is repeated as it is.
func TestAnImportThatWasCutOffIsRepeated(t *testing.T) {
	f := newFiles(t)
	file := service.RosterFile{Table: manyRows(1200)}
	homeless := f.Store.View(t.Context())
	f.FailInserts(t, "households", "room", "300")
	if _, err := f.files.Import(t.Context(), f.Manager(f.Garden), f.Garden.ID, file); err == nil {
		t.Fatal("nothing was cut off")
	}
	list, err := f.files.List(t.Context(), f.Manager(f.Garden), f.Garden.ID, service.Page{})
	if err != nil || len(list.Items) != 1 || list.Items[0].State != model.RosterImporting {
		t.Fatalf("listed %+v (%v)", list.Items, err)
	}
	keys, err := homeless.RosterKeys(f.Garden.ID, nil)
	if err != nil || len(keys) == 3 || len(keys) >= 1203 {
		t.Fatalf("%d people are there (%v)", len(keys), err)
	}
	rest := service.RosterFile{Table: slices.DeleteFunc(slices.Clone(file.Table), func(r service.TableRow) bool { return r.Cells[2] == "300" })}
	r := f.run(t, rest)
	if r.State != model.RosterImported || r.Unchanged != len(keys)-3 || r.PeopleNew+r.Unchanged != 1197 {
		t.Errorf("again: %s, %d were there", counts(r), len(keys)-3)
	}
}

// manyRows is a roster of n people, three to a home, in buildings of a hundred.
func manyRows(n int) []service.TableRow {
	lines := []string{rosterHead}
	for i := range n {
		home := i / 3
		lines = append(lines, fmt.Sprintf("%d|1|%d|人%c%d|1390%07d|%04d|%s", 10+home/100, home, 'A'+i%3, i, i, i%10000, []string{"业主", "家属", "租户"}[i%3]))
	}
	return tableOf(lines...)
}

func TestTwentyThousandRows(t *testing.T) {
	if testing.Short() {
		t.Skip("a large file")
	}
	f := newFiles(t)
	table := manyRows(20_000)
	for _, c := range []struct {
		what   string
		dryRun bool
		want   string
	}{
		{"checked", true, "checked rows=20000 homes=6667 new=20000 changed=0 same=0 errors=0"},
		{"imported", false, "imported rows=20000 homes=6667 new=20000 changed=0 same=0 errors=0"},
		{"imported again", false, "imported rows=20000 homes=0 new=0 changed=0 same=20000 errors=0"},
	} {
		begun := time.Now()
		f.wants(t, service.RosterFile{Table: table, DryRun: c.dryRun}, c.want)
		t.Logf("20,000 rows %s in %d ms on %s", c.what, time.Since(begun).Milliseconds(), f.Store.Dialect())
	}
}
