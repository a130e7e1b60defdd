package agent_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"

	"github.com/emmansun/gmsm/sm2"
)

// online runs the agent's loops until the test ends, with a platform that tells
// events; tell sends one.
func (p *platform) online(t *testing.T, g *gate) (tell func(event string)) {
	t.Helper()
	events := make(chan string, 8)
	p.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/gate/events" {
			p.serve(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		line := "event: ready\ndata: {}\n\n"
		for {
			_, _ = fmt.Fprint(w, line)
			_ = http.NewResponseController(w).Flush()
			select {
			case line = <-events:
			case <-r.Context().Done():
				return
			}
		}
	})
	g.sync(t)
	ctx, cancel := context.WithCancel(t.Context())
	var loops sync.WaitGroup
	loops.Go(func() { g.KeepInSync(ctx) })
	loops.Go(func() { g.KeepListening(ctx) })
	t.Cleanup(func() { cancel(); loops.Wait() })
	within(t, "the stream is open", func() bool { return g.Status().Live })
	return func(event string) { events <- event }
}

// within waits for a condition for as long as an emergency may take.
func within(t *testing.T, what string, met func() bool) {
	t.Helper()
	began := time.Now()
	for !met() {
		if time.Since(began) > time.Minute {
			t.Fatal("not within a minute:", what)
		}
		_ = model.Wait(t.Context(), 5*time.Millisecond)
	}
	t.Logf("%s after %v", what, time.Since(began))
}

// Keys of the community and of the platform that leaked are refused by an agent that
// is online within a minute, though no event carries them: the bundle does.
func TestKeysThatLeakedReachAnOnlineAgent(t *testing.T) {
	p := newPlatform(t)
	heir, _ := gm.NewDeviceKey()
	p.bundle.Platform = append(p.bundle.Platform, admission.BundleKey{Number: 2, State: model.KeyNext, Public: heir.PublicBytes()})
	p.publish(t)
	g := p.gate(t, "east", 0)
	tell := p.online(t, g)
	fresh, _ := gm.NewDeviceKey()
	private, err := sm2.NewPrivateKey(fresh.Secret())
	if err != nil {
		t.Fatal(err)
	}
	codes, err := passcode.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	leaked := p.code(t, 1)

	p.mu.Lock()
	p.bundle.Keys = []admission.BundleKey{{Number: 2, State: model.KeyActive, Public: fresh.PublicBytes()}}
	p.bundle.Platform = []admission.BundleKey{{Number: 2, State: model.KeyActive, Public: heir.PublicBytes()}}
	p.mu.Unlock()
	p.publish(t)
	signature, err := heir.Sign(p.signed.Payload)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.signed.KeyID, p.signed.Signature = admission.PlatformKeyID(2), signature
	version := p.signed.Version
	p.mu.Unlock()
	tell("event: bundle\ndata: {}\n\n")
	within(t, "the bundle without the leaked keys is in force", func() bool { return g.Status().Bundle.Version == version })
	if a := g.Present(t.Context(), agent.Presentation{Code: leaked, Direction: in}); a.Outcome == admit {
		t.Error("a code under the leaked key opens")
	}
	p.codes = codes
	good := p.sig(t, passcode.Header{Format: passcode.Rotating, Kind: passcode.Resident, Key: 2, Community: community, Pass: 3, Group: 1, Window: passcode.WindowAt(p.clock.Now())})
	g.show(t, good, in, admit, admission.ReasonOK)

	p.mu.Lock()
	p.bundle.IssuedAt++
	p.mu.Unlock()
	p.publish(t) // signed by the leaked platform key
	tell("event: bundle\ndata: {}\n\n")
	within(t, "what the leaked platform key signs is refused", func() bool { return g.faulty("bundle_refused") })
	if g.Status().Bundle.Version != version {
		t.Error("it is in force")
	}
}
