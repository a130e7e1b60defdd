package simulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/qr"
	"communitypass.cn/communitypass/simulator"
)

// phoneServer signs in and refreshes: the token in force is access-<n>, and each
// refresh token works once.
type phoneServer struct {
	*contractServer
	n         int
	refreshes int
}

func newPhoneServer(t *testing.T) *phoneServer {
	s := &phoneServer{contractServer: newContractServer(t)}
	s.HandleFunc("POST /v1/sessions/wechat", func(w http.ResponseWriter, r *http.Request) {
		if read[wire.WechatSignIn](t, r).Code != "wx-ouyang" {
			problem(w, 401, "wechat_code_invalid")
			return
		}
		reply(w, 201, s.session())
	})
	s.HandleFunc("POST /v1/sessions/refresh", func(w http.ResponseWriter, r *http.Request) {
		s.refreshes++
		if b := read[wire.RefreshRequest](t, r); b.RefreshToken == nil || *b.RefreshToken != fmt.Sprintf("refresh-%d", s.n) {
			problem(w, 401, "refresh_token_reused")
			return
		}
		reply(w, 201, s.session())
	})
	return s
}

// session is the next pair of tokens.
func (s *phoneServer) session() wire.Session {
	s.n++
	refresh := fmt.Sprintf("refresh-%d", s.n)
	return wire.Session{AccessToken: fmt.Sprintf("access-%d", s.n), RefreshToken: &refresh, TokenType: "Bearer", ExpiresIn: 900,
		Person: wire.SessionPerson{Id: model.NewID(atNoon), NameMasked: "欧***", Registered: true}}
}

// expired says that a request comes without the token in force. The first one of
// all counts as run out already.
func (s *phoneServer) expired(r *http.Request) bool {
	return r.Header.Get("Authorization") != fmt.Sprintf("Bearer access-%d", s.n) || s.n < 2
}

func signedIn(t *testing.T, s *phoneServer) *simulator.Phone {
	t.Helper()
	p := simulator.NewPhone(s.url, s.options())
	session, err := p.SignIn(t.Context(), "wx-ouyang")
	if err != nil || session.Person.NameMasked != "欧***" {
		t.Fatalf("%+v, %v", session, err)
	}
	return p
}

func TestPhoneSignIn(t *testing.T) {
	t.Parallel()
	s := newPhoneServer(t)
	p := signedIn(t, s)
	if _, err := p.SignIn(t.Context(), "wx-nobody"); simulator.ProblemCode(err) != "wechat_code_invalid" {
		t.Error(err)
	}
	var out string
	s.HandleFunc("DELETE /v1/sessions/current", func(w http.ResponseWriter, r *http.Request) {
		out = r.Header.Get("Authorization")
		w.WriteHeader(204)
	})
	if err := p.SignOut(t.Context()); err != nil || out != "Bearer access-1" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestPhoneRefreshes(t *testing.T) {
	t.Parallel()
	s := newPhoneServer(t)
	var languages []string
	s.HandleFunc("GET /v1/me", func(w http.ResponseWriter, r *http.Request) {
		languages = append(languages, r.Header.Get("Accept-Language"))
		if s.expired(r) {
			problem(w, 401, "unauthenticated")
			return
		}
		reply(w, 200, wire.Me{Person: wire.MePerson{Id: model.NewID(atNoon), NameMasked: "欧***"}, Residencies: []wire.Residency{},
			Dependants: []wire.SessionPerson{}, Duties: []wire.MeDuties{}, Consents: []string{}})
	})
	p := signedIn(t, s)
	// The first access token is stale; eight requests find out at once and must
	// spend the refresh token once.
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if me, err := p.Me(t.Context()); err != nil || me.Person.NameMasked != "欧***" {
				t.Errorf("%+v, %v", me, err)
			}
		})
	}
	wait.Wait()
	if s.refreshes != 1 || languages[0] != "zh-CN" {
		t.Errorf("%d refreshes, languages %v", s.refreshes, languages)
	}
	if err := p.Refresh(t.Context()); err != nil || s.refreshes != 2 {
		t.Errorf("%d refreshes, %v", s.refreshes, err)
	}
	s.n = 99 // somebody else has used the family
	if _, err := p.Me(t.Context()); simulator.ProblemCode(err) != "refresh_token_reused" {
		t.Errorf("signed out, it answers %v", err)
	}
}

// 401 also means a refused code of WeChat's, which no refresh would mend.
func TestPhoneDoesNotRefreshForARefusedCode(t *testing.T) {
	t.Parallel()
	s := newPhoneServer(t)
	var asked int
	s.HandleFunc("POST /v1/me/phone", func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch read[wire.PhoneRequest](t, r).Code {
		case "phone-ouyang":
			reply(w, 200, wire.PhoneConfirmed{PhoneMasked: "139******01", Activated: []wire.Residency{}})
		case "phone-later":
			problem(w, 503, "wechat_unavailable")
		default:
			problem(w, 401, "wechat_code_invalid")
		}
	})
	p := signedIn(t, s)
	if c, err := p.SetPhone(t.Context(), "phone-ouyang"); err != nil || c.PhoneMasked != "139******01" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := p.SetPhone(t.Context(), "phone-nobody"); simulator.ProblemCode(err) != "wechat_code_invalid" || s.refreshes != 0 {
		t.Errorf("%v after %d refreshes", err, s.refreshes)
	}
	asked = 0
	if _, err := p.SetPhone(t.Context(), "phone-later"); simulator.ProblemCode(err) != "wechat_unavailable" || asked != 1 {
		t.Errorf("a code that works once was sent %d times: %v", asked, err)
	}
}

