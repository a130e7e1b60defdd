package agent_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/httpsig"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/passcode"

	"github.com/emmansun/gmsm/sm2"
)

const (
	community = 4711
	gateID    = "01GATE0000000000000000EAST"
)

var noon = time.Date(2026, 11, 20, 4, 0, 5, 0, time.UTC)

// platform is a server as far as gates see it, with its keys.
type platform struct {
	*httptest.Server
	clock  *model.MovableClock
	sign   *gm.DeviceKey // the platform's key
	codes  *passcode.Signer
	public []byte

	mu       sync.Mutex
	bundle   admission.Bundle
	signed   agent.SignedBundle
	stored   map[string]wire.OfflinePassage
	order    []string
	status   map[string]int // path → an answer that says no
	problem  string
	decide   func(wire.Scan) (wire.ScanDecision, int)
	rejected map[string]bool
	// stand are handlers that stand in for the server, by path.
	stand map[string]http.HandlerFunc
	// after is called when a batch is stored and not yet answered.
	after    func()
	conflict map[string]bool
	beat     wire.Heartbeat // the last one
	// keys are those of the devices, by id; what they ask must be signed. stale counts
	// the signatures of another time.
	keys  map[string]*gm.DeviceKey
	stale int
	// delta, when set, may answer who asks for a delta from a version.
	delta func(version string) *wire.BundleDelta
	// asked are the answers to whoever fetched the bundle: 200, 226 or 304.
	asked []int
}

func newPlatform(t testing.TB) *platform {
	t.Helper()
	key, err := gm.NewDeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := gm.NewDeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	private, err := sm2.NewPrivateKey(secret.Secret())
	if err != nil {
		t.Fatal(err)
	}
	p := &platform{clock: model.FrozenClock(noon), sign: key, public: secret.PublicBytes(), stored: map[string]wire.OfflinePassage{},
		status: map[string]int{}, keys: map[string]*gm.DeviceKey{}, rejected: map[string]bool{}, problem: "unavailable"}
	if p.codes, err = passcode.NewSigner(private); err != nil {
		t.Fatal(err)
	}
	p.bundle = admission.Bundle{Format: admission.BundleFormat, Community: community,
		Gate:   admission.Gate{ID: gateID, Community: community, Perimeter: "site", Fallback: admission.FallbackAskGuard},
		Rules:  &admission.Rules{Version: 3},
		Groups: []admission.BundleGroup{{Number: 1, Group: admission.Group{All: true}}, {Number: 2, Group: admission.Group{Gates: []string{"another"}}}},
		Keys:   []admission.BundleKey{{Number: 1, State: model.KeyActive, Public: p.public}}, Passes: []admission.BundleException{},
		Platform: []admission.BundleKey{{Number: 1, State: model.KeyActive, Public: key.PublicBytes()}},
		IssuedAt: noon.UnixMilli(), ExpiresAt: noon.Add(24 * time.Hour).UnixMilli()}
	p.publish(t)
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Server.Close)
	return p
}

// publish signs the bundle as it now is.
func (p *platform) publish(t testing.TB) agent.SignedBundle {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	payload, err := json.Marshal(p.bundle)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := p.sign.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	p.signed = agent.SignedBundle{Payload: payload, Signature: signature, KeyID: admission.PlatformKeyID(1), Version: gm.HashToken(string(payload))[:32]}
	return p.signed
}

func (p *platform) set(path string, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status[path] = status
}

// instead puts something else in the place of a path, or of all; nil takes it away.
func (p *platform) instead(path string, h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stand == nil {
		p.stand = map[string]http.HandlerFunc{}
	}
	p.stand[path] = h
}

func (p *platform) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	h := p.stand["*"]
	if h == nil {
		h = p.stand[r.URL.Path]
	}
	p.mu.Unlock()
	if h != nil {
		h(w, r)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	status := p.status[r.URL.Path]
	if p.status["*"] != 0 {
		status = p.status["*"]
	}
	if status != 0 {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"code": p.problem})
		return
	}
	if !p.proves(w, r) {
		return
	}
	switch r.URL.Path {
	case "/v1/gate/heartbeats":
		p.beat = wire.Heartbeat{}
		_ = json.NewDecoder(r.Body).Decode(&p.beat)
		reply(w, wire.HeartbeatAnswer{ServerTime: instant.Time{Time: p.clock.Now()}, BundleVersion: p.signed.Version, Commands: []wire.Command{}})
	case "/v1/gate/bundle":
		known := strings.Trim(r.Header.Get("If-None-Match"), `"`)
		if known == p.signed.Version {
			p.asked = append(p.asked, http.StatusNotModified)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if p.delta != nil && r.Header.Get("A-IM") == "exceptions" {
			if d := p.delta(known); d != nil {
				p.asked = append(p.asked, http.StatusIMUsed)
				w.WriteHeader(http.StatusIMUsed)
				_ = json.NewEncoder(w).Encode(d)
				return
			}
		}
		p.asked = append(p.asked, http.StatusOK)
		reply(w, wire.SignedBundle{Payload: base64.StdEncoding.EncodeToString(p.signed.Payload), KeyId: p.signed.KeyID,
			Signature: base64.StdEncoding.EncodeToString(p.signed.Signature), Version: p.signed.Version})
	case "/v1/gate/passages/batch":
		p.batch(w, r)
	case "/v1/gate/scans":
		var s wire.Scan
		_ = json.NewDecoder(r.Body).Decode(&s)
		if p.decide == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		d, status := p.decide(s)
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		reply(w, d)
	default:
		http.NotFound(w, r)
	}
}

