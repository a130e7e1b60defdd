//go:build bench

package bench

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/webhook"
)

const (
	drainRounds  = 5
	drainEvents  = 10_000
	longBacklog  = 100_000
	drainSenders = 8 // as many as the forwarder has for one recipient
)

// TestDrainOutbox is a backlog forwarded against bare POSTs of as many bytes to
// the same receiver, signed alike.
func TestDrainOutbox(t *testing.T) {
	r := newRig(t, 1)
	var received atomic.Int64
	url := "http://" + site(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		received.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})) + "/events"
	to := r.recipient(t, model.StateActive, url)
	floor := newPoster(t, to)
	var ratios, a, b []float64
	for round := range drainRounds {
		r.backlog(t, to, drainEvents)
		var pair [2]float64
		for i := range 2 {
			which := (i + round) % 2
			run := [2]func() error{func() error { return r.drain(t.Context(), &received, drainEvents) }, func() error { return floor.post(t.Context()) }}[which]
			began := time.Now()
			if err := run(); err != nil {
				t.Fatal(err)
			}
			pair[which] = drainEvents / time.Since(began).Seconds()
		}
		a, b = append(a, pair[0]), append(b, pair[1])
		ratios = append(ratios, pair[0]/pair[1])
	}
	target, meets := atLeast(0.4)
	publish(figure{"drain/bare-post", ratios, target, meets, fmt.Sprintf("%.4g/s to %.4g/s", median(a), median(b))})
}

// TestDrainLongBacklog is what waits after a long outage, beside bare POSTs of a tenth as
// many: what is behind in the queue must not slow down what is in front.
func TestDrainLongBacklog(t *testing.T) {
	r := newRig(t, 1)
	var received atomic.Int64
	url := "http://" + site(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		received.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})) + "/events"
	to := r.recipient(t, model.StateActive, url)
	r.backlog(t, to, longBacklog)
	began := time.Now()
	if err := r.drain(t.Context(), &received, longBacklog); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	began = time.Now()
	if err := newPoster(t, to).post(t.Context()); err != nil {
		t.Fatal(err)
	}
	ours, floor := longBacklog/took.Seconds(), drainEvents/time.Since(began).Seconds()
	target, meets := atLeast(0.4)
	publish(figure{"drain-100000/bare-post", []float64{ours / floor}, target, meets, fmt.Sprintf("%.4g/s to %.4g/s, %.3g s", ours, floor, took.Seconds())})
}

// backlog queues events as passages leave them.
func (r *rig) backlog(t testing.TB, to model.Recipient, n int) {
	t.Helper()
	const atOnce = 500
	for range n / atOnce {
		events := make([]model.Delivery, atOnce)
		for i := range events {
			events[i] = r.delivery(&model.Passage{ID: r.ID(), CommunityID: r.Garden.ID, ReceivedAt: model.Millis(r.Clock.Now())}, to)
		}
		if err := r.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.Emit(events) }); err != nil {
			t.Fatal(err)
		}
	}
}

// drain forwards until all of the backlog has arrived and is stored as delivered.
func (r *rig) drain(ctx context.Context, received *atomic.Int64, n int64) error {
	before := received.Load()
	for received.Load()-before < n {
		if err := r.server.Services.Forwarder.Pass(ctx); err != nil {
			return err
		}
	}
	return nil
}

// poster is the floor: one POST with one signature per event, and nothing kept.
type poster struct {
	client *http.Client
	url    string
	secret []byte
	body   []byte
}

func newPoster(t testing.TB, to model.Recipient) *poster {
	t.Helper()
	secret, err := webhook.ParseSecret(to.Secret)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: drainSenders}
	t.Cleanup(transport.CloseIdleConnections)
	event := webhook.Event{ID: to.ID, Type: model.EventPassageRecorded, Source: "/communities/" + to.CommunityID, Subject: to.ID,
		Time: time.Now(), Sequence: 1, Data: []byte(passageBody)}
	return &poster{client: &http.Client{Transport: transport}, url: to.URL, secret: secret, body: event.Encode()}
}

func (p *poster) post(ctx context.Context) error {
	var next atomic.Int64
	var senders sync.WaitGroup
	errs := make([]error, drainSenders)
	for i := range errs {
		senders.Go(func() {
			for errs[i] == nil && next.Add(1) <= drainEvents {
				errs[i] = p.one(ctx)
			}
		})
	}
	senders.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *poster) one(ctx context.Context) error {
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	h := hmac.New(sha256.New, p.secret)
	_, _ = io.WriteString(h, "event."+stamp+".")
	_, _ = h.Write(p.body)
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(p.body))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/cloudevents+json")
	q.Header.Set("Webhook-Id", "event")
	q.Header.Set("Webhook-Timestamp", stamp)
	q.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	answer, err := p.client.Do(q)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.Body.Close()
}
