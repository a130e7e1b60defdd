package handler

import (
	"context"

	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

// System answers for the process itself.
type System struct{ Service *service.System }

// GetHealth answers while the process lives; it asks nobody.
func (h *System) GetHealth(context.Context, server.GetHealthRequestObject) (server.GetHealthResponseObject, error) {
	return server.GetHealth200JSONResponse{Status: wire.Ok}, nil
}

// GetReadiness answers when the process can do its work, else unavailable.
func (h *System) GetReadiness(ctx context.Context, _ server.GetReadinessRequestObject) (server.GetReadinessResponseObject, error) {
	if err := h.Service.Ready(ctx); err != nil {
		return nil, err
	}
	return server.GetReadiness200JSONResponse{Status: wire.Ok}, nil
}

// GetJwks lists the public keys by which codes and bundles are verified.
func (h *System) GetJwks(context.Context, server.GetJwksRequestObject) (server.GetJwksResponseObject, error) {
	return server.GetJwks200JSONResponse{Keys: each(h.Service.PublicKeys(), jwk)}, nil
}

func jwk(k service.PublicKey) wire.Jwk {
	purpose, state := wire.JwkPurpose(k.Purpose), string(k.State)
	number, community := int(k.Number), int(k.CommunityNumber)
	return wire.Jwk{Kty: wire.JwkKty(k.JWK.KeyType), Crv: wire.JwkCrv(k.JWK.Curve), X: k.JWK.X, Y: k.JWK.Y,
		Use: wire.JwkUse(k.JWK.Use), Alg: k.JWK.Algorithm, Kid: k.ID(), Purpose: &purpose, State: &state,
		KeyNumber: &number, CommunityNumber: optional(community)}
}
