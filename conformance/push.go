package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// push is one request of a device, and what it expects.
type push struct {
	method, path, query, contentType string
	header                           map[string]string
	body                             []byte
	// understood says whether an answer is one that the device takes for "got it";
	// the error says what it misses.
	understood func(status int, body []byte) error
	// keeps says whether the server is to have something of it afterwards; what is
	// asked again and again, such as a heartbeat, leaves nothing.
	keeps bool
	// nameless is a message that says neither when nor which: sent again, nobody can
	// tell it from another.
	nameless bool
	// broken is why the payload, as this package reads it itself, cannot be taken;
	// the server must then refuse it and have nothing of it.
	broken string
}

// send posts it as the device would. A body is cut into pieces, as on a slow line.
func (u *unit) send(ctx context.Context, q push) (int, []byte, error) {
	method, url := q.method, u.address+q.path
	if method == "" {
		method = http.MethodPost
	}
	if q.query != "" {
		url += "?" + q.query
	}
	r, err := http.NewRequestWithContext(ctx, method, url, &pieces{rest: q.body, size: 97})
	if err != nil {
		return 0, nil, err
	}
	r.ContentLength = int64(len(q.body))
	if q.contentType != "" {
		r.Header.Set("Content-Type", q.contentType)
	}
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	a, err := u.stage.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	got, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	return a.StatusCode, got, err
}

// pieces gives a body a few bytes at a time.
type pieces struct {
	rest []byte
	size int
}

func (p *pieces) Read(into []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(into[:min(len(into), p.size)], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// replay sends a push, asks the API what became of it, and sends it once more, as a
// device does that missed the answer: nothing may be there twice.
func (u *unit) replay(ctx context.Context, q push) (outcome, error) {
	status, body, err := u.send(ctx, q)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{answer: fmt.Sprintf("%d %s", status, bytes.TrimSpace(body))}
	first, err := u.said(ctx)
	if err != nil {
		return o, err
	}
	if q.broken != "" {
		return o.whereBroken(q, status, first)
	}
	if err := q.understood(status, body); err != nil {
		if why := unfit(q.body); why != "" && status >= http.StatusBadRequest {
			q.broken = why
			return o.whereBroken(q, status, first)
		}
		return o, fmt.Errorf("the device does not take this for an answer: %w", err)
	}
	o.heard = first.String()
	if q.keeps && first.kept() == 0 {
		return o, fmt.Errorf("it was answered, and the API shows nothing of it")
	}
	return o, u.twice(ctx, q, first)
}

// twice sends it again and wants nothing more to be there.
func (u *unit) twice(ctx context.Context, q push, first told) error {
	status, body, err := u.send(ctx, q)
	if err != nil {
		return err
	}
	if status >= http.StatusInternalServerError {
		return fmt.Errorf("sent once more it is answered %d %.90s", status, body)
	}
	again, err := u.said(ctx)
	if err != nil {
		return err
	}
	if q.keeps && !q.nameless && again.kept()-again.passages > first.kept()-first.passages {
		return fmt.Errorf("sent once more it is kept once more: %s", again)
	}
	return nil
}

// whereBroken wants a refusal, and nothing kept.
func (o outcome) whereBroken(q push, status int, t told) (outcome, error) {
	switch {
	case status < http.StatusBadRequest || status >= http.StatusInternalServerError:
		return o, fmt.Errorf("it cannot be taken (%s), and was not refused", q.broken)
	case len(t.events)+t.passages > 0:
		return o, fmt.Errorf("it was refused, and the API shows %s", t)
	}
	o.refused = q.broken
	return o, nil
}

// ok wants 200 and the given pieces in the answer, whatever spaces are between.
func ok(pieces ...string) func(int, []byte) error {
	return func(status int, body []byte) error {
		if status != http.StatusOK {
			return fmt.Errorf("status %d", status)
		}
		plain := strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(string(body))
		for _, piece := range pieces {
			if !strings.Contains(plain, piece) {
				return fmt.Errorf("without %s", piece)
			}
		}
		return nil
	}
}

// oneOf wants 200 and one of the answers.
func oneOf(answers ...string) func(int, []byte) error {
	return func(status int, body []byte) error {
		for _, a := range answers {
			if status == http.StatusOK && strings.TrimSpace(string(body)) == a {
				return nil
			}
		}
		return fmt.Errorf("status %d, none of %q", status, answers)
	}
}
