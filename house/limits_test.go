package house_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/ratelimit"
	"communitypass.cn/communitypass/testkit"
	"communitypass.cn/communitypass/wechat"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
)

// Whoever guesses at sign-ins has as many tries as one replica gives, and not so many at
// each; and without Redis each still counts.
func TestReplicasCountSignInsTogether(t *testing.T) {
	at, g := testkit.NewRedis(t), testkit.NewGatehouse(t)
	// Each replica is asked half of them: what Redis misses has room in its own bucket.
	const most = 60
	replica := func() http.Handler {
		h, err := house.New(t.Context(), g.Deps, house.Config{PublicURL: "https://pass.example.cn", Metrics: prometheus.NewRegistry(),
			Wechat: wechat.Config{AppID: "wx0123456789", Secret: "0123456789abcdef0123456789abcdef"},
			Limits: middleware.Limits{SignIn: middleware.Rate{Events: most, Per: time.Hour}}, Redis: &ratelimit.Config{Addr: at.Addr}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(h.Close)
		return h.Handler
	}
	try := func(h http.Handler, address string) int {
		q := httptest.NewRequest("POST", "/v1/sessions/refresh", strings.NewReader(`{"refresh_token":"`+strings.Repeat("x", 43)+`"}`))
		q.Header.Set("Content-Type", "application/json")
		q.RemoteAddr = address
		w := httptest.NewRecorder()
		h.ServeHTTP(w, q)
		return w.Code
	}
	direct := redis.NewClient(&redis.Options{Addr: at.Addr})
	defer direct.Close()
	// counted tries until Redis has counted: on a busy machine an answer can be too late,
	// and the replica leaves Redis alone for a second then.
	counted := func(h http.Handler, address string) int {
		for range 100 {
			before := stands(t, direct)
			code := try(h, address)
			if code == http.StatusTooManyRequests || stands(t, direct) != before {
				return code
			}
			g.Clock.Advance(2 * time.Second)
		}
		t.Fatal("Redis never counted")
		return 0
	}
	one, other := replica(), replica()
	const guesser = "203.0.113.77"
	for i := range most {
		if code := counted([]http.Handler{one, other}[i%2], guesser+":1"); code != http.StatusUnauthorized {
			t.Fatalf("the %dth try is answered %d", i+1, code)
		}
	}
	for _, h := range []http.Handler{one, other} {
		if code := counted(h, guesser+":2"); code != http.StatusTooManyRequests {
			t.Errorf("one more is answered %d", code)
		}
	}
	if code := counted(other, "203.0.113.78:1"); code != http.StatusUnauthorized {
		t.Errorf("another client is answered %d", code)
	}
	keys, err := direct.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 2 {
		t.Fatalf("%q, %v", keys, err)
	}
	if all := strings.Join(keys, " "); strings.Contains(all, "203.0") || strings.Contains(all, "::") {
		t.Errorf("addresses stand in Redis: %q", all)
	}

	at.Stop()
	refused := 0
	for range 3 * most {
		if try(other, "203.0.113.79:1") == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 2*most {
		t.Errorf("without Redis %d of %d are refused, want %d", refused, 3*most, 2*most)
	}
}

// stands is all that Redis holds.
func stands(t *testing.T, c *redis.Client) (out string) {
	t.Helper()
	keys, err := c.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		value, err := c.Get(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		out += key + "=" + value + "\n"
	}
	return out
}
