package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// delivery is a request that the server sent to a recipient.
type delivery struct {
	header http.Header
	body   []byte
}

// delivered registers a recipient, has a code shown at the gate, and gives what the
// recipient is told of it and the secret that it was given.
func (s *stage) delivered(ctx context.Context) (d delivery, secret string, err error) {
	came := make(chan delivery, 1)
	address, stop, err := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		select {
		case came <- delivery{r.Header.Clone(), body}:
		default: // one is enough
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	if err != nil {
		return d, "", err
	}
	defer stop()
	s.made++
	got, err := s.call(ctx, http.MethodPost, "/v1/recipients", map[string]any{"community_id": s.CommunityID, "kind": "property", "name": fmt.Sprintf("%srecipient %d", s.naming(), s.made), "url": address + "/events",
		"purpose": "replayed 回放", "agreement": "REPLAY-1", "event_types": []string{"cn.communitypass.passage.recorded"}})
	if err != nil {
		return d, "", fmt.Errorf("registering a recipient: %w", err)
	}
	recipient, _ := got["recipient"].(map[string]any)
	secret, _ = got["secret"].(string)
	defer func() { // else it would be tried for days
		_, _ = s.call(context.WithoutCancel(ctx), http.MethodPost, fmt.Sprint("/v1/recipients/", recipient["id"], "/pause"), map[string]any{"reason": "replayed"})
	}()
	u, err := s.register(ctx, "vguang", nil)
	if err != nil {
		return d, "", err
	}
	if _, err := u.pushed(ctx, push{contentType: "text/html", body: fmt.Appendf(nil, "vgdecoderesult=%s-%d&&devicenumber=1", nobody, s.numbered()()), understood: oneOf("code=0000", "code=0001")}); err != nil {
		return d, "", err
	}
	select {
	case d = <-came:
		return d, secret, nil
	case <-ctx.Done():
		return d, "", errors.New("the recipient was told nothing")
	}
}

// cloudEvents holds what a recipient is told against an event of CloudEvents 1.0, or the
// first of a batch.
func cloudEvents(ctx context.Context, s *stage, p payload) (outcome, error) {
	v, ok := jsonValue(p.body)
	if list, isList := v.([]any); isList && len(list) > 0 {
		v = list[0]
	}
	theirs, isObject := v.(map[string]any)
	if !ok || !isObject || theirs["specversion"] == nil {
		return outcome{}, leftOut("no event in the JSON format of CloudEvents")
	}
	d, _, err := s.delivered(ctx)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{answer: string(d.body)}
	if kind := d.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/cloudevents+json") {
		return o, fmt.Errorf("its content type is %q", kind)
	}
	return form{fixed: []string{"specversion"}, needed: []string{"specversion", "id", "source", "type"}, meant: map[string]string{
		"data":            "our data is JSON, as our datacontenttype says",
		"datacontenttype": "our data is JSON",
		"data_base64":     "our data is JSON and no bytes",
		"*":               "optional in CloudEvents; an extension of that source",
	}}.against("what a recipient is told", theirs, d.body)
}

// standardWebhooks verifies the file's own signature, then by the same scheme what a
// recipient of this server is told.
func standardWebhooks(ctx context.Context, s *stage, p payload) (outcome, error) {
	theirs, ok := object(p.body)
	if !ok || theirs[standard.HeaderWebhookSignature] == nil {
		return outcome{}, leftOut("no signed message")
	}
	own := "the file's own signature is good"
	if err := signedByFile(theirs); err != nil {
		own = "the file's own signature is not good (" + err.Error() + ")"
	}
	d, secret, err := s.delivered(ctx)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{answer: d.header.Get(standard.HeaderWebhookSignature)}
	for name := range theirs {
		if strings.HasPrefix(name, "webhook-") && d.header.Get(name) == "" {
			return o, fmt.Errorf("a recipient is not sent %s", name)
		}
	}
	verifier, err := standard.NewWebhook(secret)
	if err != nil {
		return o, fmt.Errorf("the secret is none of the scheme: %w", err)
	}
	if err := verifier.Verify(d.body, d.header); err != nil {
		return o, fmt.Errorf("what a recipient is told does not verify: %w", err)
	}
	if verifier.Verify(append([]byte{' '}, d.body...), d.header) == nil {
		return o, errors.New("another body verifies too")
	}
	o.heard = own + "; what a recipient is told has the same headers, and verifies"
	return o, nil
}

// signedByFile verifies the message that a file holds. It may be years old, so that its
// time is no matter.
func signedByFile(o map[string]any) error {
	secret, _ := o["secret"].(string)
	verifier, err := standard.NewWebhook(secret)
	if err != nil {
		return errors.New("its secret is none of the scheme")
	}
	header := http.Header{}
	for _, name := range []string{standard.HeaderWebhookID, standard.HeaderWebhookSignature, standard.HeaderWebhookTimestamp} {
		header.Set(name, wordOf(o[name]))
	}
	body, isText := o["body"].(string)
	if !isText {
		body = string(mustJSON(o["body"]))
	}
	return verifier.VerifyIgnoringTimestamp([]byte(body), header)
}

// wordOf is a JSON value that stands for a text; a number without an exponent.
func wordOf(v any) string {
	if n, ok := v.(float64); ok {
		return fmt.Sprintf("%.0f", n)
	}
	s, _ := v.(string)
	return s
}
