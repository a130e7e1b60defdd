package wechat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/wechat"
)

const (
	canaryCode  = "canaryjscode"
	canaryPhone = "13800138000"
)

// canaries are what must never be read outside the package; the hostile
// WeChat of these tests writes all of them wherever it can.
var canaries = []string{secret, canaryCode, "canarytoken", "canarysession", "canaryopenid", canaryPhone}

func allCanaries() string { return strings.Join(canaries, " ") }

// texts are all the ways an error can reach a log, its causes included.
func texts(err error) string {
	var b strings.Builder
	logger := slog.New(slog.NewJSONHandler(&b, nil))
	for e := err; e != nil; e = errors.Unwrap(e) {
		asJSON, _ := json.Marshal(e)
		_, _ = fmt.Fprintf(&b, "%v\n%+v\n%#v\n%q\n%s\n", e, e, e, e, asJSON)
		logger.Error("x", "err", e)
	}
	return b.String()
}

func wantNoCanary(t *testing.T, where, text string) {
	t.Helper()
	for _, canary := range canaries {
		if strings.Contains(text, canary) {
			t.Errorf("%s: %q stands in\n%s", where, canary, text)
		}
	}
}

// spill is a handler that gives the token and then answers a body.
func spill(status int, body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/stable_token") {
			_, _ = io.WriteString(rw, `{"access_token":"canarytoken","expires_in":7200}`)
			return
		}
		rw.Header().Set("Location", "/elsewhere?"+canaryCode)
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, body)
	}
}

func TestErrorsCarryNoSecrets(t *testing.T) {
	t.Parallel()
	told := func(code int) string {
		return fmt.Sprintf(`{"errcode":%d,"errmsg":"%s rid: %s"}`, code, allCanaries(), secret)
	}
	handlers := map[string]http.Handler{
		"errcode busy":        spill(200, told(-1)),
		"errcode token":       spill(200, told(40001)),
		"errcode code":        spill(200, told(40029)),
		"errcode blocked":     spill(200, told(40226)),
		"errcode unknown":     spill(200, told(99)),
		"bad gateway":         spill(502, allCanaries()),
		"redirect":            spill(302, allCanaries()),
		"html":                spill(200, "<html>"+allCanaries()),
		"empty openid":        spill(200, `{"openid":"","session_key":"canarysession"}`),
		"openid of two words": spill(200, `{"openid":"canaryopenid 2","session_key":"canarysession"}`),
		"wrong types":         spill(200, `{"openid":{"canaryopenid":1},"phone_info":{"purePhoneNumber":`+canaryPhone+`}}`),
		"foreign phone":       spill(200, `{"openid":" ","phone_info":{"purePhoneNumber":"`+canaryPhone+`","countryCode":"1"}}`),
		"long":                spill(200, strings.Repeat(allCanaries(), 1000)),
		"token refused": http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(rw, told(40125))
		}),
	}
	for name, h := range handlers {
		client := clientOf(t, h, model.FrozenClock(noon), 5*time.Second)
		for call, err := range map[string]error{"login": login(client, canaryCode), "phone": phone(client, canaryCode)} {
			if err == nil {
				t.Errorf("%s %s: no error", name, call)
				continue
			}
			wantNoCanary(t, name+" "+call, texts(err))
		}
	}
}

// rawServer answers every connection with bytes that are perhaps no HTTP.
func rawServer(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "http://" + l.Addr().String()
}

func TestNetworkErrorsCarryNoSecrets(t *testing.T) {
	t.Parallel()
	tlsServer := httptest.NewTLSServer(http.NotFoundHandler())
	tlsServer.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	t.Cleanup(tlsServer.Close)
	for name, c := range map[string]struct{ address, says string }{
		"malformed answer": {rawServer(t, allCanaries()+"\r\n\r\n"), "connection broken"},
		"malformed header": {rawServer(t, "HTTP/1.1 200 OK\r\n"+allCanaries()+"\r\n\r\n"), "connection broken"},
		"body cut short":   {rawServer(t, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"+allCanaries()), "connection broken"},
		"endless header":   {rawServer(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat(allCanaries(), 1000)), "connection broken"},
		"untrusted server": {tlsServer.URL, "certificate not trusted"},
		"nobody listening": {"http://127.0.0.1:1", "connection refused"},
	} {
		client, err := wechat.New(wechat.Config{AppID: appID, Secret: secret, BaseURL: c.address, Timeout: 5 * time.Second}, model.FrozenClock(noon))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		for _, err := range []error{login(client, canaryCode), phone(client, canaryCode)} {
			wantCode(t, err, model.CodeWechatUnavailable)
			wantNoCanary(t, name, texts(err))
			if cause := errors.Unwrap(err).Error(); !strings.Contains(cause, c.says) {
				t.Errorf("%s: the operator reads %q, want %q", name, cause, c.says)
			}
		}
	}
}

func TestErrorsTellTheOperatorWhatWeChatSaid(t *testing.T) {
	t.Parallel()
	const rid = "69a3c0de-1b2c3d4e-0f1e2d3c"
	client := clientOf(t, answer(`{"errcode":40164,"errmsg":"invalid ip 1.2.3.4, rid: `+rid+`"}`), model.FrozenClock(noon), 5*time.Second)
	err := login(client, "x")
	if want := "wechat_unavailable: wechat jscode2session: errcode 40164 (rid " + rid + ")"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestConfigDoesNotPrintItsSecret(t *testing.T) {
	t.Parallel()
	cfg := wechat.Config{AppID: appID, Secret: secret}
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "cfg", cfg)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "cfg", &cfg)
	asJSON, _ := json.Marshal(cfg)
	_, _ = fmt.Fprintf(&b, "%v %+v %#v %s %v %s", cfg, cfg, cfg, cfg, &cfg, asJSON)
	client, err := wechat.New(cfg, model.FrozenClock(noon))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Fprintf(&b, "%v %+v %#v", client, client, *client)
	wantNoCanary(t, "config", b.String())
	if !strings.Contains(b.String(), appID) {
		t.Error("the config does not even print its app id")
	}
}
