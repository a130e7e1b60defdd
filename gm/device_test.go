package gm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"communitypass.cn/communitypass/gm"
)

func TestDeviceKeySignsAndWraps(t *testing.T) {
	key, err := gm.NewDeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	again, err := gm.OpenDeviceKey(key.Secret())
	if err != nil {
		t.Fatal(err)
	}
	signature, err := key.Sign([]byte("a claim"))
	if err != nil || !gm.VerifySM2(again.Public(), []byte("a claim"), signature) || gm.VerifySM2(again.Public(), []byte("another"), signature) {
		t.Fatal("the signature is not of this message alone", err)
	}
	wrapped, sealer, err := key.NewDataKey()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sealer.Seal("journal", "a record")
	if err != nil {
		t.Fatal(err)
	}
	opener, err := again.OpenDataKey(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := opener.Open("journal", sealed); err != nil || text != "a record" {
		t.Fatal(text, err)
	}
	other, _ := gm.NewDeviceKey()
	if _, err := other.OpenDataKey(wrapped); !errors.Is(err, gm.ErrSealed) {
		t.Error("another device opens it:", err)
	}
	wrapped[len(wrapped)-1] ^= 1
	if _, err := again.OpenDataKey(wrapped); !errors.Is(err, gm.ErrSealed) {
		t.Error("a changed key opens:", err)
	}
	if text := fmt.Sprintf("%v %+v", key, key); strings.Contains(text, "0x") && !strings.Contains(text, "device key") {
		t.Error("it shows itself:", text)
	}
}

func TestDeviceKeyRefusesWhatIsNone(t *testing.T) {
	for _, secret := range [][]byte{nil, make([]byte, 32), make([]byte, 31), []byte(strings.Repeat("\xff", 32))} {
		if _, err := gm.OpenDeviceKey(secret); err == nil {
			t.Errorf("%d bytes are taken for a key", len(secret))
		}
	}
}
