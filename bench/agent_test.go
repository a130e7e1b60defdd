//go:build bench

package bench

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"

	"github.com/emmansun/gmsm/sm2"
)

// withdrawnMany is a list of revocations far above what a day brings.
const withdrawnMany = 100_000

// agentGate is a gate that has a bundle with very many exceptions, and no server.
type agentGate struct {
	signed agent.SignedBundle
	trust  agent.Trust
	codes  *passcode.Signer
	now    time.Time
}

func newAgentGate(t *testing.T) *agentGate {
	t.Helper()
	private, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	platform, err := gm.NewDeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	g := &agentGate{now: time.Now(), trust: agent.Trust{admission.PlatformKeyID(1): platform.PublicBytes()}}
	if g.codes, err = passcode.NewSigner(private); err != nil {
		t.Fatal(err)
	}
	b := admission.Bundle{Format: admission.BundleFormat, Community: 1, Gate: admission.Gate{ID: "gate", Community: 1, Perimeter: "site"},
		Rules: &admission.Rules{Version: 1}, Groups: []admission.BundleGroup{{Number: 1, Group: admission.Group{All: true}}},
		Keys:     []admission.BundleKey{{Number: 1, State: model.KeyActive, Public: point(t, &private.PublicKey)}},
		IssuedAt: model.Millis(g.now), ExpiresAt: model.Millis(g.now.Add(24 * time.Hour))}
	for range withdrawnMany {
		b.Passes = append(b.Passes, admission.BundleException{Number: model.NewPassNumber() | 1, Pass: admission.Pass{Withdrawn: true}})
	}
	payload, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := platform.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	g.signed = agent.SignedBundle{Payload: payload, Signature: signature, KeyID: admission.PlatformKeyID(1), Version: "v"}
	return g
}

func point(t *testing.T, k *ecdsa.PublicKey) []byte {
	t.Helper()
	p, err := sm2.PublicKeyToECDH(k)
	if err != nil {
		t.Fatal(err)
	}
	return p.Bytes()
}

func (g *agentGate) code(t *testing.T, pass uint64) string {
	t.Helper()
	text, err := g.codes.Sign(passcode.Header{Format: passcode.Rotating, Kind: passcode.Resident, Key: 1, Community: 1, Pass: pass, Group: 1, Window: passcode.WindowAt(g.now)})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestAgentDecides is a gate's decision by a bundle with 100,000 exceptions against
// the bare signature, and what such a bundle costs in memory.
func TestAgentDecides(t *testing.T) {
	g, curve := newAgentGate(t), newRaw(t)
	before := heap()
	b, err := agent.ReadBundle(g.signed, g.trust, "gate", nil)
	if err != nil {
		t.Fatal(err)
	}
	held := float64(int64(heap())-int64(before)) / (1 << 20)
	code := g.code(t, 2)
	ratios, detail := inTurn(11, 2000, func() {
		if d := b.Decide(code, admission.In, g.now); d.Reason != admission.ReasonOK {
			t.Fatal(d.Reason)
		}
	}, func() {
		if !sm2.VerifyASN1(&curve.key.PublicKey, curve.digest, curve.der) {
			t.Fatal("refused")
		}
	})
	target, meets := atMost(1.25)
	publish(figure{"agent-decide/sm2-verify", ratios, target, meets, fmt.Sprintf("%s; %d exceptions hold %.1f MB", detail, withdrawnMany, held)})
	runtime.KeepAlive(b)
	runtime.KeepAlive(g)
}

func heap() uint64 {
	for range 3 { // pools let go of what they hold only at the second
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestAgentPresents is a whole offline decision: verified, decided, sealed and synced
// to the disk. The disk is most of it, so that the figure is told and not judged.
func TestAgentPresents(t *testing.T) {
	g := newAgentGate(t)
	home, err := agent.OpenHome(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server, err := agent.NewServer("http://127.0.0.1:1", "", nil, model.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{home.SetToken("none"), home.SetBundle(g.signed),
		home.SetIdentity(agent.Identity{Server: "http://127.0.0.1:1", DeviceID: "device", GateID: "gate", Trust: g.trust})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	a, err := agent.Open(agent.Options{Home: home, Server: server, Clock: model.FrozenClock(g.now), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	const n = 2000
	codes := make([]string, n)
	for i := range codes {
		codes[i] = g.code(t, uint64(2*i+2))
	}
	took := make([]time.Duration, n)
	began := time.Now()
	for i, code := range codes {
		one := time.Now()
		if answer := a.Present(t.Context(), agent.Presentation{Code: code, Direction: admission.In}); !answer.Admitted() {
			t.Fatal(answer.Reason)
		}
		took[i] = time.Since(one)
	}
	all := time.Since(began)
	slices.Sort(took)
	t.Logf("%.0f decisions/s, median %v, p99 %v", n/all.Seconds(), took[n/2], took[n*99/100])
}
