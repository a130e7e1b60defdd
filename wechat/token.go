package wechat

import (
	"context"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/credential"

	"communitypass.cn/communitypass/model"
)

// tokenCache is the SDK's cache.Cache. The SDK's own memory cache reads its map
// without its lock, which ends the process under load.
type tokenCache struct {
	clock model.Clock
	mu    sync.Mutex
	kept  map[string]keptValue
}

type keptValue struct {
	value any
	until time.Time
}

func newTokenCache(clock model.Clock) *tokenCache {
	return &tokenCache{clock: clock, kept: map[string]keptValue{}}
}

// Get is the value, or nil when there is none or it has run out.
func (t *tokenCache) Get(key string) any {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, ok := t.kept[key]
	if !ok || !t.clock.Now().Before(k.until) {
		return nil
	}
	return k.value
}

// Set keeps the value for ttl. With less than a second it keeps nothing and
// succeeds: the SDK takes 300 s off the life of a token, WeChat may give one
// that lives 300 s, and an error here would fail the call that fetched it.
func (t *tokenCache) Set(key string, value any, ttl time.Duration) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if ttl < time.Second {
		delete(t.kept, key)
		return nil
	}
	t.kept[key] = keptValue{value: value, until: t.clock.Now().Add(ttl)}
	return nil
}

// IsExist reports whether Get would find a value.
func (t *tokenCache) IsExist(key string) bool { return t.Get(key) != nil }

// Delete forgets the value.
func (t *tokenCache) Delete(key string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.kept, key)
	return nil
}

// dropIf forgets the value only while it is the refused one. Of many calls
// refused at once the first has perhaps fetched a new token already; the others
// must not throw that away.
func (t *tokenCache) dropIf(key, refused string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept[key].value == refused {
		delete(t.kept, key)
	}
}

// tokenSource is the SDK's stable token, noting which token an attempt used and
// refusing the empty one that the SDK takes from an answer of {}.
type tokenSource struct {
	stable credential.AccessTokenContextHandle
}

// GetAccessToken completes the SDK's interface; a call without an attempt in its
// context does not get past the transport.
func (s tokenSource) GetAccessToken() (string, error) {
	return s.GetAccessTokenContext(context.Background())
}

// GetAccessTokenContext is the cached token or a new one. Callers queue while
// one of them fetches it, at most until its time-out.
func (s tokenSource) GetAccessTokenContext(ctx context.Context) (string, error) {
	token, err := s.stable.GetAccessTokenContext(ctx)
	if err != nil {
		return "", err
	}
	if token == "" {
		return "", garbage("stable_token", "answered no token")
	}
	if at := attemptIn(ctx); at != nil {
		at.token = token
	}
	return token, nil
}
