package wechat

import (
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/cache"

	"communitypass.cn/communitypass/model"
)

func TestTokenCacheKeepsValuesForTheirTime(t *testing.T) {
	t.Parallel()
	clock := model.FrozenClock(time.Unix(1_800_000_000, 0))
	tokens := newTokenCache(clock)
	var c cache.Cache = tokens
	set := func(value string, ttl time.Duration) {
		if err := c.Set("k", value, ttl); err != nil {
			t.Fatalf("ttl %v: %v", ttl, err)
		}
	}
	want := func(step string, value any) {
		t.Helper()
		if got := c.Get("k"); got != value || c.IsExist("k") != (value != nil) {
			t.Errorf("%s: got %v, exists %v, want %v", step, got, c.IsExist("k"), value)
		}
	}
	want("nothing set", nil)
	set("a", time.Second)
	want("set", "a")
	clock.Advance(999 * time.Millisecond)
	want("just before its end", "a")
	clock.Advance(time.Millisecond)
	want("at its end", nil)

	for _, ttl := range []time.Duration{999 * time.Millisecond, 0, -300 * time.Second} {
		set("old", time.Minute)
		set("new", ttl)
		want("too short to keep", nil)
	}

	set("b", time.Minute)
	tokens.dropIf("k", "refused")
	want("another one was refused", "b")
	tokens.dropIf("k", "b")
	want("it was refused", nil)
	tokens.dropIf("k", "")
	want("nothing to drop", nil)

	set("c", time.Minute)
	if err := c.Delete("k"); err != nil {
		t.Error(err)
	}
	want("deleted", nil)
}
