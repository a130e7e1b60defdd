package middleware

import "github.com/getkin/kin-openapi/openapi3"

// idPattern is how the contract writes an id: a ULID in its one spelling.
const idPattern = "^[0-9A-HJKMNP-TV-Z]{26}$"

// isID says whether a parameter is an id in the path and nothing more, so that
// goodID says the same as its schema.
func isID(p *openapi3.Parameter) bool {
	return p.In == openapi3.ParameterInPath && p.Schema != nil && p.Schema.Value.Pattern == idPattern
}

// goodID matches idPattern.
func goodID(id string) bool {
	if len(id) != 26 {
		return false
	}
	for i := range len(id) {
		switch b := id[i]; {
		case b >= '0' && b <= '9':
		case b >= 'A' && b <= 'Z' && b != 'I' && b != 'L' && b != 'O' && b != 'U':
		default:
			return false
		}
	}
	return true
}
