// Package openapi holds the contract: openapi.yaml, written by hand and first,
// and what is generated from it (wire: types, server: gin server).
package openapi

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config wire.yaml openapi.yaml
//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config server.yaml openapi.yaml

// YAML is the contract as served at /openapi.yaml.
//
//go:embed openapi.yaml
var YAML []byte

// Load parses and checks the contract.
func Load() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(YAML)
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	return doc, nil
}
