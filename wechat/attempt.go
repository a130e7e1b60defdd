package wechat

import (
	"context"
	"errors"
	"time"

	"github.com/silenceper/wechat/v2/credential"
	"github.com/sony/gobreaker/v2"

	"communitypass.cn/communitypass/model"
)

const (
	// maxAttempts bounds what one sign-in may cost WeChat, so that its bad minute
	// does not become a storm of ours.
	maxAttempts = 2
	retryPause  = 100 * time.Millisecond
	// tripAfter failures in a row the breaker opens, for openFor.
	tripAfter = 5
	openFor   = 10 * time.Second
)

// newBreaker opens when WeChat is ill, not when somebody brings a bad code, and
// ignores callers who hung up. It reads the machine's clock, not the model's:
// moving the demo's clock must neither open nor close it.
func newBreaker() *gobreaker.CircuitBreaker[struct{}] {
	return gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         "wechat",
		MaxRequests:  1,
		Timeout:      openFor,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= tripAfter },
		IsSuccessful: func(err error) bool { return err == nil || !faultOf(err).ill() },
		IsExcluded:   func(err error) bool { return err != nil && faultOf(err).kind == canceled },
	})
}

// do runs one exchange with WeChat within the time-out, a second time where that
// can help, and makes whatever went wrong a *model.Error without secrets.
func (c *Client) do(ctx context.Context, exchange func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var before *fault
	for n := 1; ; n++ {
		at := &attempt{route: c.route}
		err := c.guard(at.into(ctx), exchange)
		if err == nil {
			return nil
		}
		f := faultOf(err)
		if f.kind == resting && before != nil {
			f = before // this very exchange opened the breaker: say why
		}
		if f.staleToken() {
			c.tokens.dropIf(c.tokenKey(), at.token)
		}
		if n == maxAttempts || !f.worthRepeating() || f.pause(ctx) != nil {
			return f.forPeople()
		}
		before = f
	}
}

// guard runs the exchange behind the breaker.
func (c *Client) guard(ctx context.Context, exchange func(context.Context) error) error {
	_, err := c.breaker.Execute(func() (struct{}, error) {
		return struct{}{}, exchange(ctx)
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return &fault{kind: resting, api: "API", what: "not asked, it failed too often just now"}
	}
	return err
}

// tokenKey is where the SDK keeps the stable token.
func (c *Client) tokenKey() string {
	return credential.CacheKeyMiniProgramPrefix + "_stable_access_token_" + c.appID
}

// pause waits before a repeat; a new token needs no wait.
func (f *fault) pause(ctx context.Context) error {
	if f.staleToken() {
		return ctx.Err()
	}
	return model.Wait(ctx, retryPause)
}
