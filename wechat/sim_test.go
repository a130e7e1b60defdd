package wechat_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/wechat"
)

const (
	appID  = "wx0123456789abcdef"
	secret = "canarysecretcanarysecretcanary01"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// world is a simulated WeChat, a client that talks to it and the clock of both.
type world struct {
	sim    *simulator.WeChat
	client *wechat.Client
	clock  *model.MovableClock
}

func newWorld(t *testing.T, opts simulator.WeChatOptions) world {
	t.Helper()
	clock := model.FrozenClock(noon)
	opts.Clock = clock
	sim := simulator.NewWeChat(appID, secret, opts)
	sim.AddUser("login-wang", "phone-wang", "o-wang", "13800138000")
	return world{sim: sim, clock: clock, client: clientOf(t, sim, clock, 5*time.Second)}
}

// clientOf serves h as WeChat and makes a client for it.
func clientOf(t *testing.T, h http.Handler, clock model.Clock, timeout time.Duration) *wechat.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	client, err := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: srv.URL, Timeout: timeout}, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// answer serves every call with one body.
func answer(body string) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(body)) })
}

// retryAfter is the Retry-After of an error, zero when it has none.
func retryAfter(err error) int {
	var e *model.Error
	if errors.As(err, &e) {
		return e.RetryAfterSeconds
	}
	return 0
}

func wantCode(t *testing.T, err error, want model.Code) {
	t.Helper()
	var e *model.Error
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("error %v, want code %s", err, want)
	}
}

func login(c *wechat.Client, code string) error {
	_, err := c.Login(context.Background(), code)
	return err
}

func phone(c *wechat.Client, code string) error {
	_, err := c.PhoneNumber(context.Background(), code)
	return err
}
