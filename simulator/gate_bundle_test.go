package simulator_test

import (
	"crypto/ecdsa"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/testkit"
)

// platformKey is an opened SM2 key of the platform.
func platformKey(t *testing.T) *gm.SM2Key {
	t.Helper()
	master := gm.NewMaster()
	stored, err := gm.Generate(master, model.KeyPlatform, "", 1, atNoon)
	if err != nil {
		t.Fatal(err)
	}
	stored.State = model.KeyActive
	ring, err := gm.NewRing(master, []model.Key{stored})
	if err != nil {
		t.Fatal(err)
	}
	key, _ := ring.Platform()
	return key
}

const platformKeyID = "platform-0-1"

// bundleServer serves one bundle, which may be replaced, and the keys.
type bundleServer struct {
	*contractServer
	sent  wire.SignedBundle
	given int
}

func newBundleServer(t *testing.T, key *gm.SM2Key) *bundleServer {
	s := &bundleServer{contractServer: newContractServer(t)}
	s.HandleFunc("GET /v1/gate/bundle", func(w http.ResponseWriter, r *http.Request) {
		tag := `"` + s.sent.Version + `"`
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(304)
			return
		}
		s.given++
		reply(w, 200, s.sent)
	})
	s.HandleFunc("GET /.well-known/jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		platform, pass := wire.JwkPurposePlatform, wire.JwkPurposePass
		j := key.JWK()
		one := wire.Jwk{Kty: wire.JwkKty(j.KeyType), Crv: wire.JwkCrv(j.Curve), X: j.X, Y: j.Y, Use: wire.JwkUse(j.Use), Alg: j.Algorithm, Kid: platformKeyID, Purpose: &platform}
		other := one
		other.Kid, other.Purpose = "pass-1-1", &pass
		reply(w, 200, wire.Jwks{Keys: []wire.Jwk{one, other}})
	})
	return s
}

func signed(t *testing.T, key *gm.SM2Key, payload, version string) wire.SignedBundle {
	t.Helper()
	signature, err := key.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	// What stands beside the payload is not signed, and here it is not true either.
	return wire.SignedBundle{Payload: base64.StdEncoding.EncodeToString([]byte(payload)), Signature: base64.StdEncoding.EncodeToString(signature),
		KeyId: platformKeyID, Version: version, ExpiresAt: instant.Time{Time: atNoon.Add(999 * time.Hour)}}
}

func payloadFor(gate string) string {
	return fmt.Sprintf(`{"format":1,"gate":{"id":%q},"expires_at":%d}`, gate, model.Millis(atNoon.Add(24*time.Hour)))
}

func TestGateFetchesItsBundleOnce(t *testing.T) {
	t.Parallel()
	key := platformKey(t)
	s := newBundleServer(t, key)
	s.sent = signed(t, key, payloadFor(gateID), "v1")
	g := newGate(s.contractServer)
	keys, err := g.PlatformKeys(t.Context())
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys %v, %v", keys, err)
	}
	for i, want := range []bool{true, false, false} {
		b, changed, err := g.Bundle(t.Context(), keys)
		if err != nil || changed != want || b.Version != "v1" || string(b.Payload) != payloadFor(gateID) || !b.ExpiresAt.Equal(atNoon.Add(24*time.Hour)) {
			t.Fatalf("fetch %d: %+v, %v, %v", i, b, changed, err)
		}
	}
	s.sent = signed(t, key, payloadFor(gateID), "v2")
	if b, changed, err := g.Bundle(t.Context(), keys); err != nil || !changed || b.Version != "v2" || s.given != 2 {
		t.Errorf("%+v, %v, %v after %d", b, changed, err, s.given)
	}
}

func TestGateBelievesNoBundleThatItCannotCheck(t *testing.T) {
	t.Parallel()
	key := platformKey(t)
	good := signed(t, key, payloadFor(gateID), "v2")
	forged := signed(t, platformKey(t), payloadFor(gateID), "v2")
	changed := good
	changed.Payload = base64.StdEncoding.EncodeToString([]byte(payloadFor(gateID) + " "))
	unknown := good
	unknown.KeyId = "platform-0-2"
	short := good
	short.Signature = base64.StdEncoding.EncodeToString([]byte("short"))
	for name, sent := range map[string]wire.SignedBundle{
		"signed by somebody else": forged,
		"changed after signing":   changed,
		"by an unknown key":       unknown,
		"half a signature":        short,
		"another gate's":          signed(t, key, payloadFor(model.NewID(atNoon)), "v2"),
		"no JSON":                 signed(t, key, "bundle", "v2"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newBundleServer(t, key)
			s.sent = signed(t, key, payloadFor(gateID), "v1")
			g := newGate(s.contractServer)
			keys, err := g.PlatformKeys(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := g.Bundle(t.Context(), keys); err != nil {
				t.Fatal(err)
			}
			s.sent = sent
			if _, _, err := g.Bundle(t.Context(), keys); !errors.Is(err, simulator.ErrBundle) {
				t.Fatalf("believed: %v", err)
			}
			s.sent = signed(t, key, payloadFor(gateID), "v1")
			if b, again, err := g.Bundle(t.Context(), keys); err != nil || again || b.Version != "v1" {
				t.Errorf("the bundle before is gone: %+v, %v, %v", b, again, err)
			}
		})
	}
}

// The payload is no part of openapi.yaml: that the gate reads what the server
// signs is shown with a bundle of the server's.
func TestGateBelievesTheServersBundle(t *testing.T) {
	t.Parallel()
	house := testkit.NewGatehouse(t)
	reader := house.Reader(t, house.Garden.Entrance)
	made, err := house.Gates.Bundle(t.Context(), reader)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := house.Directory.Ring().Platform()
	s := newBundleServer(t, key)
	s.sent = wire.SignedBundle{Payload: base64.StdEncoding.EncodeToString(made.Payload), Signature: base64.StdEncoding.EncodeToString(made.Signature),
		KeyId: made.KeyID, Version: made.Version, ExpiresAt: instant.Of(made.ExpiresAt)}
	keys := map[string]*ecdsa.PublicKey{service.PlatformKeyID(key.Number): key.Public()}
	for name, c := range map[string]struct {
		gate string
		want bool
	}{"the gate it was made for": {house.Garden.Entrance.ID, true}, "its neighbour": {house.Garden.Back.ID, false}} {
		g := simulator.NewGate(s.url, s.options())
		e := enrolled()
		e.Gate.Id = c.gate
		g.Resume(e)
		b, _, err := g.Bundle(t.Context(), keys)
		if (err == nil) != c.want || c.want && model.Millis(b.ExpiresAt) != made.ExpiresAt {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}
