package wechat

import (
	"testing"
	"unicode/utf8"

	"communitypass.cn/communitypass/simulator"
)

func TestASubscribeMessageIsSentPerConsent(t *testing.T) {
	bubble(t, func(t *testing.T, c *Client, sim *simulator.WeChat) {
		fields := map[string]string{"thing1": "您的访客已到门口，请尽快到物业服务中心登记领取", "time2": "2026-11-22 12:00:00", "phrase3": "ok 同意", "name4": ""}
		sim.Consent("o", "TPL")
		if r, code := c.Send(t.Context(), "o", "TPL", fields); r != Sent {
			t.Fatal(r, code)
		}
		got := sim.Sent()
		if len(got) != 1 || got[0].Fields["thing1"] != "您的访客已到门口，请尽快到物业服务中心登" || got[0].Fields["phrase3"] != "同意" || got[0].Fields["name4"] != "-" {
			t.Errorf("%+v", got)
		}
		if r, code := c.Send(t.Context(), "o", "TPL", fields); r != NoConsent || code != "43101" {
			t.Error("without a consent:", r, code)
		}
		if r, _ := c.Send(t.Context(), "o&x=1", "TPL", fields); r != Refused {
			t.Error("a malformed openid:", r)
		}
	})
}

func TestReceipts(t *testing.T) {
	for name, x := range map[string]struct {
		fault simulator.WeChatFault
		want  Receipt
		calls int
	}{
		"template":     {simulator.WeChatFault{ErrCode: 47003}, Broken, 1},
		"template id":  {simulator.WeChatFault{ErrCode: 40037}, Broken, 1},
		"openid":       {simulator.WeChatFault{ErrCode: 40003}, Refused, 1},
		"refused":      {simulator.WeChatFault{ErrCode: 43101}, NoConsent, 1},
		"busy":         {simulator.WeChatFault{ErrCode: -1}, Later, 2},
		"quota":        {simulator.WeChatFault{ErrCode: 45009}, Later, 1},
		"hang":         {simulator.WeChatFault{Hang: true}, Later, 1},
		"page":         {simulator.WeChatFault{Status: 502}, Later, 1},
		"stale token":  {simulator.WeChatFault{ErrCode: 40001, Times: 1}, Sent, 2},
		"token ended":  {simulator.WeChatFault{ErrCode: 42001, Times: 1}, Sent, 2},
		"token for ay": {simulator.WeChatFault{ErrCode: 42001}, Later, 2},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, c *Client, sim *simulator.WeChat) {
				sim.Consent("o", "TPL")
				sim.Fail(simulator.WeChatSendPath, x.fault)
				r, code := c.Send(t.Context(), "o", "TPL", map[string]string{"thing1": "x"})
				if r != x.want || (code == "") != (r == Sent) {
					t.Errorf("%s %q, want %s", r, code, x.want)
				}
				if n := sim.Calls(simulator.WeChatSendPath); n != x.calls {
					t.Errorf("%d calls, want %d", n, x.calls)
				}
			})
		})
	}
}

// An open breaker is no reason to think that a message was refused.
func TestARestingBreakerIsForLater(t *testing.T) {
	bubble(t, func(t *testing.T, c *Client, sim *simulator.WeChat) {
		sim.Fail(simulator.WeChatSendPath, simulator.WeChatFault{Status: 502})
		for range 3 * tripAfter {
			if r, _ := c.Send(t.Context(), "o", "TPL", nil); r != Later {
				t.Fatal(r)
			}
		}
		if n := sim.Calls(simulator.WeChatSendPath); n != tripAfter {
			t.Errorf("%d calls", n)
		}
	})
}

func TestFieldsAreCutByRune(t *testing.T) {
	const long = "一二三四五六七八九十一二三四五六七八九十一二三"
	for _, c := range []struct{ key, text, want string }{
		{"thing1", long, "一二三四五六七八九十一二三四五六七八九十"}, {"thing1", "a\nb\x00c", "abc"}, {"thing2", "", "-"}, {"thing3", "😀😀", "😀😀"},
		{"name1", "王 小明·买买提・12", "王 小明·买买提"}, {"name1", long, "一二三四五六七八九十"},
		{"phrase1", "已经批准通过了", "已经批准通"}, {"phrase1", "abc", "通知"},
		{"character_string1", "A-12 中文!", "A-12!"}, {"time1", "2026-11-22 12:00:00", "2026-11-22 12:00:00"}, {"date1", "2026-11-22 12:00:00", "2026-11-22"},
		{"car_number1", "沪A12345学校", "沪A12345学"}, {"phone_number1", "+86 138-0013 8000 x", "+86138-00138000"}, {"of_tomorrow1", long, "一二三四五六七八九十一二三四五六七八九十"},
	} {
		got := FieldText(c.key, c.text)
		if got != c.want || !utf8.ValidString(got) {
			t.Errorf("%s of %q is %q, want %q", c.key, c.text, got, c.want)
		}
	}
}
