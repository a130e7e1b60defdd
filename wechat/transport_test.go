package wechat

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"communitypass.cn/communitypass/model"
)

// recorder keeps the requests that got through to the network.
type recorder struct {
	seen   []*http.Request
	status int
	body   string
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.seen = append(r.seen, req)
	return &http.Response{
		StatusCode: r.status, Header: http.Header{"Location": {"https://evil.example/"}},
		Body: io.NopCloser(strings.NewReader(r.body)), Request: req,
	}, nil
}

func attemptContext(t *testing.T, base string, transport http.RoundTripper) context.Context {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return (&attempt{route: &route{base: u, transport: transport}}).into(t.Context())
}

func TestTheSDKReachesNothingButItsRoute(t *testing.T) {
	t.Parallel()
	takeOverSDK()
	net := &recorder{status: 200, body: "{}"}
	inside := attemptContext(t, "http://sim:9/wechat", net)
	for name, call := range map[string]func() ([]byte, error){
		"without an attempt":  func() ([]byte, error) { return util.HTTPGet("https://api.weixin.qq.com/cgi-bin/x") },
		"another host":        func() ([]byte, error) { return util.HTTPGetContext(inside, "https://evil.example/x") },
		"in the clear":        func() ([]byte, error) { return util.HTTPGetContext(inside, "http://api.weixin.qq.com/x") },
		"another port":        func() ([]byte, error) { return util.HTTPGetContext(inside, "https://api.weixin.qq.com:8/x") },
		"post to another one": func() ([]byte, error) { return util.PostJSONContext(inside, "https://evil.example/x", 1) },
	} {
		_, err := call()
		var f *fault
		if !errors.As(err, &f) || f.kind != misdirected {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(net.seen) != 0 {
		t.Fatalf("%d calls got through", len(net.seen))
	}
	if _, err := util.HTTPGetContext(inside, "https://api.weixin.qq.com/sns/x?a=b"); err != nil {
		t.Fatal(err)
	}
	if got := net.seen[0]; got.URL.String() != "http://sim:9/wechat/sns/x?a=b" || got.Host != "sim:9" {
		t.Errorf("went to %s, host %s", got.URL, got.Host)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	takeOverSDK()
	for _, status := range []int{301, 302, 303, 307, 308} {
		net := &recorder{status: status, body: "{}"}
		_, err := util.HTTPGetContext(attemptContext(t, "https://api.weixin.qq.com", net), "https://api.weixin.qq.com/sns/x")
		if faultOf(err).kind != notAnAPI || len(net.seen) != 1 {
			t.Errorf("%d: %v after %d calls", status, err, len(net.seen))
		}
	}
}

func TestAnswersAreReadUpToTheLimit(t *testing.T) {
	t.Parallel()
	takeOverSDK()
	for size, ok := range map[int]bool{maxAnswer: true, maxAnswer + 1: false} {
		net := &recorder{status: 200, body: "{" + strings.Repeat(" ", size-2) + "}"}
		got, err := util.HTTPGetContext(attemptContext(t, "https://api.weixin.qq.com", net), "https://api.weixin.qq.com/sns/x")
		if (err == nil) != ok || ok && len(got) != size {
			t.Errorf("%d bytes: read %d, error %v", size, len(got), err)
		}
	}
}

func TestRequestsGoOutAsTheSDKMeantThem(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 2)
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		got <- r
		_, _ = io.WriteString(rw, `{"access_token":"t","expires_in":7200,"openid":"o"}`)
	}))
	defer srv.Close()
	client, err := New(Config{AppID: "wx1", Secret: "s", BaseURL: srv.URL + "/wechat/", Timeout: 5 * time.Second}, model.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Login(t.Context(), "code"); err != nil {
		t.Fatal(err)
	}
	login := <-got
	if want := "/wechat/sns/jscode2session?appid=wx1&secret=s&js_code=code&grant_type=authorization_code"; login.RequestURI != want {
		t.Errorf("asked %s", login.RequestURI)
	}
	// The unrewindable body must not turn a GET into one with a body.
	if login.Method != http.MethodGet || login.ContentLength != 0 || len(login.TransferEncoding) != 0 {
		t.Errorf("%s with length %d, encoding %v", login.Method, login.ContentLength, login.TransferEncoding)
	}
	if login.Host != strings.TrimPrefix(srv.URL, "http://") {
		t.Errorf("host %s", login.Host)
	}
}
