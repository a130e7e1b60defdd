package webhook_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	reference "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

func TestTheStandardsVectorVerifies(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../shared/payloads/outgoing-standardwebhooks-1.json")
	if err != nil {
		t.Skip("the standard's vector is not beside this checkout")
	}
	var vector struct {
		Secret    string `json:"secret"`
		ID        string `json:"webhook-id"`
		Timestamp int64  `json:"webhook-timestamp"`
		Body      string `json:"body"`
		Signature string `json:"webhook-signature"`
	}
	if err := json.Unmarshal(raw, &vector); err != nil {
		t.Fatal(err)
	}
	secret, err := webhook.ParseSecret(vector.Secret)
	if err != nil {
		t.Fatal(err)
	}
	header := headers(vector.ID, strconv.FormatInt(vector.Timestamp, 10), vector.Signature)
	now := time.Unix(vector.Timestamp, 0)
	got, err := webhook.Verify(header, []byte(vector.Body), [][]byte{secret}, nil, now)
	if err != nil || got != (webhook.Verified{ID: vector.ID, HMAC: true}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := webhook.Verify(header, []byte(vector.Body+" "), [][]byte{secret}, nil, now); !errors.Is(err, webhook.ErrSignature) {
		t.Errorf("a changed body: %v", err)
	}
}

func TestTheReferenceLibraryAcceptsWhatWeSend(t *testing.T) {
	t.Parallel()
	r := newRecipient(t, status(200))
	s := newSender(t, demo(), model.SystemClock{}) // the reference reads the machine's clock
	text := webhook.NewSecret()
	secret, err := webhook.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, s.Send(bg(), webhook.Target{URL: r.URL, Secrets: [][]byte{secret}}, passage()), webhook.Delivered, "")
	theirs, err := reference.NewWebhook(text)
	if err != nil {
		t.Fatal(err)
	}
	got := r.requests()[0]
	if err := theirs.Verify(got.Body, got.Header); err != nil {
		t.Error(err)
	}
	if err := theirs.Verify(append(got.Body, ' '), got.Header); err == nil {
		t.Error("the reference accepts a changed body")
	}
}

func TestRetriesSendIdenticalBytesWithAFreshTimestamp(t *testing.T) {
	t.Parallel()
	r := newRecipient(t, status(503))
	clock := model.FrozenClock(at)
	s := newSender(t, demo(), clock)
	wantOutcome(t, s.Send(bg(), to(r.URL), passage()), webhook.Retry, "status_503")
	clock.Advance(3 * time.Hour)
	wantOutcome(t, s.Send(bg(), to(r.URL), passage()), webhook.Retry, "status_503")
	first, second := r.requests()[0], r.requests()[1]
	if !bytes.Equal(first.Body, second.Body) || first.Header.Get("webhook-id") != second.Header.Get("webhook-id") {
		t.Error("the retry has other bytes or another id")
	}
	if _, err := webhook.Verify(second.Header, second.Body, [][]byte{key(1)}, nil, clock.Now()); err != nil {
		t.Errorf("the retry does not verify at its own time: %v", err)
	}
	if _, err := webhook.Verify(first.Header, first.Body, [][]byte{key(1)}, nil, clock.Now()); !errors.Is(err, webhook.ErrTooOld) {
		t.Errorf("the first attempt, replayed hours later: %v", err)
	}
}

func TestRotationSignsWithBothSecrets(t *testing.T) {
	t.Parallel()
	r := newRecipient(t, status(200))
	s := newSender(t, demo(), model.FrozenClock(at))
	target := webhook.Target{URL: r.URL, Secrets: [][]byte{key(2), key(1)}}
	wantOutcome(t, s.Send(bg(), target, passage()), webhook.Delivered, "")
	got := r.requests()[0]
	for name, c := range map[string]struct {
		held []byte
		ok   bool
	}{"old": {key(1), true}, "new": {key(2), true}, "neither": {key(3), false}} {
		_, err := webhook.Verify(got.Header, got.Body, [][]byte{c.held}, nil, at)
		if (err == nil) != c.ok {
			t.Errorf("a receiver with the %s secret: %v", name, err)
		}
	}
	if parts := strings.Fields(got.Header.Get("webhook-signature")); len(parts) != 2 || parts[0] == parts[1] {
		t.Errorf("signatures %q", parts)
	}
}

func TestSM2IsAddedForWhoAsks(t *testing.T) {
	t.Parallel()
	r := newRecipient(t, status(200))
	s := newSender(t, demo(), model.FrozenClock(at))
	platform, other := newSM2Key(t), newSM2Key(t)
	target := to(r.URL)
	target.SM2 = platform
	wantOutcome(t, s.Send(bg(), target, passage()), webhook.Delivered, "")
	got := r.requests()[0]
	check := func(name string, secrets [][]byte, k sm2Key, want webhook.Verified, wantErr error) {
		t.Helper()
		v, err := webhook.Verify(got.Header, got.Body, secrets, k.verify, at)
		if v != want || !errors.Is(err, wantErr) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	id := passage().ID
	check("both keys", [][]byte{key(1)}, platform, webhook.Verified{ID: id, HMAC: true, SM2: true}, nil)
	check("platform key alone", nil, platform, webhook.Verified{ID: id, SM2: true}, nil)
	check("another platform key", [][]byte{key(1)}, other, webhook.Verified{ID: id, HMAC: true}, nil)
	check("nothing fits", [][]byte{key(9)}, other, webhook.Verified{}, webhook.ErrSignature)
	if _, encoded, _ := strings.Cut(got.Header.Get("webhook-signature"), " v1sm2,"); base64.StdEncoding.DecodedLen(len(encoded)) < 64 {
		t.Errorf("v1sm2 is no r‖s: %q", encoded)
	}
}

func TestNothingLeavesUnsigned(t *testing.T) {
	t.Parallel()
	r := newRecipient(t, status(200))
	s := newSender(t, demo(), model.FrozenClock(at))
	wantOutcome(t, s.Send(bg(), webhook.Target{URL: r.URL}, passage()), webhook.Refused, "no_secret")
	wantOutcome(t, s.Send(bg(), webhook.Target{URL: r.URL, Secrets: [][]byte{key(1), {}}}, passage()), webhook.Refused, "no_secret")
	locked := to(r.URL)
	locked.SM2 = lockedRing{}
	wantOutcome(t, s.Send(bg(), locked, passage()), webhook.Retry, "sign_failed")
	if n := len(r.requests()); n != 0 {
		t.Errorf("%d requests left", n)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	a, b := webhook.NewSecret(), webhook.NewSecret()
	if a == b {
		t.Error("the same secret twice")
	}
	if raw, err := webhook.ParseSecret(a); err != nil || len(raw) != 32 {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	encode := func(n int) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, n)) }
	for name, text := range map[string]string{
		"empty": "", "no prefix": encode(32), "prefix alone": "whsec_", "too short": "whsec_" + encode(23),
		"too long": "whsec_" + encode(65), "not base64": "whsec_" + strings.Repeat("!", 44),
		"line break": "whsec_" + encode(32)[:20] + "\n" + encode(32)[20:], "private key form": "whsk_" + encode(32),
	} {
		if _, err := webhook.ParseSecret(text); !errors.Is(err, webhook.ErrSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, n := range []int{24, 64} {
		if _, err := webhook.ParseSecret("whsec_" + encode(n)); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func headers(id, timestamp, signature string) http.Header {
	h := http.Header{}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", timestamp)
	h.Set("webhook-signature", signature)
	return h
}
