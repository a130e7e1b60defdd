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

// Answer is what a controller says at once: acknowledged to a call, held to a hold and
// enabled to rights,
// pending (it tells later) or refused.
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

// HoldCommand is a hold as it stands in the body of POST {address}/calls/{id}/hold: the
// doors of the lift that has come for the call stay open for some seconds.
type HoldCommand struct {
	ID     string `json:"id"`
	CallID string `json:"call_id"`
	// Lift is the lift that has come, as the controller named it.
	Lift    string  `json:"lift,omitempty"`
	At      Landing `json:"at"`
	Seconds int     `json:"seconds"`
	// ExpiresAt is RFC 3339 in UTC: later the controller must not act on it.
	ExpiresAt string `json:"expires_at"`
}

// HoldOf is a hold in the neutral form.
func HoldOf(h model.LiftHoldCommand) HoldCommand {
	return HoldCommand{ID: h.ID, CallID: h.CallID, Lift: h.Lift, At: Landing{h.Floor, h.Side, h.Native}, Seconds: h.Seconds,
		ExpiresAt: model.FromMillis(h.ExpiresAt).Format(instantLayout)}
}

// RightsCommand are floors that are open in a cabin, as they stand in the body of POST
// {address}/rights. Whose they are is not said.
type RightsCommand struct {
	ID string `json:"id"`
	// PassageID is the admission at the cabin's reader that opens them.
	PassageID string `json:"passage_id"`
	// Lift is whose cabin it is, as the group was registered.
	Lift   string    `json:"lift"`
	Floors []Landing `json:"floors"`
	// Until is RFC 3339 in UTC: then the buttons are shut again, and what comes later does
	// not open them.
	Until string `json:"until"`
}

// RightsOf are rights in the neutral form.
func RightsOf(r model.LiftRightsCommand) RightsCommand {
	out := RightsCommand{ID: r.ID, PassageID: r.PassageID, Lift: r.Cabin, Floors: make([]Landing, len(r.Landings)), Until: model.FromMillis(r.EndsAt).Format(instantLayout)}
	for i, l := range r.Landings {
		out.Floors[i] = Landing{l.Floor, l.Side, l.Native}
	}
	return out
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
	answer, refused, err := h.post(ctx, g, "calls", c.ID, CommandOf(c))
	switch {
	case err != nil:
		return model.LiftAnswer{}, err
	case refused != "":
		return model.LiftAnswer{State: model.LiftRefused, Reason: refused}, nil
	}
	return Read(answer, c.ID)
}

// Hold posts a hold, once.
func (h *HTTP) Hold(ctx context.Context, g model.LiftGroup, c model.LiftHoldCommand) (model.LiftHoldAnswer, error) {
	answer, refused, err := h.post(ctx, g, "calls/"+url.PathEscape(c.CallID)+"/hold", c.ID, HoldOf(c))
	switch {
	case err != nil:
		return model.LiftHoldAnswer{}, err
	case refused != "":
		return model.LiftHoldAnswer{State: model.HoldRefused, Reason: refused}, nil
	}
	switch a, err := readAs(answer, c.ID, "held"); {
	case err != nil || a.State == "pending":
		return model.LiftHoldAnswer{}, err
	case a.State == "refused":
		return model.LiftHoldAnswer{State: model.HoldRefused, Reason: reason(a.Reason)}, nil
	}
	return model.LiftHoldAnswer{State: model.HoldHeld}, nil
}

// Rights posts the floors that are open in a cabin for some seconds, once.
func (h *HTTP) Rights(ctx context.Context, g model.LiftGroup, r model.LiftRightsCommand) (model.LiftRightsAnswer, error) {
	answer, refused, err := h.post(ctx, g, "rights", r.ID, RightsOf(r))
	switch {
	case err != nil:
		return model.LiftRightsAnswer{}, err
	case refused != "":
		return model.LiftRightsAnswer{State: model.RightsRefused, Reason: refused}, nil
	}
	switch a, err := readAs(answer, r.ID, "enabled"); {
	case err != nil || a.State == "pending":
		return model.LiftRightsAnswer{}, err
	case a.State == "refused":
		return model.LiftRightsAnswer{State: model.RightsRefused, Reason: reason(a.Reason)}, nil
	}
	return model.LiftRightsAnswer{State: model.RightsEnabled}, nil
}

// readAs reads an answer to a command: yes, pending or refused. Errors: malformed for
// what is none of them, or of another command.
func readAs(body []byte, id, yes string) (Answer, error) {
	var a Answer
	if err := json.Unmarshal(body, &a); err != nil || a.ID != id || a.State != yes && a.State != "pending" && a.State != "refused" {
		return a, model.Fail(model.CodeMalformed, err)
	}
	return a, nil
}

// post posts a command, once, and gives the body of an answer that took it, or why it
// was refused. Errors: malformed for what is neither, those of do.
func (h *HTTP) post(ctx context.Context, g model.LiftGroup, path, id string, command any) (answer []byte, refused string, err error) {
	body, err := json.Marshal(command)
	if err != nil {
		return nil, "", err
	}
	status, answer, err := h.do(ctx, g, http.MethodPost, path, id, body)
	switch {
	case err != nil:
		return nil, "", err
	case status >= 200 && status < 300:
		return answer, "", nil
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return nil, model.LiftBusy, nil
	case status >= 400 && status < 500:
		var a Answer
		_ = json.Unmarshal(answer, &a) // without a reason of ours it is a plain refusal
		return nil, reason(a.Reason), nil
	}
	return nil, "", model.Fail(model.CodeMalformed)
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
