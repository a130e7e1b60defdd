package service

import "testing"

func TestTheFirstOfTwoCodesHolds(t *testing.T) {
	var c codeCache
	k := codeKey{pass: 1, window: 5, key: 1, group: 1}
	if _, ok := c.get(k); ok {
		t.Fatal("an empty cache knows a code")
	}
	if got := c.keep(k, "first"); got != "first" {
		t.Fatalf("kept %q", got)
	}
	if got := c.keep(k, "second"); got != "first" {
		t.Fatalf("the second took the place of the first: %q", got)
	}
	for _, other := range []codeKey{{pass: 2, window: 5, key: 1, group: 1}, {pass: 1, window: 6, key: 1, group: 1},
		{pass: 1, window: 5, key: 2, group: 1}, {pass: 1, window: 5, key: 1, group: 2}} {
		if text, ok := c.get(other); ok {
			t.Errorf("%+v has the code %q of another", other, text)
		}
	}
}

func TestOldCodesDropByThemselves(t *testing.T) {
	var c codeCache
	at := func(window uint32) codeKey { return codeKey{pass: 1, window: window} }
	for w := range uint32(10 * codeSpan) {
		// As a phone that fetches twenty windows ahead.
		for ahead := range uint32(MaxCodes) {
			c.keep(at(w+ahead), "text")
		}
		for ahead := range uint32(MaxCodes) {
			if _, ok := c.get(at(w + ahead)); !ok {
				t.Fatalf("in window %d the code of %d ahead is gone", w, ahead)
			}
		}
		if n := len(c.generations[0].texts) + len(c.generations[1].texts); n > 2*codeSpan {
			t.Fatalf("in window %d there are %d codes", w, n)
		}
	}
	if _, ok := c.get(at(0)); ok {
		t.Fatal("the code of window 0 is still there")
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	var c codeCache
	for pass := range uint64(codeLimit + 10) {
		c.keep(codeKey{pass: pass, window: 1}, "text")
	}
	if n := len(c.generations[0].texts); n > codeLimit || n == 0 {
		t.Fatalf("%d codes are kept", n)
	}
	if text, ok := c.get(codeKey{pass: codeLimit + 9, window: 1}); !ok || text != "text" {
		t.Fatal("the last one is gone")
	}
}
