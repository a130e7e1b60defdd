package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

// The receiver's guide shows this function; the tests below hold the two together.

func verify(h http.Header, body, key []byte, now time.Time) bool {
	id, stamp := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	for _, part := range strings.Fields(h.Get("Webhook-Signature")) {
		version, text, _ := strings.Cut(part, ",")
		sent, err := base64.StdEncoding.DecodeString(text)
		if version == "v1" && err == nil && hmac.Equal(sent, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

func TestTheGuidesExampleVerifies(t *testing.T) {
	t.Parallel()
	r := newRecipient(t, status(200))
	s := newSender(t, demo(), model.FrozenClock(at))
	target := webhook.Target{URL: r.URL, Secrets: [][]byte{key(2), key(1)}, SM2: newSM2Key(t)}
	wantOutcome(t, s.Send(bg(), target, passage()), webhook.Delivered, "")
	got := r.requests()[0]
	for name, c := range map[string]struct {
		body []byte
		key  []byte
		now  time.Time
		want bool
	}{
		"new secret": {got.Body, key(2), at, true}, "old secret": {got.Body, key(1), at, true}, "other secret": {got.Body, key(3), at, false},
		"changed body": {append([]byte(" "), got.Body...), key(1), at, false},
		"played again": {got.Body, key(1), at.Add(6 * time.Minute), false}, "from the future": {got.Body, key(1), at.Add(-6 * time.Minute), false},
	} {
		if verify(got.Header, c.body, c.key, c.now) != c.want {
			t.Errorf("%s: want %v", name, c.want)
		}
	}
}

func TestTheGuideSaysWhatTheCodeDoes(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("guide_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(source), "\nfunc verify(")
	example, _, _ = strings.Cut(example, "\n}\n")
	parts := []string{"```go\nfunc verify(" + example + "\n}\n```", model.EventTest, "`sequence`", "`id`"}
	for name := range model.EventFields {
		parts = append(parts, name)
	}
	for _, page := range []string{"../docs/webhooks.md", "../docs/webhooks.zh.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s does not say:\n%s", page, part)
			}
		}
	}
}
