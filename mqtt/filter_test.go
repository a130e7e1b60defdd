package mqtt_test

import (
	"strings"
	"testing"

	"communitypass.cn/communitypass/mqtt"
)

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		allowed, filter string
		want            bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/c", false},
		{"a/b", "a", false},
		{"a/b", "a/b/c", false},
		{"a/+", "a/b", true},
		{"a/+", "a/+", true},
		{"a/+", "a/#", false},
		{"a/+", "a/b/c", false},
		{"a/b", "a/+", false},
		{"a/#", "a/#", true},
		{"a/#", "a/b/+/#", true},
		{"a/#", "a", true},
		{"a/+/#", "#", false},
		{"a/#", "#", false},
		{"a/b", "#", false},
		{"cmd/+", "cmd/x_reply", true},
		{"cmd/+", "cmd/x#", false},
		{"cmd/+", "cmd/+x", false},
		{"cmd/#", "cmd/a#/b", false},
	} {
		if got := mqtt.Covers(c.allowed, c.filter); got != c.want {
			t.Errorf("%s allows %s: %t", c.allowed, c.filter, got)
		}
	}
}

// Whatever a device asks for, it never gets beyond its own level.
func FuzzCovers(f *testing.F) {
	f.Add("cmd/sn/#")
	f.Add("cmd/sn/#0")
	f.Add("$share/g/#")
	f.Fuzz(func(t *testing.T, filter string) {
		if mqtt.Covers("cmd/sn/+", filter) && (!strings.HasPrefix(filter, "cmd/sn/") || strings.Count(filter, "/") != 2 || strings.Contains(filter, "#")) {
			t.Errorf("%q is allowed", filter)
		}
	})
}