func TestPhoneClaimsOnce(t *testing.T) {
	t.Parallel()
	s := newPhoneServer(t)
	var keys []string
	s.HandleFunc("POST /v1/residencies", func(w http.ResponseWriter, r *http.Request) {
		if keys = append(keys, r.Header.Get("Idempotency-Key")); len(keys) == 1 {
			panic(http.ErrAbortHandler)
		}
		c := read[wire.ResidencyClaim](t, r)
		reply(w, 201, wire.Residency{Id: model.NewID(atNoon), CommunityId: c.CommunityId, HouseholdId: model.NewID(atNoon), PersonId: model.NewID(atNoon),
			Building: c.Building, Unit: c.Unit, Room: c.Room, NameMasked: "欧***", Relation: c.Relation, Status: "active", CreatedAt: instant.Time{Time: atNoon}})
	})
	p := signedIn(t, s)
	claim := wire.ResidencyClaim{CommunityId: model.NewID(atNoon), Building: "1", Unit: "1", Room: "101", Name: "欧阳小燕", Relation: "owner"}
	for range 2 {
		if r, err := p.Claim(t.Context(), claim); err != nil || r.Status != "active" || r.Room != "101" {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if len(keys) != 3 || keys[0] == "" || keys[1] != keys[0] || keys[2] == keys[0] {
		t.Errorf("keys %q", keys)
	}
}

func TestPhoneReadsAllPassesAndCodes(t *testing.T) {
	t.Parallel()
	s := newPhoneServer(t)
	var cursors []string
	s.HandleFunc("GET /v1/me/passes", func(w http.ResponseWriter, r *http.Request) {
		cursors = append(cursors, r.URL.Query().Get("cursor"))
		pass := wire.Pass{Id: model.NewID(atNoon), CommunityId: model.NewID(atNoon), CommunityName: "春晓花园", Kind: "resident", State: "valid",
			Gates: []wire.PassGate{}, Floors: []string{}, Holder: wire.PassHolder{PersonId: model.NewID(atNoon), NameMasked: "欧***", Own: true}, ValidFrom: instant.Time{Time: atNoon}}
		page := wire.PassList{Items: []wire.Pass{pass, pass}}
		if next := "page-2_x"; cursors[len(cursors)-1] == "" {
			page.NextCursor = &next
		}
		reply(w, 200, page)
	})
	s.HandleFunc("POST /v1/me/passes/{id}/codes", func(w http.ResponseWriter, r *http.Request) {
		codes := wire.Codes{StepSeconds: 30, ServerTime: instant.Time{Time: atNoon}}
		for range *read[wire.CodesRequest](t, r).Count {
			codes.Codes = append(codes.Codes, wire.PassCode{Code: fmt.Sprintf("%0*d", passcode.TextLength, 0), NotBefore: codes.ServerTime, ExpiresAt: codes.ServerTime})
		}
		reply(w, 200, codes)
	})
	p := signedIn(t, s)
	passes, err := p.Passes(t.Context())
	if err != nil || len(passes) != 4 || !slices.Equal(cursors, []string{"", "page-2_x"}) {
		t.Fatalf("%d passes by %q, %v", len(passes), cursors, err)
	}
	if codes, err := p.Codes(t.Context(), passes[0].Id, 20); err != nil || len(codes.Codes) != 20 {
		t.Errorf("%+v, %v", codes, err)
	}
}

func TestPhoneShowsAQRThatTheGateReads(t *testing.T) {
	t.Parallel()
	// A code may begin with a space, which is a digit of Base45.
	const code = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	s := newPhoneServer(t)
	kind := "image/png"
	s.HandleFunc("GET /v1/me/passes/{id}/qr", func(w http.ResponseWriter, r *http.Request) {
		image, err := qr.PNG(code, 320)
		if err != nil || r.Header.Get("Accept") != "image/png" {
			t.Errorf("asked for %q, %v", r.Header.Get("Accept"), err)
		}
		w.Header().Set("Content-Type", kind)
		if kind != "image/png" {
			w.Header().Set("X-Broken", "1")
		}
		_, _ = w.Write(image)
	})
	p := signedIn(t, s)
	image, err := p.QR(t.Context(), model.NewID(atNoon))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := simulator.ReadQR(image); err != nil || text != code {
		t.Errorf("read %q, %v", text, err)
	}
	for name, image := range map[string][]byte{"no image": []byte("<svg/>"), "half of it": image[:len(image)/2]} {
		if text, err := simulator.ReadQR(image); err == nil {
			t.Errorf("%s: read %q", name, text)
		}
	}
	kind = "image/svg+xml"
	if _, err := p.QR(t.Context(), model.NewID(atNoon)); err == nil {
		t.Error("took another kind of image for a PNG")
	}
}
