package gm_test

import (
	"bytes"
	"crypto/hmac"
	"sync"
	"testing"

	"github.com/emmansun/gmsm/sm3"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// TestMACEqualsAFreshState checks that a kept state gives what a new one does,
// whatever it was used for before.
func TestMACEqualsAFreshState(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	mac := gm.NewHMAC(key)
	want := func(text []byte) []byte {
		h := hmac.New(sm3.New, []byte("0123456789abcdef0123456789abcdef"))
		h.Write(text)
		return h.Sum(nil)
	}
	clear(key) // the MAC keeps its own
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 150 {
				text := bytes.Repeat([]byte{byte(i)}, n)
				if !bytes.Equal(mac.Sum(text[:n/2], text[n/2:]), want(text)) {
					t.Errorf("differs at %d bytes", n)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestIndexFindsTheSameValueOfTheSameField(t *testing.T) {
	m := gm.NewMaster()
	k := key(t, m, model.KeyIndex, "", 1, model.KeyActive)
	r := newRing(t, m, k)
	want := r.Index("persons.phone", "13800000000")
	if len(want) != 32 || !bytes.Equal(want, newRing(t, m, k).Index("persons.phone", "13800000000")) {
		t.Fatal("not the same twice")
	}
	for name, got := range map[string][]byte{
		"value":    r.Index("persons.phone", "13800000001"),
		"field":    r.Index("visits.phone", "13800000000"),
		"boundary": r.Index("persons.phone1", "3800000000"),
		"key":      newRing(t, m, key(t, m, model.KeyIndex, "", 1, model.KeyActive)).Index("persons.phone", "13800000000"),
	} {
		if bytes.Equal(got, want) {
			t.Errorf("another %s has the same index", name)
		}
	}
}

func TestIndexFailsLoudlyWithoutAnActiveKey(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, key(t, m, model.KeyIndex, "", 1, model.KeyNext))
	defer func() {
		if recover() == nil {
			t.Error("an index under no key")
		}
	}()
	r.Index("persons.phone", "13800000000")
}

func TestHashToken(t *testing.T) {
	if got := gm.HashToken("abc"); got != "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" {
		t.Errorf("got %s", got)
	}
	if gm.HashToken("rt_a") == gm.HashToken("rt_b") {
		t.Error("two tokens with one hash")
	}
}
