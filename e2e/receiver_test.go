package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// receiver is an outside system as its makers would write it from the page on
// webhooks alone: it checks Standard Webhooks signatures by itself.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []receipt
}

// receipt is one request that came.
type receipt struct {
	header   http.Header
	id, kind string
	sequence int64
	body     string
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{status: http.StatusNoContent}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(q.Body, 1<<20))
	var event struct{ ID, Type, Sequence string }
	_ = json.Unmarshal(body, &event)
	sequence, _ := strconv.ParseInt(event.Sequence, 10, 64)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, receipt{q.Header.Clone(), event.ID, event.Type, sequence, string(body)})
	w.WriteHeader(r.status)
}

// answer sets what every request is answered from now on.
func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) all() []receipt {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// signedWith says whether one of the v1 signatures is of this secret.
func (r receipt) signedWith(t testing.TB, secret string) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 {
		t.Fatalf("the secret holds %d bytes: %v", len(key), err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(r.header.Get("Webhook-Id") + "." + r.header.Get("Webhook-Timestamp") + "." + r.body))
	wanted := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return r.header.Get("Webhook-Id") == r.id && slices.Contains(strings.Fields(r.header.Get("Webhook-Signature")), wanted)
}
