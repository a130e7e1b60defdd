package handler_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// system is an API that tells how the process is.
type system struct {
	*fake
	real *handler.System
}

func (s *system) GetHealth(ctx context.Context, r server.GetHealthRequestObject) (server.GetHealthResponseObject, error) {
	return s.real.GetHealth(ctx, r)
}

func (s *system) GetReadiness(ctx context.Context, r server.GetReadinessRequestObject) (server.GetReadinessResponseObject, error) {
	return s.real.GetReadiness(ctx, r)
}

func (s *system) GetJwks(ctx context.Context, r server.GetJwksRequestObject) (server.GetJwksResponseObject, error) {
	return s.real.GetJwks(ctx, r)
}

func withSystem(t *testing.T, deps service.Deps) *rig {
	return newRig(t, func(r *rig) {
		r.options.API = &system{r.fake, &handler.System{Service: service.NewSystem(deps, nil)}}
	})
}

func TestReadyWhenEverythingIsThere(t *testing.T) {
	r := withSystem(t, testkit.NewHouse(t).Deps)
	for range 2 {
		for _, path := range []string{"/readyz", "/healthz"} {
			if w := r.call("GET", path, "", ""); w.Code != 200 || w.Body.String() != "{\"status\":\"ok\"}\n" {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
	}
}

func TestNotReady(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, h *testkit.House){
		"the database is closed": func(t *testing.T, h *testkit.House) {
			if _, err := h.Probe(t).Exec("SELECT 1"); err != nil {
				t.Fatal(err)
			}
			if err := h.Store.Close(); err != nil {
				t.Fatal(err)
			}
		},
		"the schema is old": func(t *testing.T, h *testkit.House) {
			if _, err := h.Probe(t).Exec("DELETE FROM goose_db_version WHERE version_id > 70"); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { restoreSchema(t, h) })
		},
		"a key is missing": func(t *testing.T, h *testkit.House) {
			if _, err := h.Probe(t).Exec("UPDATE ring_keys SET state = 'next' WHERE purpose = 'session'"); err != nil {
				t.Fatal(err)
			}
			if err := h.Directory.LoadKeys(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
		"nothing is loaded": func(_ *testing.T, h *testkit.House) {
			h.Deps.Directory = service.NewDirectory(h.Store, gm.NewMaster())
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := testkit.NewHouse(t)
			spoil(t, h)
			r := withSystem(t, h.Deps)
			w := r.call("GET", "/readyz", "", "")
			r.problem(w, 503, model.CodeUnavailable)
			if w.Header().Get("Retry-After") == "" {
				t.Error("it does not say when to ask again")
			}
			if w := r.call("GET", "/healthz", "", ""); w.Code != 200 {
				t.Errorf("/healthz: %d", w.Code)
			}
		})
	}
}

// restoreSchema gives a borrowed database its record of steps back.
func restoreSchema(t *testing.T, h *testkit.House) {
	t.Helper()
	db := h.Probe(t)
	for step := 71; step <= 77; step++ {
		if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)", step); err != nil {
			t.Error(err)
		}
	}
}

func TestTheKeySetNamesEveryPublicKeyOnce(t *testing.T) {
	h := testkit.NewHouse(t)
	w := withSystem(t, h.Deps).call("GET", "/.well-known/jwks.json", "", "")
	var set wire.Jwks
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil || w.Code != 200 {
		t.Fatal(w.Code, err)
	}
	var ids []string
	for _, k := range set.Keys {
		ids = append(ids, k.Kid)
		if k.Kid == "pass-2-1" && (*k.Purpose != "pass" || *k.CommunityNumber != 2 || *k.KeyNumber != 1 || *k.State != "active") {
			t.Errorf("%+v", k)
		}
	}
	slices.Sort(ids)
	if want := []string{"pass-1-1", "pass-2-1", service.PlatformKeyID(1)}; !slices.Equal(ids, want) {
		t.Errorf("the keys are %v, want %v", ids, want)
	}
}
