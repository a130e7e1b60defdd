package webhook

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/emmansun/gmsm/sm3"
)

// maxRetryAfter is the longest wait that a recipient may ask for.
const maxRetryAfter = 24 * time.Hour

// Class says what the caller does next.
type Class string

// Classes of an outcome.
const (
	// Delivered: answered 2xx.
	Delivered Class = "delivered"
	// Retry: may succeed later, by the schedule of whoever sends.
	Retry Class = "retry"
	// Permanent: the recipient will not take this event (4xx but 408, 410, 425 and
	// 429), or it is no valid CloudEvent. The next event may do better.
	Permanent Class = "permanent"
	// Gone: 410, the recipient wants nothing more; disable it.
	Gone Class = "gone"
	// Refused: we did not send. Address, port, scheme or URL is not allowed, or
	// there is no key to sign with. Staff must change the recipient.
	Refused Class = "refused"
)

// Outcome is what came of one attempt.
type Outcome struct {
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	Class  Class
	// RetryAfter is what the recipient asked for, 0 to 24 h; with Retry only.
	RetryAfter time.Duration
	// Detail is a short stable reason, empty when delivered: status_<code>,
	// redirect, timeout, cancelled, dns, connect_refused, unreachable,
	// connection_cut, tls, protocol, sign_failed, event_invalid, no_secret,
	// url_refused, scheme_refused, address_refused, port_refused. Never text of the
	// recipient, never part of its URL.
	Detail string
	// SM3 is hex over the body that was sent, of what was delivered.
	SM3 string
}

// answered is the outcome of a response.
func answered(status int, header http.Header, now time.Time) Outcome {
	detail := "status_" + strconv.Itoa(status)
	switch {
	case status >= 200 && status <= 299:
		return Outcome{Status: status, Class: Delivered}
	case status == http.StatusGone:
		return Outcome{Status: status, Class: Gone, Detail: detail}
	case permanent(status):
		return Outcome{Status: status, Class: Permanent, Detail: detail}
	case status >= 300 && status <= 399:
		detail = "redirect"
	}
	return Outcome{Status: status, Class: Retry, Detail: detail, RetryAfter: retryAfter(header.Get("Retry-After"), now)}
}

func permanent(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status <= 499
}

// retryAfter reads seconds or an HTTP date (RFC 9110, 10.2.3); what is neither, or
// lies in the past, asks for nothing.
func retryAfter(text string, now time.Time) time.Duration {
	limit := int64(maxRetryAfter / time.Second)
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), limit)) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}

// unanswered is the outcome of an attempt without a response.
func unanswered(err error) Outcome {
	var no refusal
	if errors.As(err, &no) {
		return Outcome{Class: Refused, Detail: string(no)}
	}
	return Outcome{Class: Retry, Detail: reason(err)}
}

// reason names a failure by the kind of the error, never by its text, which may
// hold the address.
func reason(err error) string {
	var lookup *net.DNSError
	var handshake *handshakeError
	var network net.Error
	switch {
	case errors.As(err, &lookup):
		return "dns"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout"
	case errors.As(err, &handshake):
		return "tls"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connect_refused"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "unreachable"
	case cut(err):
		return "connection_cut"
	}
	return "protocol"
}

func cut(err error) bool {
	for _, one := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}

// of notes which bytes a delivery was.
func (o Outcome) of(body []byte) Outcome {
	if o.Class == Delivered {
		sum := sm3.Sum(body)
		o.SM3 = hex.EncodeToString(sum[:])
	}
	return o
}
