package model_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"communitypass.cn/communitypass/model"
)

// However a plate is written, it is one plate; and what a home is known by is what a
// camera sees.
func TestSeenPlateIsOneHoweverItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plate := rapid.StringMatching(`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][A-HJ-NP-Z0-9]{5,6}`).Draw(t, "plate")
		var b strings.Builder
		b.WriteString(rapid.SampledFrom([]string{"", "蓝", "绿", " "}).Draw(t, "before"))
		for _, r := range plate {
			if r < 0x80 && rapid.Bool().Draw(t, "wide") {
				r += 0xfee0
			} else if rapid.Bool().Draw(t, "lower") {
				r = []rune(strings.ToLower(string(r)))[0]
			}
			b.WriteRune(r)
			b.WriteString(rapid.SampledFrom([]string{"", "", "·", "-", " ", "\u3000"}).Draw(t, "between"))
		}
		if got := model.SeenPlate(b.String()); got != plate {
			t.Fatalf("%q is %q, want %q", b.String(), got, plate)
		}
		if normal, ok := model.NormalPlate(plate); !ok || model.SeenPlate(normal) != normal {
			t.Fatalf("%q is known as %q and seen as %q", plate, normal, model.SeenPlate(normal))
		}
	})
}

func FuzzSeenPlate(f *testing.F) {
	for _, seed := range []string{"粤B12345", "_无_", "车牌", "蓝粤B12345", "\xd4\xc1B12345", "黑A12345", "unknown"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, told string) {
		got := model.SeenPlate(told)
		if n := utf8.RuneCountInString(got); !utf8.ValidString(got) || n > 12 || got != "" && n < 3 {
			t.Errorf("%q is %q", told, got)
		}
		if again := model.SeenPlate(got); again != got && !strings.ContainsRune("蓝黄白黑绿", []rune(got)[0]) {
			t.Errorf("%q is %q, then %q", told, got, again)
		}
		if masked := model.MaskPlate(got); len([]rune(got)) > 4 && masked == got && !strings.Contains(got, "*") {
			t.Errorf("%q is not masked", got)
		}
	})
}
