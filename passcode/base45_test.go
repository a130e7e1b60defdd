package passcode

import (
	"bytes"
	"testing"
)

// The examples of RFC 9285, sections 4.3 and 4.4.
var rfc9285 = []struct{ plain, text string }{
	{"AB", "BB8"},
	{"Hello!!", "%69 VD92EX0"},
	{"base-45", "UJCLQE7W581"},
	{"ietf!", "QED8WEX0"},
	{"\x00\x00", "000"},
	{"\xff\xff", "FGW"},
	{"\xff", "U5"},
	{"", ""},
}

func TestBase45Examples(t *testing.T) {
	for _, c := range rfc9285 {
		if got := string(appendBase45(nil, []byte(c.plain))); got != c.text {
			t.Errorf("encode %q: %q, want %q", c.plain, got, c.text)
		}
		plain := make([]byte, len(c.plain))
		if !decodeBase45(plain, c.text) || string(plain) != c.plain {
			t.Errorf("decode %q: %q, want %q", c.text, plain, c.plain)
		}
	}
}

func TestBase45Refuses(t *testing.T) {
	for _, c := range []struct {
		size int
		text string
	}{
		{2, "GGW"}, {2, ":::"}, {1, "V5"}, {1, "::"}, // beyond the bytes' range
		{2, "BB"}, {2, "BB80"}, {3, "BB8"}, {0, "0"}, {1, ""}, // another length
		{2, "bb8"}, {2, "=B8"}, {2, "B\x008"}, {2, "BB\xff"}, {1, "_0"}, {1, "0_"}, // another alphabet
	} {
		if decodeBase45(make([]byte, c.size), c.text) {
			t.Errorf("%q was taken for %d bytes", c.text, c.size)
		}
	}
}

// Every group of two bytes has one text, and every other text of three
// characters of the alphabet has none.
func TestBase45IsOneToOne(t *testing.T) {
	taken := 0
	var plain [2]byte
	for i := range 45 * 45 * 45 {
		text := string([]byte{alphabet[i%45], alphabet[i/45%45], alphabet[i/2025]})
		if !decodeBase45(plain[:], text) {
			continue
		}
		taken++
		if back := appendBase45(nil, plain[:]); !bytes.Equal(back, []byte(text)) {
			t.Fatalf("%q came back as %q", text, back)
		}
	}
	if taken != 1<<16 {
		t.Errorf("%d texts taken, want 65536", taken)
	}
}
