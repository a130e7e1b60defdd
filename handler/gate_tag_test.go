package handler

import "testing"

func TestNamed(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  bool
	}{
		{[]string{`"a"`}, true}, {[]string{`W/"a"`}, true}, {[]string{`*`}, true}, {[]string{`"b","a"`}, true}, {[]string{`"b"`, ` W/"a" `}, true},
		{nil, false}, {[]string{``}, false}, {[]string{`"b"`}, false}, {[]string{`a`}, false}, {[]string{`"aa", W/"b"`}, false},
	} {
		if got := named(c.lines, `"a"`); got != c.want {
			t.Errorf("%q: %v", c.lines, got)
		}
	}
}
