package middleware

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"

	"github.com/gin-gonic/gin"
)

// problemType precedes the code in the "type" of a problem (RFC 9457, 3.1.1).
const problemType = "https://communitypass.cn/problems/"

// Problems is the one place where errors become answers: RFC 9457 problem+json
// in the caller's language. What is not a model.Error is a bare 500, and no cause
// is ever shown; causes of our own failures are logged here, once.
type Problems struct{ log *slog.Logger }

// NewProblems makes the renderer.
func NewProblems(log *slog.Logger) *Problems { return &Problems{log: log} }

// Handle catches panics of what follows and writes the error that it left.
func (r *Problems) Handle(c *gin.Context) {
	defer r.caught(c)
	c.Next()
	r.render(c)
}

// caught turns a panic into the answer "internal". The stack is for the log. When
// the answer has begun the connection is cut, so that nobody takes half of it for
// the whole; http.ErrAbortHandler is the server's own signal for that.
func (r *Problems) caught(c *gin.Context) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	p := passingOf(c)
	r.log.LogAttrs(p, slog.LevelError, "panic", slog.String("request_id", p.id), slog.String("route", routeOf(p)),
		slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
	c.Errors = c.Errors[:0]
	if c.Writer.Written() {
		panic(http.ErrAbortHandler)
	}
	fail(c, errPanic)
	r.render(c)
}

// errPanic stands for a panic that was logged already.
var errPanic = model.Fail(model.CodeInternal)

// render writes the last error, unless the answer has begun. It empties the list
// of errors: their texts are not for whatever stands outside, such as traces.
func (r *Problems) render(c *gin.Context) {
	if len(c.Errors) == 0 {
		return
	}
	p := passingOf(c)
	err := c.Errors.Last().Err
	c.Errors = c.Errors[:0]
	e := problemOf(err)
	if c.Writer.Written() {
		r.logCause(p, slog.LevelWarn, "an answer was cut short", e.Code, err)
		return
	}
	row := rowOf(e.Code)
	p.code = e.Code
	switch {
	case e.Code == model.CodeInternal && err != errPanic:
		r.logCause(p, slog.LevelError, "request failed", e.Code, err)
	case row.status > http.StatusInternalServerError:
		r.logCause(p, slog.LevelWarn, "request failed", e.Code, err)
	}
	body, err := json.Marshal(problem(e, row, p))
	if err != nil {
		// Strings and integers always encode.
		panic(err)
	}
	writeProblem(c, e, row.status, body, p.language)
}

func (r *Problems) logCause(p *passing, level slog.Level, message string, code model.Code, err error) {
	r.log.LogAttrs(p, level, message, slog.String("request_id", p.id), slog.String("route", routeOf(p)),
		slog.String("code", string(code)), slog.String("cause", err.Error()))
}

// problemOf finds what can be said of an error: the code that it has, timeout
// when it only says that the context has ended, else internal.
func problemOf(err error) *model.Error {
	if known := new(model.Error); errors.As(err, &known) {
		if _, ok := table[known.Code]; ok {
			return known
		}
		return model.Fail(model.CodeInternal, err)
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return model.Fail(model.CodeTimeout, err)
	}
	return model.Fail(model.CodeInternal, err)
}

func problem(e *model.Error, row row, p *passing) wire.Problem {
	out := wire.Problem{Type: problemType + string(e.Code), Title: row.title.in(p.language), Status: row.status,
		Detail: row.detail.in(p.language), Code: string(e.Code), RequestId: p.id}
	if e.State != "" {
		out.State = &e.State
	}
	if !e.ServerTime.IsZero() {
		out.ServerTime = &instant.Time{Time: e.ServerTime}
	}
	if len(e.Fields) > 0 {
		fields := make([]wire.ProblemField, len(e.Fields))
		for i, f := range e.Fields {
			fields[i] = wire.ProblemField{Field: f.Field, Code: f.Code, Detail: fieldSentence(f, p.language)}
		}
		out.Errors = &fields
	}
	return out
}

func writeProblem(c *gin.Context, e *model.Error, status int, body []byte, language string) {
	h := c.Writer.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Language", language)
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	if status == http.StatusUnauthorized {
		// RFC 9110, 15.5.2: a 401 names the scheme.
		h.Set("WWW-Authenticate", "Bearer")
	}
	if seconds := retryAfter(e, status); seconds > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds))
	}
	c.Writer.WriteHeader(status)
	_, _ = c.Writer.Write(body) // a client that has gone needs no answer
}

// retryAfter is when to come again; a 429 and a 503 always say so.
func retryAfter(e *model.Error, status int) int {
	if e.RetryAfterSeconds == 0 && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		return 1
	}
	return e.RetryAfterSeconds
}

// routeOf is the template of the route for logs; never the path asked for, which
// may carry a secret.
func routeOf(p *passing) string {
	if p.operation == nil {
		return "none"
	}
	return p.operation.Route
}
