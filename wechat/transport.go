package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// maxAnswer bounds the answers we read; the longest we expect has 1 KB.
const maxAnswer = 64 << 10

// takeOverSDK gives the SDK, once per process, a client that can only go where
// an attempt in the request's context leads it. The SDK has one HTTP client for
// the whole process (http.DefaultClient, without any limit). Ours holds no
// state: each call names its own route in its context, so that clients of
// several mini-programs, or of several simulators in one test run, do not see
// each other, and a call that this package did not start goes nowhere.
var takeOverSDK = sync.OnceFunc(func() {
	util.DefaultHTTPClient = &http.Client{Transport: router{}}
})

// attempt is one try of one exchange.
type attempt struct {
	route *route
	// token is the access token that was used, so that a refused one is dropped
	// and a newer one is not.
	token string
}

type attemptKey struct{}

func (a *attempt) into(ctx context.Context) context.Context {
	return context.WithValue(ctx, attemptKey{}, a)
}

func attemptIn(ctx context.Context) *attempt {
	a, _ := ctx.Value(attemptKey{}).(*attempt)
	return a
}

// route leads to one client's WeChat, real or simulated.
type route struct {
	base      *url.URL
	transport http.RoundTripper
}

// newRoute bounds every phase of a call; the whole is bounded by the deadline
// that do puts into the context.
func newRoute(base *url.URL) *route {
	return &route{base: base, transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		TLSHandshakeTimeout:    3 * time.Second,
		MaxConnsPerHost:        64,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 16 << 10,
		DisableCompression:     true,
	}}
}

func (r *route) close() {
	if t, ok := r.transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// request is the SDK's request, led to the route's base.
func (r *route) request(req *http.Request) *http.Request {
	out := req.Clone(req.Context())
	out.URL.Scheme, out.URL.Host, out.Host = r.base.Scheme, r.base.Host, r.base.Host
	out.URL.Path = r.base.Path + req.URL.Path
	if out.Body == nil {
		// A body that cannot be rewound keeps http.Transport from silently
		// repeating a GET on a broken connection: a login would call WeChat more
		// often than we count, with a code that works once. It reads as empty and
		// is sent as none.
		out.Body = io.NopCloser(strings.NewReader(""))
	}
	return out
}

// router sends the SDK's requests along their routes and lets only sound
// answers back: anything else becomes a fault, before the SDK wraps it into a
// text with the URL.
type router struct{}

func (router) RoundTrip(req *http.Request) (*http.Response, error) {
	at := attemptIn(req.Context())
	if at == nil || req.URL.Scheme != "https" || req.URL.Host != apiHost {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, &fault{kind: misdirected, api: "SDK", what: "refused to call another host or outside an attempt"}
	}
	api := path.Base(req.URL.Path)
	res, err := at.route.transport.RoundTrip(at.route.request(req))
	if err != nil {
		return nil, broken(req.Context(), api, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, broken(req.Context(), api, err)
	}
	if f := judge(api, res.StatusCode, body); f != nil {
		return nil, f
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, nil
}

// judge finds what is wrong with an answer. Every status but 200 is wrong, so a
// redirect is never followed.
func judge(api string, status int, body []byte) *fault {
	if status != http.StatusOK {
		return garbage(api, fmt.Sprintf("answered status %d", status))
	}
	if len(body) > maxAnswer {
		return garbage(api, "answered too much")
	}
	var head struct {
		ErrCode int64  `json:"errcode"`
		ErrMsg  string `json:"errmsg"`
	}
	if json.Unmarshal(body, &head) != nil {
		return garbage(api, "answered no JSON object")
	}
	if head.ErrCode != 0 {
		return told(api, head.ErrCode, head.ErrMsg)
	}
	return nil
}
