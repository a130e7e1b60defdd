package gm_test

import (
	"bytes"
	"crypto/cipher"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm4"

	"communitypass.cn/communitypass/gm"
)

// TestSM3Standard holds the two examples of GB/T 32905-2016, annex A.
func TestSM3Standard(t *testing.T) {
	for text, want := range map[string]string{
		"abc":                      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		strings.Repeat("abcd", 16): "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
	} {
		if got := gm.SM3([]byte(text)); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("SM3(%q) = %x", text, got)
		}
		if got := gm.SM3([]byte(text[:2]), nil, []byte(text[2:])); !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("SM3 of the parts of %q = %x", text, got)
		}
	}
}

// TestSM4Standard holds the examples of GB/T 32907-2016, annex A: one block, and
// one enciphered a million times over.
func TestSM4Standard(t *testing.T) {
	text := unhex(t, "0123456789abcdeffedcba9876543210")
	block, err := sm4.NewCipher(text)
	if err != nil {
		t.Fatal(err)
	}
	got := bytes.Clone(text)
	block.Encrypt(got, got)
	if !bytes.Equal(got, unhex(t, "681edf34d206965e86b3e94f536e4246")) {
		t.Fatalf("one block: %x", got)
	}
	if testing.Short() {
		return
	}
	for range 999_999 {
		block.Encrypt(got, got)
	}
	if !bytes.Equal(got, unhex(t, "595298c7c6fd271f0402f804c33d3f66")) {
		t.Errorf("a million times: %x", got)
	}
}

// TestSM4GCMStandard holds the example of RFC 8998, appendix A.1.
func TestSM4GCMStandard(t *testing.T) {
	block, err := sm4.NewCipher(unhex(t, "0123456789abcdeffedcba9876543210"))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	var text []byte
	for _, c := range unhex(t, "aabbccddeeffeeaa") {
		text = append(text, bytes.Repeat([]byte{c}, 8)...)
	}
	got := aead.Seal(nil, unhex(t, "00001234567800000000abcd"), text, unhex(t, "feedfacedeadbeeffeedfacedeadbeefabaddad2"))
	want := "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735" +
		"d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d" +
		"83de3541e4c2b58177e065a9bf7b62ec"
	if !bytes.Equal(got, unhex(t, want)) {
		t.Errorf("sealed %x", got)
	}
}

// TestSM2Standard verifies the signature of GB/T 32918.5-2017, annex A.2, whose
// user id is the default one, and refuses its neighbours.
func TestSM2Standard(t *testing.T) {
	point := unhex(t, "04"+
		"09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"+
		"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")
	sig := unhex(t, "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"+
		"b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa")
	pub, err := gm.ParsePublic(point)
	if err != nil {
		t.Fatal(err)
	}
	if !gm.VerifySM2(pub, []byte("message digest"), sig) {
		t.Fatal("the standard's signature does not verify")
	}
	if gm.VerifySM2(pub, []byte("message digesT"), sig) {
		t.Error("another message verifies")
	}
}