// proves checks the signature of a request, and answers it if it is wrong.
func (p *platform) proves(w http.ResponseWriter, r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	s, err := httpsig.Read(r, body)
	problem := map[string]any{}
	switch {
	case err != nil || p.keys[s.KeyID] == nil || !gm.VerifySM2(p.keys[s.KeyID].Public(), s.Base, s.Value):
		problem["code"] = model.CodeSignatureInvalid
	case p.clock.Now().Sub(s.Created).Abs() > 300*time.Second:
		problem["code"], problem["server_time"] = model.CodeSignatureStale, instant.Time{Time: p.clock.Now()}
		p.stale++
	default:
		return true
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusUnauthorized)
	_ = json.NewEncoder(w).Encode(problem)
	return false
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// batch stores each scan id once.
func (p *platform) batch(w http.ResponseWriter, r *http.Request) {
	var in struct{ Passages []wire.OfflinePassage }
	body, _ := io.ReadAll(r.Body)
	if len(body) > 1<<20 {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err := json.Unmarshal(body, &in); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var out wire.PassageBatchResult
	for _, item := range in.Passages {
		result := wire.PassageItemResult{ScanId: item.ScanId, Status: wire.PassageItemResultStatusStored}
		_, known := p.stored[item.ScanId]
		switch {
		case p.rejected[item.ScanId]:
			result.Status = wire.PassageItemResultStatusRejected
			why := "not_storable"
			result.Reason = &why
		case known:
			result.Status = wire.PassageItemResultStatusDuplicate
		default:
			if p.conflict[item.ScanId] {
				id := "conflict-of-" + item.ScanId
				result.ConflictId = &id
			}
			p.stored[item.ScanId] = item
			p.order = append(p.order, item.ScanId)
		}
		out.Results = append(out.Results, result)
	}
	if p.after != nil {
		p.after()
	}
	reply(w, out)
}

// code is a resident's code of the present window, by the platform's clock.
func (p *platform) code(t testing.TB, pass uint64) string { return p.codeAt(t, pass, p.clock.Now()) }

func (p *platform) codeAt(t testing.TB, pass uint64, at time.Time) string {
	t.Helper()
	return p.sig(t, passcode.Header{Format: passcode.Rotating, Kind: passcode.Resident, Key: 1, Community: community, Pass: pass, Group: 1, Window: passcode.WindowAt(at)})
}

func (p *platform) sig(t testing.TB, h passcode.Header) string {
	t.Helper()
	text, err := p.codes.Sign(h)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// gate is an enrolled device of the platform.
type gate struct {
	*agent.Agent
	home    *agent.Home
	folder  string
	machine *model.MovableClock
	options agent.Options
}

// gate makes a device with a data folder of its own; its machine's clock is the
// platform's, plus off.
func (p *platform) gate(t testing.TB, name string, off time.Duration) *gate {
	t.Helper()
	g := &gate{folder: t.TempDir(), machine: model.NewMovableClock(p.clock)}
	g.machine.Advance(off)
	var err error
	if g.home, err = agent.OpenHome(g.folder); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.keys[name] = g.home.Device
	p.mu.Unlock()
	id := agent.Identity{Server: p.URL, DeviceID: name, GateID: gateID, GateName: "东门", Fallback: admission.FallbackAskGuard,
		Trust: agent.Trust{admission.PlatformKeyID(1): p.sign.PublicBytes()}}
	if err := g.home.SetToken("dt_test"); err != nil {
		t.Fatal(err)
	}
	if err := g.home.SetIdentity(id); err != nil {
		t.Fatal(err)
	}
	server, err := agent.NewServer(p.URL, "", nil, g.machine)
	if err != nil {
		t.Fatal(err)
	}
	g.options = agent.Options{Server: server, Clock: g.machine, Log: slog.New(slog.DiscardHandler), Software: "test/1"}
	g.start(t)
	t.Cleanup(func() { _ = g.Close() })
	return g
}

// start opens the agent as the program does; a second time it is a restart.
func (g *gate) start(t testing.TB) {
	t.Helper()
	var err error
	if g.home, err = agent.OpenHome(g.folder); err != nil {
		t.Fatal(err)
	}
	g.options.Home = g.home
	if g.Agent, err = agent.Open(g.options); err != nil {
		t.Fatal(err)
	}
}

// sync syncs and insists on it.
func (g *gate) sync(t testing.TB) {
	t.Helper()
	if err := g.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// show shows a code and insists on the reason.
func (g *gate) show(t testing.TB, code string, way admission.Direction, outcome admission.Outcome, reason admission.Reason) agent.Answer {
	t.Helper()
	a := g.Present(t.Context(), agent.Presentation{Code: code, Direction: way})
	if a.Outcome != outcome || a.Reason != reason || a.Message == "" {
		t.Errorf("%s %s (%q) instead of %s %s", a.Outcome, a.Reason, a.Message, outcome, reason)
	}
	return a
}

// faulty says whether a fault stands.
func (g *gate) faulty(code string) bool {
	for _, f := range g.Status().Faults {
		if f.Code == code {
			return f.Zh != "" && f.En != ""
		}
	}
	return false
}

// offlineGate has synced once and cannot reach the platform any more.
func offlineGate(t testing.TB) (*platform, *gate) {
	t.Helper()
	p := newPlatform(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.cut(t, g)
	return p, g
}

// cut takes the network away, and the agent has noticed.
func (p *platform) cut(t testing.TB, g *gate) {
	t.Helper()
	p.set("*", http.StatusBadGateway)
	if err := g.Sync(context.Background()); err == nil || g.Status().Mode != agent.ModeOffline {
		t.Fatal("the agent does not notice that it is alone", err)
	}
}
