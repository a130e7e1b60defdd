package handler_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// livePassages is the whole way of a request before the stream of a garden where
// four gates record.
func livePassages(t *testing.T) (*testkit.Gatehouse, *liveRig, string) {
	g := testkit.NewGatehouse(t)
	auth := &gateOfTokens{tokens: tokens{"a": g.Manager(g.Garden), "stranger": g.Manager(g.Harbour)}}
	streams := handler.NewStreams(auth)
	streams.Wait = func(ctx context.Context, _ time.Duration) error { return model.Wait(ctx, time.Millisecond) }
	r := newRig(t, func(r *rig) {
		r.options.Directory, r.options.Clock, r.options.Auth = g.Directory, g.Clock, auth
		r.fake.raw["streamPassages"] = (&handler.Passages{Service: service.NewPassages(g.Deps), Streams: streams}).StreamPassages
	})
	server := httptest.NewUnstartedServer(r.handler)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(streams.Close)
	return g, &liveRig{Server: server, streams: streams, auth: auth}, "/v1/communities/" + g.Garden.ID + "/passages/events"
}

// openAt opens a path of the rig.
func (r *liveRig) openAt(t *testing.T, path, token, after string) (*http.Response, func(string) string) {
	t.Helper()
	base := r.URL
	r.URL = base + strings.TrimSuffix(path, "/events")
	defer func() { r.URL = base }()
	response, lines := r.open(t, "", token, after)
	return response, func(begins string) string { return next(lines, begins) }
}

// Four gates record while a client goes and comes back with the last id it saw: it
// sees each passage once. Another client, which reads nothing, holds up nobody.
func TestALiveFeedLosesAndDoublesNothing(t *testing.T) {
	g, r, path := livePassages(t)
	slow, _ := r.openAt(t, path, "a", "")
	defer slow.Body.Close()
	const each = 60
	response, line := r.openAt(t, path, "a", "")
	if line("event: ") != "ready" {
		t.Fatal("it is not ready")
	}
	var writers sync.WaitGroup
	var recorded atomic.Int64
	for n := range 4 {
		reader := g.Reader(t, g.Garden.Entrance)
		writers.Go(func() {
			for i := range each {
				_, err := g.Gates.Scan(context.Background(), reader, service.Scan{ScanID: fmt.Sprintf("s-%d-%d", n, i), Code: "HELLO",
					Direction: admission.In, ScannedAt: g.Clock.Now()})
				if err != nil {
					t.Error(err)
				}
				g.Clock.Advance(5 * time.Millisecond)
				recorded.Add(1)
			}
		})
	}
	stop, ticking := make(chan struct{}), sync.WaitGroup{}
	ticking.Go(func() { // time goes on when everybody has written
		writers.Wait()
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				g.Clock.Advance(50 * time.Millisecond)
			}
		}
	})
	var got []string
	for len(got) < 4*each {
		id := line("id: ")
		if id == "" {
			t.Fatalf("the stream ended after %d passages", len(got))
		}
		if got = append(got, id); len(got)%37 == 0 {
			_ = response.Body.Close()
			response, line = r.openAt(t, path, "a", id)
		}
	}
	close(stop)
	ticking.Wait()
	sorted := slices.Clone(got)
	slices.Sort(sorted)
	if n := len(slices.Compact(sorted)); n != 4*each {
		t.Errorf("%d passages seen, %d of them different", len(got), n)
	}
	list, err := service.NewPassages(g.Deps).List(t.Context(), g.Manager(g.Garden), g.Garden.ID, service.PassageFilter{}, service.Page{Limit: 200})
	if err != nil || len(list.Items) != 200 {
		t.Fatal(len(list.Items), err)
	}
	for _, p := range list.Items {
		if !slices.Contains(got, p.ID) {
			t.Errorf("passage %s was not seen", p.ID)
		}
	}
}

func TestALiveFeedIsOfOnesOwnCommunity(t *testing.T) {
	_, r, path := livePassages(t)
	for token, status := range map[string]int{"stranger": 404, "nobody": 401} {
		response, line := r.openAt(t, path, token, "")
		if response.StatusCode != status || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", token, response.StatusCode, line(""))
		}
	}
}
