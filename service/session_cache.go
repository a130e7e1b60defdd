package service

import (
	"sync"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// verifiedTokenLimit bounds the memory to some 10 MB; when full it starts anew.
const verifiedTokenLimit = 10_000

// verifiedToken is an access token whose signature and claims were right. When it
// expires, and whether its session goes on, is asked anew each time.
type verifiedToken struct {
	caller  model.Caller
	expires int64
	// rights is the count of changes of the roles that it carries.
	rights int64
}

// tokenCache remembers verified tokens by their text: a phone shows the same one
// for a quarter of an hour, and looking it up costs a fiftieth of verifying it.
// It holds good for one ring only, so that a retired key's tokens die with it.
type tokenCache struct {
	mu     sync.RWMutex
	ring   *gm.Ring
	tokens map[string]verifiedToken
}

func (c *tokenCache) get(ring *gm.Ring, token string) (verifiedToken, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.ring != ring {
		return verifiedToken{}, false
	}
	v, ok := c.tokens[token]
	return v, ok
}

func (c *tokenCache) put(ring *gm.Ring, token string, v verifiedToken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ring != ring || len(c.tokens) >= verifiedTokenLimit {
		c.ring, c.tokens = ring, make(map[string]verifiedToken)
	}
	c.tokens[token] = v
}
