package middleware

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

const idempotencyHeader = "Idempotency-Key"

// anybody owns the keys of operations that know no caller.
const anybody = "anybody"

// keyGrace is how long the book-keeping of a key may take after the request's own
// context has ended.
const keyGrace = 3 * time.Second

// IdempotencyKeys remembers the answers of requests that carry an Idempotency-Key.
type IdempotencyKeys interface {
	// Claim takes a key for a request, or gives the answer of before. It answers
	// idempotency_key_reused for another request under the key, and
	// idempotency_in_progress while the first still runs.
	Claim(ctx context.Context, caller, key string, request []byte) (model.IdempotencyKey, *model.Answer, error)
	// Keep stores the answer of a claim.
	Keep(ctx context.Context, claim model.IdempotencyKey, answer model.Answer) error
	// Release gives a claim back.
	Release(ctx context.Context, claim model.IdempotencyKey) error
}

// Idempotent gives the first answer again to a request with the same key and
// body. An answer is kept before it is sent; a failure of ours (5xx) or a panic
// keeps nothing, so that a retry runs.
//
// The claim, what the handler commits and the kept answer are three commits. A
// server that dies between the last two leaves a claim that a retry may take over
// after a minute, and then the handler runs twice.
func Idempotent(keys IdempotencyKeys, problems *Problems, log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		p := passingOf(c)
		if p.operation == nil || !p.operation.idempotent {
			return
		}
		key := c.GetHeader(idempotencyHeader)
		if key == "" {
			return
		}
		owner := anybody
		if p.caller != nil {
			owner = p.caller.AccountID
		} else {
			// A key of nobody is one of the network, so that a stranger who guesses it is
			// not given what was answered. Keys are stored as digests only.
			key += "\n" + network(p.clientIP)
		}
		claim, before, err := keys.Claim(p, owner, key, fingerprint(c.Request, p))
		if err != nil {
			fail(c, err)
			return
		}
		if before != nil {
			c.Header("Idempotency-Replayed", "true")
			c.Data(before.Status, before.ContentType, before.Body)
			c.Abort()
			return
		}
		run := &keyedRun{keys: keys, log: log, claim: claim, passing: p}
		defer run.releaseUnlessKept()
		answer := hold(c)
		defer answer.remove(c)
		c.Next()
		problems.render(c)
		run.keep(answer)
		answer.send(c)
	}
}

// fingerprint is what makes two requests the same: the operation, the address
// with its ids, and the body byte by byte.
func fingerprint(r *http.Request, p *passing) []byte {
	out := make([]byte, 0, 256+len(p.body))
	for _, part := range []string{p.operation.Method, p.operation.Route, r.URL.RequestURI()} {
		out = append(append(out, part...), '\n')
	}
	return append(out, p.body...)
}

// keyedRun is the first run of a request under its key.
type keyedRun struct {
	keys    IdempotencyKeys
	log     *slog.Logger
	claim   model.IdempotencyKey
	passing *passing
	kept    bool
}

// keep stores an answer that a retry should get too.
func (r *keyedRun) keep(answer *held) {
	if answer.status >= http.StatusInternalServerError {
		return
	}
	// What the handler did stands, so the claim must not be given back even when
	// its answer cannot be kept: a retry then waits instead of doing it twice.
	r.kept = true
	ctx, cancel := r.context()
	defer cancel()
	err := r.keys.Keep(ctx, r.claim, model.Answer{Status: answer.status, ContentType: answer.Header().Get("Content-Type"), Body: answer.body.Bytes()})
	if err != nil {
		r.warn("an answer was not kept", err)
	}
}

func (r *keyedRun) releaseUnlessKept() {
	if r.kept {
		return
	}
	ctx, cancel := r.context()
	defer cancel()
	if err := r.keys.Release(ctx, r.claim); err != nil {
		r.warn("a key was not released", err)
	}
}

// context outlives the request's, whose end is one reason to be here.
func (r *keyedRun) context() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(r.passing), keyGrace)
}

func (r *keyedRun) warn(message string, err error) {
	r.log.LogAttrs(r.passing, slog.LevelWarn, message, slog.String("request_id", r.passing.id),
		slog.String("route", routeOf(r.passing)), slog.String("cause", err.Error()))
}
