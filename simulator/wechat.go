package simulator

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
)

// Paths of WeChat's API that the simulator answers.
const (
	WeChatSessionPath     = "/sns/jscode2session"
	WeChatTokenPath       = "/cgi-bin/token"
	WeChatStableTokenPath = "/cgi-bin/stable_token"
	WeChatPhonePath       = "/wxa/business/getuserphonenumber"
	WeChatSendPath        = "/cgi-bin/message/subscribe/send"
)

// WeChatOptions change how the simulated WeChat behaves.
type WeChatOptions struct {
	// ReusableCodes lets a code be exchanged again and again, for the demo.
	// Otherwise the second exchange answers 40163, as the real one does.
	ReusableCodes bool
	// Unions gives open ids a union id, as an open platform account does.
	Unions   map[string]string
	TokenTTL time.Duration // life of an access token, two hours when zero
	Clock    model.Clock   // the machine's clock when nil
}

// WeChatFault is what a path does instead of answering; the first field set
// counts.
type WeChatFault struct {
	Times   int  // calls it strikes; zero: all
	Hang    bool // answers nothing until the caller hangs up
	Cut     bool // closes the connection without an answer
	ErrCode int  // answered as WeChat does, with status 200
	// Status (200 when zero) and Body are answered as they stand: "{}", a page of
	// html, a megabyte.
	Status int
	Body   string
}

// weChatCode is a one-time code and whom it stands for.
type weChatCode struct {
	openID, phone string
	spent         bool
}

// WeChat is a simulated WeChat API for one mini-program, as an http.Handler.
// It checks app id, secret, codes and tokens and answers with WeChat's error
// codes. It is safe for concurrent use.
type WeChat struct {
	appID, secret string
	opts          WeChatOptions

	mu     sync.Mutex
	logins map[string]*weChatCode
	phones map[string]*weChatCode
	tokens map[string]time.Time // valid token → its end
	stable string
	faults map[string]WeChatFault
	calls  map[string]int
	// consents are the subscribe messages that may be sent, by openid and template;
	// sent are those that were.
	consents map[[2]string]int
	sent     []WeChatMessage
}

// NewWeChat makes the API of one mini-program without users.
func NewWeChat(appID, secret string, opts WeChatOptions) *WeChat {
	opts.TokenTTL = cmp.Or(opts.TokenTTL, 2*time.Hour)
	if opts.Clock == nil {
		opts.Clock = model.SystemClock{}
	}
	return &WeChat{
		appID: appID, secret: secret, opts: opts,
		logins: map[string]*weChatCode{}, phones: map[string]*weChatCode{},
		tokens: map[string]time.Time{},
		faults: map[string]WeChatFault{}, calls: map[string]int{},
		consents: map[[2]string]int{},
	}
}

// AddUser makes a person known by fresh codes: what wx.login and getPhoneNumber
// would hand to the mini-program. A phone is a mainland number, or +code-number
// for another country.
func (w *WeChat) AddUser(loginCode, phoneCode, openID, phone string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logins[loginCode] = &weChatCode{openID: openID}
	w.phones[phoneCode] = &weChatCode{phone: phone}
}

// Fail makes a path misbehave; the zero fault heals it.
func (w *WeChat) Fail(path string, fault WeChatFault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.faults[path] = fault; fault == (WeChatFault{}) {
		delete(w.faults, path)
	}
}

// RevokeTokens makes every token given so far invalid, as a forced refresh or a
// new secret does.
func (w *WeChat) RevokeTokens() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.tokens)
}

// Calls is how often a path was called, faults included.
func (w *WeChat) Calls(path string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[path]
}

// ServeHTTP answers one call.
func (w *WeChat) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	// The body is read before a hang, or the server would not notice the caller
	// hanging up. One cut short is no JSON and answered as such.
	body, _ := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if fault, struck := w.enter(r.URL.Path); struck {
		fault.strike(rw, r)
		return
	}
	w.answer(r, body).write(rw)
}

// enter counts a call and says which fault strikes it.
func (w *WeChat) enter(path string) (WeChatFault, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[path]++
	fault, struck := w.faults[path]
	left := fault
	if left.Times--; left.Times == 0 {
		delete(w.faults, path)
	} else if struck {
		w.faults[path] = left
	}
	return fault, struck
}

func (f WeChatFault) strike(rw http.ResponseWriter, r *http.Request) {
	switch {
	case f.Hang:
		<-r.Context().Done()
	case f.Cut:
		panic(http.ErrAbortHandler)
	case f.ErrCode != 0:
		weChatError(f.ErrCode, "simulated fault").write(rw)
	default:
		rw.WriteHeader(max(f.Status, http.StatusOK))
		_, _ = io.WriteString(rw, f.Body)
	}
}

// weChatAnswer is an answer's JSON object; WeChat sends it as plain text.
type weChatAnswer map[string]any

func (a weChatAnswer) write(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", "text/plain")
	_ = json.NewEncoder(rw).Encode(a)
}

