package passcode

import (
	"errors"
	"testing"
)

// FuzzParse: no text makes Parse panic; a text it takes is the only writing of
// that code; and only the published codes are genuine.
func FuzzParse(f *testing.F) {
	set := loadVectors(f)
	published := map[string]bool{}
	for _, v := range set.Valid {
		published[v.Text] = true
		f.Add(v.Text)
	}
	for _, v := range set.Invalid {
		f.Add(v.Text)
	}
	// As a gate does, the key is chosen by what the header names.
	type named struct {
		community uint32
		key       uint16
	}
	ring := map[named]*Verifier{}
	for _, k := range set.Keys {
		ring[named{k.Community, k.Key}] = set.verifier(f, k.Name)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			if !errors.Is(err, ErrNotACode) || c != (Code{}) {
				t.Errorf("%q: %+v, %v", text, c, err)
			}
			return
		}
		if back := c.text(); back != text {
			t.Errorf("%q is also %q", text, back)
		}
		v := ring[named{c.Community, c.Key}]
		if v != nil && v.Verify(&c) != published[text] {
			t.Errorf("%q: published %v, but genuine %v", text, published[text], !published[text])
		}
	})
}
