package service

import (
	"context"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
)

func TestWeakPasswords(t *testing.T) {
	for _, p := range []string{
		"", "Ab3$xyz", strings.Repeat("Ab3$xyzw", 17), // too short, too long
		"12345678", "123456789", "PASSWORD", "Qwertyuiop", "woaini1314", "a123456789", "5201314520", "1qaz2wsx", // the commonest
		"Password2026!", "!!admin@123456", "woaini19880808", "Huawei@12345", // with something around it
		"11111111", "abababab", "1212121212", "我我我我我我我我", "aaaabbbbccccdddd", // few characters
		"guard.li", "My-guard.LI-2026", "xguard.lix", // the username
	} {
		if !weakPassword(Profile{}, "guard.li", p) {
			t.Errorf("%q is taken", p)
		}
	}
	for _, p := range []string{"Plum-Tree-River-7", "correct horse battery", "春眠不觉晓处处闻啼鸟", "8 rivers, 3 hills", "Tz7#qpLm", "guard.l1-river"} {
		if weakPassword(Profile{}, "guard.li", p) {
			t.Errorf("%q is refused", p)
		}
	}
}

// TestCommonPasswordsAreUsable guards the list against lines that can never match.
func TestCommonPasswordsAreUsable(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.Lines(commonPasswords) {
		word := strings.TrimSuffix(line, "\n")
		if word == "" || word != strings.ToLower(strings.TrimSpace(word)) || strings.Contains(word, " ") || seen[word] {
			t.Errorf("line %q", line)
		}
		seen[word] = true
	}
	if len(seen) < 200 {
		t.Errorf("%d passwords", len(seen))
	}
}

func TestPasswordWorkIsBounded(t *testing.T) {
	p := NewPasswords()
	var last func()
	for range passwordSlots {
		done, err := p.wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		last = done
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	if _, err := p.wait(left); model.CodeOf(err) != model.CodeOverloaded {
		t.Errorf("one more than there are slots: %v", err)
	}
	last()
	if _, err := p.wait(t.Context()); err != nil {
		t.Error(err)
	}
}
