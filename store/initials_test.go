package store

import (
	"slices"
	"strings"
	"testing"
)

func TestInitialsOfNames(t *testing.T) {
	for name, want := range map[string]string{
		"张欣": "zx", "单田芳": "stf", "仇英": "qy", "区志航": "ozh", "查良镛": "zly", "解缙": "xj",
		"尉迟恭": "ycg", "盖叫天": "gjt", "任正非": "rzf", "朴树": "ps", "翟天临": "ztl", "欧阳修": "oyx", "单于": "cy", "吕布": "lb",
		"Owen Smith": "os", "O'Neil": "on", "买买提·艾力": "mmtal", "  ": "", "1号": "h",
	} {
		readings := initialsOf(name)
		if want == "" {
			if len(initialPrefixes(name)) != 0 {
				t.Errorf("%q is found by %v", name, initialPrefixes(name))
			}
			continue
		}
		if !slices.Contains(readings, want) {
			t.Errorf("%s reads %v, want %s", name, readings, want)
		}
	}
	// A surname is read as a surname alone.
	for name, never := range map[string]string{"单田芳": "d", "仇英": "c", "曾国藩": "c", "解缙": "j", "查良镛": "c"} {
		for _, r := range initialsOf(name) {
			if strings.HasPrefix(r, never) {
				t.Errorf("%s is found by %s", name, never)
			}
		}
	}
	// A given name is found by each reading, and readings are bounded.
	if r := initialsOf("王乐"); !slices.Contains(r, "wl") || !slices.Contains(r, "wy") {
		t.Errorf("王乐 reads %v", r)
	}
	if n := len(initialsOf(strings.Repeat("乐", 30))); n > readings {
		t.Errorf("%d readings", n)
	}
	for _, p := range initialPrefixes(strings.Repeat("张", 30)) {
		if len(p) > maxInitials {
			t.Errorf("prefix %s", p)
		}
	}
}
