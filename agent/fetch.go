package agent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"

	"communitypass.cn/communitypass/openapi/wire"
)

// Bundle fetches the bundle, unless it has the version that is known already; then it
// is errNotModified.
func (s *Server) Bundle(ctx context.Context, known string) (SignedBundle, error) {
	whole, _, err := s.bundle(ctx, known, false)
	return whole, err
}

// bundle is Bundle, which may be answered by a delta from the known version when one is
// wanted (RFC 3229).
func (s *Server) bundle(ctx context.Context, known string, wanted bool) (whole SignedBundle, delta *wire.BundleDelta, err error) {
	r, err := s.request(ctx, http.MethodGet, "/v1/gate/bundle", nil)
	if err != nil {
		return SignedBundle{}, nil, err
	}
	if known != "" {
		r.Header.Set("If-None-Match", `"`+known+`"`)
	}
	if wanted {
		r.Header.Set("A-IM", "exceptions")
	}
	status, text, err := s.ask(r, longestBundle)
	if err != nil {
		return SignedBundle{}, nil, err
	}
	if status == http.StatusIMUsed {
		delta = new(wire.BundleDelta)
		if err := json.Unmarshal(text, delta); err != nil {
			return SignedBundle{}, nil, errors.Join(ErrUnreachable, errUnreadable)
		}
		return SignedBundle{}, delta, nil
	}
	var a wire.SignedBundle
	if err := json.Unmarshal(text, &a); err != nil {
		return SignedBundle{}, nil, errors.Join(ErrUnreachable, errUnreadable)
	}
	payload, err1 := base64.StdEncoding.DecodeString(a.Payload)
	signature, err2 := base64.StdEncoding.DecodeString(a.Signature)
	if err1 != nil || err2 != nil {
		return SignedBundle{}, nil, ErrBundleBroken
	}
	return SignedBundle{Payload: payload, Signature: signature, KeyID: a.KeyId, Version: a.Version}, nil, nil
}

// nextBundle fetches the bundle that follows the one in force, which may be nil, and
// verifies it. It asks for a delta when the one in force lies on the disk; whatever is
// wrong with that, the whole bundle is fetched.
func (a *Agent) nextBundle(ctx context.Context, inForce *Bundle) (SignedBundle, *Bundle, error) {
	known := ""
	if inForce != nil {
		known = inForce.Version
	}
	base, err := a.Home.Bundle()
	wanted := err == nil && known != "" && base.Version == known
	signed, delta, err := a.Server.bundle(ctx, known, wanted)
	if err == nil && delta != nil {
		var next *Bundle
		if signed, err = base.apply(delta); err == nil {
			next, err = ReadBundle(signed, a.trusted(), a.id.GateID, inForce)
		}
		if err == nil {
			return signed, next, nil
		}
		a.Log.Warn("a delta does not lead to a bundle: the whole one is fetched", "why", err)
		signed, err = a.Server.Bundle(ctx, known)
	}
	if err != nil {
		return SignedBundle{}, nil, err
	}
	next, err := ReadBundle(signed, a.trusted(), a.id.GateID, inForce)
	return signed, next, err
}
