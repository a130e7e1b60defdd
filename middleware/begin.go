package middleware

import (
	"context"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

const requestIDHeader = "X-Request-Id"

// Begin starts every request: which operation it asks for, its id (the client's
// own when that is well formed), its language, the headers every answer has, and
// its budget, after which its context ends.
func Begin(contract *Contract, clock model.Clock, budget time.Duration) gin.HandlerFunc {
	headers := newFixedHeaders()
	return func(c *gin.Context) {
		operation := contract.find(c.Request.Method, c.FullPath())
		ctx, cancel := context.WithTimeout(c.Request.Context(), operation.within(budget))
		defer cancel()
		p := &passing{Context: ctx, begun: clock.Now(), operation: operation}
		p.id = first(c.Request.Header[requestIDHeader])
		if !goodRequestID(p.id) {
			p.id = model.NewID(p.begun)
		}
		p.language = acceptLanguage(first(c.Request.Header["Accept-Language"]))
		if op := p.operation; op != nil {
			// A device is known by its token; finding its address would only cost.
			if !op.deviceOnly {
				p.clientIP = c.ClientIP()
			}
			if op.cookie {
				p.cookie, _ = c.Cookie(RefreshCookie)
			}
		}
		c.Request = c.Request.WithContext(p)
		headers.set(c.Writer.Header(), p)
		c.Next()
	}
}

// patience is how many budgets whole files and whole histories get: they are read,
// checked and written row by row.
const patience = 12

// streamLife is how long a stream of events may last; then its client comes back.
const streamLife = 30 * time.Minute

// within is the budget of an operation, nil for none. At a gate somebody waits
// before a closed door, so that a gate hears sooner that there is no answer.
func (op *Operation) within(budget time.Duration) time.Duration {
	switch {
	case op == nil:
	case op.stream:
		return streamLife
	case op.ID == "importRoster", op.ID == "exportRoster", op.ID == "rehearseRules":
		return patience * budget
	case op.ID == "openGate", op.ID == "sayAtGate", op.ID == "lookAtGate", op.ID == "rebootDevice":
		return budget * 8 / 5 // a command lives for five seconds
	case op.ID == "recordScan", op.ID == "scanByGuard":
		return budget * 3 / 5
	}
	return budget
}

// fixedHeaders are values that all answers share, so that setting them allocates
// nothing. Handlers replace them with Set and must not append to them.
type fixedHeaders struct {
	nosniff, noReferrer, policy, noStore []string
}

func newFixedHeaders() *fixedHeaders {
	return &fixedHeaders{
		nosniff:    []string{"nosniff"},
		noReferrer: []string{"no-referrer"},
		// An answer of the API that is opened as a page may do nothing.
		policy:  []string{"default-src 'none'; frame-ancestors 'none'"},
		noStore: []string{"no-store"},
	}
}

func (f *fixedHeaders) set(h map[string][]string, p *passing) {
	h[requestIDHeader] = []string{p.id}
	h["X-Content-Type-Options"] = f.nosniff
	h["Referrer-Policy"] = f.noReferrer
	h["Content-Security-Policy"] = f.policy
	// What is not known not to be personal is not kept by anybody on the way.
	if p.operation == nil || p.operation.private {
		h["Cache-Control"] = f.noStore
	}
}

// goodRequestID accepts ^[A-Za-z0-9_.:-]{1,64}$: nothing that could break a line
// of a log or carry a sentence.
func goodRequestID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		switch b := id[i]; {
		case b >= '0' && b <= '9', b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z', b == '_', b == '-', b == '.', b == ':':
		default:
			return false
		}
	}
	return true
}

// first is the first value of a header, or "".
func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
