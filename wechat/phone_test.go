package wechat_test

import (
	"context"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

func TestPhoneNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.WeChatOptions{})
	for _, c := range []struct {
		phone string
		want  model.Code
	}{
		{"13800138000", ""},
		{"19912345678", ""},
		{"+852-51234567", model.CodeInvalid},
		{"+1-13800138000", model.CodeInvalid},
		{"12345678901", model.CodeInvalid},
		{"1380013800", model.CodeInvalid},
		{"", model.CodeWechatUnavailable},
	} {
		w.sim.AddUser("l", "p", "o", c.phone)
		got, err := w.client.PhoneNumber(context.Background(), "p")
		if c.want != "" {
			wantCode(t, err, c.want)
			continue
		}
		if err != nil || got != c.phone {
			t.Errorf("%q, %v, want %q", got, err, c.phone)
		}
	}
	wantCode(t, phone(w.client, "p"), model.CodeWechatCodeInvalid)
	if n := w.sim.Calls(simulator.WeChatStableTokenPath); n != 1 {
		t.Errorf("%d tokens were fetched, want 1", n)
	}
	if n := w.sim.Calls(simulator.WeChatTokenPath); n != 0 {
		t.Errorf("the classic token was fetched %d times", n)
	}
}

func TestPhoneNumberUnderFaults(t *testing.T) {
	t.Parallel()
	for _, path := range []string{simulator.WeChatPhonePath, simulator.WeChatStableTokenPath} {
		for _, c := range upstream {
			t.Run(path+" "+c.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, simulator.WeChatOptions{})
				w.sim.Fail(path, c.fault)
				err := phone(w.client, "phone-wang")
				wantCode(t, err, c.code)
				if got := retryAfter(err); got != c.retry {
					t.Errorf("retry after %d, want %d", got, c.retry)
				}
				if n := w.sim.Calls(path); n != c.calls {
					t.Errorf("%d calls, want %d", n, c.calls)
				}
				if n := w.sim.Calls(simulator.WeChatPhonePath); path != simulator.WeChatPhonePath && n != 0 {
					t.Errorf("%d calls without a token", n)
				}
				w.sim.Fail(path, simulator.WeChatFault{})
				if err := phone(w.client, "phone-wang"); err != nil {
					t.Errorf("after the fault: %v", err)
				}
			})
		}
	}
}

func TestPhoneCodeOfAnotherProgramIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.WeChatOptions{})
	w.sim.Fail(simulator.WeChatPhonePath, simulator.WeChatFault{ErrCode: 40013})
	wantCode(t, phone(w.client, "phone-wang"), model.CodeWechatCodeInvalid)
	// The same errcode for a token means that our own app id is wrong.
	w = newWorld(t, simulator.WeChatOptions{})
	w.sim.Fail(simulator.WeChatStableTokenPath, simulator.WeChatFault{ErrCode: 40013})
	wantCode(t, phone(w.client, "phone-wang"), model.CodeWechatUnavailable)
}

func TestPhoneAnswerMarkedForAnotherProgramIsRefused(t *testing.T) {
	t.Parallel()
	client := clientOf(t, answer(`{"errcode":0,"access_token":"t","expires_in":7200,"phone_info":{`+
		`"purePhoneNumber":"13800138000","countryCode":"86","watermark":{"appid":"wxother"}}}`), model.FrozenClock(noon), 5*time.Second)
	wantCode(t, phone(client, "phone-wang"), model.CodeWechatUnavailable)
}

func TestRefusedTokenIsDroppedOnce(t *testing.T) {
	t.Parallel()
	for _, errcode := range []int{40001, 40014, 42001} {
		w := newWorld(t, simulator.WeChatOptions{})
		w.sim.Fail(simulator.WeChatPhonePath, simulator.WeChatFault{Times: 1, ErrCode: errcode})
		if err := phone(w.client, "phone-wang"); err != nil {
			t.Errorf("%d once: %v", errcode, err)
		}
		if n := w.sim.Calls(simulator.WeChatStableTokenPath); n != 2 {
			t.Errorf("%d once: %d tokens fetched, want 2", errcode, n)
		}
		w.sim.Fail(simulator.WeChatPhonePath, simulator.WeChatFault{ErrCode: errcode})
		before := w.sim.Calls(simulator.WeChatPhonePath)
		wantCode(t, phone(w.client, "phone-wang"), model.CodeWechatUnavailable)
		if n := w.sim.Calls(simulator.WeChatPhonePath) - before; n != 2 {
			t.Errorf("%d always: %d calls, want 2", errcode, n)
		}
	}
}

func TestRevokedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.WeChatOptions{ReusableCodes: true})
	for range 3 {
		if err := phone(w.client, "phone-wang"); err != nil {
			t.Fatal(err)
		}
		w.sim.RevokeTokens()
	}
	if n := w.sim.Calls(simulator.WeChatStableTokenPath); n != 3 {
		t.Errorf("%d tokens fetched, want 3", n)
	}
}

func TestTokenIsFetchedAgainBeforeItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.WeChatOptions{ReusableCodes: true})
	for _, c := range []struct {
		advance time.Duration
		fetched int
	}{{0, 1}, {6899 * time.Second, 1}, {2 * time.Second, 2}} {
		w.clock.Advance(c.advance)
		if err := phone(w.client, "phone-wang"); err != nil {
			t.Fatal(err)
		}
		if n := w.sim.Calls(simulator.WeChatStableTokenPath); n != c.fetched {
			t.Errorf("%v later %d tokens fetched, want %d", c.advance, n, c.fetched)
		}
	}
	if n := w.sim.Calls(simulator.WeChatPhonePath); n != 3 {
		t.Errorf("%d calls for three numbers: a token was used past its end", n)
	}
}

// The SDK takes 300 s off a token's life; what remains may be nothing.
func TestShortLivedTokensWork(t *testing.T) {
	t.Parallel()
	for _, life := range []time.Duration{301 * time.Second, 300 * time.Second, 299 * time.Second, time.Second} {
		w := newWorld(t, simulator.WeChatOptions{TokenTTL: life, ReusableCodes: true})
		for range 2 {
			if err := phone(w.client, "phone-wang"); err != nil {
				t.Errorf("a token of %v: %v", life, err)
			}
		}
	}
}
