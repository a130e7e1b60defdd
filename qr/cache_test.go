package qr

import (
	"bytes"
	"strconv"
	"sync"
	"testing"
)

func (c *Cache) entries() int { return len(c.young) + len(c.old) }

func drawn(t *testing.T, c *Cache, format Format, text string, size int) []byte {
	t.Helper()
	image, err := c.Image(format, text, size)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// same reports whether two answers are one and the same drawing.
func same(a, b []byte) bool { return &a[0] == &b[0] }

func TestCacheKeepsEachImageApart(t *testing.T) {
	c := NewCache(10)
	first := drawn(t, c, FormatPNG, "A", 100)
	if !same(first, drawn(t, c, FormatPNG, "A", 100)) {
		t.Error("drawn twice")
	}
	for name, other := range map[string][]byte{
		"text":   drawn(t, c, FormatPNG, "B", 100),
		"format": drawn(t, c, FormatSVG, "A", 100),
		"size":   drawn(t, c, FormatPNG, "A", 101),
	} {
		if bytes.Equal(first, other) {
			t.Errorf("another %s gave the same image", name)
		}
	}
	if !same(drawn(t, c, FormatPNG, "A", 5000), drawn(t, c, FormatPNG, "A", 6000)) {
		t.Error("sizes that count as the same are drawn twice")
	}
	want, err := PNG("A", 100)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, want) {
		t.Error("not what PNG draws")
	}
}

func TestCacheIsBounded(t *testing.T) {
	const entries = 8
	c := NewCache(entries)
	kept := drawn(t, c, FormatSVG, "in use", 100)
	for i := range 10 * entries {
		drawn(t, c, FormatSVG, strconv.Itoa(i), 100)
		if !same(kept, drawn(t, c, FormatSVG, "in use", 100)) {
			t.Fatalf("the image in use was dropped after %d others", i+1)
		}
		if n := c.entries(); n > entries {
			t.Fatalf("%d entries after %d images, want at most %d", n, i+1, entries)
		}
	}
	if _, found := c.find(key{"0", FormatSVG, 100}); found {
		t.Error("the oldest image is still there")
	}
}

func TestSmallestCache(t *testing.T) {
	c := NewCache(0)
	for i := range 10 {
		drawn(t, c, FormatSVG, strconv.Itoa(i), 100)
	}
	if n := c.entries(); n > 2 {
		t.Errorf("%d entries", n)
	}
}

func TestCacheKeepsNoFailure(t *testing.T) {
	c := NewCache(10)
	if _, err := c.Image(FormatPNG, "", 100); err == nil {
		t.Error("an empty text was drawn")
	}
	if _, err := c.Image(Format(9), "A", 100); err == nil {
		t.Error("an unknown format was drawn")
	}
	if n := c.entries(); n != 0 {
		t.Errorf("%d entries", n)
	}
}

func TestCacheForManyAtOnce(t *testing.T) {
	c := NewCache(6)
	want := map[string][]byte{}
	for i := range 5 {
		text := strconv.Itoa(i)
		image, err := PNG(text, 100)
		if err != nil {
			t.Fatal(err)
		}
		want[text] = image
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 40 {
				text := strconv.Itoa((worker + i) % 5)
				image, err := c.Image(FormatPNG, text, 100)
				if err != nil || !bytes.Equal(image, want[text]) {
					t.Errorf("image of %s: %d bytes, %v", text, len(image), err)
				}
			}
		})
	}
	wg.Wait()
}
