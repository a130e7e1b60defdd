package mqtt

import "strings"

// Covers says whether all that a filter asks for is allowed by another (MQTT 5, 4.7):
// a topic is a filter without wildcards. Nothing allows a filter whose wildcards share
// a level with other characters: the standard knows none.
func Covers(allowed, filter string) bool {
	a, f := strings.Split(allowed, "/"), strings.Split(filter, "/")
	for _, level := range f {
		if len(level) > 1 && strings.ContainsAny(level, "+#") {
			return false
		}
	}
	for i, level := range a {
		if level == "#" {
			return true
		}
		if i >= len(f) || f[i] == "#" || level != "+" && level != f[i] {
			return false
		}
	}
	return len(a) == len(f)
}

// CoversAny says whether one of several allows a filter.
func CoversAny(allowed []string, filter string) bool {
	for _, a := range allowed {
		if Covers(a, filter) {
			return true
		}
	}
	return false
}
