package service

import (
	"crypto/subtle"
	"sync"

	"communitypass.cn/communitypass/passcode"
)

// codeKey names one pass code: what its header says, less what follows from the
// pass number.
type codeKey struct {
	pass   uint64
	window uint32
	// key is the number of the signing key.
	key   uint16
	group uint16
}

const (
	// codeSpan is how many windows share a generation: more than can be fetched
	// ahead, so that only two generations are ever asked for.
	codeSpan = 32
	// codeLimit bounds the codes of a generation to some 30 MB. A generation that is
	// full starts anew: codes fetched again are then new ones, as genuine as the old.
	codeLimit = 1 << 17
)

// codeCache keeps codes from when they are signed until their windows are past.
type codeCache struct {
	mu sync.RWMutex
	// generations of even and of odd number; a later one takes the place of the one
	// before the last.
	generations [2]codeGeneration
}

type codeGeneration struct {
	number uint32
	texts  map[codeKey]string
}

func (c *codeCache) get(k codeKey) (string, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	g := &c.generations[k.window/codeSpan%2]
	if g.number != k.window/codeSpan {
		return "", false
	}
	text, ok := g.texts[k]
	return text, ok
}

// keep stores a code and gives the one that holds: of two signed at the same time,
// the first.
func (c *codeCache) keep(k codeKey, text string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := &c.generations[k.window/codeSpan%2]
	if g.number != k.window/codeSpan || g.texts == nil {
		*g = codeGeneration{number: k.window / codeSpan, texts: map[codeKey]string{}}
	}
	if first, ok := g.texts[k]; ok {
		return first
	}
	if len(g.texts) >= codeLimit {
		clear(g.texts)
	}
	g.texts[k] = text
	return text
}

// issued reports whether a text is, to the letter, a code that this replica signed
// and still keeps. It saves the check of the signature for most codes that are
// shown; what another replica signed is checked as ever.
func (c *codeCache) issued(text string) bool {
	code, err := passcode.Parse(text)
	if err != nil || code.Format != passcode.Rotating {
		return false
	}
	kept, ok := c.get(codeKey{pass: code.Pass, window: code.Window, key: code.Key, group: code.Group})
	return ok && subtle.ConstantTimeCompare([]byte(kept), []byte(text)) == 1
}
