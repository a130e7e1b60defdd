package wechat

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"regexp"
	"syscall"
	"time"

	"communitypass.cn/communitypass/model"
)

const phoneAPI = "getuserphonenumber"

// Seconds to wait, as told to clients: WeChat's quotas are per minute; anything
// else is worth a try once the breaker lets calls through again.
const (
	nextMinute = 60
	soon       = int(openFor / time.Second)
)

// Error codes of WeChat's API that we tell apart.
const (
	systemBusy      = -1
	tokenRefused    = 40001
	appIDMismatch   = 40013
	tokenInvalid    = 40014
	codeInvalid     = 40029
	codeUsed        = 40163
	userBlocked     = 40226
	tokenExpired    = 42001
	dailyQuotaUsed  = 45009
	minuteQuotaUsed = 45011
)

// kind says what sort of thing went wrong.
type kind int

const (
	canceled    kind = iota + 1 // the caller hung up
	timedOut                    // no answer in time
	unreached                   // no connection, or it broke
	notAnAPI                    // an answer that is not WeChat's: status, html, too long, fields missing
	toldCode                    // WeChat's own errcode
	resting                     // the breaker is open
	misdirected                 // the SDK meant to call somebody else
)

// fault is one failed call. Its text is made here from constants, numbers and
// WeChat's request id, never from what the SDK, the network or WeChat wrote:
// those texts carry the URL with the secret, the token and the code.
type fault struct {
	kind    kind
	api     string
	what    string
	errcode int64
	rid     string
	cause   error // context.Canceled, context.DeadlineExceeded or nil
}

func (f *fault) Error() string {
	text := "wechat " + f.api + ": " + f.what
	if f.kind == toldCode {
		text += fmt.Sprintf(" %d", f.errcode)
	}
	if f.rid != "" {
		text += " (rid " + f.rid + ")"
	}
	return text
}

func (f *fault) Unwrap() error { return f.cause }

// faultOf finds the fault in an error that came through the SDK; the text of any
// other error is dropped. The SDK types its errors in some calls only, so all
// of them are made below it, in the transport.
func faultOf(err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	return garbage("SDK", "answer not understood")
}

func garbage(api, what string) *fault { return &fault{kind: notAnAPI, api: api, what: what} }

// ridPattern is the request id in an errmsg: it is what WeChat's own diagnosis
// asks for.
var ridPattern = regexp.MustCompile(`\brid: ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})\b`)

func told(api string, errcode int64, errmsg string) *fault {
	f := &fault{kind: toldCode, api: api, what: "errcode", errcode: errcode}
	if m := ridPattern.FindStringSubmatch(errmsg); m != nil {
		f.rid = m[1]
	}
	return f
}

// broken sorts an error of the network. Its text may hold bytes of the answer.
func broken(ctx context.Context, api string, err error) *fault {
	var netErr net.Error
	var dnsErr *net.DNSError
	var certErr *tls.CertificateVerificationError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &fault{kind: canceled, api: api, what: "the caller hung up", cause: context.Canceled}
	case ctx.Err() != nil, errors.As(err, &netErr) && netErr.Timeout():
		return &fault{kind: timedOut, api: api, what: "no answer in time", cause: context.DeadlineExceeded}
	case errors.As(err, &dnsErr):
		return &fault{kind: unreached, api: api, what: "host name not resolved"}
	case errors.As(err, &certErr):
		return &fault{kind: unreached, api: api, what: "certificate not trusted"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &fault{kind: unreached, api: api, what: "connection refused"}
	default:
		return &fault{kind: unreached, api: api, what: "connection broken"}
	}
}

// ill reports whether the fault speaks against WeChat's health.
func (f *fault) ill() bool {
	switch f.kind {
	case timedOut, unreached, notAnAPI:
		return true
	case toldCode:
		return f.errcode == systemBusy
	default:
		return false
	}
}

// staleToken reports whether WeChat refused an access token that the SDK would
// keep in its cache until it runs out.
func (f *fault) staleToken() bool {
	return f.kind == toldCode && (f.api == phoneAPI || f.api == sendAPI) &&
		(f.errcode == tokenRefused || f.errcode == tokenInvalid || f.errcode == tokenExpired)
}

func (f *fault) worthRepeating() bool {
	// A message that broke off on the way may have arrived.
	return f.kind == unreached && f.api != sendAPI || f.kind == toldCode && f.errcode == systemBusy || f.staleToken()
}

// forPeople is the error as it leaves the package.
func (f *fault) forPeople() error {
	if f.kind != toldCode {
		return model.FailLater(model.CodeWechatUnavailable, soon, f)
	}
	switch f.errcode {
	case codeInvalid, codeUsed:
		return model.Fail(model.CodeWechatCodeInvalid, f)
	case userBlocked:
		return model.Fail(model.CodeWechatBlocked, f)
	case systemBusy, minuteQuotaUsed, dailyQuotaUsed:
		return model.FailLater(model.CodeWechatUnavailable, nextMinute, f)
	}
	// With a token in hand our own app id is right: the code is another program's.
	if f.errcode == appIDMismatch && f.api == phoneAPI {
		return model.Fail(model.CodeWechatCodeInvalid, f)
	}
	return model.FailLater(model.CodeWechatUnavailable, soon, f)
}
