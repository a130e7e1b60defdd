package wechat

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"syscall"
	"testing"
	"time"
)

func TestNetworkErrorsAreSorted(t *testing.T) {
	t.Parallel()
	hungUp, cancel := context.WithCancel(context.Background())
	cancel()
	late, stop := context.WithDeadline(context.Background(), time.Unix(1, 0))
	defer stop()
	ctx := context.Background()
	for name, c := range map[string]struct {
		ctx    context.Context
		err    error
		kind   kind
		what   string
		unwrap error
	}{
		"hung up":      {hungUp, errors.New("net/http: request canceled"), canceled, "the caller hung up", context.Canceled},
		"deadline":     {late, errors.New("use of closed connection"), timedOut, "no answer in time", context.DeadlineExceeded},
		"own time-out": {ctx, &net.OpError{Op: "dial", Err: syscall.ETIMEDOUT}, timedOut, "no answer in time", context.DeadlineExceeded},
		"no such name": {ctx, &net.OpError{Op: "dial", Err: &net.DNSError{Name: "x", IsNotFound: true}}, unreached, "host name not resolved", nil},
		"certificate":  {ctx, &tls.CertificateVerificationError{Err: errors.New("x")}, unreached, "certificate not trusted", nil},
		"refused":      {ctx, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, unreached, "connection refused", nil},
		"reset":        {ctx, syscall.ECONNRESET, unreached, "connection broken", nil},
	} {
		// The SDK's client wraps what the transport answers, with the URL.
		wrapped := &url.Error{Op: "Get", URL: "https://x?secret=s", Err: broken(c.ctx, "jscode2session", c.err)}
		f := faultOf(wrapped)
		if f.kind != c.kind || f.Error() != "wechat jscode2session: "+c.what || f.Unwrap() != c.unwrap {
			t.Errorf("%s: kind %d, %q, cause %v", name, f.kind, f, f.cause)
		}
	}
}

func TestOnlyAWholeRequestIDIsTaken(t *testing.T) {
	t.Parallel()
	for errmsg, want := range map[string]string{
		"invalid code, rid: 69a3c0de-1b2c3d4e-0f1e2d3c":   "69a3c0de-1b2c3d4e-0f1e2d3c",
		"x rid: 69a3c0de-1b2c3d4e-0f1e2d3c, y":            "69a3c0de-1b2c3d4e-0f1e2d3c",
		"x rid: 69a3c0de-1b2c3d4e-0f1e2d3cc0ffee":         "",
		"x rid: o6_bmjrPTlm6_2sgVt7hMZOPfL2M":             "",
		"x, hints: [ req_id: 69a3c0de-1b2c3d4e-0f1e2d3c]": "",
		"": "",
	} {
		if got := told("x", 1, errmsg).rid; got != want {
			t.Errorf("%q: rid %q, want %q", errmsg, got, want)
		}
	}
	if got := fmt.Sprint(told("stable_token", 40164, "invalid ip 1.2.3.4")); got != "wechat stable_token: errcode 40164" {
		t.Errorf("reads %q", got)
	}
}
