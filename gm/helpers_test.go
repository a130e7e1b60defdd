package gm_test

import (
	"encoding/hex"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// noon is the instant at which tests happen.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// key generates a key and puts it into a state.
func key(t testing.TB, m gm.Master, p model.KeyPurpose, community string, number uint16, state model.KeyState) model.Key {
	t.Helper()
	k, err := gm.Generate(m, p, community, number, noon)
	if err != nil {
		t.Fatalf("Generate(%s, %q, %d): %v", p, community, number, err)
	}
	k.State = state
	return k
}

// fullSet is one active key of each purpose, the pass key for community "c1".
func fullSet(t testing.TB, m gm.Master) []model.Key {
	t.Helper()
	return []model.Key{
		key(t, m, model.KeyData, "", 1, model.KeyActive),
		key(t, m, model.KeySession, "", 1, model.KeyActive),
		key(t, m, model.KeyIndex, "", 1, model.KeyActive),
		key(t, m, model.KeyPlatform, "", 1, model.KeyActive),
		key(t, m, model.KeyPass, "c1", 1, model.KeyActive),
	}
}

func newRing(t testing.TB, m gm.Master, keys ...model.Key) *gm.Ring {
	t.Helper()
	r, err := gm.NewRing(m, keys)
	if err != nil {
		t.Fatalf("NewRing: %v", err)
	}
	return r
}

// wantCode fails unless err carries the code.
func wantCode(t testing.TB, err error, code model.Code) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", code)
	}
	if got := model.CodeOf(err); got != code {
		t.Fatalf("code %s (%v), want %s", got, err, code)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// with gives k in another state.
func with(k model.Key, state model.KeyState) model.Key {
	k.State = state
	return k
}
