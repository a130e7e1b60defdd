package httpsig_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/httpsig"
)

var (
	created = time.Unix(1_790_000_000, 0)
	body    = []byte(`{"device_time":"2026-09-21T14:13:20.000Z"}`)
)

// device is the key of the golden files: the secret number of GB/T 32918.5, annex A.
func device(t testing.TB) *gm.DeviceKey {
	t.Helper()
	secret, err := hex.DecodeString("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
	if err != nil {
		t.Fatal(err)
	}
	key, err := gm.OpenDeviceKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signer(key *gm.DeviceKey) *httpsig.Signer {
	return &httpsig.Signer{KeyID: "01DEVICE000000000000000001", Sign: key.Sign, Now: func() time.Time { return created },
		Nonce: func() string { return "AAAAAAAAAAAAAAAAAAAAAA" }}
}

func request(t testing.TB, method, target string, body []byte) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, "https://pass.example.cn"+target, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer dt_example")
	return r
}

func signed(t testing.TB, method, target string, body []byte) *http.Request {
	t.Helper()
	r := request(t, method, target, body)
	if err := signer(device(t)).Into(r, body); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestBase holds the bases of a request with a body and one with a query.
func TestBase(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"heartbeat": signed(t, http.MethodPost, "/v1/gate/heartbeats", body),
		"events":    signed(t, http.MethodGet, "/v1/gate/events?max_seconds=60", nil),
	} {
		var given []byte
		if r.Method == http.MethodPost {
			given = body
		}
		s, err := httpsig.Read(r, given)
		if err != nil {
			t.Fatal(name, err)
		}
		want, err := os.ReadFile("testdata/" + name + ".base")
		if err != nil {
			t.Fatal(err)
		}
		if string(s.Base)+"\n" != string(want) {
			t.Errorf("%s: the base is\n%s", name, s.Base)
		}
		if !s.Created.Equal(created) || s.KeyID != "01DEVICE000000000000000001" || !gm.VerifySM2(device(t).Public(), s.Base, s.Value) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestValue verifies a signature over the golden base that OpenSSL made.
func TestValue(t *testing.T) {
	want, err := os.ReadFile("testdata/heartbeat.base")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/heartbeat.signature")
	if err != nil {
		t.Fatal(err)
	}
	r := signed(t, http.MethodPost, "/v1/gate/heartbeats", body)
	r.Header.Set("Signature", strings.TrimSpace(string(text)))
	s, err := httpsig.Read(r, body)
	if err != nil {
		t.Fatal(err)
	}
	if !gm.VerifySM2(device(t).Public(), bytes.TrimSuffix(want, []byte("\n")), s.Value) {
		t.Error("the signature does not verify")
	}
}

// TestChanged changes what was signed; none of it verifies.
func TestChanged(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"method": func(r *http.Request) { r.Method = http.MethodPut },
		"path":   func(r *http.Request) { r.URL.Path = "/v1/gate/scans" },
		"query":  func(r *http.Request) { r.URL.RawQuery = "a=b" },
		"token":  func(r *http.Request) { r.Header.Set("Authorization", "Bearer dt_other") },
		"digest": func(r *http.Request) {
			other := signed(t, http.MethodPost, "/", []byte("{}"))
			r.Header.Set("Content-Digest", other.Header.Get("Content-Digest"))
		},
		"created": func(r *http.Request) { replace(r, "created=1790000000", "created=1790000001") },
		"nonce":   func(r *http.Request) { replace(r, `nonce="AAAA`, `nonce="BAAA`) },
		"keyid":   func(r *http.Request) { replace(r, `keyid="01DEVICE`, `keyid="02DEVICE`) },
	} {
		r := signed(t, http.MethodPost, "/v1/gate/heartbeats", body)
		before := r.Header.Get("Signature-Input") + r.Header.Get("Content-Digest") + r.Header.Get("Authorization") + r.URL.String() + r.Method
		change(r)
		if before == r.Header.Get("Signature-Input")+r.Header.Get("Content-Digest")+r.Header.Get("Authorization")+r.URL.String()+r.Method {
			t.Errorf("%s: nothing was changed", name)
		}
		said := body
		if name == "digest" {
			said = []byte("{}")
		}
		s, err := httpsig.Read(r, said)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if gm.VerifySM2(device(t).Public(), s.Base, s.Value) {
			t.Errorf("%s: the signature still verifies", name)
		}
	}
}

func replace(r *http.Request, from, to string) {
	r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), from, to, 1))
}

