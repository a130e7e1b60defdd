package gm_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"communitypass.cn/communitypass/gm"
)

func TestAStreamComesBack(t *testing.T) {
	m := gm.NewMaster()
	for _, size := range []int{0, 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, 3 << 20} {
		plain := make([]byte, size)
		_, _ = rand.Read(plain)
		var sealed, back bytes.Buffer
		if err := m.SealStream(&sealed, bytes.NewReader(plain)); err != nil {
			t.Fatal(err)
		}
		if err := m.OpenStream(&back, bytes.NewReader(sealed.Bytes())); err != nil || !bytes.Equal(back.Bytes(), plain) {
			t.Errorf("%d bytes come back as %d, %v", size, back.Len(), err)
		}
	}
}

// Whatever is changed, cut off, repeated or moved does not open.
func TestAChangedStreamDoesNotOpen(t *testing.T) {
	m := gm.NewMaster()
	var sealed bytes.Buffer
	if err := m.SealStream(&sealed, bytes.NewReader(make([]byte, 3<<20))); err != nil {
		t.Fatal(err)
	}
	whole := sealed.Bytes()
	const head, record = 6 + 12 + 16 + 16, 4 + 12 + 1<<20 + 16
	for name, changed := range map[string][]byte{
		"nothing":             nil,
		"the header alone":    whole[:head],
		"the last record off": whole[:head+2*record],
		"a byte off":          whole[:len(whole)-1],
		"a byte more":         append(slices.Clone(whole), 0),
		"a record twice":      slices.Concat(whole[:head+record], whole[head:head+record], whole[head+record:]),
		"two records swapped": slices.Concat(whole[:head], whole[head+record:head+2*record], whole[head:head+record], whole[head+2*record:]),
		"a bit in the middle": flip(whole, head+record+100),
		"a bit in the header": flip(whole, 10),
		"a length":            flip(whole, head),
	} {
		if err := m.OpenStream(new(bytes.Buffer), bytes.NewReader(changed)); !errors.Is(err, gm.ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := gm.NewMaster().OpenStream(new(bytes.Buffer), bytes.NewReader(whole)); !errors.Is(err, gm.ErrSealed) {
		t.Errorf("another master key: %v", err)
	}
}

func flip(b []byte, at int) []byte {
	out := slices.Clone(b)
	out[at] ^= 1
	return out
}
