package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/testkit"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// fake is an API whose operations panic, but for those that a test puts in.
type fake struct {
	handler.API
	raw map[string]gin.HandlerFunc
}

func (f *fake) Raw() map[string]gin.HandlerFunc { return f.raw }

// rawOf fills every raw operation of the contract with a handler that does nothing.
func rawOf(t testing.TB) map[string]gin.HandlerFunc {
	t.Helper()
	out := map[string]gin.HandlerFunc{}
	for _, op := range described(t) {
		if op.raw {
			out[op.id] = func(c *gin.Context) { c.Data(http.StatusOK, "application/json", []byte(`{}`)) }
		}
	}
	return out
}

// describedOperation is an operation as the description has it.
type describedOperation struct {
	id, method, path, permission string
	schemes                      []string
	raw                          bool
}

func described(t testing.TB) []describedOperation {
	t.Helper()
	out, err := readDescription()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var readDescription = sync.OnceValues(func() ([]describedOperation, error) {
	doc, err := openapi.Load()
	if err != nil {
		return nil, err
	}
	var out []describedOperation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			o := describedOperation{id: op.OperationID, method: method, path: path}
			o.permission, _ = op.Extensions["x-permission"].(string)
			for _, requirement := range *op.Security {
				for scheme := range requirement {
					o.schemes = append(o.schemes, scheme)
				}
			}
			for _, tag := range op.Tags {
				o.raw = o.raw || tag == "raw"
			}
			out = append(out, o)
		}
	}
	return out, nil
})

// tokens is who the tokens of a test belong to.
type tokens map[string]*model.Caller

func (k tokens) Authenticate(_ context.Context, bearer string) (*model.Caller, error) {
	if bearer == "the-database-is-away" {
		return nil, model.Fail(model.CodeUnavailable)
	}
	if c, ok := k[bearer]; ok {
		return c, nil
	}
	return nil, model.Fail(model.CodeUnauthenticated)
}

// garden is the one community that exists for a rig.
const garden = "01JD0000000000000000GARDEN"

type reach struct{}

func (reach) Reach(c *model.Caller, p model.Permission, communityID string) error {
	if communityID != garden {
		return model.NotFound()
	}
	for _, g := range c.Grants {
		if g.Role.Has(p) && (g.ScopeKind == model.ScopePlatform || g.ScopeID == communityID) {
			return nil
		}
	}
	return model.NotFound()
}

func staff(id string, roles ...model.Role) *model.Caller {
	c := &model.Caller{Kind: model.CallerStaff, AccountID: id}
	for _, r := range roles {
		c.Grants = append(c.Grants, model.Grant{Role: r, ScopeKind: model.ScopeCommunity, ScopeID: garden})
	}
	return c
}

// rig is a router with callers to call it.
type rig struct {
	t        testing.TB
	handler  http.Handler
	options  handler.Options
	fake     *fake
	clock    *model.MovableClock
	log      *lines
	registry *prometheus.Registry

	mu        sync.Mutex
	misfits   []string
	expectBad bool
}

// lines is a log that may be written and read at once.
type lines struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.String()
}

// newRig builds a router over an API whose fake operations adjust may replace.
func newRig(t testing.TB, adjust func(r *rig)) *rig {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	r := &rig{t: t, clock: model.FrozenClock(testkit.Noon), log: &lines{}, registry: prometheus.NewRegistry(), fake: &fake{raw: rawOf(t)}}
	r.options = handler.Options{API: r.fake, Directory: reach{}, Clock: r.clock, Log: slog.New(slog.NewJSONHandler(r.log, nil)), Registry: r.registry,
		Auth: tokens{
			"resident": {Kind: model.CallerPerson, AccountID: "ACC-RESIDENT", PersonID: "P"},
			"manager":  staff("ACC-MANAGER", model.RolePropertyManager),
			"guard":    staff("ACC-GUARD", model.RoleGuard),
			"officer":  staff("ACC-OFFICER", model.RoleCommitteeOfficer),
			"nobody":   staff("ACC-NOBODY"),
			"auditor":  {Kind: model.CallerStaff, AccountID: "ACC-AUDITOR", Grants: []model.Grant{{Role: model.RoleAuditor, ScopeKind: model.ScopePlatform}}},
			"admin":    {Kind: model.CallerStaff, AccountID: "ACC-ADMIN", Grants: []model.Grant{{Role: model.RoleSystemAdmin, ScopeKind: model.ScopePlatform}}},
			"device":   {Kind: model.CallerDevice, AccountID: "ACC-DEVICE", Device: &model.Device{}},
		},
		ValidateResponses: func(id string, err error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.misfits = append(r.misfits, id+": "+err.Error())
		}}
	if adjust != nil {
		adjust(r)
	}
	engine, err := handler.NewRouter(r.options)
	if err != nil {
		t.Fatal(err)
	}
	r.handler = engine
	t.Cleanup(func() {
		if len(r.misfits) > 0 && !r.expectBad {
			t.Errorf("answers that do not fit the contract: %v", r.misfits)
		}
	})
	return r
}

// call is one request; header values come in pairs.
func (r *rig) call(method, path, token, body string, header ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	q := httptest.NewRequest(method, path, strings.NewReader(body))
	if body == "" {
		q = httptest.NewRequest(method, path, nil)
	} else {
		q.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, q)
	return w
}

// problem reads an answer that must be a problem of the code, fit for people.
func (r *rig) problem(w *httptest.ResponseRecorder, status int, code model.Code) wire.Problem {
	r.t.Helper()
	var p wire.Problem
	if w.Code != status || w.Header().Get("Content-Type") != "application/problem+json" {
		r.t.Fatalf("got %d %s %s, want %d %s", w.Code, w.Header().Get("Content-Type"), w.Body, status, code)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		r.t.Fatal(err)
	}
	if p.Code != string(code) || p.Status != status || p.Type != "https://communitypass.cn/problems/"+string(code) {
		r.t.Fatalf("got %+v, want %s", p, code)
	}
	if p.Title == "" || p.Detail == "" || p.RequestId == "" || p.RequestId != w.Header().Get("X-Request-Id") {
		r.t.Fatalf("the problem is incomplete: %+v", p)
	}
	return p
}

// fields are the faults of a problem as "field code".
func fields(p wire.Problem) []string {
	var out []string
	if p.Errors != nil {
		for _, f := range *p.Errors {
			out = append(out, f.Field+" "+f.Code)
		}
	}
	return out
}

// fill replaces the parameters of a path by ids that are well formed.
func fill(path string) string {
	return strings.NewReplacer("{cid}", garden, "{id}", "01JD0000000000000000000001", "{asset}", "init.js").Replace(path)
}
