package simulator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

const (
	// callTimeout bounds one attempt of the client that is made when none is given.
	callTimeout = 10 * time.Second
	// callAttempts is how often a lost request is sent in all.
	callAttempts = 4
	// callPause grows with each attempt; a server's Retry-After counts instead, up
	// to callPatience.
	callPause    = 100 * time.Millisecond
	callPatience = 5 * time.Second
	// answerLimit bounds what is read: the largest answer is the bundle of a gate.
	answerLimit = 32 << 20
)

// Options say how a simulated gate or phone behaves; the zero value will do.
type Options struct {
	// Client makes the requests; one with a time-out of ten seconds when nil.
	Client *http.Client
	// Clock is the device's own, which may be wrong on purpose; the machine's when nil.
	Clock model.Clock
	// Language is asked for in Accept-Language; zh-CN when empty.
	Language string
	// Attempts is how often a request that may be repeated is sent; 4 when zero.
	Attempts int
	// Wait pauses between attempts; model.Wait when nil.
	Wait func(ctx context.Context, d time.Duration) error
}

// client sends requests of the contract.
type client struct {
	base     string
	http     *http.Client
	clock    model.Clock
	language string
	attempts int
	wait     func(ctx context.Context, d time.Duration) error
}

func newClient(base string, o Options) client {
	c := client{
		base: strings.TrimRight(base, "/"), http: o.Client, clock: o.Clock, wait: o.Wait,
		language: cmp.Or(o.Language, "zh-CN"), attempts: cmp.Or(o.Attempts, callAttempts),
	}
	if c.http == nil {
		c.http = &http.Client{Timeout: callTimeout}
	}
	if c.clock == nil {
		c.clock = model.SystemClock{}
	}
	if c.wait == nil {
		c.wait = model.Wait
	}
	return c
}

// call is one request. It is repeated, unchanged, only when Repeatable: that it
// was carried out twice must not be told from once.
type call struct {
	Method, Path string
	// Token is the bearer's; empty on open operations.
	Token string
	// Body is sent as JSON; nil is none.
	Body       any
	Header     map[string]string
	Repeatable bool
}

// answer is a response that said yes, or 304.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// sender is a client, or somebody who sends in a name.
type sender interface {
	send(ctx context.Context, q call) (answer, error)
}

// ask sends a call and decodes the JSON of its answer.
func ask[T any](ctx context.Context, s sender, q call) (T, error) {
	var v T
	a, err := s.send(ctx, q)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		return v, fmt.Errorf("the answer is not as in the contract: %w", err)
	}
	return v, nil
}

// send gives the answer, a *Problem, or what kept the request from being answered.
func (c *client) send(ctx context.Context, q call) (answer, error) {
	var body []byte
	if q.Body != nil {
		var err error
		if body, err = json.Marshal(q.Body); err != nil {
			return answer{}, err
		}
	}
	for try := 1; ; try++ {
		a, err := c.once(ctx, q, body)
		pause, lost := lostFor(err, try)
		if !lost || !q.Repeatable || try >= c.attempts || ctx.Err() != nil {
			return a, err
		}
		if c.wait(ctx, pause) != nil {
			return a, err
		}
	}
}

// lostFor says whether a request may have been lost, and how long to wait before
// it is sent again: no answer at all, or one that says "not now".
func lostFor(err error, try int) (time.Duration, bool) {
	var p *Problem
	switch {
	case err == nil:
		return 0, false
	case !errors.As(err, &p):
		return time.Duration(try) * callPause, true
	case p.Status == http.StatusServiceUnavailable:
		return min(cmp.Or(p.RetryAfter, time.Duration(try)*callPause), callPatience), true
	}
	return 0, false
}

func (c *client) once(ctx context.Context, q call, body []byte) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, q.Method, c.base+q.Path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Accept-Language", c.language)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if q.Token != "" {
		request.Header.Set("Authorization", "Bearer "+q.Token)
	}
	for name, value := range q.Header {
		request.Header.Set(name, value)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(io.LimitReader(response.Body, answerLimit+1))
	switch {
	case err != nil:
		return answer{}, err
	case len(got) > answerLimit:
		return answer{}, fmt.Errorf("the answer is larger than %d bytes", answerLimit)
	case response.StatusCode >= 300 && response.StatusCode != http.StatusNotModified:
		return answer{}, problemOf(response.StatusCode, response.Header, got)
	}
	return answer{response.StatusCode, response.Header, got}, nil
}
