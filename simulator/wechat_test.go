package simulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

const (
	weChatAppID  = "wx0123456789abcdef"
	weChatSecret = "s3cret"
	sessionGrant = "&grant_type=authorization_code"
	sessionQuery = "?appid=" + weChatAppID + "&secret=" + weChatSecret + sessionGrant + "&js_code="
	tokenQuery   = "?grant_type=client_credential&appid=" + weChatAppID + "&secret=" + weChatSecret
	stableBody   = `{"grant_type":"client_credential","appid":"` + weChatAppID + `","secret":"` + weChatSecret + `"}`
)

// weChatReply is whatever the simulated WeChat may answer.
type weChatReply struct {
	ErrCode     int    `json:"errcode"`
	ErrMsg      string `json:"errmsg"`
	OpenID      string `json:"openid"`
	UnionID     string `json:"unionid"`
	SessionKey  string `json:"session_key"`
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"`
	Phone       struct {
		Number  string `json:"phoneNumber"`
		Pure    string `json:"purePhoneNumber"`
		Country string `json:"countryCode"`
		Mark    struct {
			AppID string `json:"appid"`
		} `json:"watermark"`
	} `json:"phone_info"`
}

// askWeChat calls the simulator; a body makes it a POST.
func askWeChat(t *testing.T, w *simulator.WeChat, pathAndQuery, body string) weChatReply {
	t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest(method, pathAndQuery, strings.NewReader(body)))
	var reply weChatReply
	if err := json.Unmarshal(rec.Body.Bytes(), &reply); err != nil {
		t.Fatalf("%s answered no JSON: %v", pathAndQuery, err)
	}
	return reply
}

func TestWeChatRefusesWhatTheRealOneRefuses(t *testing.T) {
	t.Parallel()
	w := simulator.NewWeChat(weChatAppID, weChatSecret, simulator.WeChatOptions{})
	token := askWeChat(t, w, simulator.WeChatStableTokenPath, stableBody).AccessToken
	phone := simulator.WeChatPhonePath + "?access_token=" + token
	for _, c := range []struct {
		name, path, body string
		want             int
	}{
		{"app id missing", simulator.WeChatSessionPath + "?secret=x", "", 41002},
		{"secret missing", simulator.WeChatSessionPath + "?appid=" + weChatAppID, "", 41004},
		{"other app id", simulator.WeChatSessionPath + "?appid=wxother&secret=x" + sessionGrant, "", 40013},
		{"wrong secret", simulator.WeChatSessionPath + "?appid=" + weChatAppID + "&secret=x" + sessionGrant, "", 40125},
		{"wrong grant", simulator.WeChatSessionPath + tokenQuery, "", 40002},
		{"code missing", simulator.WeChatSessionPath + sessionQuery, "", 41008},
		{"code unknown", simulator.WeChatSessionPath + sessionQuery + "nobody", "", 40029},
		{"token with wrong secret", simulator.WeChatTokenPath + tokenQuery + "x", "", 40125},
		{"stable token by GET", simulator.WeChatStableTokenPath + tokenQuery, "", 43002},
		{"stable token by form", simulator.WeChatStableTokenPath, "appid=x", 47001},
		{"stable token, credentials in the query", simulator.WeChatStableTokenPath + tokenQuery, "{}", 41002},
		{"phone by GET", phone, "", 43002},
		{"phone without token", simulator.WeChatPhonePath, `{"code":"x"}`, 41001},
		{"phone with another token", simulator.WeChatPhonePath + "?access_token=x", `{"code":"x"}`, 40001},
		{"phone without code", phone, `{}`, 41008},
		{"phone with unknown code", phone, `{"code":"x"}`, 40029},
		{"another path", "/cgi-bin/unknown", "{}", 40066},
	} {
		reply := askWeChat(t, w, c.path, c.body)
		if reply.ErrCode != c.want || !strings.Contains(reply.ErrMsg, "rid: ") {
			t.Errorf("%s: errcode %d %q, want %d with a rid", c.name, reply.ErrCode, reply.ErrMsg, c.want)
		}
	}
}

func TestWeChatCodesWorkOnceUnlessReusable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reusable bool
		second   int
	}{{false, 40163}, {true, 0}} {
		w := simulator.NewWeChat(weChatAppID, weChatSecret, simulator.WeChatOptions{
			ReusableCodes: c.reusable, Unions: map[string]string{"o-wang": "u-wang"},
		})
		w.AddUser("login-wang", "phone-wang", "o-wang", "13800138000")
		login := simulator.WeChatSessionPath + sessionQuery + "login-wang"
		first := askWeChat(t, w, login, "")
		if first.OpenID != "o-wang" || first.UnionID != "u-wang" || first.SessionKey == "" {
			t.Errorf("first login answered %+v", first)
		}
		phone := simulator.WeChatPhonePath + "?access_token=" + askWeChat(t, w, simulator.WeChatTokenPath+tokenQuery, "").AccessToken
		got := askWeChat(t, w, phone, `{"code":"phone-wang"}`).Phone
		if got.Pure != "13800138000" || got.Country != "86" || got.Mark.AppID != weChatAppID {
			t.Errorf("phone answered %+v", got)
		}
		if again := askWeChat(t, w, login, "").ErrCode; again != c.second {
			t.Errorf("reusable %v: second login errcode %d, want %d", c.reusable, again, c.second)
		}
		if again := askWeChat(t, w, phone, `{"code":"phone-wang"}`).ErrCode; again != c.second {
			t.Errorf("reusable %v: second phone errcode %d, want %d", c.reusable, again, c.second)
		}
	}
}

