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
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

const words = "Plum-Tree-River-7"

func body[T any](t *testing.T, status int, visit func(http.ResponseWriter) error) (T, string) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := visit(w); err != nil {
		t.Fatal(err)
	}
	if w.Code != status {
		t.Fatalf("status %d", w.Code)
	}
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	return v, w.Body.String()
}

// TestStaffFromBootstrapToDismissal goes the way of the first day.
func TestStaffFromBootstrapToDismissal(t *testing.T) {
	house := testkit.NewHouse(t)
	h := &handler.Staff{Service: service.NewStaff(house.Deps, service.NewPasswords())}
	token, err := h.Service.NewBootstrapToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made, err := h.Bootstrap(t.Context(), server.BootstrapRequestObject{Body: &wire.BootstrapRequest{Token: token, Username: "root.chen", Password: words, Name: "陈一"}})
	if err != nil {
		t.Fatal(err)
	}
	root, text := body[wire.StaffCreated](t, http.StatusCreated, made.VisitBootstrapResponse)
	if root.TotpSecret == nil || root.TotpUri == nil || root.Staff.Roles[0].Role != "system_admin" || root.Staff.Roles[0].ScopeId != nil ||
		root.Staff.LastSignInAt != nil || strings.Contains(text, "陈一") || strings.Contains(text, "argon2") {
		t.Errorf("the administrator is shown as %+v", root.Staff)
	}

	admin := middleware.WithCaller(t.Context(), house.StaffCaller(model.RoleSystemAdmin, model.ScopePlatform, ""))
	phone := "13611112222"
	added, err := h.CreateStaff(admin, server.CreateStaffRequestObject{Body: &wire.StaffRequest{Username: "guard.li", Password: words,
		Name: "李四", Phone: &phone, Role: "guard", ScopeKind: "community", ScopeId: &house.Garden.ID}})
	if err != nil {
		t.Fatal(err)
	}
	guard, text := body[wire.StaffCreated](t, http.StatusCreated, added.VisitCreateStaffResponse)
	if guard.TotpSecret != nil || guard.Staff.NameMasked != "李*" || *guard.Staff.Roles[0].ScopeId != house.Garden.ID || strings.Contains(text, phone) {
		t.Errorf("the guard is shown as %+v", guard.Staff)
	}
	session := signInStaff(t, house, "guard.li")
	if session.Roles == nil || len(*session.Roles) != 1 || session.RefreshToken == nil {
		t.Error("the guard signs in without a role")
	}

	two := 1
	listed, err := h.ListStaff(admin, server.ListStaffRequestObject{Params: wire.ListStaffParams{Limit: &two}})
	if err != nil {
		t.Fatal(err)
	}
	if list, _ := body[wire.StaffList](t, http.StatusOK, listed.VisitListStaffResponse); len(list.Items) != 1 || list.NextCursor == nil {
		t.Errorf("the first page is %+v", list)
	}
	unlocked, err := h.UnlockStaff(admin, server.UnlockStaffRequestObject{Id: guard.Staff.Id})
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := body[wire.Staff](t, http.StatusOK, unlocked.VisitUnlockStaffResponse); v.State != "active" || v.LastSignInAt == nil {
		t.Errorf("unlocked: %+v", v)
	}
	disabled, err := h.DisableStaff(admin, server.DisableStaffRequestObject{Id: guard.Staff.Id})
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := body[wire.Staff](t, http.StatusOK, disabled.VisitDisableStaffResponse); v.State != "disabled" {
		t.Errorf("disabled: %+v", v)
	}
}

func signInStaff(t *testing.T, house *testkit.House, username string) wire.Session {
	t.Helper()
	h := &handler.Sessions{Service: service.NewSessions(house.Deps, anyCode{}, "wx1", service.NewPasswords())}
	ctx := middleware.WithClientIP(t.Context(), "203.0.113.7")
	r, err := h.CreateStaffSession(ctx, server.CreateStaffSessionRequestObject{Body: &wire.StaffSignIn{Username: username, Password: words}})
	if err != nil {
		t.Fatal(err)
	}
	return read(t, http.StatusCreated, r.VisitCreateStaffSessionResponse).Session
}

// TestStaffRefusesStrangers asks everything without a caller and as a resident.
func TestStaffRefusesStrangers(t *testing.T) {
	house := testkit.NewHouse(t)
	h := &handler.Staff{Service: service.NewStaff(house.Deps, service.NewPasswords())}
	for _, caller := range []*model.Caller{nil, {Kind: model.CallerPerson, PersonID: house.ID()}} {
		ctx := middleware.WithCaller(t.Context(), caller)
		for name, call := range map[string]func(context.Context) error{
			"list": func(ctx context.Context) error {
				_, err := h.ListStaff(ctx, server.ListStaffRequestObject{})
				return err
			},
			"create": func(ctx context.Context) error {
				_, err := h.CreateStaff(ctx, server.CreateStaffRequestObject{Body: &wire.StaffRequest{Username: "x", Password: words,
					Role: "guard", ScopeKind: "community", ScopeId: &house.Garden.ID}})
				return err
			},
			"disable": func(ctx context.Context) error {
				_, err := h.DisableStaff(ctx, server.DisableStaffRequestObject{Id: house.ID()})
				return err
			},
			"unlock": func(ctx context.Context) error {
				_, err := h.UnlockStaff(ctx, server.UnlockStaffRequestObject{Id: house.ID()})
				return err
			},
		} {
			if err := call(ctx); model.CodeOf(err) != model.CodeForbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestRolesAreTheTable(t *testing.T) {
	r, err := (&handler.Staff{}).ListRoles(t.Context(), server.ListRolesRequestObject{})
	if err != nil {
		t.Fatal(err)
	}
	list, text := body[wire.RoleList](t, http.StatusOK, r.VisitListRolesResponse)
	if len(list.Items) != len(model.RoleTable) || strings.Contains(text, "null") {
		t.Errorf("%d roles: %s", len(list.Items), text)
	}
}
