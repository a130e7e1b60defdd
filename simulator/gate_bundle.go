package simulator

import (
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
)

// ErrBundle is the cause of every bundle that is not believed.
var ErrBundle = errors.New("the bundle is not believed")

// Bundle is what a gate may decide by (离线包), its signature checked.
type Bundle struct {
	// Payload is the signed JSON.
	Payload        []byte
	KeyID, Version string
	// ExpiresAt is read from the payload: what stands beside it is not signed.
	ExpiresAt time.Time
}

// PlatformKeys fetches the keys that sign bundles, by key id. A real gate is given
// them once, when it is installed, and not by whom it wants to check.
func (g *Gate) PlatformKeys(ctx context.Context) (map[string]*ecdsa.PublicKey, error) {
	set, err := ask[wire.Jwks](ctx, &g.client, call{Method: http.MethodGet, Path: "/.well-known/jwks.json", Repeatable: true})
	if err != nil {
		return nil, err
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, k := range set.Keys {
		if k.Purpose == nil || *k.Purpose != wire.JwkPurposePlatform {
			continue
		}
		if keys[k.Kid], err = parseJWK(k); err != nil {
			return nil, fmt.Errorf("key %s: %w", k.Kid, err)
		}
	}
	return keys, nil
}

func parseJWK(k wire.Jwk) (*ecdsa.PublicKey, error) {
	x, errX := base64.RawURLEncoding.DecodeString(k.X)
	y, errY := base64.RawURLEncoding.DecodeString(k.Y)
	if err := errors.Join(errX, errY); err != nil {
		return nil, err
	}
	return gm.ParsePublic(append(append([]byte{4}, x...), y...))
}

// Bundle fetches the bundle and says whether it changed since the last call. One
// that fails a check is ErrBundle, and the gate goes on with the one before.
func (g *Gate) Bundle(ctx context.Context, keys map[string]*ecdsa.PublicKey) (b Bundle, changed bool, err error) {
	q := call{Method: http.MethodGet, Path: "/v1/gate/bundle"}
	g.mu.Lock()
	gateID, kept, etag := g.enrolled.Gate.Id, g.bundle, g.etag
	g.mu.Unlock()
	if etag != "" {
		q.Header = map[string]string{"If-None-Match": etag}
	}
	a, err := g.send(ctx, q)
	if err != nil {
		return Bundle{}, false, err
	}
	if a.status == http.StatusNotModified {
		return kept, false, nil
	}
	if b, err = openBundle(a.body, keys, gateID); err != nil {
		return Bundle{}, false, errors.Join(ErrBundle, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bundle, g.etag = b, a.header.Get("ETag")
	return b, true, nil
}

// openBundle checks the signature first and then that the bundle is for this gate.
func openBundle(body []byte, keys map[string]*ecdsa.PublicKey, gateID string) (Bundle, error) {
	var sent wire.SignedBundle
	if err := json.Unmarshal(body, &sent); err != nil {
		return Bundle{}, err
	}
	payload, errP := base64.StdEncoding.DecodeString(sent.Payload)
	signature, errS := base64.StdEncoding.DecodeString(sent.Signature)
	if err := errors.Join(errP, errS); err != nil {
		return Bundle{}, err
	}
	key, known := keys[sent.KeyId]
	if !known {
		return Bundle{}, fmt.Errorf("no key %q is trusted", sent.KeyId)
	}
	if !gm.VerifySM2(key, payload, signature) {
		return Bundle{}, errors.New("the signature does not fit")
	}
	var signed struct {
		Gate      struct{ ID string } `json:"gate"`
		ExpiresAt int64               `json:"expires_at"`
	}
	if err := json.Unmarshal(payload, &signed); err != nil {
		return Bundle{}, err
	}
	if signed.Gate.ID != gateID {
		return Bundle{}, errors.New("it is another gate's")
	}
	return Bundle{Payload: payload, KeyID: sent.KeyId, Version: sent.Version, ExpiresAt: model.FromMillis(signed.ExpiresAt)}, nil
}
