package gm_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

func TestPassword(t *testing.T) {
	encoded, err := gm.HashPassword("正确的马电池订书钉")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("encoded as %s", encoded)
	}
	if !gm.CheckPassword(encoded, "正确的马电池订书钉") {
		t.Error("right password refused")
	}
	for _, wrong := range []string{"", "正确的马电池订书", "正确的马电池订书钉 ", strings.Repeat("x", 1<<20)} {
		if gm.CheckPassword(encoded, wrong) {
			t.Errorf("%d bytes of a wrong password accepted", len(wrong))
		}
	}
	if again, _ := gm.HashPassword("正确的马电池订书钉"); again == encoded {
		t.Error("no salt")
	}
}

// TestNobodyHasTheEmptyPassword plants an encoding that HashPassword never makes.
func TestNobodyHasTheEmptyPassword(t *testing.T) {
	salt := []byte("salt of a row")
	b64 := base64.RawStdEncoding.EncodeToString
	encoded := "$argon2id$v=19$m=8192,t=1,p=1$" + b64(salt) + "$" + b64(argon2.IDKey(nil, salt, 1, 8192, 1, 32))
	for _, p := range []string{"", strings.Repeat("x", 2000)} {
		if gm.CheckPassword(encoded, p) {
			t.Errorf("%d bytes accepted", len(p))
		}
	}
}

func TestHashPasswordRefuses(t *testing.T) {
	for _, p := range []string{"", strings.Repeat("x", 1025)} {
		_, err := gm.HashPassword(p)
		wantCode(t, err, model.CodeInvalid)
	}
}

// TestPasswordOfTheReference holds a vector of the reference implementation.
func TestPasswordOfTheReference(t *testing.T) {
	const encoded = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if !gm.CheckPassword(encoded, "password") || gm.CheckPassword(encoded, "Password") {
		t.Error("the reference's vector is judged wrongly")
	}
}

func TestCheckPasswordRefusesEncodings(t *testing.T) {
	encoded, err := gm.HashPassword("pass-phrase")
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string {
		out := strings.Replace(encoded, old, new, 1)
		if out == encoded {
			t.Fatalf("%q is not in %q", old, encoded)
		}
		return out
	}
	digest := encoded[strings.LastIndex(encoded, "$"):]
	for name, bad := range map[string]string{
		"empty": "", "plain": "pass-phrase", "dollars": "$$$$$", "argon2i": replace("argon2id", "argon2i"),
		"old version": replace("v=19", "v=16"), "bcrypt": "$2b$12$abcdefghijklmnopqrstuv",
		"4 TiB": replace("m=19456", "m=4294967295"), "256 MiB": replace("m=19456", "m=262144"), "too little": replace("m=19456", "m=64"),
		"no pass": replace("t=2", "t=0"), "1000 passes": replace("t=2", "t=1000"), "no lane": replace("p=1", "p=0"),
		"255 lanes": replace("p=1", "p=255"), "overflow": replace("p=1", "p=257"), "negative": replace("t=2", "t=-2"),
		"more after": replace("p=1$", "p=1,x=1$"), "leading zero": replace("t=2", "t=02"), "no digest": replace(digest, "$"),
		"digest of 2": replace(digest, "$AAA"), "salt of 2": "$argon2id$v=19$m=19456,t=2,p=1$AAA" + digest, "huge digest": encoded + strings.Repeat("A", 10_000), "padded": encoded + "=",
		"extra part": encoded + "$", "before": "x" + encoded,
	} {
		if gm.ReadsEncoding(bad) {
			t.Errorf("%s: read", name)
		}
	}
	for _, bad := range []string{"", "pass-phrase", replace("m=19456", "m=4294967295")} {
		if gm.CheckPassword(bad, "pass-phrase") {
			t.Errorf("%q: accepted", bad)
		}
	}
	if !gm.CheckPassword(encoded, "pass-phrase") {
		t.Error("the encoding itself is refused")
	}
}