// TestRefused are signatures that need no key to be refused.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*http.Request)
		body   string
		want   error
	}{
		"none":            {func(r *http.Request) { r.Header.Del("Signature-Input") }, string(body), httpsig.ErrNone},
		"another's":       {func(r *http.Request) { replace(r, httpsig.Tag, "other") }, string(body), httpsig.ErrNone},
		"no grammar":      {func(r *http.Request) { r.Header.Set("Signature-Input", "gate=(") }, string(body), httpsig.ErrBroken},
		"too long":        {func(r *http.Request) { r.Header.Set("Signature-Input", strings.Repeat("a=(),", 2000)+"b=()") }, string(body), httpsig.ErrBroken},
		"no value":        {func(r *http.Request) { r.Header.Del("Signature") }, string(body), httpsig.ErrBroken},
		"value is text":   {func(r *http.Request) { r.Header.Set("Signature", `gate="abc"`) }, string(body), httpsig.ErrBroken},
		"other algorithm": {func(r *http.Request) { replace(r, httpsig.Algorithm, "hmac-sha256") }, string(body), httpsig.ErrBroken},
		"no time":         {func(r *http.Request) { replace(r, ";created=1790000000", "") }, string(body), httpsig.ErrBroken},
		"no path":         {func(r *http.Request) { replace(r, ` "@path"`, "") }, string(body), httpsig.ErrUncovered},
		"path twice":      {func(r *http.Request) { replace(r, ` "@path"`, ` "@path" "@path"`) }, string(body), httpsig.ErrUncovered},
		"path changed":    {func(r *http.Request) { replace(r, ` "@path"`, ` "@path";req`) }, string(body), httpsig.ErrUncovered},
		"digest not":      {func(r *http.Request) { replace(r, ` "content-digest"`, "") }, string(body), httpsig.ErrUncovered},
		"another field":   {func(r *http.Request) { replace(r, ` "@path"`, ` "@path" "date"`) }, string(body), httpsig.ErrUncovered},
		"body away":       {func(*http.Request) {}, "", httpsig.ErrDigest},
		"another body":    {func(*http.Request) {}, string(body) + " ", httpsig.ErrDigest},
	} {
		r := signed(t, http.MethodPost, "/v1/gate/heartbeats", body)
		c.change(r)
		if _, err := httpsig.Read(r, []byte(c.body)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v instead of %v", name, err, c.want)
		}
	}
}

// TestNonce draws different ones.
func TestNonce(t *testing.T) {
	s := signer(device(t))
	s.Nonce = nil
	a, b := request(t, http.MethodGet, "/v1/gate/bundle", nil), request(t, http.MethodGet, "/v1/gate/bundle", nil)
	if err := errors.Join(s.Into(a, nil), s.Into(b, nil)); err != nil {
		t.Fatal(err)
	}
	if a.Header.Get("Signature-Input") == b.Header.Get("Signature-Input") || !strings.Contains(a.Header.Get("Signature-Input"), ";nonce=") {
		t.Error("two requests have one nonce")
	}
}

func FuzzRead(f *testing.F) {
	r := signed(f, http.MethodPost, "/v1/gate/heartbeats", body)
	f.Add(r.Header.Get("Signature-Input"), r.Header.Get("Signature"), r.Header.Get("Content-Digest"))
	f.Fuzz(func(t *testing.T, input, value, digest string) {
		r := request(t, http.MethodPost, "/v1/gate/heartbeats", nil)
		r.Header.Set("Signature-Input", input)
		r.Header.Set("Signature", value)
		r.Header.Set("Content-Digest", digest)
		if s, err := httpsig.Read(r, body); (s == nil) == (err == nil) {
			t.Error("neither a signature nor an error, or both")
		}
	})
}

func BenchmarkRead(b *testing.B) {
	r := signed(b, http.MethodPost, "/v1/gate/scans", body)
	public := device(b).Public()
	for b.Loop() {
		s, err := httpsig.Read(r, body)
		if err != nil || !gm.VerifySM2(public, s.Base, s.Value) {
			b.Fatal(err)
		}
	}
}
