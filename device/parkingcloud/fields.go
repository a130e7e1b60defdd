package parkingcloud

import (
	"bytes"
	"encoding/json"
	"strings"
)

// flat reads a JSON object as texts: numbers and booleans as they are written, null
// and empty lists as nothing, other objects and lists as they stand.
func flat(raw []byte) (map[string]string, bool) {
	var parts map[string]json.RawMessage
	if json.Unmarshal(raw, &parts) != nil || parts == nil {
		return nil, false
	}
	out := make(map[string]string, len(parts))
	for name, part := range parts {
		out[name] = textOf(part)
	}
	return out, true
}

// textOf is one value as a text.
func textOf(part json.RawMessage) string {
	var s string
	switch {
	case len(part) == 0 || bytes.Equal(part, []byte("null")):
		return ""
	case part[0] == '"':
		if json.Unmarshal(part, &s) == nil {
			return s
		}
		return ""
	}
	var compact bytes.Buffer
	if json.Compact(&compact, part) != nil {
		return ""
	}
	if s = compact.String(); s == "[]" || s == "{}" {
		return ""
	}
	return s
}

// pick is the first of the named fields that is not empty, whatever the case of its
// name.
func pick(fields map[string]string, names ...string) string {
	for _, name := range names {
		if v := fields[name]; v != "" {
			return v
		}
	}
	for _, name := range names {
		for have, v := range fields {
			if v != "" && strings.EqualFold(have, name) {
				return v
			}
		}
	}
	return ""
}
