package handler_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/sheet"
	"communitypass.cn/communitypass/testkit"
)

// withRoster is a rig for roster files, and the path of the garden's.
func withRoster(t testing.TB) (r *rig, path string) {
	h := testkit.NewHouse(t)
	files := handler.NewRosterFiles(service.NewRosterFiles(h.Deps))
	r = newRig(t, func(r *rig) {
		r.options.Directory, r.options.Clock = h.Directory, h.Clock
		r.options.Auth = tokens{"manager": h.Manager(h.Garden), "stranger": h.Manager(h.Harbour),
			"guard": h.StaffCaller(model.RoleGuard, model.ScopeCommunity, h.Garden.ID)}
		r.fake.raw["importRoster"], r.fake.raw["exportRoster"] = files.ImportRoster, files.ExportRoster
	})
	return r, "/v1/communities/" + h.Garden.ID
}

const rosterText = "楼栋,单元,房号,姓名,手机号,关系\n9,1,101,金丝雀,13912345678,业主\n9,1,102,=CANARY(),13912345679,朋友\n"

func imported(t testing.TB, w *httptest.ResponseRecorder) (out wire.RosterImport) {
	t.Helper()
	if w.Code != 201 || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatal(w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// form is a form with one file, and its content type.
func form(t testing.TB, field string, file []byte) (body, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	if err := w.WriteField("note", "x"); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile(field, "名册.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), w.FormDataContentType()
}

func workbookOf(t testing.TB, text string) []byte {
	t.Helper()
	var table [][]string
	for line := range strings.Lines(text) {
		table = append(table, strings.Split(strings.TrimSpace(line), ","))
	}
	var out bytes.Buffer
	if err := sheet.Write(&out, sheet.XLSX, table); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestARosterComesAsFileOrForm(t *testing.T) {
	r, path := withRoster(t)
	book := workbookOf(t, rosterText)
	text, textForm := form(t, "file", []byte(rosterText))
	packed, bookForm := form(t, "file", book)
	for _, c := range []struct{ name, body, kind string }{
		{"text", rosterText, "text/csv"},
		{"text with charset", rosterText, "text/csv; charset=utf-8"},
		{"a workbook", string(book), sheet.MediaXLSX},
		{"text in a form", text, textForm},
		{"a workbook in a form", packed, bookForm},
	} {
		got := imported(t, r.call("POST", path+"/roster-imports", "manager", c.body, "Content-Type", c.kind, "Accept-Language", "en"))
		if !got.DryRun || got.State != "checked" || got.Rows != 2 || got.PeopleNew != 1 || got.ErrorCount != 2 {
			t.Fatalf("%s: %+v", c.name, got)
		}
		for i, want := range []string{"The name is not in the right form.", "The relation must be owner, tenant, family or helper."} {
			if e := (*got.Errors)[i]; e.Row != 3 || e.Detail != want {
				t.Errorf("%s: %+v, want %s", c.name, e, want)
			}
		}
	}
	got := imported(t, r.call("POST", path+"/roster-imports?dry_run=false", "manager", rosterText, "Content-Type", "text/csv"))
	if got.State != "rejected" || (*got.Errors)[0].Detail != "“姓名”格式不正确。" {
		t.Errorf("%+v", got)
	}
	got = imported(t, r.call("POST", path+"/roster-imports?dry_run=false&partial=true", "manager", rosterText, "Content-Type", "text/csv"))
	if got.State != "imported" || got.PeopleNew != 1 {
		t.Errorf("%+v", got)
	}
	for _, secret := range []string{"金丝雀", "13912345678", "CANARY"} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("%s stands in the log", secret)
		}
	}
}

func TestBadRosterFiles(t *testing.T) {
	r, path := withRoster(t)
	wrongField, wrongForm := form(t, "datei", []byte(rosterText))
	whole, wholeForm := form(t, "file", []byte(rosterText))
	empty, emptyForm := form(t, "file", nil)
	large := strings.Repeat("x", 10<<20+1)
	largeInForm, largeForm := form(t, "file", []byte(large))
	for _, c := range []struct {
		name, body, kind, query string
		status                  int
		code                    model.Code
	}{
		{"JSON", `{"file":"CANARY"}`, "application/json", "", 415, model.CodeUnsupportedMedia},
		{"no type", rosterText, "", "", 415, model.CodeUnsupportedMedia},
		{"plain text", rosterText, "text/plain", "", 415, model.CodeUnsupportedMedia},
		{"text for a workbook", rosterText, sheet.MediaXLSX, "", 415, model.CodeUnsupportedMedia},
		{"a workbook for text", string(workbookOf(t, rosterText)), "text/csv", "", 415, model.CodeUnsupportedMedia},
		{"Excel 97", "\xd0\xcf\x11\xe0CANARY", "text/csv", "", 415, model.CodeUnsupportedMedia},
		{"half a workbook", string(workbookOf(t, rosterText)[:500]), sheet.MediaXLSX, "", 400, model.CodeMalformed},
		{"quotes left open", rosterText + `"CANARY`, "text/csv", "", 400, model.CodeMalformed},
		{"another field", wrongField, wrongForm, "", 400, model.CodeInvalid},
		{"an empty file", empty, emptyForm, "", 400, model.CodeInvalid},
		{"half a form", whole[:len(whole)-70], wholeForm, "", 400, model.CodeMalformed},
		{"a form without boundary", whole, "multipart/form-data", "", 400, model.CodeMalformed},
		{"too large", large, "text/csv", "", 413, model.CodeTooLarge},
		{"too large in a form", largeInForm, largeForm, "", 413, model.CodeTooLarge},
		{"too many rows", strings.Repeat("a,b\n", 20_002), "text/csv", "", 400, model.CodeInvalid},
		{"a wish that is none", rosterText, "text/csv", "?dry_run=perhaps", 400, model.CodeInvalid},
	} {
		w := r.call("POST", path+"/roster-imports"+c.query, "manager", c.body, "Content-Type", c.kind)
		if p := r.problem(w, c.status, c.code); strings.Contains(w.Body.String(), "CANARY") {
			t.Errorf("%s: said again: %+v", c.name, p)
		}
	}
	r.problem(r.call("POST", path+"/roster-imports", "manager", ""), 415, model.CodeUnsupportedMedia)
	r.problem(r.call("POST", path+"/roster-imports", "manager", "", "Content-Type", "text/csv"), 400, model.CodeInvalid)
	r.problem(r.call("POST", path+"/roster-imports", "stranger", rosterText, "Content-Type", "text/csv"), 404, model.CodeNotFound)
	r.problem(r.call("POST", path+"/roster-imports", "guard", rosterText, "Content-Type", "text/csv"), 403, model.CodeForbidden)
	r.problem(r.call("GET", path+"/roster-export", "stranger", ""), 404, model.CodeNotFound)
	r.problem(r.call("GET", path+"/roster-export", "guard", ""), 403, model.CodeForbidden)
	r.problem(r.call("GET", path+"/roster-export?format=pdf", "manager", ""), 400, model.CodeInvalid)
	if strings.Contains(r.log.String(), "CANARY") {
		t.Error("a value was logged")
	}
}

func TestARosterIsExportedAsAFile(t *testing.T) {
	r, path := withRoster(t)
	imported(t, r.call("POST", path+"/roster-imports?dry_run=false", "manager", "楼栋,单元,房号,姓名,手机号,关系\n-1,1,101,金丝雀,13912345678,业主\n", "Content-Type", "text/csv"))
	w := r.call("GET", path+"/roster-export", "manager", "")
	want := "\ufeff楼栋 building,单元 unit,房号 room,姓名 name,手机号 phone,关系 relation,已认领 claimed,租期至 lease_until,年龄段 age_group\r\n'-1,1,101,金**,139******78,业主 owner,否 no,,\r\n"
	if w.Code != 200 || w.Body.String() != want || w.Header().Get("Cache-Control") != "no-store" ||
		w.Header().Get("Content-Type") != "text/csv; charset=utf-8" || w.Header().Get("Content-Disposition") != `attachment; filename="roster.csv"` {
		t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
	}
	w = r.call("GET", path+"/roster-export?format=xlsx", "manager", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != sheet.MediaXLSX || sheet.FormatOf(w.Body.Bytes()) != sheet.XLSX {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

// A workbook of twenty thousand rows goes the whole way.
func TestALargeWorkbook(t *testing.T) {
	if testing.Short() {
		t.Skip("a large file")
	}
	r, path := withRoster(t)
	var text strings.Builder
	text.WriteString("楼栋,单元,房号,姓名,手机号,身份证后四位,关系\n")
	for i := range 20_000 {
		fmt.Fprintf(&text, "%d,1,%d,人%c%d,1390%07d,%04d,业主\n", 1+i/300, i/3, 'A'+i%3, i, i, i%10_000)
	}
	file := workbookOf(t, text.String())
	for _, query := range []string{"", "?dry_run=false"} {
		begun := time.Now()
		if got := imported(t, r.call("POST", path+"/roster-imports"+query, "manager", string(file), "Content-Type", sheet.MediaXLSX)); got.PeopleNew != 20_000 || got.HouseholdsNew != 6667 {
			t.Errorf("%+v", got)
		}
		t.Logf("20,000 rows of a workbook of %d kB with %q in %d ms", len(file)>>10, query, time.Since(begun).Milliseconds())
	}
}

// Every error of a row has a sentence of its own in both languages.
func TestEveryRosterErrorIsExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, code := range model.RosterErrorCodes() {
		for _, column := range []string{"building", "unit", "room", "name", "phone", "id_last4", "relation"} {
			for _, language := range []string{middleware.Chinese, middleware.English} {
				seen[handler.RosterSentence(model.RosterError{Row: 2, Column: column, Code: code}, language)] = true
			}
		}
	}
	if want := len(model.RosterErrorCodes()) * 7 * 2; len(seen) != want {
		t.Errorf("%d sentences, want %d", len(seen), want)
	}
}
