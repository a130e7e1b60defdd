package service_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// poster is the plainest courier: one signed POST per event.
type poster struct {
	courier
	client *http.Client
	url    string
}

func newPoster(b *testing.B) *poster {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusNoContent)
	})}
	go func() { _ = server.Serve(l) }()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	b.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
	})
	return &poster{client: &http.Client{Transport: transport}, url: "http://" + l.Addr().String()}
}

func (p *poster) Send(ctx context.Context, to model.Recipient, d model.Delivery) service.DeliveryOutcome {
	body := fmt.Appendf(nil, `{"specversion":"1.0","id":"%s","type":"%s","sequence":"%d","data":%s}`, d.ID, d.Type, d.Sequence, d.Body)
	h := hmac.New(sha256.New, []byte(to.Secret))
	h.Write(body)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return service.DeliveryOutcome{Class: service.OutcomeRetry}
	}
	request.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	response, err := p.client.Do(request)
	if err != nil {
		return service.DeliveryOutcome{Class: service.OutcomeRetry}
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: response.StatusCode}
}

// BenchmarkDrain is the outbox drained by one forwarder against its floor, bare
// POSTs of the same bytes with the same signature from as many senders.
func BenchmarkDrain(b *testing.B) {
	b.Run("floor", func(b *testing.B) {
		p := newPoster(b)
		event := model.Delivery{ID: "01KAP0000000000000000PASS1", Type: model.EventDeviceStatus, Sequence: 1, Body: `{"device_id":"d1","state":"active"}`}
		events := make(chan struct{}, 64)
		var senders sync.WaitGroup
		for range 8 {
			senders.Go(func() {
				for range events {
					p.Send(b.Context(), model.Recipient{Secret: "whsec_number1"}, event)
				}
			})
		}
		for b.Loop() {
			events <- struct{}{}
		}
		close(events)
		senders.Wait()
	})
	b.Run("outbox", func(b *testing.B) { benchmarkOutbox(b, (*post).emit) })
	b.Run("ledger", func(b *testing.B) {
		benchmarkOutbox(b, func(p *post, t testing.TB, r service.RecipientShown, n int) { p.report(t, r, "v1", n) })
	})
}

// benchmarkOutbox drains what fill queues, for one recipient.
func benchmarkOutbox(b *testing.B, fill func(*post, testing.TB, service.RecipientShown, int)) {
	p := newPost(b)
	r := p.recipient(b, p.Garden)
	f := service.NewForwarder(p.Deps, newPoster(b))
	fill(p, b, r, b.N)
	b.ResetTimer()
	for waiting := true; waiting; {
		if err := f.Pass(b.Context()); err != nil {
			b.Fatal(err)
		}
		shown, err := p.Recipients.Get(b.Context(), p.Manager(p.Garden), r.ID)
		if err != nil {
			b.Fatal(err)
		}
		waiting = shown.Waiting > 0
	}
}
