package handler_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"

	"github.com/gin-gonic/gin"
)

// staffAPI is an API that makes staff, and keeps what it was given.
type staffAPI struct {
	*fake
	given []wire.StaffRequest
}

func (s *staffAPI) CreateStaff(_ context.Context, r server.CreateStaffRequestObject) (server.CreateStaffResponseObject, error) {
	s.given = append(s.given, *r.Body)
	return server.CreateStaff201JSONResponse{Staff: wire.Staff{Id: garden, Username: r.Body.Username, NameMasked: "王*", State: "active", Roles: []wire.Grant{}}}, nil
}

func withStaff(t testing.TB) (*rig, *staffAPI) {
	api := &staffAPI{}
	return newRig(t, func(r *rig) { api.fake, r.options.API = r.fake, api }), api
}

const goodStaff = `{"username":"wang.wu","password":"correct horse","name":"王五","phone":"13800000001","role":"guard","scope_kind":"community","scope_id":"` + garden + `"}`

// canaries are the values of the bodies below; none may come back.
var canaries = []string{"correct horse", "王五", "13800000001", "CANARY", "canary"}

func TestBadBodies(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(goodStaff, old, new, 1) }
	r, api := withStaff(t)
	for _, c := range []struct {
		name, body  string
		contentType string
		status      int
		code        model.Code
		fields      []string
	}{
		{"empty", "", "application/json", 400, model.CodeMalformed, nil},
		{"no JSON", "username=CANARY", "application/json", 400, model.CodeMalformed, nil},
		{"cut off", goodStaff[:60], "application/json", 400, model.CodeMalformed, nil},
		{"two objects", goodStaff + goodStaff, "application/json", 400, model.CodeMalformed, nil},
		{"a name twice", with(`"role"`, `"role":"system_admin","role"`), "application/json", 400, model.CodeMalformed, []string{"/role duplicate"}},
		{"invalid UTF-8", with("王五", "CANARY\xff"), "application/json", 400, model.CodeMalformed, nil},
		{"too deep", with(`"王五"`, strings.Repeat(`[`, 40)+`"CANARY"`+strings.Repeat(`]`, 40)), "application/json", 400, model.CodeMalformed, nil},
		{"too large", with("王五", strings.Repeat("canary", 20_000)), "application/json", 413, model.CodeTooLarge, nil},
		{"a form", goodStaff, "application/x-www-form-urlencoded", 415, model.CodeUnsupportedMedia, nil},
		{"no type", goodStaff, "", 415, model.CodeUnsupportedMedia, nil},
		{"another charset", goodStaff, "application/json; charset=gbk", 415, model.CodeUnsupportedMedia, nil},
		{"not an object", `["CANARY"]`, "application/json", 400, model.CodeInvalid, []string{" type"}},
		{"null", `null`, "application/json", 400, model.CodeInvalid, []string{" type"}},
		{"an unknown name", with(`"role"`, `"id":"CANARY","role"`), "application/json", 400, model.CodeInvalid, []string{"/id unknown"}},
		{"a name in another case", with(`"role":"guard"`, `"ROLE":"guard"`), "application/json", 400, model.CodeInvalid, []string{"/ROLE unknown", "/role required"}},
		{"wrong types", with(`"王五"`, `{"canary":1}`), "application/json", 400, model.CodeInvalid, []string{"/name type"}},
		{"a number for a string", with(`"13800000001"`, `13800000001`), "application/json", 400, model.CodeInvalid, []string{"/phone type"}},
		{"null for a string", with(`"王五"`, `null`), "application/json", 400, model.CodeInvalid, []string{"/name type"}},
		{"no choice", with(`"guard"`, `"CANARY"`), "application/json", 400, model.CodeInvalid, []string{"/role enum"}},
		{"all at once", `{"username":"CANARY","password":"canary","name":"","scope_kind":"CANARY","x":1}`, "application/json", 400, model.CodeInvalid,
			[]string{"/name length", "/password length", "/role required", "/scope_kind enum", "/username format", "/x unknown"}},
	} {
		details := map[string]bool{}
		for _, language := range []string{"zh-CN", "en"} {
			w := r.call("POST", "/v1/staff", "manager", c.body, "Content-Type", c.contentType, "Accept-Language", language)
			p := r.problem(w, c.status, c.code)
			got := fields(p)
			slices.Sort(got)
			if !slices.Equal(got, c.fields) {
				t.Errorf("%s: %q, want %q", c.name, got, c.fields)
			}
			details[p.Detail] = true
			for _, canary := range canaries {
				if strings.Contains(w.Body.String(), canary) {
					t.Errorf("%s: a value came back: %s", c.name, w.Body)
				}
			}
			if p.Errors != nil {
				for _, f := range *p.Errors {
					details[f.Field+f.Detail] = true
				}
			}
		}
		if want := 2 + 2*len(c.fields); len(details) != want {
			t.Errorf("%s: %d different sentences, want %d: %v", c.name, len(details), want, details)
		}
		if len(api.given) > 0 {
			t.Errorf("%s: the handler was asked", c.name)
		}
		for _, canary := range canaries {
			if strings.Contains(r.log.String(), canary) {
				t.Errorf("%s: a value was logged", c.name)
			}
		}
	}
}

