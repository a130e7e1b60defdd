package handler_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// callers are one of each kind, with the token that the rig knows them by.
var callers = map[string]string{"person": "resident", "staff": "admin", "device": "device"}

func TestEveryProtectedOperationRefuses(t *testing.T) {
	r := newRig(t, nil)
	protected := 0
	for _, op := range described(t) {
		if len(op.schemes) == 0 {
			continue
		}
		protected++
		path := fill(op.path)
		for token, status := range map[string]int{"": 401, "forged": 401, "nobody": 403} {
			w := r.call(op.method, path, token, "")
			code := model.CodeUnauthenticated
			if status == 403 {
				code = model.CodeForbidden
			}
			r.problem(w, status, code)
			if challenge := w.Header().Get("WWW-Authenticate"); (challenge == "Bearer") != (status == 401) {
				t.Errorf("%s with %q: WWW-Authenticate %q", op.id, token, challenge)
			}
		}
		for kind, token := range callers {
			if !slices.Contains(op.schemes, kind) {
				r.problem(r.call(op.method, path, token, ""), 403, model.CodeForbidden)
			}
		}
		if strings.Contains(op.path, "{cid}") {
			stranger := strings.NewReplacer("{cid}", "01JD00000000000000HARB0WR0", "{id}", garden).Replace(op.path)
			token := "admin"
			for name, role := range map[string]model.Role{"manager": model.RolePropertyManager, "officer": model.RoleCommitteeOfficer, "auditor": model.RoleAuditor} {
				if role.Has(model.Permission(op.permission)) {
					token = name
				}
			}
			if !model.RoleSystemAdmin.Has(model.Permission(op.permission)) && token == "admin" {
				token = "officer"
			}
			if !model.RoleSystemAdmin.Has(model.Permission(op.permission)) && token == "admin" {
				token = "officer"
			}
			r.problem(r.call(op.method, stranger, token, ""), 404, model.CodeNotFound)
		}
	}
	if protected < 40 {
		t.Fatalf("only %d operations were tried", protected)
	}
}

func TestAGuardLacksWhatAManagerMay(t *testing.T) {
	r := newRig(t, nil)
	for _, op := range described(t) {
		p := model.Permission(op.permission)
		if !slices.Contains(op.schemes, "staff") || model.RoleGuard.Has(p) {
			continue
		}
		r.problem(r.call(op.method, fill(op.path), "guard", ""), 403, model.CodeForbidden)
	}
}

func TestBearer(t *testing.T) {
	r := withMe(t, goodMe)
	for header, status := range map[string]int{"Bearer resident": 200, "bearer resident": 200, "BEARER   resident ": 200,
		"resident": 401, "Basic resident": 401, "Bearer": 401, "Bearer ": 401, "": 401, "Bearer resident, Bearer resident": 401} {
		w := r.call("GET", "/v1/me", "", "", "Authorization", header)
		if w.Code != status {
			t.Errorf("%q answers %d, want %d", header, w.Code, status)
		}
	}
	if w := r.call("GET", "/v1/me?access_token=resident", "", ""); w.Code != 401 {
		t.Errorf("a token in the query answers %d", w.Code)
	}
	r.problem(r.call("GET", "/v1/me", "the-database-is-away", ""), 503, model.CodeUnavailable)
}

func TestHandlersAreToldWhoAsks(t *testing.T) {
	var caller *model.Caller
	var language, ip, id, cookie string
	r := withMe(t, func(ctx context.Context) (server.GetMeResponseObject, error) {
		caller, language, ip, id, cookie = middleware.Caller(ctx), middleware.Language(ctx), middleware.ClientIP(ctx), middleware.RequestID(ctx), middleware.Cookie(ctx)
		return goodMe(ctx)
	})
	r.call("GET", "/v1/me", "resident", "", "Accept-Language", "en", "X-Request-Id", "request-1", "Cookie", "cp_refresh=rt_1", "X-Forwarded-For", "203.0.113.9", "X-Real-Ip", "203.0.113.9")
	if caller == nil || caller.AccountID != "ACC-RESIDENT" || language != "en" || id != "request-1" {
		t.Errorf("caller %+v, language %s, id %s", caller, language, id)
	}
	if ip != "192.0.2.1" {
		t.Errorf("the address is %s: a stranger's X-Forwarded-For was believed", ip)
	}
	if cookie != "" {
		t.Error("the refresh cookie is given to more than the operations of sessions")
	}
}

// refresh is an API that tells what the refresh of a session was given.
type refresh struct {
	*fake
	cookie, ip string
}

func (f *refresh) RefreshSession(ctx context.Context, _ server.RefreshSessionRequestObject) (server.RefreshSessionResponseObject, error) {
	f.cookie, f.ip = middleware.Cookie(ctx), middleware.ClientIP(ctx)
	return nil, model.Fail(model.CodeRefreshReused)
}

func TestTheCookieAndATrustedProxysWord(t *testing.T) {
	f := &refresh{}
	r := newRig(t, func(r *rig) {
		f.fake, r.options.API = r.fake, f
		r.options.TrustedProxies = []string{"192.0.2.0/24"}
	})
	r.problem(r.call("POST", "/v1/sessions/refresh", "", `{}`, "Cookie", "cp_refresh=rt_1", "X-Forwarded-For", "198.51.100.7, 192.0.2.9"), 401, model.CodeRefreshReused)
	if f.cookie != "rt_1" || f.ip != "198.51.100.7" {
		t.Errorf("cookie %q, address %q", f.cookie, f.ip)
	}
}

func TestOnlyOneHeaderOfAProxyIsBelieved(t *testing.T) {
	f := &refresh{}
	r := newRig(t, func(r *rig) {
		f.fake, r.options.API = r.fake, f
		r.options.TrustedProxies = []string{"192.0.2.0/24"}
	})
	r.problem(r.call("POST", "/v1/sessions/refresh", "", `{}`, "X-Real-Ip", "198.51.100.7"), 401, model.CodeRefreshReused)
	if f.ip != "192.0.2.1" {
		t.Errorf("the address is %s", f.ip)
	}
}

func TestWhoKeepsAContextKeepsItsOwn(t *testing.T) {
	var kept context.Context
	r := withMe(t, func(ctx context.Context) (server.GetMeResponseObject, error) {
		if kept == nil {
			kept = ctx
		}
		return goodMe(ctx)
	})
	for i := range 20 {
		r.call("GET", "/v1/me", "resident", "", "X-Request-Id", fmt.Sprintf("request-%02d", i))
	}
	if id := middleware.RequestID(kept); id != "request-00" || kept.Err() == nil {
		t.Errorf("the first request's context became that of %q, ended: %v", id, kept.Err())
	}
}

func TestBadTrustedProxiesRefuseToStart(t *testing.T) {
	o := newRig(t, nil).options
	o.Registry, o.TrustedProxies = prometheus.NewRegistry(), []string{"everybody"}
	if _, err := handler.NewRouter(o); err == nil {
		t.Fatal("it started")
	}
}

func TestARouteOutsideTheContractIsClosed(t *testing.T) {
	r := newRig(t, nil)
	r.handler.(*gin.Engine).GET("/v1/secret", func(c *gin.Context) { c.String(http.StatusOK, "open") })
	r.problem(r.call("GET", "/v1/secret", "admin", ""), 500, model.CodeInternal)
}
