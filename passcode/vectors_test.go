package passcode

import (
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
)

const vectorFile = "testdata/vectors.json"

// vectorSet is the shape of testdata/vectors.json, as docs/pass-code.md describes it.
type vectorSet struct {
	About       string          `json:"about"`
	Epoch       time.Time       `json:"epoch"`
	StepSeconds int             `json:"step_seconds"`
	UserID      string          `json:"user_id"`
	Keys        []keyVector     `json:"keys"`
	Instants    []instantVector `json:"instants"`
	Valid       []validVector   `json:"valid"`
	Invalid     []invalidVector `json:"invalid"`
}

type keyVector struct {
	Name      string `json:"name"`
	Warning   string `json:"warning"`
	Community uint32 `json:"community"`
	Key       uint16 `json:"key"`
	Private   string `json:"private_hex"`
	Public    string `json:"public_hex"`
	ZA        string `json:"za_hex"`
}

type instantVector struct {
	At     time.Time `json:"at"`
	Window uint32    `json:"window"`
	Day    uint32    `json:"china_day"`
}

type validVector struct {
	Name      string    `json:"name"`
	SignedBy  string    `json:"signed_by"`
	Text      string    `json:"text"`
	Bytes     string    `json:"bytes_hex"`
	Format    Format    `json:"format"`
	Kind      Kind      `json:"kind"`
	KindName  string    `json:"kind_name"`
	Key       uint16    `json:"key"`
	Community uint32    `json:"community"`
	Pass      uint64    `json:"pass"`
	Group     uint16    `json:"group"`
	Window    uint32    `json:"window"`
	ExpiresAt time.Time `json:"expires_at"`
	Digest    string    `json:"digest_hex"`
}

func (v validVector) header() Header {
	return Header{Format: v.Format, Kind: v.Kind, Key: v.Key, Community: v.Community,
		Pass: v.Pass, Group: v.Group, Window: v.Window}
}

// Stages at which a code is refused.
const (
	stageParse     = "parse"
	stageFormat    = "format"
	stageSignature = "signature"
)

type invalidVector struct {
	Name   string `json:"name"`
	Stage  string `json:"stage"`
	Reason string `json:"reason"`
	Key    string `json:"check_with"`
	Text   string `json:"text"`
}

func loadVectors(t testing.TB) vectorSet {
	t.Helper()
	raw, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var set vectorSet
	if err := json.Unmarshal(raw, &set); err != nil {
		t.Fatal(err)
	}
	return set
}

func (set vectorSet) key(t testing.TB, name string) keyVector {
	t.Helper()
	for _, k := range set.Keys {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("no key %q", name)
	return keyVector{}
}

func (set vectorSet) verifier(t testing.TB, name string) *Verifier {
	t.Helper()
	v, err := NewVerifier(publicKey(t, set.key(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func publicKey(t testing.TB, k keyVector) *ecdsa.PublicKey {
	t.Helper()
	pub, err := sm2.NewPublicKey(unhex(t, k.Public))
	if err != nil {
		t.Fatal(err)
	}
	return pub
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestValidVectors(t *testing.T) {
	set := loadVectors(t)
	for _, v := range set.Valid {
		t.Run(v.Name, func(t *testing.T) {
			c, err := Parse(v.Text)
			if err != nil {
				t.Fatal(err)
			}
			if c.Header != v.header() {
				t.Errorf("header %+v, want %+v", c.Header, v.header())
			}
			if c.Kind.String() != v.KindName {
				t.Errorf("kind %s, want %s", c.Kind, v.KindName)
			}
			if !c.ExpiresAt().Equal(v.ExpiresAt) {
				t.Errorf("expires %s, want %s", c.ExpiresAt(), v.ExpiresAt)
			}
			for _, k := range set.Keys {
				if got, want := set.verifier(t, k.Name).Verify(&c), k.Name == v.SignedBy; got != want {
					t.Errorf("key %s says %v, want %v", k.Name, got, want)
				}
			}
		})
	}
}

func TestInvalidVectors(t *testing.T) {
	set := loadVectors(t)
	for _, v := range set.Invalid {
		t.Run(v.Name, func(t *testing.T) {
			if got := refusedAt(set.verifier(t, v.Key), v.Text); got != v.Stage {
				t.Errorf("refused at %q, want %q", got, v.Stage)
			}
		})
	}
}

// refusedAt is the stage that refuses a text, or "" for a genuine code.
func refusedAt(v *Verifier, text string) string {
	c, err := Parse(text)
	switch {
	case errors.Is(err, ErrUnsupportedFormat):
		return stageFormat
	case err != nil:
		return stageParse
	case !v.Verify(&c):
		return stageSignature
	}
	return ""
}

func TestInstantVectors(t *testing.T) {
	for _, v := range loadVectors(t).Instants {
		if w, d := WindowAt(v.At), DayAt(v.At.Add(chinaOffset)); w != v.Window || d != v.Day {
			t.Errorf("%s: window %d day %d, want %d and %d", v.At, w, d, v.Window, v.Day)
		}
	}
}
