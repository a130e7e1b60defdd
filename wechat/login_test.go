package wechat_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
	"communitypass.cn/communitypass/wechat"
)

func TestLoginTellsWhoItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.WeChatOptions{Unions: map[string]string{"o-li": "u-li"}})
	w.sim.AddUser("login-li", "phone-li", "o-li", "13900139000")
	for code, want := range map[string]wechat.Identity{
		"login-wang": {OpenID: "o-wang"},
		"login-li":   {OpenID: "o-li", UnionID: "u-li"},
	} {
		got, err := w.client.Login(context.Background(), code)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", code, got, err, want)
		}
	}
	wantCode(t, login(w.client, "login-wang"), model.CodeWechatCodeInvalid)
	if n := w.sim.Calls(simulator.WeChatSessionPath); n != 3 {
		t.Errorf("%d calls for three logins", n)
	}
}

func TestMalformedCodesAreNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.WeChatOptions{})
	for _, code := range []string{
		"", "a b", "good&appid=wxEVIL", "a&b", "a=b", "a+b", "a.b", "a%26b", "a#b", "a/b", "a?b", "码", "a\n", "\x00", strings.Repeat("a", 129),
	} {
		wantCode(t, login(w.client, code), model.CodeWechatCodeInvalid)
		wantCode(t, phone(w.client, code), model.CodeWechatCodeInvalid)
	}
	for _, path := range []string{simulator.WeChatSessionPath, simulator.WeChatStableTokenPath, simulator.WeChatPhonePath} {
		if n := w.sim.Calls(path); n != 0 {
			t.Errorf("%s was called %d times", path, n)
		}
	}
	// The longest that is well formed does go out.
	wantCode(t, login(w.client, strings.Repeat("a", 128)), model.CodeWechatCodeInvalid)
	if n := w.sim.Calls(simulator.WeChatSessionPath); n != 1 {
		t.Errorf("a code of 128 characters made %d calls", n)
	}
}

// upstream is what can go wrong with any call and how it must look.
var upstream = []struct {
	name  string
	fault simulator.WeChatFault
	code  model.Code
	retry int
	calls int
}{
	{"invalid code", simulator.WeChatFault{ErrCode: 40029}, model.CodeWechatCodeInvalid, 0, 1},
	{"used code", simulator.WeChatFault{ErrCode: 40163}, model.CodeWechatCodeInvalid, 0, 1},
	{"blocked user", simulator.WeChatFault{ErrCode: 40226}, model.CodeWechatBlocked, 0, 1},
	{"minute quota", simulator.WeChatFault{ErrCode: 45011}, model.CodeWechatUnavailable, 60, 1},
	{"daily quota", simulator.WeChatFault{ErrCode: 45009}, model.CodeWechatUnavailable, 60, 1},
	{"busy", simulator.WeChatFault{ErrCode: -1}, model.CodeWechatUnavailable, 60, 2},
	{"secret refused", simulator.WeChatFault{ErrCode: 40125}, model.CodeWechatUnavailable, 10, 1},
	{"address not allowed", simulator.WeChatFault{ErrCode: 40164}, model.CodeWechatUnavailable, 10, 1},
	{"unknown errcode", simulator.WeChatFault{ErrCode: 99999}, model.CodeWechatUnavailable, 10, 1},
	{"bad gateway", simulator.WeChatFault{Status: 502, Body: "<html>"}, model.CodeWechatUnavailable, 10, 1},
	{"unavailable", simulator.WeChatFault{Status: 503}, model.CodeWechatUnavailable, 10, 1},
	{"not found", simulator.WeChatFault{Status: 404, Body: `{"openid":"o"}`}, model.CodeWechatUnavailable, 10, 1},
	{"html", simulator.WeChatFault{Body: "<html>maintenance</html>"}, model.CodeWechatUnavailable, 10, 1},
	{"nothing", simulator.WeChatFault{Status: 200}, model.CodeWechatUnavailable, 10, 1},
	{"empty object", simulator.WeChatFault{Body: "{}"}, model.CodeWechatUnavailable, 10, 1},
	{"null", simulator.WeChatFault{Body: "null"}, model.CodeWechatUnavailable, 10, 1},
	{"array", simulator.WeChatFault{Body: "[]"}, model.CodeWechatUnavailable, 10, 1},
	{"errcode as text", simulator.WeChatFault{Body: `{"errcode":"40029"}`}, model.CodeWechatUnavailable, 10, 1},
	{"two objects", simulator.WeChatFault{Body: `{"openid":"o"}{}`}, model.CodeWechatUnavailable, 10, 1},
	{"too long", simulator.WeChatFault{Body: `{"openid":"o","phone_info":{"purePhoneNumber":"13800138000","countryCode":"86"}}` +
		strings.Repeat(" ", 1<<20)}, model.CodeWechatUnavailable, 10, 1},
	{"cut", simulator.WeChatFault{Cut: true}, model.CodeWechatUnavailable, 10, 2},
}

