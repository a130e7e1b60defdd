package golden

import (
	"bytes"
	"encoding/json"
)

// sceneOf is the base scene changed by a merge patch.
func sceneOf(base, patch json.RawMessage) (Scene, error) {
	var target, change any
	if err := decodeNumbers(base, &target); err != nil {
		return Scene{}, err
	}
	if len(patch) > 0 {
		if err := decodeNumbers(patch, &change); err != nil {
			return Scene{}, err
		}
		target = merge(target, change)
	}
	whole, err := json.Marshal(target)
	if err != nil {
		return Scene{}, err
	}
	var scene Scene
	decoder := json.NewDecoder(bytes.NewReader(whole))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&scene)
	return scene, err
}

// decodeNumbers keeps numbers as written: a pass number of 48 bits and an instant
// in milliseconds must not go through a float.
func decodeNumbers(data []byte, into *any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// merge is RFC 7386: objects are merged field by field, null removes a field, and
// anything else replaces what was there.
func merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := map[string]any{}
	if fields, ok := target.(map[string]any); ok {
		for name, value := range fields {
			merged[name] = value
		}
	}
	for name, value := range changes {
		if value == nil {
			delete(merged, name)
			continue
		}
		merged[name] = merge(merged[name], value)
	}
	return merged
}
