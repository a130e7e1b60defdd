package agent_test

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/passcode"
)

const (
	admit  = admission.Admit
	refuse = admission.Refuse
	refer  = admission.Refer
	in     = admission.In
	out    = admission.Out
)

func TestAloneItDecidesAsTheServerWould(t *testing.T) {
	p := newPlatform(t)
	p.bundle.Passes = []admission.BundleException{{Number: 8, Pass: admission.Pass{Withdrawn: true}}, {Number: 9, Pass: admission.Pass{Restricted: true}}}
	p.bundle.Gate.Passback = admission.PassbackHard
	p.publish(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.cut(t, g)
	old := p.codeAt(t, 1, noon.Add(-2*time.Minute))
	ahead := p.codeAt(t, 1, noon.Add(time.Minute))
	g.show(t, "hello", in, refuse, admission.ReasonUnknownCode)
	g.show(t, old, in, refuse, admission.ReasonExpired)
	if a := g.show(t, ahead, in, refer, admission.ReasonClockSkew); a.SkewSeconds < 30 || a.SkewSeconds > 60 {
		t.Errorf("the skew is said to be %d s", a.SkewSeconds)
	}
	g.show(t, p.code(t, 8), in, refuse, admission.ReasonRevoked)
	g.show(t, p.code(t, 8), out, refer, admission.ReasonRevoked)
	g.show(t, p.code(t, 9), in, refuse, admission.ReasonRestricted)
	g.show(t, p.sig(t, passcode.Header{Format: passcode.Rotating, Kind: passcode.Resident, Key: 1, Community: community, Pass: 1, Group: 2, Window: passcode.WindowAt(noon)}), in, refuse, admission.ReasonWrongGate)
	code := p.code(t, 1)
	g.show(t, code, in, admit, admission.ReasonOK)
	g.show(t, code, in, refuse, admission.ReasonUsed)
	g.show(t, code, out, admit, admission.ReasonOK)
	g.show(t, code, out, refer, admission.ReasonUsed)
	p.clock.Advance(time.Minute)
	g.show(t, p.code(t, 1), in, admit, admission.ReasonOK)
	p.clock.Advance(time.Minute)
	g.show(t, p.code(t, 1), in, refuse, admission.ReasonPassback)
	if s := g.Status(); s.Mode != agent.ModeOffline || s.Queue != 13 || s.Bundle == nil || s.Bundle.AgeSeconds != 120 {
		t.Errorf("the status is %+v", s)
	}
}

func TestWhatWasUsedIsStillUsedAfterARestart(t *testing.T) {
	p, g := offlineGate(t)
	code := p.code(t, 1)
	g.show(t, code, in, admit, admission.ReasonOK)
	_ = g.Close()
	g.start(t)
	g.show(t, code, in, refuse, admission.ReasonUsed)
	if g.Status().Queue != 2 {
		t.Error("queue", g.Status().Queue)
	}
}

func TestAnOldBundleIsAnsweredByTheGatesFallback(t *testing.T) {
	for fallback, want := range map[admission.Fallback][2]admission.Outcome{ // of a resident, of a visitor
		admission.FallbackResidentsOnly: {admit, refuse}, admission.FallbackAskGuard: {refer, refer}, admission.FallbackClosed: {refuse, refuse}} {
		p := newPlatform(t)
		p.bundle.Gate.Fallback = fallback
		p.publish(t)
		g := p.gate(t, "east", 0)
		g.sync(t)
		p.cut(t, g)
		p.clock.Advance(25 * time.Hour)
		for i, kind := range []passcode.Kind{passcode.Resident, passcode.Visitor} {
			code := p.sig(t, passcode.Header{Format: passcode.Rotating, Kind: kind, Key: 1, Community: community, Pass: uint64(5 + i), Group: 1, Window: passcode.WindowAt(p.clock.Now())})
			if a := g.Present(t.Context(), agent.Presentation{Code: code, Direction: in}); a.Outcome != want[i] {
				t.Errorf("%s: a %s is answered %s %s", fallback, kind, a.Outcome, a.Reason)
			}
			if a := g.Present(t.Context(), agent.Presentation{Code: code, Direction: out}); a.Outcome != admit {
				t.Errorf("%s: leaving is answered %s %s", fallback, a.Outcome, a.Reason)
			}
		}
		if !g.faulty("bundle_stale") || !g.Status().Bundle.Stale {
			t.Error("it does not say that the bundle is old")
		}
	}
}

func TestWithoutABundleNobodyIsAdmitted(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.show(t, p.code(t, 1), in, refer, admission.ReasonGateStale)
	g.show(t, p.code(t, 1), out, refer, admission.ReasonGateStale)
	if !g.faulty("no_bundle") {
		t.Error("it does not say so")
	}
}

// 100,000 codes that are one change away from genuine ones open nothing.
func TestMutatedCodesOpenNothing(t *testing.T) {
	p, g := offlineGate(t)
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	n := 100_000
	if testing.Short() {
		n = 2_000
	}
	random := rand.New(rand.NewPCG(1, 2))
	bundle, err := agent.ReadBundle(p.signed, agent.Trust{admission.PlatformKeyID(1): p.sign.PublicBytes()}, gateID, nil)
	if err != nil {
		t.Fatal(err)
	}
	genuine := make([]string, 50)
	for i := range genuine {
		genuine[i] = p.code(t, uint64(100+i))
	}
	read := 0
	for i := range n {
		text := []byte(genuine[i%len(genuine)])
		for range 1 + random.IntN(2) {
			text[random.IntN(len(text))] = digits[random.IntN(len(digits))]
		}
		if string(text) == genuine[i%len(genuine)] {
			continue
		}
		if _, err := passcode.Parse(string(text)); err == nil {
			read++
		}
		if d := bundle.Decide(string(text), in, noon); d.Outcome == admit || d.Genuine {
			t.Fatalf("a changed code is answered %s %s", d.Outcome, d.Reason)
		}
	}
	if read < n/4 {
		t.Errorf("only %d of %d were codes at all", read, n)
	}
	g.show(t, genuine[0], in, admit, admission.ReasonOK)
}

func TestOnlineTheServerDecidesAndTheGateRemembers(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	asked := 0
	p.decide = func(s wire.Scan) (wire.ScanDecision, int) {
		asked++
		return wire.ScanDecision{Decision: "admit", Reason: "ok", Message: "请通行"}, 200
	}
	code := p.code(t, 1)
	if a := g.show(t, code, in, admit, admission.ReasonOK); !a.Online || asked != 1 || g.Status().Queue != 0 {
		t.Error("the server was not asked", a, asked)
	}
	// The network goes while the next one stands there: nobody is asked twice.
	p.decide = func(wire.Scan) (wire.ScanDecision, int) { return wire.ScanDecision{}, http.StatusBadGateway }
	if a := g.show(t, code, in, refuse, admission.ReasonUsed); a.Online || g.Status().Mode != agent.ModeOffline {
		t.Error("it is still taken for online")
	}
	g.show(t, p.code(t, 2), in, admit, admission.ReasonOK)
	g.sync(t)
	if g.Status().Mode != agent.ModeOnline || len(p.stored) != 2 {
		t.Errorf("%d stored, %s", len(p.stored), g.Status().Mode)
	}
}

// The server had decided otherwise when its answer came too late: both are told.
func TestALateAnswerOfTheServerHidesNothing(t *testing.T) {
	for serverSays, want := range map[wire.Outcome]int{"admit": 1, "refuse": 2} {
		p := newPlatform(t)
		g := p.gate(t, "east", 0)
		g.sync(t)
		late := true
		p.decide = func(s wire.Scan) (wire.ScanDecision, int) {
			p.stored[s.ScanId] = wire.OfflinePassage{Decision: serverSays}
			if late {
				return wire.ScanDecision{}, http.StatusGatewayTimeout
			}
			return wire.ScanDecision{Decision: serverSays, Reason: "quota_reached"}, 200
		}
		a := g.show(t, p.code(t, 1), in, admit, admission.ReasonOK)
		late = false
		g.sync(t)
		own, told := p.stored[a.ScanID+"-gate"]
		if len(p.stored) != want || told != (want == 2) || told && own.Decision != "admit" || g.Status().Queue != 0 {
			t.Errorf("the server said %s: stored are %+v", serverSays, p.stored)
		}
	}
}

func TestARevokedGateAdmitsNobody(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.set("*", http.StatusUnauthorized)
	p.problem = "" // a proxy's own
	if err := g.Sync(t.Context()); err == nil || g.Status().Mode != agent.ModeOffline {
		t.Error("a proxy's 401 is taken for the server's")
	}
	p.problem = "unauthenticated"
	if err := g.Sync(t.Context()); err == nil || g.Status().Mode != agent.ModeRevoked || !g.faulty("credential_revoked") {
		t.Error("it is not noticed", err)
	}
	_ = g.Close()
	g.start(t)
	g.show(t, p.code(t, 1), in, refuse, admission.ReasonGateStale)
	g.show(t, p.code(t, 1), out, refer, admission.ReasonGateStale)
	if g.Status().Mode != agent.ModeRevoked {
		t.Error("after a restart it is forgotten")
	}
	p.set("*", 0)
	g.sync(t) // the server knows it again: it was a mistake of the server's
	if g.Status().Mode != agent.ModeOnline {
		t.Error(g.Status().Mode)
	}
}
