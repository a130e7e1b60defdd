package handler_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

func TestRoutesAreTheContractBothWays(t *testing.T) {
	r := newRig(t, nil)
	var want, got []string
	for _, op := range described(t) {
		want = append(want, op.method+" "+strings.NewReplacer("{", ":", "}", "").Replace(op.path))
	}
	for _, route := range r.handler.(*gin.Engine).Routes() {
		got = append(got, route.Method+" "+route.Path)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Fatalf("routes and contract differ:\nroutes   %v\ncontract %v", got, want)
	}
}

func TestRouterNeedsAHandlerForEachRawOperationAndNoMore(t *testing.T) {
	r := newRig(t, nil)
	for name, change := range map[string]func(raw map[string]gin.HandlerFunc){
		"missing": func(raw map[string]gin.HandlerFunc) { delete(raw, "recordScan") },
		"unknown": func(raw map[string]gin.HandlerFunc) { raw["openEverything"] = func(*gin.Context) {} },
		"renamed": func(raw map[string]gin.HandlerFunc) {
			raw["recordScans"] = raw["recordScan"]
			delete(raw, "recordScan")
		},
	} {
		o := r.options
		raw := maps.Clone(o.API.Raw())
		change(raw)
		o.API, o.Registry = &fake{raw: raw}, prometheus.NewRegistry()
		if _, err := handler.NewRouter(o); err == nil {
			t.Errorf("%s: the router was built", name)
		}
	}
}

// me is an API that answers getMe.
type me struct {
	*fake
	answer func(ctx context.Context) (server.GetMeResponseObject, error)
}

func (m *me) GetMe(ctx context.Context, _ server.GetMeRequestObject) (server.GetMeResponseObject, error) {
	return m.answer(ctx)
}

// withMe makes a rig whose GET /v1/me is the function.
func withMe(t testing.TB, answer func(ctx context.Context) (server.GetMeResponseObject, error), adjust ...func(r *rig)) *rig {
	return newRig(t, func(r *rig) {
		r.options.API = &me{r.fake, answer}
		for _, a := range adjust {
			a(r)
		}
	})
}

