package agent_test

import (
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/agent"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// A network that is slow, cuts, stops or tears answers to pieces between the gate and
// the server: a sync fails within its time or succeeds, the person at the gate waits no
// longer than is promised, and in the end everything is stored once.
func TestABadNetwork(t *testing.T) {
	zerolog.SetGlobalLevel(zerolog.Disabled) // some of it logs past the logger that it is given
	for name, c := range map[string]struct {
		toxic string
		// works says that a sync succeeds all the same.
		works bool
	}{
		"slow":                 {`{"type":"latency","attributes":{"latency":150,"jitter":50}}`, true},
		"in small pieces":      {`{"type":"slicer","attributes":{"average_size":64,"size_variation":32,"delay":10}}`, true},
		"narrow":               {`{"type":"bandwidth","attributes":{"rate":64}}`, true},
		"half open":            {`{"type":"timeout","attributes":{"timeout":0}}`, false},
		"cut by a reset":       {`{"type":"reset_peer","attributes":{"timeout":20}}`, false},
		"cut after some bytes": {`{"type":"limit_data","attributes":{"bytes":120}}`, false},
		"cut on the way there": {`{"type":"limit_data","stream":"upstream","attributes":{"bytes":900}}`, false},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			between := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "gate", "127.0.0.1:0", strings.TrimPrefix(p.URL, "http://"))
			if err := between.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(between.Stop)
			g := p.gate(t, "east", 0)
			_ = g.Close()
			var err error
			if g.options.Server, err = agent.NewServer("http://"+between.Listen, "", nil, g.machine); err != nil {
				t.Fatal(err)
			}
			g.options.Ask = 300 * time.Millisecond
			g.start(t)
			g.sync(t)
			g.fill(t, 0, 20)
			p.bundle.Rules.Version++
			next := p.publish(t).Version
			if _, err := between.Toxics.AddToxicJson(strings.NewReader(c.toxic)); err != nil {
				t.Fatal(err)
			}
			if a := g.show(t, p.code(t, 1), in, admit, "ok"); a.Online {
				t.Error("nobody decides on the server's side, and it was believed")
			}
			wait := time.Minute
			if !c.works {
				wait = time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			err = g.Sync(ctx)
			s := g.Status()
			if c.works != (err == nil) || c.works != (s.Queue == 0) || s.Letters != 0 || s.Bundle == nil || c.works && s.Bundle.Version != next {
				t.Errorf("%v: %+v", err, s)
			}
			between.Toxics.ResetToxics(t.Context())
			for range 10 { // a connection that was kept may have died
				if err = g.Sync(t.Context()); err == nil {
					break
				}
			}
			if err != nil || g.Status().Queue != 0 || len(p.order) != 21 || g.Status().Bundle.Version != next {
				t.Errorf("afterwards: %v, %d stored, %+v", err, len(p.order), g.Status())
			}
		})
	}
}

// A network swallows everything without a word, and heals: the HTTP/2 connection, which
// knows nothing of it, is asked whether it lives and given up long before anything that
// waits on it would be, and what comes after goes by a new one.
func TestABlackHoleIsNoticed(t *testing.T) {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	p := newPlatform(t)
	var connections, old atomic.Int32
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			old.Add(1)
		}
		if r.URL.Path != "/v1/gate/events" {
			p.serve(w, r)
			return
		}
		connections.Add(1)
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	secure.EnableHTTP2 = true
	secure.StartTLS()
	t.Cleanup(secure.Close)
	between := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "gate", "127.0.0.1:0", strings.TrimPrefix(secure.URL, "https://"))
	if err := between.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(between.Stop)
	g := p.gate(t, "east", 0)
	_ = g.Close()
	var err error
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if g.options.Server, err = agent.NewServer("https://"+between.Listen, "", roots, g.machine); err != nil {
		t.Fatal(err)
	}
	g.options.Server.Hasten()
	g.start(t)
	g.sync(t)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- g.Listen(ctx) }()
	within(t, "the stream is open", func() bool { return g.Status().Live && connections.Load() == 1 })
	for _, way := range []string{"upstream", "downstream"} {
		if _, err := between.Toxics.AddToxicJson(strings.NewReader(`{"type":"timeout","stream":"` + way + `","attributes":{"timeout":0}}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-ended; err == nil || ctx.Err() != nil {
		t.Errorf("the stream ended with %v, %v", err, ctx.Err())
	}
	between.Toxics.ResetToxics(t.Context())
	g.sync(t) // at once: not on the dead connection
	if old.Load() != 0 {
		t.Errorf("%d requests were not HTTP/2", old.Load())
	}
}
