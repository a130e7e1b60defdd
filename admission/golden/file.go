package golden

import (
	"encoding/json"
	"fmt"
	"io"

	"communitypass.cn/communitypass/admission"
)

// File is the golden decisions with everything needed to run them.
type File struct {
	Cases []Case
	keys  map[string]keyPair
}

// Case is one scene and the decision that must follow.
type Case struct {
	Name       string
	OnlineOnly bool
	Scene      Scene
	Expect     Expect
}

// Expect is the decision. SkewSeconds is compared always, so it is zero but for
// clock_skew.
type Expect struct {
	Outcome     admission.Outcome `json:"outcome"`
	Reason      admission.Reason  `json:"reason"`
	SkewSeconds int               `json:"skew_seconds,omitempty"`
}

// written is the file as it stands.
type written struct {
	About string            `json:"about"`
	Keys  map[string]string `json:"keys"`
	Base  json.RawMessage   `json:"base"`
	Cases []struct {
		Name       string          `json:"name"`
		OnlineOnly bool            `json:"online_only"`
		Given      json.RawMessage `json:"given"`
		Expect     Expect          `json:"expect"`
	} `json:"cases"`
}

// Read reads a file of golden decisions. An unknown or misspelt field is an
// error, so that no case passes by saying nothing.
func Read(r io.Reader) (*File, error) {
	var w written
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&w); err != nil {
		return nil, fmt.Errorf("golden: %w", err)
	}
	f := &File{keys: map[string]keyPair{}}
	for name, scalar := range w.Keys {
		pair, err := newKeyPair(scalar)
		if err != nil {
			return nil, fmt.Errorf("golden: key %s: %w", name, err)
		}
		f.keys[name] = pair
	}
	for _, c := range w.Cases {
		scene, err := sceneOf(w.Base, c.Given)
		if err != nil {
			return nil, fmt.Errorf("golden: %s: %w", c.Name, err)
		}
		f.Cases = append(f.Cases, Case{Name: c.Name, OnlineOnly: c.OnlineOnly, Scene: scene, Expect: c.Expect})
	}
	return f, nil
}
