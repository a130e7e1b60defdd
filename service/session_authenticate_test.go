package service_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"

	"github.com/golang-jwt/jwt/v5"
)

// claims are those of a good token, made by hand so that each can be bent.
func (d *desk) claims() jwt.MapClaims {
	now := d.Clock.Now().Unix()
	return jwt.MapClaims{"iss": "communitypass", "aud": "api", "sub": "P", "sid": "S", "acc": "A", "kind": "person",
		"iat": now, "nbf": now, "exp": now + 900}
}

func sign(t testing.TB, ring *gm.Ring, c jwt.Claims, typ string) string {
	t.Helper()
	token, err := ring.SignToken(c, typ)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAuthenticateTakesItsOwn(t *testing.T) {
	d := newDesk(t)
	c, err := d.Sessions.Authenticate(t.Context(), sign(t, d.Directory.Ring(), d.claims(), "at+jwt"))
	if err != nil || c.PersonID != "P" || c.SessionID != "S" || c.AccountID != "A" || c.Kind != model.CallerPerson {
		t.Fatalf("%+v, %v: the attacks below would prove nothing", c, err)
	}
}

func TestAuthenticateRefusesBentClaims(t *testing.T) {
	d := newDesk(t)
	now := d.Clock.Now().Unix()
	for name, bend := range map[string]map[string]any{
		"expired":            {"exp": now},
		"no expiry":          {"exp": nil},
		"not yet":            {"nbf": now + 60},
		"another issuer":     {"iss": "somebody"},
		"no issuer":          {"iss": nil},
		"another audience":   {"aud": "gate"},
		"no audience":        {"aud": nil},
		"no subject":         {"sub": nil},
		"no session":         {"sid": nil},
		"no account":         {"acc": nil},
		"no kind":            {"kind": nil},
		"kind device":        {"kind": "device"},
		"kind system":        {"kind": "system"},
		"resident with role": {"grants": []model.Grant{{Role: model.RoleSystemAdmin, ScopeKind: model.ScopePlatform}}},
		"grants of no form":  {"kind": "staff", "grants": "all"},
	} {
		c := d.claims()
		maps.Copy(c, bend)
		maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
		caller, err := d.Sessions.Authenticate(t.Context(), sign(t, d.Directory.Ring(), c, "at+jwt"))
		if caller != nil || model.CodeOf(err) != model.CodeUnauthenticated {
			t.Errorf("%s: %+v, %v", name, caller, err)
		}
	}
}

func TestAuthenticateRefusesOtherTokens(t *testing.T) {
	d, stranger := newDesk(t), newDesk(t)
	good := sign(t, d.Directory.Ring(), d.claims(), "at+jwt")
	parts := strings.Split(good, ".")
	bare, err := jwt.NewWithClaims(jwt.SigningMethodNone, d.claims()).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := jwt.NewWithClaims(jwt.SigningMethodHS256, d.claims()).SignedString([]byte("communitypass"))
	if err != nil {
		t.Fatal(err)
	}
	in := d.resident(t, "zhang")
	for name, token := range map[string]string{
		"empty":             "",
		"dots":              "..",
		"alg none":          bare,
		"alg HS256":         shared,
		"another type":      sign(t, d.Directory.Ring(), d.claims(), "visit+jwt"),
		"another server":    sign(t, stranger.Directory.Ring(), stranger.claims(), "at+jwt"),
		"refresh token":     in.RefreshToken,
		"no signature":      parts[0] + "." + parts[1] + ".",
		"other's signature": parts[0] + "." + parts[1] + "." + strings.Split(in.AccessToken, ".")[2],
		"trailing dot":      good + ".",
		"leading space":     " " + good,
		"scheme left on":    "Bearer " + good,
		"huge":              good + strings.Repeat("A", 1<<20),
		"device prefix":     "dt_" + good,
	} {
		caller, err := d.Sessions.Authenticate(t.Context(), token)
		if caller != nil || model.CodeOf(err) != model.CodeUnauthenticated {
			t.Errorf("%s: %+v, %v", name, caller, err)
		}
	}
}

// TestAuthenticateForgetsNothing shows good tokens twice, so that the second time
// they come from memory, and then lets them end.
func TestAuthenticateForgetsNothing(t *testing.T) {
	d := newDesk(t)
	in := d.resident(t, "zhang")
	for range 2 {
		c, err := d.who(in)
		if err != nil {
			t.Fatal(err)
		}
		c.PersonID = "somebody else" // a caller is the request's own
	}
	if c, err := d.who(in); err != nil || c.PersonID != in.PersonID {
		t.Errorf("from memory came %+v, %v", c, err)
	}
	d.Clock.Advance(service.AccessTokenLife)
	_, err := d.who(in)
	wantCode(t, err, model.CodeUnauthenticated)
}

func TestRetiredKeyKillsItsTokens(t *testing.T) {
	d := newDesk(t)
	in := d.resident(t, "zhang")
	if _, err := d.who(in); err != nil {
		t.Fatal(err)
	}
	next, err := gm.Generate(d.Master, model.KeySession, "", 2, d.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	next.State = model.KeyActive
	d.Update(t, func(tx *store.Tx) error {
		keys, err := tx.Keys()
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.Purpose == model.KeySession {
				if _, err := tx.MoveKey(k.ID, model.KeyActive, model.KeyRetired); err != nil {
					return err
				}
			}
		}
		return tx.CreateKey(next)
	})
	_, err = d.who(in)
	wantCode(t, err, model.CodeUnauthenticated)
	if _, err := d.who(d.resident(t, "zhang")); err != nil {
		t.Error(err)
	}
}

func TestDeviceTokens(t *testing.T) {
	d := newDesk(t)
	device, token := d.Device(t, d.Garden.Entrance)
	c, err := d.Sessions.Authenticate(t.Context(), token)
	if err != nil || c.Kind != model.CallerDevice || c.AccountID != device.ID || c.Device.GateID != d.Garden.Entrance.ID {
		t.Fatalf("%+v, %v", c, err)
	}
	if !c.Holds("gate.operate") || c.Holds("passage.read") {
		t.Error("a device holds other permissions than a gate's")
	}
	for _, token := range []string{model.NewSecret("dt"), "dt_", token + "A", device.TokenHash, "dt_" + device.TokenHash} {
		_, err := d.Sessions.Authenticate(t.Context(), token)
		wantCode(t, err, model.CodeUnauthenticated)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	d := newDesk(b)
	in := d.resident(b, "zhang")
	_, device := d.Device(b, d.Garden.Entrance)
	// More than are remembered, so that each is verified anew when its turn comes.
	fresh := make([]string, 12_000)
	for i := range fresh {
		c := d.claims()
		c["sub"] = fmt.Sprint("01ARZ3NDEKTSV4RRFFQ6", 100_000+i)
		fresh[i] = sign(b, d.Directory.Ring(), c, "at+jwt")
	}
	for _, kind := range []struct {
		name  string
		token func(i int) string
	}{
		{"remembered", func(int) string { return in.AccessToken }},
		{"verified", func(i int) string { return fresh[i%len(fresh)] }},
		{"device", func(int) string { return device }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := d.Sessions.Authenticate(b.Context(), kind.token(i)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