func weChatError(code int, message string) weChatAnswer {
	rid := fmt.Sprintf("%08x-%08x-%08x", mathrand.Uint32(), mathrand.Uint32(), mathrand.Uint32())
	return weChatAnswer{"errcode": code, "errmsg": message + ", rid: " + rid}
}

// weChatAsk is what a call asks, from its query or its JSON body.
type weChatAsk struct {
	GrantType string `json:"grant_type"`
	AppID     string `json:"appid"`
	Secret    string `json:"secret"`
	Code      string `json:"code"`
}

func (w *WeChat) answer(r *http.Request, body []byte) weChatAnswer {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := r.URL.Query()
	ask := weChatAsk{GrantType: q.Get("grant_type"), AppID: q.Get("appid"), Secret: q.Get("secret"), Code: q.Get("js_code")}
	switch r.URL.Path {
	case WeChatSessionPath:
		return w.session(ask)
	case WeChatTokenPath:
		return w.token(ask, false)
	}
	ask = weChatAsk{}
	if r.Method != http.MethodPost {
		return weChatError(43002, "require POST method")
	}
	if json.Unmarshal(body, &ask) != nil {
		return weChatError(47001, "data format error")
	}
	switch r.URL.Path {
	case WeChatStableTokenPath:
		return w.token(ask, true)
	case WeChatPhonePath:
		return w.phoneNumber(q.Get("access_token"), ask)
	case WeChatSendPath:
		return w.send(q.Get("access_token"), body)
	}
	return weChatError(40066, "invalid url")
}

// refuse checks what every call without a token must bring; nil is fine.
func (w *WeChat) refuse(ask weChatAsk, grant string) weChatAnswer {
	switch {
	case ask.AppID == "":
		return weChatError(41002, "appid missing")
	case ask.Secret == "":
		return weChatError(41004, "appsecret missing")
	case ask.GrantType != grant:
		return weChatError(40002, "invalid grant_type")
	case ask.AppID != w.appID:
		return weChatError(40013, "invalid appid")
	case ask.Secret != w.secret:
		return weChatError(40125, "invalid appsecret")
	}
	return nil
}

// session is GET /sns/jscode2session.
func (w *WeChat) session(ask weChatAsk) weChatAnswer {
	if refusal := w.refuse(ask, "authorization_code"); refusal != nil {
		return refusal
	}
	user, refusal := w.spend(w.logins, ask.Code)
	if refusal != nil {
		return refusal
	}
	answer := weChatAnswer{"openid": user.openID, "session_key": rand.Text()[:22] + "=="}
	if union := w.opts.Unions[user.openID]; union != "" {
		answer["unionid"] = union
	}
	return answer
}

// spend takes a code, which works once unless codes are reusable.
func (w *WeChat) spend(codes map[string]*weChatCode, code string) (*weChatCode, weChatAnswer) {
	known, ok := codes[code]
	switch {
	case code == "":
		return nil, weChatError(41008, "missing code")
	case !ok:
		return nil, weChatError(40029, "invalid code")
	case known.spent && !w.opts.ReusableCodes:
		return nil, weChatError(40163, "code been used")
	}
	known.spent = true
	return known, nil
}

// token is GET /cgi-bin/token, a new token each time, or POST
// /cgi-bin/stable_token, the same one until five minutes before its end. A forced
// refresh is not simulated: RevokeTokens does what it would do to others.
func (w *WeChat) token(ask weChatAsk, stable bool) weChatAnswer {
	if refusal := w.refuse(ask, "client_credential"); refusal != nil {
		return refusal
	}
	now, token := w.opts.Clock.Now(), w.stable
	if !stable || w.tokens[token].Sub(now) < 5*time.Minute {
		token = model.NewSecret("99")
		w.tokens[token] = now.Add(w.opts.TokenTTL)
	}
	if stable {
		w.stable = token
	}
	return weChatAnswer{"access_token": token, "expires_in": int(w.tokens[token].Sub(now).Seconds())}
}

// phoneNumber is POST /wxa/business/getuserphonenumber.
func (w *WeChat) phoneNumber(token string, ask weChatAsk) weChatAnswer {
	if refusal := w.refuseToken(token); refusal != nil {
		return refusal
	}
	user, refusal := w.spend(w.phones, ask.Code)
	if refusal != nil {
		return refusal
	}
	country, number, abroad := strings.Cut(strings.TrimPrefix(user.phone, "+"), "-")
	if !abroad {
		country, number = "86", user.phone
	}
	return weChatAnswer{"errcode": 0, "errmsg": "ok", "phone_info": map[string]any{
		"phoneNumber": user.phone, "purePhoneNumber": number, "countryCode": country,
		"watermark": map[string]any{"timestamp": w.opts.Clock.Now().Unix(), "appid": w.appID},
	}}
}

// refuseToken checks an access token; nil is fine.
func (w *WeChat) refuseToken(token string) weChatAnswer {
	until, known := w.tokens[token]
	switch {
	case token == "":
		return weChatError(41001, "access_token missing")
	case !known:
		return weChatError(40001, "invalid credential, access_token is invalid or not latest")
	case !w.opts.Clock.Now().Before(until):
		return weChatError(42001, "access_token expired")
	}
	return nil
}
