package webhook_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	reference "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"communitypass.cn/communitypass/webhook"
)

// signed makes a request with the reference library.
func signed(t testing.TB, id string, when time.Time, body []byte, secret []byte) http.Header {
	t.Helper()
	signer, err := reference.NewWebhookRaw(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(id, when, body)
	if err != nil {
		t.Fatal(err)
	}
	return headers(id, strconv.FormatInt(when.Unix(), 10), signature)
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	body := []byte(`{"id":"e1"}`)
	for name, c := range map[string]struct {
		spoil func(http.Header)
		want  error
	}{
		"untouched":            {func(http.Header) {}, nil},
		"no id":                {func(h http.Header) { h.Del("webhook-id") }, webhook.ErrHeaders},
		"no timestamp":         {func(h http.Header) { h.Del("webhook-timestamp") }, webhook.ErrHeaders},
		"no signature":         {func(h http.Header) { h.Del("webhook-signature") }, webhook.ErrHeaders},
		"empty signature":      {func(h http.Header) { h.Set("webhook-signature", "") }, webhook.ErrHeaders},
		"two ids":              {func(h http.Header) { h.Add("webhook-id", "e2") }, webhook.ErrHeaders},
		"two timestamps":       {func(h http.Header) { h.Add("webhook-timestamp", "1") }, webhook.ErrHeaders},
		"two signature lists":  {func(h http.Header) { h.Add("webhook-signature", "v1,AA==") }, webhook.ErrHeaders},
		"other id":             {func(h http.Header) { h.Set("webhook-id", "e2") }, webhook.ErrSignature},
		"full stop in id":      {func(h http.Header) { h.Set("webhook-id", "e.1") }, webhook.ErrHeaders},
		"other timestamp":      {stamp(at.Unix() + 1), webhook.ErrSignature},
		"timestamp with plus":  {func(h http.Header) { h.Set("webhook-timestamp", "+"+h.Get("webhook-timestamp")) }, webhook.ErrHeaders},
		"timestamp padded":     {func(h http.Header) { h.Set("webhook-timestamp", "0"+h.Get("webhook-timestamp")) }, webhook.ErrHeaders},
		"timestamp fractional": {func(h http.Header) { h.Set("webhook-timestamp", h.Get("webhook-timestamp")+".5") }, webhook.ErrHeaders},
		"timestamp no number":  {func(h http.Header) { h.Set("webhook-timestamp", "yesterday") }, webhook.ErrHeaders},
		"timestamp enormous":   {func(h http.Header) { h.Set("webhook-timestamp", "9223372036854775807") }, webhook.ErrHeaders},
		"timestamp negative":   {stamp(-5), webhook.ErrHeaders},
		"timestamp far ahead":  {stamp(999999999999), webhook.ErrTooNew},
		"version renamed":      {replace("v1,", "v2,"), webhook.ErrSignature},
		"asymmetric version":   {replace("v1,", "v1a,"), webhook.ErrSignature},
		"SM2 without a key":    {replace("v1,", "v1sm2,"), webhook.ErrSignature},
		"no version":           {replace("v1,", ""), webhook.ErrSignature},
		"cut signature":        {func(h http.Header) { s := h.Get("webhook-signature"); h.Set("webhook-signature", s[:len(s)-5]) }, webhook.ErrSignature},
		"empty HMAC":           {func(h http.Header) { h.Set("webhook-signature", "v1,") }, webhook.ErrSignature},
		"good one behind bad":  {func(h http.Header) { h.Set("webhook-signature", "v1,AAAA "+h.Get("webhook-signature")) }, nil},
		"good one behind many": {func(h http.Header) {
			h.Set("webhook-signature", strings.Repeat("v1,AAAA ", 8)+h.Get("webhook-signature"))
		}, webhook.ErrSignature},
	} {
		h := signed(t, "e1", at, body, key(1))
		c.spoil(h)
		if _, err := webhook.Verify(h, body, [][]byte{key(1)}, nil, at); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestVerifyRefusesForgery(t *testing.T) {
	t.Parallel()
	body := []byte(`{"id":"e1"}`)
	good := signed(t, "e1", at, body, key(1))
	empty := signed(t, "e1", at, body, []byte{})
	for name, c := range map[string]struct {
		header  http.Header
		body    []byte
		secrets [][]byte
	}{
		"changed body":        {good, []byte(`{"id":"e2"}`), [][]byte{key(1)}},
		"empty body":          {good, nil, [][]byte{key(1)}},
		"other secret":        {good, body, [][]byte{key(2)}},
		"no secret":           {good, body, nil},
		"signed with nothing": {empty, body, [][]byte{{}}},
	} {
		if v, err := webhook.Verify(c.header, c.body, c.secrets, nil, at); !errors.Is(err, webhook.ErrSignature) || v != (webhook.Verified{}) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
}

func TestVerifyTolerance(t *testing.T) {
	t.Parallel()
	now := at.Truncate(time.Second)
	for _, c := range []struct {
		off  time.Duration
		want error
	}{
		{0, nil}, {-5 * time.Minute, nil}, {5 * time.Minute, nil},
		{-5*time.Minute - time.Second, webhook.ErrTooOld}, {5*time.Minute + time.Second, webhook.ErrTooNew},
	} {
		h := signed(t, "e1", now.Add(c.off), nil, key(1))
		if _, err := webhook.Verify(h, nil, [][]byte{key(1)}, nil, now); !errors.Is(err, c.want) {
			t.Errorf("%v off: %v, want %v", c.off, err, c.want)
		}
	}
}

// FuzzVerify holds Verify against the reference implementation: it never accepts
// what the reference refuses, whatever the headers say.
func FuzzVerify(f *testing.F) {
	body := `{"id":"e1"}`
	good := signed(f, "e1", at, []byte(body), key(1))
	stamp, signature := good.Get("webhook-timestamp"), good.Get("webhook-signature")
	f.Add("e1", stamp, signature, body)
	f.Add("e1", "0"+stamp, signature, body)
	f.Add("e1."+stamp, stamp, signature, body)
	f.Add("e1", stamp, "v1,AAAA v1sm2,AAAA "+signature, body)
	f.Add("", "", "", "")
	theirs, err := reference.NewWebhookRaw(key(1))
	if err != nil {
		f.Fatal(err)
	}
	noSM2 := func([]byte, []byte) bool { return false }
	f.Fuzz(func(t *testing.T, id, timestamp, signature, body string) {
		h := headers(id, timestamp, signature)
		v, err := webhook.Verify(h, []byte(body), [][]byte{key(1)}, noSM2, at)
		if (err == nil) != v.HMAC || v.SM2 {
			t.Fatalf("%+v, %v", v, err)
		}
		if err == nil && theirs.VerifyIgnoringTimestamp([]byte(body), h) != nil {
			t.Fatalf("accepted, but not by the reference: %q", h)
		}
	})
}

func stamp(unix int64) func(http.Header) {
	return func(h http.Header) { h.Set("webhook-timestamp", strconv.FormatInt(unix, 10)) }
}

func replace(from, with string) func(http.Header) {
	return func(h http.Header) {
		h.Set("webhook-signature", strings.Replace(h.Get("webhook-signature"), from, with, 1))
	}
}
