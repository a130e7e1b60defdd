package gm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

const accessType = "at+jwt"

// accessClaims is what the tests' tokens say.
type accessClaims struct {
	jwt.RegisteredClaims
	Role string `json:"role"`
}

// goodClaims are accepted at noon.
func goodClaims() accessClaims {
	return accessClaims{
		Role: "guard",
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: "communitypass", Subject: "a1", Audience: jwt.ClaimStrings{"staff"},
			ExpiresAt: jwt.NewNumericDate(noon.Add(15 * time.Minute)), IssuedAt: jwt.NewNumericDate(noon),
		},
	}
}

// parse reads an access token as a server would.
func parse(r *gm.Ring, text string, now func() time.Time) (accessClaims, error) {
	var got accessClaims
	err := r.ParseToken(text, accessType, &got, now, jwt.WithIssuer("communitypass"), jwt.WithAudience("staff"))
	return got, err
}

func TestTokenRoundTrip(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, key(t, m, model.KeySession, "", 65535, model.KeyActive))
	text, err := r.SignToken(goodClaims(), accessType)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parse(r, text, atNoon)
	if err != nil || got.Subject != "a1" || got.Role != "guard" {
		t.Errorf("%+v, %v", got, err)
	}
	fields := jwt.MapClaims{}
	if err := r.ParseToken(text, accessType, fields, atNoon); err != nil || fields["role"] != "guard" {
		t.Errorf("as a map: %v, %v", fields, err)
	}
	const header = "eyJhbGciOiJIUy1TTTMiLCJraWQiOiI2NTUzNSIsInR5cCI6ImF0K2p3dCJ9" // {"alg":"HS-SM3","kid":"65535","typ":"at+jwt"}
	if !strings.HasPrefix(text, header+".") {
		t.Errorf("header of %s", text)
	}
}

func TestTokenByStateOfTheKey(t *testing.T) {
	m := gm.NewMaster()
	k := key(t, m, model.KeySession, "", 3, model.KeyActive)
	text, err := newRing(t, m, k).SignToken(goodClaims(), accessType)
	if err != nil {
		t.Fatal(err)
	}
	other := key(t, m, model.KeySession, "", 4, model.KeyActive)
	for state, accepted := range map[model.KeyState]bool{
		model.KeyNext: true, model.KeyActive: true, model.KeyRetiring: true, model.KeyRetired: false,
	} {
		_, err := parse(newRing(t, m, with(k, state), other), text, atNoon)
		if (err == nil) != accepted {
			t.Errorf("%s: %v", state, err)
		}
	}
	for _, state := range []model.KeyState{model.KeyNext, model.KeyRetiring, model.KeyRetired} {
		_, err := newRing(t, m, with(k, state)).SignToken(goodClaims(), accessType)
		wantCode(t, err, model.CodeKeyMissing)
	}
}

func TestTokenLivesUntilExp(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, key(t, m, model.KeySession, "", 1, model.KeyActive))
	text, _ := r.SignToken(goodClaims(), accessType)
	for age, accepted := range map[time.Duration]bool{0: true, 15*time.Minute - time.Second: true, 15 * time.Minute: false, time.Hour: false} {
		_, err := parse(r, text, func() time.Time { return noon.Add(age) })
		if (err == nil) != accepted {
			t.Errorf("at the age of %v: %v", age, err)
		}
	}
}

// TestOptionsCannotLoosen gives the options with which golang-jwt skips checks.
func TestOptionsCannotLoosen(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, key(t, m, model.KeySession, "", 1, model.KeyActive))
	claims := goodClaims()
	expired, _ := r.SignToken(claims, accessType)
	claims.ExpiresAt = nil
	forever, _ := r.SignToken(claims, accessType)
	later := func() time.Time { return noon.Add(time.Hour) }
	for name, opt := range map[string]jwt.ParserOption{
		"clock": jwt.WithTimeFunc(atNoon), "no validation": jwt.WithoutClaimsValidation(), "methods": jwt.WithValidMethods([]string{"none"}),
	} {
		for _, text := range []string{expired, forever} {
			err := r.ParseToken(text, accessType, &accessClaims{}, later, opt)
			if model.CodeOf(err) != model.CodeUnauthenticated {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestSignTokenRefuses(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, key(t, m, model.KeySession, "", 1, model.KeyActive))
	for _, typ := range []string{"", `a","alg":"none`, "AT+JWT", "a b", "社区", strings.Repeat("a", 33)} {
		if _, err := r.SignToken(goodClaims(), typ); err == nil {
			t.Errorf("signed as %q", typ)
		}
	}
	big := goodClaims()
	big.Role = strings.Repeat("x", 4096)
	if _, err := r.SignToken(big, accessType); err == nil {
		t.Error("signed a token that no reader accepts")
	}
	if _, err := r.SignToken(jwt.MapClaims{"f": func() {}}, accessType); err == nil {
		t.Error("signed what is not JSON")
	}
}

// TestGolangJWTReadsOurTokens checks that HS-SM3 is an ordinary signing method.
func TestGolangJWTReadsOurTokens(t *testing.T) {
	gm.RegisterJWT()
	gm.RegisterJWT()
	m := gm.NewMaster()
	k := key(t, m, model.KeySession, "", 1, model.KeyActive)
	secret, err := gm.SecretOf(m, k)
	if err != nil {
		t.Fatal(err)
	}
	r := newRing(t, m, k)
	text, _ := r.SignToken(goodClaims(), accessType)
	read := func(text string, key any) error {
		_, err := jwt.ParseWithClaims(text, &accessClaims{}, func(*jwt.Token) (any, error) { return key, nil },
			jwt.WithValidMethods([]string{gm.AlgHSSM3}), jwt.WithTimeFunc(atNoon))
		return err
	}
	if err := read(text, gm.NewHMAC(secret)); err != nil {
		t.Errorf("refused: %v", err)
	}
	for name, key := range map[string]any{"bytes": secret, "other key": gm.NewHMAC([]byte("other")), "nil": (*gm.MAC)(nil), "nothing": nil} {
		if read(text, key) == nil {
			t.Errorf("%s accepted as the key", name)
		}
	}
	theirs := jwt.NewWithClaims(gm.HSSM3{}, goodClaims())
	theirs.Header["kid"], theirs.Header["typ"] = "1", accessType
	text, err = theirs.SignedString(gm.NewHMAC(secret))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parse(r, text, atNoon); err != nil {
		t.Errorf("we refuse a token that golang-jwt made: %v", err)
	}
	if _, err := theirs.SignedString(secret); err == nil {
		t.Error("signs with bytes")
	}
}
