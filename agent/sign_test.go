package agent_test

import (
	"net/http"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
)

// Whatever an agent asks is signed by its key over what the server gets: the rig takes
// nothing else.
func TestWhatIsAskedIsSigned(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	p.decide = func(s wire.Scan) (wire.ScanDecision, int) {
		return wire.ScanDecision{Decision: wire.Outcome("admit"), Reason: "ok", PassageId: "p-" + s.ScanId}, http.StatusOK
	}
	g.sync(t) // a heartbeat and the bundle
	if a := g.Present(t.Context(), agent.Presentation{Code: p.code(t, 1), Direction: in}); a.Outcome != admit || !a.Online {
		t.Errorf("%+v", a)
	}
	heard := make(chan int, 1)
	p.instead("/v1/gate/events", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.proves(w, r) {
			heard <- 1
		}
	})
	_ = g.Listen(t.Context())
	if len(heard) != 1 {
		t.Error("the stream of events is not asked for by the device's key")
	}
	p.cut(t, g)
	g.show(t, p.code(t, 2), in, admit, admission.ReasonOK)
	p.set("*", 0)
	g.sync(t)
	if len(p.order) != 1 {
		t.Error("the journal was not uploaded", p.order)
	}
}

// Another key than the one that was enrolled: the gate says so, and decides alone.
func TestASignatureThatIsNotTaken(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	other := newPlatform(t).gate(t, "west", 0)
	p.mu.Lock()
	p.keys["east"] = other.home.Device
	p.mu.Unlock()
	if err := g.Sync(t.Context()); err == nil || !g.faulty("signature_refused") || g.faulty("credential_revoked") || g.Status().Mode != agent.ModeOffline {
		t.Errorf("%v, %+v", err, g.Status().Faults)
	}
	g.show(t, p.code(t, 1), in, admit, admission.ReasonOK)
	p.mu.Lock()
	p.keys["east"] = g.home.Device
	p.mu.Unlock()
	g.sync(t)
	if g.faulty("signature_refused") || len(p.order) != 1 {
		t.Errorf("%+v, %v", g.Status().Faults, p.order)
	}
}

// A machine whose clock is hours or years wrong finds back by what the server answers,
// with the first heartbeat.
func TestAWrongClockIsSetByTheRefusal(t *testing.T) {
	for _, off := range []time.Duration{301 * time.Second, -3 * time.Hour, 24 * 365 * time.Hour, -50 * 24 * 365 * time.Hour} {
		p := newPlatform(t)
		g := p.gate(t, "east", off)
		g.sync(t)
		if p.stale != 1 {
			t.Errorf("%v: %d signatures were of another time", off, p.stale)
		}
		if told := p.beat.DeviceTime.Sub(p.clock.Now()).Abs(); told > time.Second {
			t.Errorf("%v: the server is told a time that is %v wrong", off, told)
		}
		if is := time.Duration(g.Status().Clock.OffsetMs) * time.Millisecond; (is - off).Abs() > time.Second {
			t.Errorf("the offset is %v instead of %v", is, off)
		}
		g.show(t, p.code(t, 1), in, admit, admission.ReasonOK)
	}
}

// An answer of another time than any server's does not set the clock.
func TestARefusalWithoutATime(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	p.instead("/v1/gate/heartbeats", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"code":"` + string(model.CodeSignatureStale) + `","server_time":"1970-01-01T00:00:00.000Z"}`))
	})
	if err := g.Sync(t.Context()); err == nil || !g.faulty("signature_refused") || g.Status().Clock.OffsetMs != 0 {
		t.Errorf("%v, %+v", err, g.Status())
	}
}