func TestLoginUnderFaults(t *testing.T) {
	t.Parallel()
	for _, c := range upstream {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simulator.WeChatOptions{})
			w.sim.Fail(simulator.WeChatSessionPath, c.fault)
			err := login(w.client, "login-wang")
			wantCode(t, err, c.code)
			if got := retryAfter(err); got != c.retry {
				t.Errorf("retry after %d, want %d", got, c.retry)
			}
			if n := w.sim.Calls(simulator.WeChatSessionPath); n != c.calls {
				t.Errorf("%d calls, want %d", n, c.calls)
			}
			w.sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{})
			if err := login(w.client, "login-wang"); err != nil {
				t.Errorf("after the fault: %v", err)
			}
		})
	}
}

func TestLoginRefusesUnusableIdentities(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"openid":"","session_key":"k"}`,
		`{"openid":42}`,
		`{"openid":"o wang"}`,
		`{"openid":"` + strings.Repeat("o", 129) + `"}`,
		`{"openid":"o-wang","unionid":"u wang"}`,
	} {
		client := clientOf(t, answer(body), model.FrozenClock(noon), 5*time.Second)
		wantCode(t, login(client, "login-wang"), model.CodeWechatUnavailable)
	}
}

func TestLoginSurvivesOneFailure(t *testing.T) {
	t.Parallel()
	for _, fault := range []simulator.WeChatFault{{Times: 1, ErrCode: -1}, {Times: 1, Cut: true}} {
		w := newWorld(t, simulator.WeChatOptions{})
		w.sim.Fail(simulator.WeChatSessionPath, fault)
		if err := login(w.client, "login-wang"); err != nil {
			t.Errorf("%+v: %v", fault, err)
		}
		if n := w.sim.Calls(simulator.WeChatSessionPath); n != 2 {
			t.Errorf("%+v: %d calls, want 2", fault, n)
		}
	}
}

// A connection kept from an earlier call tempts http.Transport to repeat a GET
// by itself; that would make more calls than are counted.
func TestLoginOnAKeptConnectionMakesNoHiddenCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.WeChatOptions{ReusableCodes: true})
	for range 3 {
		w.sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{})
		if err := login(w.client, "login-wang"); err != nil {
			t.Fatal(err)
		}
		w.sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{Cut: true})
		before := w.sim.Calls(simulator.WeChatSessionPath)
		wantCode(t, login(w.client, "login-wang"), model.CodeWechatUnavailable)
		if n := w.sim.Calls(simulator.WeChatSessionPath) - before; n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	}
}

func TestLoginEndsInTime(t *testing.T) {
	t.Parallel()
	clock := model.FrozenClock(noon)
	sim := simulator.NewWeChat(appID, secret, simulator.WeChatOptions{Clock: clock})
	sim.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{Hang: true})
	client := clientOf(t, sim, clock, 50*time.Millisecond)

	err := login(client, "login-wang")
	wantCode(t, err, model.CodeWechatUnavailable)
	if !errors.Is(err, context.DeadlineExceeded) || retryAfter(err) != 10 {
		t.Errorf("a hang answered %v", err)
	}
	if n := sim.Calls(simulator.WeChatSessionPath); n > 1 {
		t.Errorf("%d calls within one time-out", n)
	}

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = client.Login(ctx, "login-wang")
	wantCode(t, err, model.CodeWechatUnavailable)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who hung up was answered %v", err)
	}
}
