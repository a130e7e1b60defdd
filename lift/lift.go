// Package lift speaks to lift controllers by HTTP, in the neutral form of
// docs/lifts.md: our server calls the controller, signed as Standard Webhooks are.
package lift

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"communitypass.cn/communitypass/model"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	// answerLimit bounds what is read of an answer.
	answerLimit = 16 << 10
	// instantLayout is how instants travel: RFC 3339, UTC, milliseconds.
	instantLayout = "2006-01-02T15:04:05.000Z"
	// SecretLeast is how long a key for signatures must be, in bytes.
	SecretLeast = 16
)

// HTTP calls controllers by HTTP.
type HTTP struct {
	client *http.Client
	check  func(url string) error
	clock  model.Clock
}

// NewHTTP makes the caller; check refuses addresses that may not be called.
func NewHTTP(client *http.Client, check func(url string) error, clock model.Clock) *HTTP {
	return &HTTP{client: client, check: check, clock: clock}
}

// Command is a call as it stands in the body of POST {address}/calls.
type Command struct {
	ID        string  `json:"id"`
	From      Landing `json:"from"`
	To        Landing `json:"to"`
	PassageID string  `json:"passage_id,omitempty"`
	// ExpiresAt is RFC 3339 in UTC: later the controller must not act on it.
	ExpiresAt string `json:"expires_at"`
}

// Landing is one end of a call.
type Landing struct {
	Floor  string `json:"floor"`
	Side   string `json:"side,omitempty"`
	Native string `json:"native,omitempty"`
}

// Answer is what a controller says at once: acknowledged, pending (it tells later) or
// refused.
type Answer struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Lift   string `json:"lift,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// CommandOf is a call in the neutral form.
func CommandOf(c model.LiftCommand) Command {
	return Command{ID: c.ID, From: Landing{c.FromFloor, c.FromSide, c.FromNative}, To: Landing{c.ToFloor, c.ToSide, c.ToNative},
		PassageID: c.PassageID, ExpiresAt: model.FromMillis(c.ExpiresAt).Format(instantLayout)}
}

// Read reads an answer about a call. Errors: malformed for what is none.
func Read(body []byte, callID string) (model.LiftAnswer, error) {
	var a Answer
	if err := json.Unmarshal(body, &a); err != nil || a.ID != callID {
		return model.LiftAnswer{}, model.Fail(model.CodeMalformed, err)
	}
	out := model.LiftAnswer{Lift: Word(a.Lift)}
	switch a.State {
	case "acknowledged":
		out.State = model.LiftAcknowledged
	case "pending":
	case "refused":
		out.State, out.Reason = model.LiftRefused, reason(a.Reason)
	default:
		return out, model.Fail(model.CodeMalformed)
	}
	return out, nil
}

// reason is one of our words for why a controller refused.
func reason(said string) string {
	switch said {
	case model.LiftFireMode, model.LiftBusy, model.LiftOutOfOrder:
		return said
	}
	return model.LiftRefusedBy
}

// Word is a name of a lift or floor as it may be kept: 32 plain characters at most.
func Word(text string) string {
	text = strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r
		}
		return -1
	}, text[:min(len(text), 256)])
	return text[:min(len(text), 32)]
}

// Check says what is wrong with a group's address and key.
func (h *HTTP) Check(_ context.Context, g model.LiftGroup) []model.FieldError {
	var bad []model.FieldError
	if h.check(g.Address) != nil {
		bad = append(bad, model.FieldError{Field: "/address", Code: "format"})
	}
	if len(g.Secret) < SecretLeast {
		bad = append(bad, model.FieldError{Field: "/secret", Code: "length"})
	}
	return bad
}

// Call posts a call, once.
func (h *HTTP) Call(ctx context.Context, g model.LiftGroup, c model.LiftCommand) (model.LiftAnswer, error) {
	body, err := json.Marshal(CommandOf(c))
	if err != nil {
		return model.LiftAnswer{}, err
	}
	status, answer, err := h.do(ctx, g, http.MethodPost, "calls", c.ID, body)
	switch {
	case err != nil:
		return model.LiftAnswer{}, err
	case status >= 200 && status < 300:
		return Read(answer, c.ID)
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return model.LiftAnswer{State: model.LiftRefused, Reason: model.LiftBusy}, nil
	case status >= 400 && status < 500:
		var a Answer
		_ = json.Unmarshal(answer, &a) // without a reason of ours it is a plain refusal
		return model.LiftAnswer{State: model.LiftRefused, Reason: reason(a.Reason)}, nil
	}
	return model.LiftAnswer{}, model.Fail(model.CodeMalformed)
}

// Cancel takes a call back.
func (h *HTTP) Cancel(ctx context.Context, g model.LiftGroup, c model.LiftCommand) error {
	status, _, err := h.do(ctx, g, http.MethodDelete, "calls/"+url.PathEscape(c.ID), c.ID, nil)
	if err == nil && (status < 200 || status >= 300) {
		return model.Fail(model.CodeMalformed)
	}
	return err
}

// do sends one signed request and reads its answer.
func (h *HTTP) do(ctx context.Context, g model.LiftGroup, method, path, id string, body []byte) (int, []byte, error) {
	if h.check(g.Address) != nil {
		return 0, nil, model.Fail(model.CodeUnavailable)
	}
	q, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(g.Address, "/")+"/"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, model.Fail(model.CodeUnavailable, err)
	}
	if err := h.sign(q, g.Secret, id, body); err != nil {
		return 0, nil, model.Fail(model.CodeUnavailable, err)
	}
	r, err := h.client.Do(q)
	if err != nil {
		return 0, nil, sent(err)
	}
	defer func() { _ = r.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(r.Body, answerLimit))
	if err != nil {
		return 0, nil, model.Fail(model.CodeTimeout, err)
	}
	return r.StatusCode, answer, nil
}

// sign signs id, time and body by Standard Webhooks (HMAC-SHA256).
func (h *HTTP) sign(q *http.Request, secret, id string, body []byte) error {
	signer, err := standard.NewWebhookRaw([]byte(secret))
	if err != nil {
		return err
	}
	now := h.clock.Now()
	signature, err := signer.Sign(id, now, body)
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set(standard.HeaderWebhookID, id)
	q.Header.Set(standard.HeaderWebhookTimestamp, model.Seconds(now))
	q.Header.Set(standard.HeaderWebhookSignature, signature)
	return nil
}

// sent tells what was never sent from what nobody knows: only when no connection was
// made can no lift have heard of it.
func sent(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return model.Fail(model.CodeUnavailable, err)
	}
	return model.Fail(model.CodeTimeout, err)
}
