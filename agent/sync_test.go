package agent_test

import (
	"bytes"
	"communitypass.cn/communitypass/openapi/wire"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

func TestABundleThatIsNotRightIsRefusedAndSaid(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	before := g.Status().Bundle.Version
	stranger, _ := gm.NewDeviceKey()
	for name, spoil := range map[string]func(*agent.SignedBundle){
		"forged by another key": func(s *agent.SignedBundle) { s.Signature, _ = stranger.Sign(s.Payload) },
		"of an unknown key":     func(s *agent.SignedBundle) { s.KeyID = "platform-0-9" },
		"changed on the way":    func(s *agent.SignedBundle) { s.Payload[len(s.Payload)/2] ^= 1 },
		"cut short":             func(s *agent.SignedBundle) { s.Payload = s.Payload[:40]; s.Signature, _ = p.sign.Sign(s.Payload) },
		"of another gate": func(s *agent.SignedBundle) {
			s.Payload = bytes.ReplaceAll(s.Payload, []byte(gateID), []byte("01GATE0000000000000000WEST"))
			s.Signature, _ = p.sign.Sign(s.Payload)
		},
		"older": func(s *agent.SignedBundle) {
			s.Payload = bytes.Replace(s.Payload, []byte(`"issued_at":17`), []byte(`"issued_at":16`), 1)
			s.Signature, _ = p.sign.Sign(s.Payload)
		},
		"of older rules": func(s *agent.SignedBundle) {
			s.Payload = bytes.Replace(s.Payload, []byte(`"version":3`), []byte(`"version":2`), 1)
			s.Signature, _ = p.sign.Sign(s.Payload)
		},
	} {
		p.publish(t)
		p.mu.Lock()
		p.signed.Payload = bytes.Clone(p.signed.Payload)
		honest := bytes.Clone(p.signed.Payload)
		spoil(&p.signed)
		p.signed.Version = "spoilt"
		same := name != "of an unknown key" && name != "forged by another key" && bytes.Equal(honest, p.signed.Payload)
		p.mu.Unlock()
		if same {
			t.Errorf("%s: nothing was spoilt", name)
		}
		g.sync(t)
		if !g.faulty("bundle_refused") || g.Status().Bundle.Version != before {
			t.Errorf("%s: it is in force", name)
		}
		_ = g.Close()
		g.start(t)
		if g.Status().Bundle == nil || g.Status().Bundle.Version != before {
			t.Errorf("%s: after a restart it is in force", name)
		}
	}
	p.bundle.Rules.Version++
	next := p.publish(t)
	g.sync(t)
	if g.faulty("bundle_refused") || g.Status().Bundle.Version != next.Version {
		t.Error("the next good one is not taken")
	}
}

// A server that was put back to a backup counts its rules from there: what it issues
// now is newer all the same, and is taken.
func TestABundleOfAServerPutBack(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.clock.Advance(10 * time.Minute)
	p.bundle.IssuedAt, p.bundle.Rules = p.clock.Now().UnixMilli(), &admission.Rules{Version: 1}
	next := p.publish(t)
	g.sync(t)
	if g.faulty("bundle_refused") || g.Status().Bundle.Version != next.Version {
		t.Errorf("it is refused: %+v", g.Status())
	}
	_ = g.Close()
	g.start(t)
	if s := g.Status().Bundle; s == nil || s.RuleVersion != 1 {
		t.Errorf("after a restart there is %+v", s)
	}
}

// A platform key follows another: the bundle that the old one signed names the new one.
func TestThePlatformsKeyIsFollowed(t *testing.T) {
	p := newPlatform(t)
	next, _ := gm.NewDeviceKey()
	p.bundle.Platform = append(p.bundle.Platform, admission.BundleKey{Number: 2, State: model.KeyNext, Public: next.PublicBytes()})
	p.publish(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.bundle.IssuedAt++
	signed := p.publish(t)
	signed.KeyID = admission.PlatformKeyID(2)
	signed.Signature, _ = next.Sign(signed.Payload)
	p.signed = signed
	_ = g.Close()
	g.start(t)
	g.sync(t)
	if g.faulty("bundle_refused") || g.Status().Bundle.Version != signed.Version {
		t.Error("the new key is not believed")
	}
}

func TestABrokenFileOfTheBundleIsKeptAsideAndFetchedAgain(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	_ = g.Close()
	path := filepath.Join(g.folder, "bundle.sealed")
	data, _ := os.ReadFile(path)
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	g.start(t)
	if !g.faulty("bundle_refused") {
		t.Error("it is not said")
	}
	g.show(t, p.code(t, 1), in, refer, admission.ReasonGateStale)
	if aside, _ := filepath.Glob(filepath.Join(g.folder, "aside", "*")); len(aside) != 1 {
		t.Error("it is not kept:", aside)
	}
	g.sync(t)
	if g.faulty("bundle_refused") || g.Status().Bundle == nil {
		t.Error("it is not fetched again")
	}
}

func TestWhatIsWithdrawnLiveIsRefusedAtOnce(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.cut(t, g)
	g.Heard("revoked", []byte(`{"pass_numbers":[7]}`))
	g.Heard("of a later server", []byte(`[`))
	g.show(t, p.code(t, 7), in, refuse, admission.ReasonRevoked)
	g.show(t, p.code(t, 6), in, admit, admission.ReasonOK)
}

// Whatever the server answers, nothing is lost and nothing is stored twice.
func TestUploadsEndStoredOrKept(t *testing.T) {
	p, g := offlineGate(t)
	g.fill(t, 0, 1200)
	for _, status := range []int{400, 401, 403, 404, 413, 422, 429, 500, 502, 503, 507} {
		p.set("*", 0)
		p.set("/v1/gate/passages/batch", status)
		if status == 400 || status == 413 || status == 422 {
			continue // judged below, one by one
		}
		if err := g.Sync(t.Context()); err == nil {
			t.Errorf("%d is taken for a success", status)
		}
		if s := g.Status(); s.Queue != 1200 || s.Letters != 0 {
			t.Errorf("after %d: %d wait, %d dead", status, s.Queue, s.Letters)
		}
	}
	p.set("/v1/gate/passages/batch", 0)
	g.sync(t)
	if len(p.order) != 1200 || p.order[0] != "scan-0000" || p.order[1199] != "scan-1199" || g.Status().Queue != 0 {
		t.Errorf("%d stored, from %s", len(p.order), p.order[0])
	}
	g.fill(t, 2000, 3)
	p.set("/v1/gate/passages/batch", http.StatusBadRequest)
	g.sync(t)
	if s := g.Status(); s.Letters != 3 || s.Queue != 0 || !g.faulty("dead_letters") {
		t.Errorf("refused items: %+v", s)
	}
	_ = g.Close()
	g.start(t)
	if s := g.Status(); s.Letters != 3 {
		t.Error("dead letters do not survive a restart")
	}
}

// The server hears how old the bundle is and what the gate keeps, with the reason, also
// after the agent was started anew.
func TestAHeartbeatSaysWhatIsKept(t *testing.T) {
	p, g := offlineGate(t)
	g.fill(t, 0, 3)
	p.mu.Lock()
	p.rejected, p.conflict = map[string]bool{"scan-0001": true}, map[string]bool{"scan-0000": true}
	p.mu.Unlock()
	p.set("*", 0)
	g.sync(t)
	check := func() {
		t.Helper()
		g.sync(t)
		p.mu.Lock()
		defer p.mu.Unlock()
		b := p.beat
		if b.BundleIssuedAt == nil || *b.QueueLength != 0 || *b.DeadLetters != 1 || *b.Conflicts != 1 || len(*b.Held) != 2 {
			t.Fatalf("the heartbeat says %+v", b)
		}
		if h := (*b.Held)[0]; h.ScanId != "scan-0001" || h.State != wire.HeldPassageStateDeadLetter || h.Why == nil || *h.Why != "not_storable" {
			t.Errorf("the dead letter: %+v", h)
		}
		if h := (*b.Held)[1]; h.ScanId != "scan-0000" || h.State != wire.HeldPassageStateConflict || h.Why == nil || *h.Why != "conflict-of-scan-0000" {
			t.Errorf("the conflict: %+v", h)
		}
	}
	check()
	if p.beat.LastUploadAt == nil {
		t.Error("it does not say when something was uploaded")
	}
	_ = g.Close()
	g.start(t)
	check()
}

// The states of an upload may be lost: it is sent again and stored once.
func TestAnUploadWhoseEndWasLostIsSentAgain(t *testing.T) {
	p, g := offlineGate(t)
	g.fill(t, 0, 20)
	p.set("*", 0)
	g.Trouble(func(string) error { return os.ErrPermission })
	if err := g.Sync(t.Context()); err == nil {
		t.Error("states that were not written are taken for written")
	}
	_ = g.Close()
	g.start(t)
	if g.Status().Queue != 20 || len(p.stored) != 20 {
		t.Fatal(g.Status().Queue, len(p.stored))
	}
	g.sync(t)
	if g.Status().Queue != 0 || len(p.order) != 20 {
		t.Error(g.Status().Queue, len(p.order))
	}
}

// After one sync the machine's clock may be wrong by two minutes, and somebody may
// even set it meanwhile.
func TestAWrongClockIsPutRightByOneSync(t *testing.T) {
	for _, off := range []time.Duration{120 * time.Second, -120 * time.Second, 26 * time.Hour} {
		p := newPlatform(t)
		g := p.gate(t, "east", off)
		g.sync(t)
		p.cut(t, g)
		for i := range 100 {
			p.clock.Advance(7 * time.Second)
			g.show(t, p.code(t, uint64(1000+i)), in, admit, admission.ReasonOK)
		}
		_ = g.Close()
		g.start(t) // the offset was written down
		p.clock.Advance(time.Hour)
		g.show(t, p.code(t, 1), in, admit, admission.ReasonOK)
		if s := g.Status().Clock; !s.Synced || time.Duration(s.OffsetMs)*time.Millisecond-off > time.Second {
			t.Errorf("%v: %+v", off, s)
		}
	}
}

// A clock that was never measured says by how much it is wrong, and never that a
// signature is bad.
func TestAClockBeyondRepairIsSaid(t *testing.T) {
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.cut(t, g)
	g.machine.Advance(-10 * time.Minute)
	_ = g.Close()
	g.start(t)
	if a := g.show(t, p.code(t, 1), in, refer, admission.ReasonClockSkew); a.SkewSeconds < 540 || a.SkewSeconds > 600 {
		t.Errorf("%d seconds", a.SkewSeconds)
	}
}

// Alone for long, the gate's clock drifts; the codes of many people put it right, and
// those of a few do not.
func TestHonestCodesShowDrift(t *testing.T) {
	p, g := offlineGate(t)
	p.clock.Advance(time.Hour)
	g.machine.Advance(-20 * time.Second)
	_ = g.Close()
	g.start(t)
	for range 60 { // one person again and again
		p.clock.Advance(31 * time.Second)
		g.Present(t.Context(), agent.Presentation{Code: p.code(t, 1), Direction: in})
	}
	if d := g.Status().Clock.DriftMs; d != 0 {
		t.Fatalf("one pass moved the clock by %d ms", d)
	}
	for i := range 200 {
		p.clock.Advance(11 * time.Second)
		g.Present(t.Context(), agent.Presentation{Code: p.code(t, uint64(100+i)), Direction: in})
	}
	if off := g.AgentNow() - p.clock.Now().UnixMilli(); off < -8000 || off > 8000 {
		t.Errorf("the clock is %d ms off, corrected by %d", off, g.Status().Clock.DriftMs)
	}
}