func goodMe(context.Context) (server.GetMeResponseObject, error) {
	return server.GetMe200JSONResponse{Person: wire.MePerson{Id: garden, NameMasked: "张*"}, Residencies: []wire.Residency{},
		Dependants: []wire.SessionPerson{}, Duties: []wire.MeDuties{}, Consents: []string{}}, nil
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	r := withMe(t, goodMe)
	w := r.call("GET", "/v1/me", "resident", "", "X-Request-Id", "client-id_1")
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	for name, want := range map[string]string{"X-Request-Id": "client-id_1", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	made := r.call("GET", "/v1/me", "resident", "", "X-Request-Id", "evil id\r\n").Header().Get("X-Request-Id")
	if len(made) != 26 {
		t.Errorf("a bad request id became %q", made)
	}
}

func TestWhatIsNotThereAnswersAsProblem(t *testing.T) {
	r := newRig(t, nil)
	r.problem(r.call("GET", "/v1/nothing", "", ""), http.StatusNotFound, model.CodeNotFound)
	r.problem(r.call("GET", "/v1/me/", "resident", ""), http.StatusNotFound, model.CodeNotFound)
	w := r.call("PUT", "/v1/me", "resident", "")
	r.problem(w, http.StatusMethodNotAllowed, model.CodeMethodNotAllowed)
	if w.Header().Get("Allow") != "GET, DELETE" && w.Header().Get("Allow") != "DELETE, GET" {
		t.Errorf("Allow is %q", w.Header().Get("Allow"))
	}
	r.problem(r.call("BREW", "/v1/me", "resident", ""), http.StatusMethodNotAllowed, model.CodeMethodNotAllowed)
}

func TestErrorsBecomeProblemsInTheCallersLanguage(t *testing.T) {
	var failure error
	r := withMe(t, func(context.Context) (server.GetMeResponseObject, error) { return nil, failure })
	secret := errors.New("dial tcp 10.0.0.7:3306: password hunter2 for 张三")
	for _, c := range []struct {
		name   string
		err    error
		status int
		code   model.Code
		retry  string
	}{
		{"known", model.Fail(model.CodeResidencyExists, secret), 409, model.CodeResidencyExists, ""},
		{"wrapped", errors.Join(errors.New("service"), model.NotFound()), 404, model.CodeNotFound, ""},
		{"unknown", secret, 500, model.CodeInternal, ""},
		{"a code that is none", model.Fail("made_up", secret), 500, model.CodeInternal, ""},
		{"unavailable", model.Fail(model.CodeUnavailable, secret), 503, model.CodeUnavailable, "1"},
		{"later", model.FailLater(model.CodeStorageFull, 30), 507, model.CodeStorageFull, "30"},
		{"the context ended", context.DeadlineExceeded, 503, model.CodeTimeout, "1"},
		{"locked", model.FailLater(model.CodeAccountLocked, 900), 423, model.CodeAccountLocked, "900"},
	} {
		failure = c.err
		before := strings.Count(r.log.String(), `"cause"`)
		zh, en := r.call("GET", "/v1/me", "resident", ""), r.call("GET", "/v1/me", "resident", "", "Accept-Language", "en-GB,en;q=0.9")
		inChinese, inEnglish := r.problem(zh, c.status, c.code), r.problem(en, c.status, c.code)
		if inChinese.Detail == inEnglish.Detail || zh.Header().Get("Content-Language") != "zh-CN" || en.Header().Get("Content-Language") != "en" {
			t.Errorf("%s: one language for both: %s", c.name, inEnglish.Detail)
		}
		if got := zh.Header().Get("Retry-After"); got != c.retry {
			t.Errorf("%s: Retry-After %q, want %q", c.name, got, c.retry)
		}
		for _, part := range []string{"hunter2", "张三", "10.0.0.7", "made_up"} {
			if strings.Contains(zh.Body.String()+en.Body.String(), part) {
				t.Errorf("%s: the cause came out: %s", c.name, zh.Body)
			}
		}
		causes := strings.Count(r.log.String(), `"cause"`) - before
		if want := map[bool]int{true: 2, false: 0}[c.status >= 500]; causes != want {
			t.Errorf("%s: %d causes logged for two requests, want %d", c.name, causes, want)
		}
	}
}

func TestALostRaceSaysHowThingsStand(t *testing.T) {
	r := withMe(t, func(context.Context) (server.GetMeResponseObject, error) {
		return nil, &model.Error{Code: model.CodeStateChanged, State: "declined"}
	})
	if p := r.problem(r.call("GET", "/v1/me", "resident", ""), 409, model.CodeStateChanged); p.State == nil || *p.State != "declined" {
		t.Fatalf("%+v", p)
	}
}

func TestAPanicIsABareProblemAndOneLine(t *testing.T) {
	r := withMe(t, func(context.Context) (server.GetMeResponseObject, error) { panic("index 7 of 张三") })
	w := r.call("GET", "/v1/me", "resident", "")
	r.problem(w, 500, model.CodeInternal)
	if strings.Contains(w.Body.String(), "张三") || strings.Contains(w.Body.String(), "goroutine") {
		t.Errorf("it shows %s", w.Body)
	}
	if n := strings.Count(r.log.String(), `"level":"ERROR"`); n != 1 || !strings.Contains(r.log.String(), "router_test.go") {
		t.Errorf("%d lines of errors, want one with the stack", n)
	}
}

func TestAPanicInMidAnswerCutsTheConnection(t *testing.T) {
	r := newRig(t, func(r *rig) {
		r.options.ValidateResponses = nil
		r.fake.raw["getBundle"] = func(c *gin.Context) {
			c.Data(200, "application/json", []byte(`{"payload":"half of`))
			panic("the rest")
		}
	})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Fatalf("it went on with %v", v)
		}
	}()
	r.call("GET", "/v1/gate/bundle", "device", "")
	t.Fatal("half an answer passed for a whole one")
}
