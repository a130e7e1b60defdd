package qr

import (
	"fmt"
	"sync"
)

// Format is the kind of an image.
type Format uint8

// Formats.
const (
	FormatPNG Format = 1 // image/png
	FormatSVG Format = 2 // image/svg+xml
)

// Cache keeps images that were drawn lately. A pass code changes every 30 s, so
// what is not asked for again leaves by itself: entries are of two generations,
// and when the young one is full it becomes the old one and the old one is
// dropped. It is safe for concurrent use.
type Cache struct {
	generation int // the most entries of one generation

	mu    sync.Mutex
	young map[key][]byte
	old   map[key][]byte
}

type key struct {
	text   string
	format Format
	size   int
}

// NewCache keeps at most the given number of images, and at least two. A PNG of
// a pass code takes up to 2 KB, an SVG 5.
func NewCache(entries int) *Cache {
	return &Cache{generation: max(entries/2, 1), young: map[key][]byte{}}
}

// Image is PNG or SVG of the text, drawn now or kept from before. The bytes are
// shared and must not be changed. Failures are not kept.
func (c *Cache) Image(format Format, text string, size int) ([]byte, error) {
	k := key{text: text, format: format, size: clamp(size)}
	if image, found := c.find(k); found {
		return image, nil
	}
	// Drawn without the lock: two callers may draw the same, none waits for another.
	image, err := k.draw()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(k, image)
	return image, nil
}

func (c *Cache) find(k key) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if image, found := c.young[k]; found {
		return image, true
	}
	image, found := c.old[k]
	if found {
		delete(c.old, k)
		c.keep(k, image)
	}
	return image, found
}

// keep puts an image into the young generation; the lock is held.
func (c *Cache) keep(k key, image []byte) {
	if _, found := c.young[k]; !found && len(c.young) >= c.generation {
		c.old, c.young = c.young, map[key][]byte{}
	}
	c.young[k] = image
}

func (k key) draw() ([]byte, error) {
	switch k.format {
	case FormatPNG:
		return PNG(k.text, k.size)
	case FormatSVG:
		return SVG(k.text, k.size)
	}
	return nil, fmt.Errorf("qr: no format %d", k.format)
}
