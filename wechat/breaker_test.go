package wechat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

// inProcess hands requests to a handler without a network, so that virtual time
// can pass while a call waits.
type inProcess struct{ h http.Handler }

func (p inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	in := req.Clone(req.Context())
	in.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	p.h.ServeHTTP(rec, in)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

// bubble runs a test in virtual time with a client of a simulated WeChat.
func bubble(t *testing.T, test func(t *testing.T, c *Client, sim *simulator.WeChat)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simulator.NewWeChat("wx1", "s", simulator.WeChatOptions{ReusableCodes: true})
		sim.AddUser("l", "p", "o", "13800138000")
		c, err := New(Config{AppID: "wx1", Secret: "s", BaseURL: "http://simulator"}, model.SystemClock{})
		if err != nil {
			t.Fatal(err)
		}
		c.route.transport = inProcess{sim}
		test(t, c, sim)
	})
}

func loginCode(ctx context.Context, c *Client) model.Code {
	if _, err := c.Login(ctx, "l"); err != nil {
		return model.CodeOf(err)
	}
	return ""
}

func TestBreakerSparesAnIllWeChat(t *testing.T) {
	for name, fault := range map[string]simulator.WeChatFault{
		"busy": {ErrCode: -1}, "bad gateway": {Status: 502}, "hang": {Hang: true}, "html": {Body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, c *Client, sim *simulator.WeChat) {
				ctx := t.Context()
				sim.Fail(simulator.WeChatSessionPath, fault)
				for range 20 {
					if got := loginCode(ctx, c); got != model.CodeWechatUnavailable {
						t.Fatalf("answered %q", got)
					}
				}
				if n := sim.Calls(simulator.WeChatSessionPath); n != tripAfter {
					t.Errorf("20 logins made %d calls, want %d", n, tripAfter)
				}
				sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{})
				if got := loginCode(ctx, c); got != model.CodeWechatUnavailable {
					t.Errorf("while open it answered %q", got)
				}
				if _, err := c.PhoneNumber(ctx, "p"); model.CodeOf(err) != model.CodeWechatUnavailable {
					t.Errorf("while open the phone answered %v", err)
				}
				if err := model.Wait(ctx, openFor+time.Millisecond); err != nil {
					t.Fatal(err)
				}
				for range 3 {
					if got := loginCode(ctx, c); got != "" {
						t.Errorf("well again, it answered %q", got)
					}
				}
			})
		})
	}
}

// The fifth failure opens the breaker in the middle of the third login, whose
// caller still hears what WeChat said.
func TestTheLoginThatOpensTheBreakerSaysWhy(t *testing.T) {
	bubble(t, func(t *testing.T, c *Client, sim *simulator.WeChat) {
		sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{ErrCode: systemBusy})
		for n, want := range []int{nextMinute, nextMinute, nextMinute, soon} {
			_, err := c.Login(t.Context(), "l")
			var e *model.Error
			if !errors.As(err, &e) || e.RetryAfterSeconds != want {
				t.Errorf("login %d: %v, want a retry after %d s", n+1, err, want)
			}
		}
	})
}

func TestBreakerIsNotTrippedByPeople(t *testing.T) {
	for name, errcode := range map[string]int{"invalid": 40029, "used": 40163, "blocked": 40226, "too often": 45011, "token": 40001} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, c *Client, sim *simulator.WeChat) {
				sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{ErrCode: errcode})
				for range 5 * tripAfter {
					loginCode(t.Context(), c)
				}
				if n := sim.Calls(simulator.WeChatSessionPath); n != 5*tripAfter {
					t.Errorf("%d calls, want %d", n, 5*tripAfter)
				}
				sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{})
				if got := loginCode(t.Context(), c); got != "" {
					t.Errorf("afterwards a good code answered %q", got)
				}
			})
		})
	}
}

func TestBreakerIgnoresCallersWhoHangUp(t *testing.T) {
	bubble(t, func(t *testing.T, c *Client, sim *simulator.WeChat) {
		sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{Hang: true})
		for range 5 * tripAfter {
			hangUp(t, c)
		}
		sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{})
		if got := loginCode(t.Context(), c); got != "" {
			t.Errorf("afterwards a good code answered %q", got)
		}
	})
}

func TestTimeoutBoundsTheWholeExchange(t *testing.T) {
	bubble(t, func(t *testing.T, c *Client, sim *simulator.WeChat) {
		clock := model.SystemClock{}
		for _, path := range []string{simulator.WeChatSessionPath, simulator.WeChatStableTokenPath, simulator.WeChatPhonePath} {
			sim.Fail(path, simulator.WeChatFault{Hang: true})
		}
		for name, call := range map[string]func() error{
			"login": func() error { _, err := c.Login(t.Context(), "l"); return err },
			"phone": func() error { _, err := c.PhoneNumber(t.Context(), "p"); return err },
		} {
			before := clock.Now()
			err := call()
			if took := clock.Now().Sub(before); took != defaultTimeout || model.CodeOf(err) != model.CodeWechatUnavailable {
				t.Errorf("%s ended after %v with %v", name, took, err)
			}
		}
	})
}

// hangUp starts a login and gives it up after a second.
func hangUp(t *testing.T, c *Client) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer time.AfterFunc(time.Second, cancel).Stop()
	loginCode(ctx, c)
}

// Neither do they speak for WeChat's health.
func TestBreakerIsNotClosedByCallersWhoHangUp(t *testing.T) {
	bubble(t, func(t *testing.T, c *Client, sim *simulator.WeChat) {
		ill := func() {
			sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{Status: 500})
			loginCode(t.Context(), c)
		}
		for range tripAfter - 1 {
			ill()
		}
		sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{Hang: true})
		hangUp(t, c)
		ill()
		before := sim.Calls(simulator.WeChatSessionPath)
		ill()
		if n := sim.Calls(simulator.WeChatSessionPath) - before; n != 0 {
			t.Errorf("%d calls after %d failures with a hang-up between them", n, tripAfter)
		}
	})
}

// The first failure leaves no time for a second call.
func TestNoRepeatAfterTheDeadline(t *testing.T) {
	bubble(t, func(t *testing.T, c *Client, sim *simulator.WeChat) {
		sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{ErrCode: systemBusy})
		ctx, cancel := context.WithTimeout(t.Context(), retryPause/2)
		defer cancel()
		if got := loginCode(ctx, c); got != model.CodeWechatUnavailable {
			t.Errorf("answered %q", got)
		}
		if n := sim.Calls(simulator.WeChatSessionPath); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}
