package gm_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// forger makes tokens with the real session key, so that each bad token below
// is refused for what is bad about it and not for a wrong signature.
type forger struct {
	t      *testing.T
	secret []byte
	mac    *gm.MAC
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// sign signs a header and claims as they are, under HMAC-SM3.
func (f forger) sign(header, claims string) string {
	text := b64([]byte(header)) + "." + b64([]byte(claims))
	return text + "." + b64(f.mac.Sum([]byte(text)))
}

// with signs good claims with members changed; nil takes one out.
func (f forger) with(changes map[string]any) string {
	f.t.Helper()
	body, err := json.Marshal(goodClaims())
	if err != nil {
		f.t.Fatal(err)
	}
	claims := map[string]any{}
	if err := json.Unmarshal(body, &claims); err != nil {
		f.t.Fatal(err)
	}
	for name, v := range changes {
		if claims[name] = v; v == nil {
			delete(claims, name)
		}
	}
	body, _ = json.Marshal(claims)
	return f.sign(goodHeader, string(body))
}

// by signs good claims with another algorithm of golang-jwt.
func (f forger) by(method jwt.SigningMethod, key any) string {
	f.t.Helper()
	token := jwt.NewWithClaims(method, goodClaims())
	token.Header["kid"], token.Header["typ"] = "1", accessType
	text, err := token.SignedString(key)
	if err != nil {
		f.t.Fatal(err)
	}
	return text
}

const goodHeader = `{"alg":"HS-SM3","kid":"1","typ":"at+jwt"}`

// badHeaders are signed rightly and refused for the header alone (RFC 8725, 3.1,
// 3.5, 3.9 to 3.11; RFC 7515, 4.1).
var badHeaders = map[string]string{
	"alg none":                `{"alg":"none","kid":"1","typ":"at+jwt"}`,
	"alg None":                `{"alg":"None","kid":"1","typ":"at+jwt"}`,
	"alg empty":               `{"alg":"","kid":"1","typ":"at+jwt"}`,
	"alg missing":             `{"kid":"1","typ":"at+jwt"}`,
	"alg null":                `{"alg":null,"kid":"1","typ":"at+jwt"}`,
	"alg lower case":          `{"alg":"hs-sm3","kid":"1","typ":"at+jwt"}`,
	"alg list":                `{"alg":["HS-SM3"],"kid":"1","typ":"at+jwt"}`,
	"alg of another name":     `{"alg":"HS256","kid":"1","typ":"at+jwt"}`,
	"alg twice, ours last":    `{"alg":"none","alg":"HS-SM3","kid":"1","typ":"at+jwt"}`,
	"alg twice, ours first":   `{"alg":"HS-SM3","alg":"none","kid":"1","typ":"at+jwt"}`,
	"Alg beside alg":          `{"Alg":"none","alg":"HS-SM3","kid":"1","typ":"at+jwt"}`,
	"kid unknown":             `{"alg":"HS-SM3","kid":"9","typ":"at+jwt"}`,
	"kid retired":             `{"alg":"HS-SM3","kid":"2","typ":"at+jwt"}`,
	"kid missing":             `{"alg":"HS-SM3","typ":"at+jwt"}`,
	"kid empty":               `{"alg":"HS-SM3","kid":"","typ":"at+jwt"}`,
	"kid a number":            `{"alg":"HS-SM3","kid":1,"typ":"at+jwt"}`,
	"kid a list":              `{"alg":"HS-SM3","kid":["1"],"typ":"at+jwt"}`,
	"kid an object":           `{"alg":"HS-SM3","kid":{"$ne":""},"typ":"at+jwt"}`,
	"kid null":                `{"alg":"HS-SM3","kid":null,"typ":"at+jwt"}`,
	"kid a path":              `{"alg":"HS-SM3","kid":"../../../../dev/null","typ":"at+jwt"}`,
	"kid SQL":                 `{"alg":"HS-SM3","kid":"1' OR '1'='1","typ":"at+jwt"}`,
	"kid SQL union":           `{"alg":"HS-SM3","kid":"x' UNION SELECT 'k' -- ","typ":"at+jwt"}`,
	"kid with a zero":         `{"alg":"HS-SM3","kid":"01","typ":"at+jwt"}`,
	"kid overflowing":         `{"alg":"HS-SM3","kid":"65537","typ":"at+jwt"}`,
	"kid twice":               `{"alg":"HS-SM3","kid":"9","kid":"1","typ":"at+jwt"}`,
	"typ missing":             `{"alg":"HS-SM3","kid":"1"}`,
	"typ JWT":                 `{"alg":"HS-SM3","kid":"1","typ":"JWT"}`,
	"typ upper case":          `{"alg":"HS-SM3","kid":"1","typ":"AT+JWT"}`,
	"typ of a refresh token":  `{"alg":"HS-SM3","kid":"1","typ":"rt+jwt"}`,
	"typ of a visit token":    `{"alg":"HS-SM3","kid":"1","typ":"visit+jwt"}`,
	"jku":                     `{"alg":"HS-SM3","jku":"https://evil.example/keys","kid":"1","typ":"at+jwt"}`,
	"jwk":                     `{"alg":"HS-SM3","jwk":{"kty":"oct","k":"AA"},"kid":"1","typ":"at+jwt"}`,
	"x5u":                     `{"alg":"HS-SM3","kid":"1","typ":"at+jwt","x5u":"https://evil.example/c.pem"}`,
	"x5c":                     `{"alg":"HS-SM3","kid":"1","typ":"at+jwt","x5c":["AA=="]}`,
	"crit":                    `{"alg":"HS-SM3","crit":["exp"],"exp":1,"kid":"1","typ":"at+jwt"}`,
	"crit empty":              `{"alg":"HS-SM3","crit":[],"kid":"1","typ":"at+jwt"}`,
	"b64 false":               `{"alg":"HS-SM3","b64":false,"crit":["b64"],"kid":"1","typ":"at+jwt"}`,
	"zip":                     `{"alg":"HS-SM3","kid":"1","typ":"at+jwt","zip":"DEF"}`,
	"cty of a nested token":   `{"alg":"HS-SM3","cty":"JWT","kid":"1","typ":"at+jwt"}`,
	"enc of an encrypted one": `{"alg":"dir","enc":"A128GCM","kid":"1","typ":"at+jwt"}`,
	"a space more":            `{"alg":"HS-SM3", "kid":"1","typ":"at+jwt"}`,
	"another order":           `{"typ":"at+jwt","alg":"HS-SM3","kid":"1"}`,
	"escaped":                 `{"alg":"HS\u002dSM3","kid":"1","typ":"at+jwt"}`,
	"text after":              goodHeader + `{"alg":"none"}`,
	"a list":                  `["HS-SM3","1","at+jwt"]`,
	"null":                    `null`,
	"empty":                   ``,
	"broken":                  `{"alg":"HS-SM3"`,
}

// badClaims are signed rightly and refused for a claim (RFC 8725, 3.8 to 3.12).
func badClaims() map[string]map[string]any {
	at := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	return map[string]map[string]any{
		"expired":           {"exp": at(-time.Second)},
		"expires now":       {"exp": at(0)},
		"exp missing":       {"exp": nil},
		"exp zero":          {"exp": 0},
		"exp text":          {"exp": "never"},
		"exp negative":      {"exp": -1},
		"nbf in the future": {"nbf": at(time.Minute)},
		"nbf text":          {"nbf": "soon"},
		"iss missing":       {"iss": nil},
		"iss wrong":         {"iss": "communitypass.evil.example"},
		"iss a list":        {"iss": []string{"communitypass"}},
		"aud missing":       {"aud": nil},
		"aud wrong":         {"aud": "resident"},
		"aud empty":         {"aud": []string{}},
		"aud a number":      {"aud": 1},
		"role a number":     {"role": 1},
	}
}

func TestBadTokensAreRefused(t *testing.T) {
	m := gm.NewMaster()
	active, retired := key(t, m, model.KeySession, "", 1, model.KeyActive), key(t, m, model.KeySession, "", 2, model.KeyActive)
	stranger := gm.NewMaster()
	secret, err := gm.SecretOf(m, active)
	if err != nil {
		t.Fatal(err)
	}
	f := forger{t, secret, gm.NewHMAC(secret)}
	r := newRing(t, m, active, with(retired, model.KeyRetired))
	good := f.with(nil)
	if _, err := parse(r, good, atNoon); err != nil {
		t.Fatalf("the forger's good token is refused: %v", err)
	}

	bad := map[string]string{}
	for name, header := range badHeaders {
		body, _ := json.Marshal(goodClaims())
		bad["header: "+name] = f.sign(header, string(body))
	}
	for name, changes := range badClaims() {
		bad["claim: "+name] = f.with(changes)
	}
	bad["made with a retired key"], _ = newRing(t, m, retired).SignToken(goodClaims(), accessType)
	bad["another server's key"], _ = newRing(t, stranger, key(t, stranger, model.KeySession, "", 1, model.KeyActive)).SignToken(goodClaims(), accessType)
	bad["a refresh token"], _ = r.SignToken(goodClaims(), "rt+jwt")
	for name, text := range otherAlgorithms(f) {
		bad[name] = text
	}
	for name, text := range misshapen(f, good) {
		bad[name] = text
	}
	if len(bad) < 90 {
		t.Fatalf("only %d tokens", len(bad))
	}
	for name, text := range bad {
		_, err := parse(r, text, atNoon)
		if model.CodeOf(err) != model.CodeUnauthenticated {
			t.Errorf("%s: %v, want unauthenticated", name, err)
			continue
		}
		if segment, _, _ := strings.Cut(text, "."); len(segment) > 3 && strings.Contains(err.Error(), segment) {
			t.Errorf("%s: the error repeats the token", name)
		}
	}
}

// otherAlgorithms confuse one kind of key with another.
func otherAlgorithms(f forger) map[string]string {
	f.t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.t.Fatal(err)
	}
	platform := passSigner(f.t)
	hs256 := f.by(jwt.SigningMethodHS256, f.secret)
	parts := strings.Split(hs256, ".")
	return map[string]string{
		"none, unsigned":                   f.by(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"HS256 with our key":               hs256,
		"HS512 with our key":               f.by(jwt.SigningMethodHS512, f.secret),
		"HS256 with the empty key":         f.by(jwt.SigningMethodHS256, []byte{}),
		"HS256 with an SM2 public key":     f.by(jwt.SigningMethodHS256, platform.PublicBytes()),
		"HS-SM3 with an SM2 public key":    f.by(gm.HSSM3{}, gm.NewHMAC(platform.PublicBytes())),
		"HS-SM3 with the empty key":        f.by(gm.HSSM3{}, gm.NewHMAC(nil)),
		"RS256":                            f.by(jwt.SigningMethodRS256, rsaKey),
		"HS256 signature under our header": b64([]byte(goodHeader)) + "." + parts[1] + "." + parts[2],
	}
}

// misshapen are good tokens with something taken, added or spelt otherwise.
func misshapen(f forger, good string) map[string]string {
	parts := strings.Split(good, ".")
	header, body, sig := parts[0], parts[1], parts[2]
	other := strings.Split(f.with(map[string]any{"sub": "a2"}), ".")
	flipped, _ := base64.RawURLEncoding.DecodeString(sig)
	flipped = slices.Clone(flipped)
	flipped[31] ^= 1
	huge := f.with(map[string]any{"x": strings.Repeat("x", 5000)})
	out := map[string]string{
		"empty": "", "one dot": ".", "two dots": "..", "blank": "   ", "Bearer before": "Bearer " + good,
		"header only": header, "signature segment missing": header + "." + body, "signature stripped": header + "." + body + ".",
		"claims stripped": header + ".." + sig, "header stripped": "." + body + "." + sig,
		"a segment more": good + ".", "two segments more": good + ".e30.e30", "a dot before": "." + good,
		"cut by one": good[:len(good)-1], "cut in half": good[:len(good)/2], "one more": good + "A",
		"signature of another": header + "." + body + "." + other[2], "claims of another": header + "." + other[1] + "." + sig,
		"signature of zeros": header + "." + body + "." + b64(make([]byte, 32)), "one bit": header + "." + body + "." + b64(flipped),
		"short signature": header + "." + body + "." + b64(flipped[:16]),
		"space before":    " " + good, "space after": good + " ", "line after": good + "\n", "line in the signature": header + "." + body + "." + sig[:10] + "\n" + sig[10:],
		"line for a character": header + "." + body + "." + sig[:42] + "\n", "line in the header": header[:4] + "\n" + header[4:] + "." + body + "." + sig,
		"padded": good + "=", "padded signature": header + "." + body + "." + sig[:42] + "=", "standard alphabet": header + "." + body + "." + "+/" + sig[2:],
		"not base64": header + "." + body + "." + strings.Repeat("!", 43), "loose last bits": header + "." + body + "." + loose(sig),
		"huge": huge, "a megabyte": strings.Repeat("A", 1<<20), "a megabyte of dots": strings.Repeat(".", 1<<20),
		"zero bytes": strings.Repeat("\x00", 100), "a JSON form": fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, header, body, sig),
		"claims not JSON": f.sign(goodHeader, "exp"), "claims a list": f.sign(goodHeader, "[]"), "claims null": f.sign(goodHeader, "null"),
		"claims empty": f.sign(goodHeader, ""), "claims twice": f.sign(goodHeader, `{}{}`), "an encrypted token": "e30.AA.AA.AA.AA",
	}
	raw := header + "." + "{}" // claims that are not base64, signed as they are
	lower := strings.ToLower(header) + "." + body
	out["header in lower case"] = lower + "." + b64(f.mac.Sum([]byte(lower)))
	out["claims not base64"] = raw + "." + b64(f.mac.Sum([]byte(raw)))
	return out
}

// loose changes bits of the last character that do not count.
func loose(sig string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, sig[len(sig)-1])
	return sig[:len(sig)-1] + string(alphabet[last|1])
}

// TestClaimsAreReadOnlyAfterTheSignature checks that a stranger's claims do not
// reach the caller's variable.
func TestClaimsAreReadOnlyAfterTheSignature(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, key(t, m, model.KeySession, "", 1, model.KeyActive))
	forged := forger{t, nil, gm.NewHMAC([]byte("guessed"))}.with(nil)
	if got, err := parse(r, forged, atNoon); err == nil || got.Subject != "" || got.Role != "" {
		t.Errorf("read %+v, %v", got, err)
	}
}
