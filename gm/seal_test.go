package gm_test

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

func TestSealAndOpen(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, key(t, m, model.KeyData, "", 0x0102, model.KeyActive))
	for _, text := range []string{"", "x", "a webhook secret of some length, 社区"} {
		sealed, err := r.Seal("recipients.secret:r1", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != 2+12+len(text)+16 || sealed[0] != 1 || sealed[1] != 2 {
			t.Errorf("%d bytes with prefix %x", len(sealed), sealed[:2])
		}
		got, err := r.Open("recipients.secret:r1", sealed)
		if err != nil || string(got) != text {
			t.Errorf("opened %q, %v", got, err)
		}
		again, _ := r.Seal("recipients.secret:r1", []byte(text))
		if bytes.Equal(sealed, again) {
			t.Error("two seals are equal: the nonce was used twice")
		}
	}
}

func TestOpenRefusesEveryFlippedBit(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, key(t, m, model.KeyData, "", 1, model.KeyActive), key(t, m, model.KeyData, "", 2, model.KeyRetiring))
	sealed, _ := r.Seal("c", []byte("secret of a camera"))
	flipEveryBit(t, sealed, func(b []byte) error {
		_, err := r.Open("c", b)
		return err
	})
	for n := range sealed {
		if _, err := r.Open("c", sealed[:n]); err == nil {
			t.Fatalf("opened when cut to %d bytes", n)
		}
	}
	if _, err := r.Open("c", append(sealed, 0)); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("longer by a byte: %v", err)
	}
}

// flipEveryBit gives open each one-bit neighbour of sealed; all must fail.
func flipEveryBit(t *testing.T, sealed []byte, open func([]byte) error) {
	t.Helper()
	if err := open(sealed); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
	for i := range sealed {
		for bit := range 8 {
			b := slices.Clone(sealed)
			b[i] ^= 1 << bit
			if open(b) == nil {
				t.Fatalf("bit %d of byte %d flipped and opened", bit, i)
			}
		}
	}
}

func TestSealedValuesAreBoundToTheirContext(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, key(t, m, model.KeyData, "", 1, model.KeyActive))
	sealed, _ := r.Seal("p1", []byte("0123456789abcdef"))
	if _, err := r.Open("p2", sealed); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("other context: %v", err)
	}
	if _, err := r.OpenDataKey("p1", sealed); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("a secret passes for a data key: %v", err)
	}
	wrapped, _, _ := r.NewDataKey("p1")
	if _, err := r.Open("p1", wrapped); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("a data key passes for a secret: %v", err)
	}
	_, errSeal := r.Seal("", []byte("x"))
	_, errOpen := r.Open("", sealed)
	if errSeal == nil || errOpen == nil {
		t.Error("works without a context")
	}
}

func TestOpenByStateOfTheKey(t *testing.T) {
	m := gm.NewMaster()
	old, now := key(t, m, model.KeyData, "", 1, model.KeyActive), key(t, m, model.KeyData, "", 2, model.KeyNext)
	sealed, _ := newRing(t, m, old, now).Seal("c", []byte("x"))
	ahead, _ := newRing(t, m, with(old, model.KeyRetiring), with(now, model.KeyActive)).Seal("c", []byte("y"))
	if sealed[1] != 1 || ahead[1] != 2 {
		t.Fatal("not sealed under the active key")
	}
	for name, c := range map[string]struct {
		old, now model.KeyState
		ok       [2]bool
	}{
		"before":  {model.KeyActive, model.KeyNext, [2]bool{true, true}}, // another replica was quicker
		"during":  {model.KeyRetiring, model.KeyActive, [2]bool{true, true}},
		"retired": {model.KeyRetired, model.KeyActive, [2]bool{false, true}},
	} {
		r := newRing(t, m, with(old, c.old), with(now, c.now))
		for i, b := range [][]byte{sealed, ahead} {
			_, err := r.Open("c", b)
			if (err == nil) != c.ok[i] {
				t.Errorf("%s: value %d: %v", name, i, err)
			}
			if err != nil && model.CodeOf(err) != model.CodeKeyMissing {
				t.Errorf("%s: code of %v", name, err)
			}
		}
	}
}

func TestSealNeedsAnActiveKey(t *testing.T) {
	m := gm.NewMaster()
	for _, state := range []model.KeyState{model.KeyNext, model.KeyRetiring, model.KeyRetired} {
		r := newRing(t, m, key(t, m, model.KeyData, "", 1, state))
		_, err := r.Seal("c", []byte("x"))
		wantCode(t, err, model.CodeKeyMissing)
		_, _, err = r.NewDataKey("p1")
		wantCode(t, err, model.CodeKeyMissing)
	}
}

func TestRingFromManyGoroutines(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, fullSet(t, m)...)
	want := r.Index("phone", "13800000000")
	signer, _ := r.PassSigner("c1")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				sealed, err := r.Seal("c", want)
				got, err2 := r.Open("c", sealed)
				if err != nil || err2 != nil || !bytes.Equal(got, want) || !bytes.Equal(r.Index("phone", "13800000000"), want) {
					t.Error("mixed up between goroutines")
				}
				if sig, err := signer.Sign(want); err != nil || !gm.VerifySM2(signer.Public(), want, sig) {
					t.Error("signature mixed up")
				}
			}
		})
	}
	wg.Wait()
}
