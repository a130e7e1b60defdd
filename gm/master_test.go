package gm_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

func TestParseMasterReadsEverySpelling(t *testing.T) {
	m := gm.NewMaster()
	raw := unhex(t, m.Hex())
	for name, text := range map[string]string{
		"hex":        m.Hex(),
		"upper hex":  strings.ToUpper(m.Hex()),
		"with space": "  " + m.Hex() + "\r\n",
		"std":        base64.StdEncoding.EncodeToString(raw),
		"raw std":    base64.RawStdEncoding.EncodeToString(raw),
		"url":        base64.URLEncoding.EncodeToString(raw),
		"raw url":    base64.RawURLEncoding.EncodeToString(raw),
	} {
		got, err := gm.ParseMaster(text)
		if err != nil || got.Hex() != m.Hex() {
			t.Errorf("%s: other key or error %v", name, err)
		}
	}
}

func TestParseMasterRefuses(t *testing.T) {
	good := gm.NewMaster().Hex()
	cases := map[string]string{
		"empty": "", "blank": " \n", "short": good[:30], "long": good + "00",
		"no hex":         "zz" + good[2:],
		"15 bytes":       base64.StdEncoding.EncodeToString(unhex(t, good)[:15]),
		"17 bytes":       base64.StdEncoding.EncodeToString(append(unhex(t, good), 1)),
		"line inside":    base64.RawStdEncoding.EncodeToString(unhex(t, good))[:11] + "\n" + base64.RawStdEncoding.EncodeToString(unhex(t, good))[11:],
		"zeros":          strings.Repeat("00", 16),
		"all equal":      strings.Repeat("a7", 16),
		"ascending":      "000102030405060708090a0b0c0d0e0f",
		"wrapping":       "f8f9fafbfcfdfeff0001020304050607",
		"descending":     "0f0e0d0c0b0a09080706050403020100",
		"by sixteen":     "00102030405060708090a0b0c0d0e0f0",
		"seven distinct": "01020304050607070102030405060703",
		"half twice":     "0123456789abcdef0123456789abcdef",
		"the standard's": "0123456789ABCDEFFEDCBA9876543210",
	}
	for name, text := range cases {
		_, err := gm.ParseMaster(text)
		if model.CodeOf(err) != model.CodeInvalid {
			t.Errorf("%s: %v, want invalid", name, err)
			continue
		}
		if text = strings.TrimSpace(text); text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error repeats the key", name)
		}
	}
}

func TestZeroMasterHasNoText(t *testing.T) {
	if s := (gm.Master{}).Hex(); s != "" {
		t.Errorf("got %q", s)
	}
}

func TestNewMasterIsNeverTheSameAndNeverWeak(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		text := gm.NewMaster().Hex()
		if _, err := gm.ParseMaster(text); err != nil || seen[text] {
			t.Fatalf("weak or repeated: %v", err)
		}
		seen[text] = true
	}
}

// TestSecretsDoNotPrint looks for the key in every way that Go prints a value.
func TestSecretsDoNotPrint(t *testing.T) {
	m := gm.NewMaster()
	r := newRing(t, m, fullSet(t, m)...)
	_, dk, err := r.NewDataKey("p1")
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := r.PassSigner("c1")
	private, err := signer.Private().ECDH()
	if err != nil {
		t.Fatal(err)
	}
	type hidden struct {
		master gm.Master
		ring   *gm.Ring
		key    *gm.DataKey
		signer *gm.SM2Key
	}
	for name, v := range map[string]any{
		"master": m, "pointer": &m, "ring": r, "ring value": *r, "data key": dk, "data key value": *dk, "signer": signer,
		"unexported fields": hidden{m, r, dk, signer}, "slice": []gm.Master{m}, "map": map[string]gm.Master{"k": m},
	} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, secret := range [][]byte{unhex(t, m.Hex()), private.Bytes()} {
			assertAbsent(t, name, out.String(), secret)
		}
	}
	if s := fmt.Sprint(m); s != "[secret]" {
		t.Errorf("master prints as %q", s)
	}
}

// assertAbsent looks for the first six bytes of secret as hex, list and base64.
func assertAbsent(t *testing.T, name, out string, secret []byte) {
	t.Helper()
	start := secret[:6]
	low := strings.ToLower(out)
	list := strings.Trim(fmt.Sprint(start), "[]")
	for _, form := range []string{
		fmt.Sprintf("%x", start), list, strings.ReplaceAll(list, " ", ","), strings.ReplaceAll(list, " ", ", "),
		strings.ToLower(base64.StdEncoding.EncodeToString(start)), strings.Trim(fmt.Sprintf("%#v", start), "[]byte{}"),
	} {
		if strings.Contains(low, form) {
			t.Errorf("%s prints the secret", name)
		}
	}
}