func TestAGoodBodyGoesOnUnchanged(t *testing.T) {
	r, api := withStaff(t)
	for _, contentType := range []string{"application/json", "application/json; charset=utf-8", `Application/JSON;charset="UTF-8"`} {
		if w := r.call("POST", "/v1/staff", "manager", goodStaff, "Content-Type", contentType); w.Code != 201 {
			t.Fatal(contentType, w.Code, w.Body)
		}
	}
	if got := api.given[0]; got.Name != "王五" || got.Phone == nil || *got.Phone != "13800000001" || got.ScopeId == nil {
		t.Errorf("the handler was given %+v", got)
	}
}

// chunked is a request whose body has no announced length.
func chunked(r *rig, path, token, body string) *httptest.ResponseRecorder {
	q := httptest.NewRequest("POST", path, io.MultiReader(strings.NewReader(body)))
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, q)
	return w
}

func TestABodyOfUnknownLength(t *testing.T) {
	r, api := withStaff(t)
	r.problem(chunked(r, "/v1/staff", "manager", strings.Repeat(" ", 70_000)+goodStaff), 413, model.CodeTooLarge)
	r.problem(chunked(r, "/v1/staff", "manager", ""), 400, model.CodeMalformed)
	if len(api.given) > 0 {
		t.Fatal("the handler was asked")
	}
	if w := chunked(r, "/v1/staff", "manager", goodStaff); w.Code != 201 {
		t.Fatal(w.Code, w.Body)
	}
}

func TestARawOperationReadsABoundedBody(t *testing.T) {
	var got error
	r := newRig(t, func(r *rig) {
		r.fake.raw["recordScan"] = func(c *gin.Context) {
			_, got = io.ReadAll(c.Request.Body)
			_ = c.Error(got)
		}
	})
	r.problem(chunked(r, "/v1/gate/scans", "device", strings.Repeat("a", 70_000)), 413, model.CodeTooLarge)
	if model.CodeOf(got) != model.CodeTooLarge {
		t.Errorf("the reader was told %v", got)
	}
	r.problem(r.call("POST", "/v1/gate/scans", "device", `{}`, "Content-Type", "text/plain"), 415, model.CodeUnsupportedMedia)
	r.problem(r.call("POST", "/v1/gate/scans", "device", `{}`, "Content-Encoding", "gzip"), 415, model.CodeUnsupportedMedia)
}

// batchAPI is an API that counts the items of a batch.
type batchAPI struct {
	*fake
	items int
}

func (b *batchAPI) UploadPassages(_ context.Context, r server.UploadPassagesRequestObject) (server.UploadPassagesResponseObject, error) {
	b.items = len(r.Body.Passages)
	return server.UploadPassages200JSONResponse{Results: []wire.PassageItemResult{}}, nil
}

