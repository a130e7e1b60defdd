package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

// BenchmarkSend is one event to a recipient on this machine; its floor below is a
// bare POST of the same bytes with the same signature.
func BenchmarkSend(b *testing.B) {
	r := discard(b)
	s := newSender(b, demo(), model.SystemClock{})
	target, event := to(r), passage()
	b.ReportAllocs()
	for b.Loop() {
		if got := s.Send(b.Context(), target, event); got.Class != webhook.Delivered {
			b.Fatal(got)
		}
	}
}

func BenchmarkBareSignedPost(b *testing.B) {
	r := discard(b)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	defer client.CloseIdleConnections()
	body := passage().Encode()
	b.ReportAllocs()
	for b.Loop() {
		h := hmac.New(sha256.New, key(1))
		h.Write(body)
		request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, r, bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
		response, err := client.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
}

func BenchmarkEncode(b *testing.B) {
	event := passage()
	b.ReportAllocs()
	for b.Loop() {
		event.Encode()
	}
}

// discard is the cheapest recipient: a server that reads and answers 204.
func discard(b *testing.B) string {
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
	b.Cleanup(func() { _ = server.Close() })
	return "http://" + l.Addr().String() + "/events"
}