func TestWeChatNumbersFromAbroadCarryTheirCountry(t *testing.T) {
	t.Parallel()
	w := simulator.NewWeChat(weChatAppID, weChatSecret, simulator.WeChatOptions{})
	w.AddUser("l", "p", "o", "+852-51234567")
	token := askWeChat(t, w, simulator.WeChatStableTokenPath, stableBody).AccessToken
	got := askWeChat(t, w, simulator.WeChatPhonePath+"?access_token="+token, `{"code":"p"}`).Phone
	if got.Country != "852" || got.Pure != "51234567" {
		t.Errorf("answered country %q, number %q", got.Country, got.Pure)
	}
}

func TestWeChatStableTokenIsStableUntilShortlyBeforeItsEnd(t *testing.T) {
	t.Parallel()
	clock := model.FrozenClock(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	w := simulator.NewWeChat(weChatAppID, weChatSecret, simulator.WeChatOptions{Clock: clock})
	stable := func() weChatReply { return askWeChat(t, w, simulator.WeChatStableTokenPath, stableBody) }
	use := func(token string) int {
		return askWeChat(t, w, simulator.WeChatPhonePath+"?access_token="+token, `{"code":"x"}`).ErrCode
	}
	first := stable()
	if first.ExpiresIn != 7200 {
		t.Fatalf("expires_in %d, want 7200", first.ExpiresIn)
	}
	classic := askWeChat(t, w, simulator.WeChatTokenPath+tokenQuery, "").AccessToken
	clock.Advance(115 * time.Minute)
	if again := stable(); again.AccessToken != first.AccessToken || again.ExpiresIn != 300 {
		t.Errorf("with 300 s left: same %v, expires_in %d", again.AccessToken == first.AccessToken, again.ExpiresIn)
	}
	clock.Advance(time.Second)
	second := stable()
	if second.AccessToken == first.AccessToken || second.AccessToken == classic {
		t.Error("with 299 s left the token was not replaced")
	}
	if code := use(first.AccessToken); code != 40029 {
		t.Errorf("the replaced token answered %d within its last minutes", code)
	}
	clock.Advance(5 * time.Minute)
	if code := use(first.AccessToken); code != 42001 {
		t.Errorf("the expired token answered %d, want 42001", code)
	}
	w.RevokeTokens()
	if code := use(second.AccessToken); code != 40001 {
		t.Errorf("the revoked token answered %d, want 40001", code)
	}
	if third := stable().AccessToken; use(third) != 40029 {
		t.Error("no working token after a revocation")
	}
}

func TestWeChatFaultsStrikeAsOftenAsToldAndAreCounted(t *testing.T) {
	t.Parallel()
	w := simulator.NewWeChat(weChatAppID, weChatSecret, simulator.WeChatOptions{ReusableCodes: true})
	w.AddUser("l", "p", "o", "13800138000")
	srv := httptest.NewServer(w)
	defer srv.Close()
	get := func() string {
		res, err := http.Get(srv.URL + simulator.WeChatSessionPath + sessionQuery + "l")
		if err != nil {
			return "cut"
		}
		defer func() { _ = res.Body.Close() }()
		body, _ := io.ReadAll(res.Body)
		return fmt.Sprintf("%d %.30s", res.StatusCode, body)
	}
	for _, c := range []struct {
		fault simulator.WeChatFault
		want  string
	}{
		{simulator.WeChatFault{Times: 2, ErrCode: -1}, `200 {"errcode":-1`},
		{simulator.WeChatFault{Times: 2, Status: 502, Body: "<html>"}, "502 <html>"},
		{simulator.WeChatFault{Times: 2, Body: "{}"}, "200 {}"},
	} {
		w.Fail(simulator.WeChatSessionPath, c.fault)
		one, two, three := get(), get(), get()
		if !strings.HasPrefix(one, c.want) || !strings.HasPrefix(two, c.want) || !strings.HasPrefix(three, `200 {"openid"`) {
			t.Errorf("%+v answered %q, %q, then %q", c.fault, one, two, three)
		}
	}
	w.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{Cut: true})
	if got := get(); got != "cut" {
		t.Errorf("a cut answered %q", got)
	}
	before := w.Calls(simulator.WeChatSessionPath)
	w.Fail(simulator.WeChatSessionPath, simulator.WeChatFault{})
	if got := get(); !strings.HasPrefix(got, `200 {"openid"`) {
		t.Errorf("healed, it answered %q", got)
	}
	if after := w.Calls(simulator.WeChatSessionPath); after != before+1 || before < 10 {
		t.Errorf("%d calls, then %d", before, after)
	}
}