func TestABatchMayBeLargeAndABadItemIsNotTheBatchs(t *testing.T) {
	api := &batchAPI{}
	r := newRig(t, func(r *rig) { api.fake, r.options.API = r.fake, api })
	item := fmt.Sprintf(`{"scan_id":"scan-0001","scan_id":"scan-0002","nonsense":%q}`, strings.Repeat("x", 500))
	body := `{"passages":[` + strings.TrimSuffix(strings.Repeat(item+",", 1000), ",") + `]}`
	if w := r.call("POST", "/v1/gate/passages/batch", "device", body); w.Code != 200 || api.items != 1000 {
		t.Fatalf("%d, %d items, %s", w.Code, api.items, w.Body)
	}
	strange := `{"passages":[5,"x",null,[],{},true]}`
	if w := r.call("POST", "/v1/gate/passages/batch", "device", strange); w.Code != 200 || api.items != 6 {
		t.Fatalf("%d, %d items, %s", w.Code, api.items, w.Body)
	}
	p := r.problem(r.call("POST", "/v1/gate/passages/batch", "device", `{"passages":[{}],"passages":[{}]}`), 400, model.CodeMalformed)
	if got := fields(p); !slices.Equal(got, []string{"/passages duplicate"}) {
		t.Errorf("%q", got)
	}
	p = r.problem(r.call("POST", "/v1/gate/passages/batch", "device", `{"passages":[]}`), 400, model.CodeInvalid)
	if got := fields(p); !slices.Equal(got, []string{"/passages length"}) {
		t.Errorf("%q", got)
	}
	huge := `{"passages":[{"x":"` + strings.Repeat("x", 1<<20) + `"}]}`
	r.problem(r.call("POST", "/v1/gate/passages/batch", "device", huge), 413, model.CodeTooLarge)
}

func TestParameters(t *testing.T) {
	r := newRig(t, func(r *rig) { r.options.API = &listAPI{r.fake} })
	for _, c := range []struct {
		path   string
		status int
		fields []string
	}{
		{"/v1/staff", 200, nil},
		{"/v1/staff?limit=200&cursor=abc_-9", 200, nil},
		{"/v1/staff?cursor=", 200, nil},
		{"/v1/staff?limit=0", 400, []string{"limit range"}},
		{"/v1/staff?limit=201", 400, []string{"limit range"}},
		{"/v1/staff?limit=many", 400, []string{"limit type"}},
		{"/v1/staff?limit=1.5", 400, []string{"limit type"}},
		{"/v1/staff?limit=99999999999999999999", 400, []string{"limit type"}},
		{"/v1/staff?limit=0&cursor=CANARY'", 400, []string{"limit range", "cursor format"}},
		{"/v1/staff?limit=1e1", 400, []string{"limit type"}},
	} {
		w := r.call("GET", c.path, "manager", "")
		if w.Code != c.status {
			t.Errorf("%s answers %d: %s", c.path, w.Code, w.Body)
			continue
		}
		if c.status == 200 {
			continue
		}
		if got := fields(r.problem(w, 400, model.CodeInvalid)); !slices.Equal(got, c.fields) {
			t.Errorf("%s: %q, want %q", c.path, got, c.fields)
		}
		if strings.Contains(w.Body.String(), "CANARY") {
			t.Errorf("%s: a value came back: %s", c.path, w.Body)
		}
	}
	for _, path := range []string{"/v1/staff?limit=1&limit=2", "/v1/staff?limit=1&limit=abc", "/v1/staff?limit=%zz", "/v1/staff?limit[]=1&;&cursor=%00"} {
		if w := r.call("GET", path, "manager", ""); w.Code != 200 && w.Code != 400 {
			t.Errorf("%s answers %d: %s", path, w.Code, w.Body)
		}
	}
	for _, id := range []string{"1", "not-an-id", "01jd0000000000000000000001", "01JD000000000000000000000I", "..", strings.Repeat("A", 27)} {
		r.problem(r.call("POST", "/v1/staff/"+id+"/disable", "manager", ""), http.StatusNotFound, model.CodeNotFound)
	}
	p := r.problem(r.call("POST", "/v1/staff", "manager", goodStaff, "Idempotency-Key", strings.Repeat("k", 65)), 400, model.CodeInvalid)
	if got := fields(p); !slices.Equal(got, []string{"Idempotency-Key length"}) {
		t.Errorf("%q", got)
	}
}

func TestANumberThatFitsTheContractAndNotTheType(t *testing.T) {
	r := newRig(t, nil)
	p := r.problem(r.call("POST", "/v1/recipients/"+garden+"/replay", "manager", `{"from_sequence":1.0,"to_sequence":2}`), 400, model.CodeInvalid)
	if got := fields(p); !slices.Equal(got, []string{"/from_sequence type"}) {
		t.Errorf("%q", got)
	}
}

// listAPI is an API that lists no staff.
type listAPI struct{ *fake }

func (listAPI) ListStaff(context.Context, server.ListStaffRequestObject) (server.ListStaffResponseObject, error) {
	return server.ListStaff200JSONResponse{Items: []wire.Staff{}}, nil
}
