package passcode

import (
	"bytes"
	"encoding/asn1"
	"math/big"
	"testing"
)

func TestDERAgreesWithASN1(t *testing.T) {
	numbers := []*big.Int{
		big.NewInt(1), big.NewInt(0x7f), big.NewInt(0x80), big.NewInt(0x8000),
		new(big.Int).Lsh(big.NewInt(1), 247), new(big.Int).Lsh(big.NewInt(1), 254),
		new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)), new(big.Int),
	}
	for _, r := range numbers {
		for _, s := range numbers {
			want, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
			if err != nil {
				t.Fatal(err)
			}
			var raw [signatureSize]byte
			r.FillBytes(raw[:scalarSize])
			s.FillBytes(raw[scalarSize:])
			if got := derOf(&raw); !bytes.Equal(got, want) {
				t.Errorf("DER of %x: %x, want %x", raw, got, want)
			}
			if got, ok := rawOf(want); !ok || got != raw {
				t.Errorf("raw of %x: %x %v, want %x", want, got, ok, raw)
			}
		}
	}
}

func TestDERRefuses(t *testing.T) {
	long := append([]byte{0x30, 38, 2, 33, 1}, make([]byte, 35)...)
	copy(long[37:], []byte{2, 1, 5})
	for name, der := range map[string][]byte{
		"nothing":           nil,
		"no sequence":       {0x31, 6, 2, 1, 5, 2, 1, 5},
		"length short":      {0x30, 5, 2, 1, 5, 2, 1, 5},
		"one number":        {0x30, 3, 2, 1, 5},
		"three numbers":     {0x30, 9, 2, 1, 5, 2, 1, 5, 2, 1, 5},
		"no integer":        {0x30, 6, 2, 1, 5, 4, 1, 5},
		"empty integer":     {0x30, 5, 2, 0, 2, 1, 5},
		"integer past end":  {0x30, 6, 2, 1, 5, 2, 9, 5},
		"33 bytes, not a 0": long,
	} {
		if raw, ok := rawOf(der); ok {
			t.Errorf("%s was read as %x", name, raw)
		}
	}
}
