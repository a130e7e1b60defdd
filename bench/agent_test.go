//go:build bench

package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
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

func newAgentGate(t *testing.T, withdrawn int) *agentGate {
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
	for range withdrawn {
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
	g, curve := newAgentGate(t, withdrawnMany), newRaw(t)
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

// home is a data folder that has the gate's bundle.
func (g *agentGate) home(t *testing.T, folder string) *agent.Home {
	t.Helper()
	home, err := agent.OpenHome(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{home.SetToken("none"), home.SetBundle(g.signed),
		home.SetIdentity(agent.Identity{Server: nowhere, DeviceID: "device", GateID: "gate", Trust: g.trust})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return home
}

// nowhere is a server that is not there.
const nowhere = "http://127.0.0.1:1"

// relay notes when it is told to open.
type relay struct{ opened []time.Time }

func (r *relay) Open(context.Context) error {
	r.opened = append(r.opened, time.Now())
	return nil
}

// lines gives one line at a time, and notes when.
type lines struct {
	left []string
	sent []time.Time
}

func (l *lines) Read(b []byte) (int, error) {
	if len(l.left) == 0 {
		return 0, io.EOF
	}
	n := copy(b, l.left[0]+"\n")
	l.left, l.sent = l.left[1:], append(l.sent, time.Now())
	return n, nil
}

func (l *lines) Close() error { return nil }

// TestAgentPresents is a whole offline decision, from a line of the reader to the
// command to the relay: read, verified, decided, sealed and synced to the disk. The floor
// is what cannot be left out, one verified signature and one synced write of the same
// length into the same folder. Both are done in turn.
func TestAgentPresents(t *testing.T) {
	const rounds, n = 7, 300
	g, curve := newAgentGate(t, withdrawnMany), newRaw(t)
	folder := t.TempDir()
	home := g.home(t, folder)
	server, err := agent.NewServer(nowhere, "", nil, model.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := agent.Open(agent.Options{Home: home, Server: server, Clock: model.FrozenClock(g.now), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	file, err := os.Create(filepath.Join(folder, "floor"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	record := make([]byte, 420) // as long as a sealed passage
	var ratios, late, ours, floor, rates []float64
	for round := range rounds {
		in, door := &lines{}, &relay{}
		for i := range n {
			in.left = append(in.left, g.code(t, uint64(2*(round*n+i)+2)))
		}
		a.Watch(t.Context(), &agent.Lane{Direction: admission.In, Door: door}, func() (io.ReadCloser, error) { return in, nil }, true)
		if len(door.opened) != n {
			t.Fatalf("%d of %d doors were opened", len(door.opened), n)
		}
		took, bare := make([]time.Duration, n), make([]time.Duration, n)
		for i := range n {
			took[i] = door.opened[i].Sub(in.sent[i])
			began := time.Now()
			if !sm2.VerifyASN1(&curve.key.PublicKey, curve.digest, curve.der) {
				t.Fatal("refused")
			}
			if _, err := file.Write(record); err != nil {
				t.Fatal(err)
			}
			if err := file.Sync(); err != nil {
				t.Fatal(err)
			}
			bare[i] = time.Since(began)
		}
		slices.Sort(took)
		slices.Sort(bare)
		ratios, late = append(ratios, float64(took[n/2])/float64(bare[n/2])), append(late, float64(took[n*99/100])/float64(bare[n*99/100]))
		ours, floor = append(ours, float64(took[n*99/100].Microseconds())/1000), append(floor, float64(bare[n*99/100].Microseconds())/1000)
		rates = append(rates, n/door.opened[n-1].Sub(in.sent[0]).Seconds())
	}
	target, meets := atMost(1.5)
	publish(figure{"agent-line-to-relay/verify+fsync", ratios, target, meets, fmt.Sprintf("%.0f decisions/s", median(rates))})
	target, meets = atMost(2)
	publish(figure{"agent-line-to-relay-p99/its-p99", late, target, meets, fmt.Sprintf("%.2f ms to %.2f ms", median(ours), median(floor))})
}

// TestAgentSize is the program itself as it runs on a box, with lists of revocations of
// three sizes: what it has resident once it is ready, how long it looks one up, and how
// large its file is.
func TestAgentSize(t *testing.T) {
	program := filepath.Join(t.TempDir(), "gateagent")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "communitypass.cn/communitypass/cmd/gateagent")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	target, meets := atMost(15)
	publish(figure{"agent-file-MB", []float64{float64(info.Size()) / (1 << 20)}, target, meets, ""})
	for _, size := range []int{1_000, 100_000, 1_000_000} {
		g := newAgentGate(t, size)
		b, err := agent.ReadBundle(g.signed, g.trust, "gate", nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		const looks = 200_000
		for i := range looks {
			if _, known := b.Lookup(uint64(2*i + 2)); known {
				t.Fatal("it is on the list")
			}
		}
		each := time.Since(began) / looks
		folder := t.TempDir()
		g.home(t, folder)
		resident := residentOf(t, program, folder, size)
		goal := map[int]float64{1_000: 30, 100_000: 30, 1_000_000: 100}[size]
		target, meets := atMost(goal)
		publish(figure{fmt.Sprintf("agent-resident-MB@%d", size), []float64{resident}, target, meets, fmt.Sprintf("a look-up takes %v", each)})
	}
}

// residentOf runs the program until it is ready and reads what it has resident.
func residentOf(t *testing.T, program, folder string, exceptions int) float64 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	c := exec.CommandContext(t.Context(), program, "run", "--data", folder, "--reader", "in=stdin", "--listen", address)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = in.Close()
		_ = c.Process.Kill()
		_ = c.Wait()
	}()
	for began := time.Now(); ; {
		var s agent.Status
		if answer, err := http.Get("http://" + address + "/status"); err == nil {
			err = json.NewDecoder(answer.Body).Decode(&s)
			_ = answer.Body.Close()
			if err == nil && s.Bundle != nil && s.Bundle.Exceptions == exceptions {
				break
			}
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("it is not ready: %+v", s)
		}
		time.Sleep(20 * time.Millisecond)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kb); err == nil {
			return kb / 1024
		}
	}
	t.Fatal("the system does not tell")
	return 0
}
