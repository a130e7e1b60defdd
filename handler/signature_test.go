package handler_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/httpsig"
	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// signing is one device with a key that may have signed before.
type signing struct {
	key  *gm.DeviceKey
	must bool
}

func (s *signing) Signs(c *model.Caller) (can, must bool) { return c.AccountID == "ACC-DEVICE", s.must }

func (s *signing) Signed(_ context.Context, c *model.Caller, keyID string, base, signature []byte) error {
	if keyID != c.AccountID || !gm.VerifySM2(s.key.Public(), base, signature) {
		return model.Fail(model.CodeSignatureInvalid)
	}
	s.must = true
	return nil
}

func deviceKey(t *testing.T) *gm.DeviceKey {
	t.Helper()
	key, err := gm.NewDeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

const beatPath, beatBody = "/v1/gate/scans", `{"scan_id":"1"}`

// signingRig is a router with a signing device; what reaches the scan is counted.
type signingRig struct {
	*rig
	devices *signing
	reached int
}

func newSigningRig(t *testing.T) *signingRig {
	t.Helper()
	s := &signingRig{devices: &signing{key: deviceKey(t)}}
	s.rig = newRig(t, func(r *rig) {
		r.options.Signing = s.devices
		r.expectBad = true // of an empty answer
		r.fake.raw["recordScan"] = func(c *gin.Context) {
			s.reached++
			c.Data(http.StatusOK, "application/json", []byte(`{}`))
		}
	})
	return s
}

// send sends a scan that change has had in its hands after it was signed.
func (s *signingRig) send(key *gm.DeviceKey, id string, at time.Time, change func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	q := httptest.NewRequest(http.MethodPost, beatPath, strings.NewReader(beatBody))
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer device")
	if key != nil {
		signer := httpsig.Signer{KeyID: id, Sign: key.Sign, Now: func() time.Time { return at }}
		if err := signer.Into(q, []byte(beatBody)); err != nil {
			s.t.Fatal(err)
		}
	}
	if change != nil {
		change(q)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, q)
	return w
}

func TestWhoNeverSignedNeedNot(t *testing.T) {
	s := newSigningRig(t)
	if w := s.send(nil, "", time.Time{}, nil); w.Code != http.StatusOK || s.devices.must {
		t.Error(w.Code, w.Body)
	}
	// What somebody on the way has signed is not the device's.
	foreign := func(q *http.Request) {
		q.Header.Set("Signature-Input", `proxy=("@method");created=1;keyid="p"`)
		q.Header.Set("Signature", `proxy=:AAAA:`)
	}
	if w := s.send(nil, "", time.Time{}, foreign); w.Code != http.StatusOK || s.reached != 2 {
		t.Error(w.Code, w.Body, s.reached)
	}
}

func TestWhoHasSignedMust(t *testing.T) {
	s := newSigningRig(t)
	now := s.clock.Now()
	if w := s.send(s.devices.key, "ACC-DEVICE", now, nil); w.Code != http.StatusOK || s.reached != 1 {
		t.Fatal(w.Code, w.Body)
	}
	s.problem(s.send(nil, "", now, nil), http.StatusUnauthorized, model.CodeSignatureRequired)
	for _, path := range []string{"/v1/gate/events", "/v1/gate/bundle"} {
		s.problem(s.call(http.MethodGet, path, "device", ""), http.StatusUnauthorized, model.CodeSignatureRequired)
	}
	if s.reached != 1 {
		t.Error("an unsigned scan was decided")
	}
}

func TestWrongSignaturesAreRefused(t *testing.T) {
	s := newSigningRig(t)
	now := s.clock.Now()
	body := func(text string) func(*http.Request) {
		return func(q *http.Request) {
			other := httptest.NewRequest(http.MethodPost, beatPath, strings.NewReader(text))
			q.Body, q.ContentLength = other.Body, other.ContentLength
		}
	}
	for name, c := range map[string]struct {
		key    *gm.DeviceKey
		id     string
		change func(*http.Request)
	}{
		"another body":          {s.devices.key, "ACC-DEVICE", body(`{"scan_id":"2"}`)},
		"no body":               {s.devices.key, "ACC-DEVICE", body("")},
		"another path":          {s.devices.key, "ACC-DEVICE", func(q *http.Request) { q.URL.Path = "/v1/gate/heartbeats" }},
		"another query":         {s.devices.key, "ACC-DEVICE", func(q *http.Request) { q.URL.RawQuery = "x=1" }},
		"another device's key":  {deviceKey(t), "ACC-DEVICE", nil},
		"another device's name": {s.devices.key, "ACC-OTHER", nil},
		"the digest alone":      {s.devices.key, "ACC-DEVICE", func(q *http.Request) { q.Header.Set("Content-Digest", "sha-256=:AAAA:") }},
		"half a signature":      {s.devices.key, "ACC-DEVICE", func(q *http.Request) { q.Header.Del("Signature") }},
	} {
		t.Run(name, func(t *testing.T) {
			for _, must := range []bool{false, true} {
				s.devices.must = must
				s.problem(s.send(c.key, c.id, now, c.change), http.StatusUnauthorized, model.CodeSignatureInvalid)
				if s.devices.must != must || s.reached != 0 {
					t.Error("a wrong signature did something")
				}
			}
		})
	}
}

// TestSignaturesHaveATime accepts 300 seconds on both sides, and tells its own time
// beyond.
func TestSignaturesHaveATime(t *testing.T) {
	s := newSigningRig(t)
	now := s.clock.Now().Truncate(time.Second)
	s.clock.Advance(now.Sub(s.clock.Now()))
	for _, off := range []time.Duration{0, 300 * time.Second, -300 * time.Second} {
		if w := s.send(s.devices.key, "ACC-DEVICE", now.Add(off), nil); w.Code != http.StatusOK {
			t.Error(off, w.Code, w.Body)
		}
	}
	for _, off := range []time.Duration{301 * time.Second, -301 * time.Second, -24 * time.Hour} {
		p := s.problem(s.send(s.devices.key, "ACC-DEVICE", now.Add(off), nil), http.StatusUnauthorized, model.CodeSignatureStale)
		if p.ServerTime == nil || !p.ServerTime.Equal(now) {
			t.Error(off, "the server tells", p.ServerTime)
		}
	}
	// Only who holds the key is told.
	p := s.problem(s.send(deviceKey(t), "ACC-DEVICE", now.Add(-time.Hour), nil), http.StatusUnauthorized, model.CodeSignatureInvalid)
	if p.ServerTime != nil {
		t.Error("a stranger is told the time")
	}
}
