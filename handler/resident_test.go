package handler_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
)

// residentAPI serves the resident's part of the contract; what it lacks panics.
type residentAPI struct {
	missing
	*handler.Residents
	*handler.Residencies
	*handler.Households
}

type missing struct{ server.StrictServerInterface }

// site is that API over a house, called as whoever is set.
type site struct {
	*testkit.House
	engine *gin.Engine
	caller *model.Caller
	doc    *openapi3.T
}

type phones struct{}

func (phones) PhoneNumber(context.Context, string) (string, error) { return "13800000001", nil }

// drawn is a painter that says what it was asked for.
type drawn struct{}

func (drawn) PNG(text string, size int) ([]byte, error) { return drawing("png", text, size) }
func (drawn) SVG(text string, size int) ([]byte, error) { return drawing("svg", text, size) }

func drawing(format, text string, size int) ([]byte, error) {
	return json.Marshal(map[string]any{"format": format, "text": text, "size": size})
}

func newSite(t testing.TB) *site {
	t.Helper()
	h := testkit.NewHouse(t)
	doc, err := openapi.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{House: h, engine: gin.New(), doc: doc}
	s.engine.ContextWithFallback = true
	s.engine.Use(func(c *gin.Context) {
		c.Request = c.Request.WithContext(middleware.WithCaller(c.Request.Context(), s.caller))
		c.Next()
		if err := c.Errors.Last(); err != nil {
			c.JSON(http.StatusTeapot, gin.H{"code": model.CodeOf(err.Err)})
		}
	})
	keep := func(c *gin.Context, err error) { _ = c.Error(err) }
	server.RegisterHandlers(s.engine, server.NewStrictHandlerWithOptions(residentAPI{
		Residents:   &handler.Residents{Service: service.NewResidents(h.Deps, phones{})},
		Residencies: &handler.Residencies{Service: service.NewResidencies(h.Deps)},
		Households:  &handler.Households{Service: service.NewHouseholds(h.Deps)},
	}, []server.StrictMiddlewareFunc{handler.Detach}, server.StrictGinServerOptions{HandlerErrorFunc: keep, RequestErrorHandlerFunc: keep, ResponseErrorHandlerFunc: keep}))
	codes := &handler.Codes{Service: service.NewCodes(h.Deps), Painter: drawn{}}
	s.engine.POST("/v1/me/passes/:id/codes", codes.IssueCodes)
	s.engine.GET("/v1/me/passes/:id/qr", codes.GetPassQR)
	return s
}

// call makes a request with a JSON body, or none.
func (s *site) call(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, r)
	return w
}

// want makes a request that must be answered with the status and by the schema of
// the contract, and decodes the answer.
func (s *site) want(t testing.TB, status int, schema, method, path, body string) map[string]any {
	t.Helper()
	w := s.call(method, path, body)
	if w.Code != status {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	var value map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &value); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
	}
	if err := s.doc.Components.Schemas[schema].Value.VisitJSON(value, openapi3.VisitAsResponse()); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
	}
	return value
}

// wantError makes a request that must fail with the code.
func (s *site) wantError(t testing.TB, code model.Code, method, path, body string, headers ...string) {
	t.Helper()
	w := s.call(method, path, body, headers...)
	var got struct{ Code model.Code }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusTeapot || got.Code != code {
		t.Errorf("%s %s: %d %s, want %s", method, path, w.Code, w.Body, code)
	}
}

func TestTheResidentsWayThroughTheContract(t *testing.T) {
	s := newSite(t)
	cid := s.Garden.ID
	manager := s.Manager(s.Garden)
	resident := &model.Caller{Kind: model.CallerPerson, PersonID: s.Person(t, "", "").ID}

	s.caller = manager
	home := `{"building":"3号楼","unit":"1","room":"1201","roster":[{"name":"王芳","phone":"13800000001","id_last4":"123X","relation":"owner"},{"name":"韩梅","relation":"family"}]}`
	made := s.want(t, 201, "Household", "POST", "/v1/communities/"+cid+"/households", home)
	if roster := made["roster"].([]any); made["building"] != "3" || len(roster) != 2 || roster[0].(map[string]any)["phone_masked"] != "138******01" {
		t.Fatalf("made %v", made)
	}
	s.wantError(t, model.CodeConflict, "POST", "/v1/communities/"+cid+"/households", home)
	s.want(t, 201, "Household", "POST", "/v1/communities/"+cid+"/households", `{"building":"4","unit":"1","room":"101"}`)
	list := s.want(t, 200, "HouseholdList", "GET", "/v1/communities/"+cid+"/households?limit=1&building=3", "")
	if list["next_cursor"] != nil || len(list["items"].([]any)) != 1 {
		t.Fatalf("listed %v", list)
	}

	s.caller = resident
	if me := s.want(t, 200, "Me", "GET", "/v1/me", ""); len(me["duties"].([]any)) != 2 {
		t.Fatalf("me: %v", me)
	}
	claim := `{"community_id":"` + cid + `","building":"3","unit":"1","room":"1201","name":"王芳","relation":"owner"}`
	first := s.want(t, 201, "Residency", "POST", "/v1/residencies", claim)
	if first["status"] != "pending" {
		t.Fatalf("claimed: %v", first)
	}
	s.wantError(t, model.CodeResidencyExists, "POST", "/v1/residencies", claim)
	confirmed := s.want(t, 200, "PhoneConfirmed", "POST", "/v1/me/phone", `{"code":"x"}`)
	if activated := confirmed["activated"].([]any); len(activated) != 1 || activated[0].(map[string]any)["id"] != first["id"] {
		t.Fatalf("confirmed: %v", confirmed)
	}
	passes := s.want(t, 200, "PassList", "GET", "/v1/me/passes", "")["items"].([]any)
	if len(passes) != 1 || passes[0].(map[string]any)["state"] != "valid" || len(passes[0].(map[string]any)["gates"].([]any)) != 3 {
		t.Fatalf("passes: %v", passes)
	}
	codes := s.want(t, 200, "Codes", "POST", "/v1/me/passes/"+passes[0].(map[string]any)["id"].(string)+"/codes", `{"count":20}`)
	if len(codes["codes"].([]any)) != 20 || codes["server_time"] != "2026-11-22T04:00:00.000Z" {
		t.Fatalf("codes: %v", codes)
	}

	s.caller = manager
	s.want(t, 200, "ResidencyList", "GET", "/v1/communities/"+cid+"/residencies?status=active", "")
	at := "/v1/communities/" + cid + "/residencies/" + first["id"].(string)
	s.wantError(t, model.CodeStateChanged, "POST", at+"/approve", "")
	s.wantError(t, model.CodeStateChanged, "POST", at+"/decline", `{"reason":"查无此人"}`)
	ended := s.want(t, 200, "Residency", "POST", at+"/end", `{"reason":"已搬走"}`)
	if ended["status"] != "ended" || ended["reason"] != "已搬走" || ended["ended_at"] == nil {
		t.Fatalf("ended: %v", ended)
	}

	s.caller = resident
	passes = s.want(t, 200, "PassList", "GET", "/v1/me/passes", "")["items"].([]any)
	if pass := passes[0].(map[string]any); pass["state"] != "withdrawn" || pass["reason"] != "moved_out" {
		t.Fatalf("passes: %v", passes)
	}
	second := s.want(t, 201, "Residency", "POST", "/v1/residencies", claim)
	s.caller = manager
	s.want(t, 200, "Residency", "POST", "/v1/communities/"+cid+"/residencies/"+second["id"].(string)+"/approve", "")
}
