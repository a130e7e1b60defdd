package passcode

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// admitted says whether a text would pass as genuine.
func admitted(v *Verifier, text string) bool {
	c, err := Parse(text)
	return err == nil && v.Verify(&c)
}

// genuine is a valid vector, as its bytes and text, and its key's verifier.
func genuine(t *testing.T) ([Size]byte, string, *Verifier) {
	t.Helper()
	set := loadVectors(t)
	good := set.Valid[0]
	v := set.verifier(t, good.SignedBy)
	if !admitted(v, good.Text) {
		t.Fatal("the vector itself is refused")
	}
	return [Size]byte(unhex(t, good.Bytes)), good.Text, v
}

func encode(raw [Size]byte) string { return string(appendBase45(nil, raw[:])) }

func TestEveryBitCounts(t *testing.T) {
	t.Parallel()
	raw, text, v := genuine(t)
	if encode(raw) != text {
		t.Fatal("the vector's bytes and text differ")
	}
	for i := range Size * 8 {
		bad := raw
		bad[i/8] ^= 0x80 >> (i % 8)
		if admitted(v, encode(bad)) {
			t.Errorf("bit %d of byte %d does not count", i%8, i/8)
		}
	}
}

func TestEveryCharacterCounts(t *testing.T) {
	t.Parallel()
	_, text, v := genuine(t)
	for i := range TextLength {
		for _, c := range []byte(alphabet + "a\x00\x80\xff") {
			if c == text[i] {
				continue
			}
			if admitted(v, text[:i]+string([]byte{c})+text[i+1:]) {
				t.Errorf("character %d may be %q instead of %q", i, c, text[i])
			}
		}
	}
}

// mutations is how many codes are forged: PASSCODE_MUTATIONS; the full figure is
// 100000.
func mutations(t *testing.T) int {
	t.Helper()
	s := os.Getenv("PASSCODE_MUTATIONS")
	if s == "" {
		return 5000
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("PASSCODE_MUTATIONS is %q, want a positive number", s)
	}
	return n
}

// TestMutations forges from a fixed seed.
func TestMutations(t *testing.T) {
	t.Parallel()
	count := mutations(t)
	raw, text, v := genuine(t)
	random := rand.New(rand.NewPCG(20260101, 30))
	parsed := 0
	for range count {
		forged := mutate(random, raw)
		if forged == text {
			continue
		}
		if _, err := Parse(forged); err == nil {
			parsed++
		}
		if admitted(v, forged) {
			t.Fatalf("a forgery was admitted: %q", forged)
		}
	}
	// A run that is refused before the signature would prove nothing about it.
	if parsed < count/4 {
		t.Errorf("only %d of %d forgeries reached the signature", parsed, count)
	}
}

// mutate flips 1 to 8 bits of the bytes, or now and then replaces characters of
// the text.
func mutate(random *rand.Rand, raw [Size]byte) string {
	for range 1 + random.IntN(8) {
		bit := random.IntN(Size * 8)
		raw[bit/8] ^= 1 << (bit % 8)
	}
	text := []byte(encode(raw))
	if random.IntN(4) == 0 {
		text[random.IntN(len(text))] = alphabet[random.IntN(len(alphabet))]
	}
	return string(text)
}
