package agent_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/openapi/wire"
)

// withdrawn are exceptions of passes by number.
func withdrawn(numbers ...uint64) []admission.BundleException {
	out := make([]admission.BundleException, len(numbers))
	for i, n := range numbers {
		out[i] = admission.BundleException{Number: n, Pass: admission.Pass{Withdrawn: true}}
	}
	return out
}

// deltaTo is a delta to the bundle that is signed now.
func (p *platform) deltaTo(t testing.TB, removed []uint64, added ...admission.BundleException) *wire.BundleDelta {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	at := bytes.Index(p.signed.Payload, []byte(`"exceptions":[`)) + len(`"exceptions":[`)
	end := at + bytes.IndexByte(p.signed.Payload[at:], ']')
	d := &wire.BundleDelta{Before: base64.StdEncoding.EncodeToString(p.signed.Payload[:at]), After: base64.StdEncoding.EncodeToString(p.signed.Payload[end:]),
		Removed: removed, Added: []string{}, Signature: base64.StdEncoding.EncodeToString(p.signed.Signature), KeyId: p.signed.KeyID, Version: p.signed.Version}
	for _, e := range added {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		d.Added = append(d.Added, string(text))
	}
	return d
}

// withDelta answers that delta to who has the bundle of before.
func (p *platform) withDelta(d *wire.BundleDelta, before string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delta = func(version string) *wire.BundleDelta {
		if version != before {
			return nil
		}
		return d
	}
}

// inForce insists on the bundle that is signed now, here and after a start, and on how
// it was fetched.
func (g *gate) inForce(t *testing.T, p *platform, asked ...int) {
	t.Helper()
	if g.Status().Bundle.Version != p.signed.Version || !slices.Equal(p.asked, asked) || g.faulty("bundle_refused") {
		t.Fatalf("bundle %s, fetched %v, %+v", g.Status().Bundle.Version, p.asked, g.Status().Faults)
	}
	kept, err := g.home.Bundle()
	if err != nil || !bytes.Equal(kept.Payload, p.signed.Payload) {
		t.Fatalf("another bundle lies on the disk, %v", err)
	}
	_ = g.Close()
	g.start(t)
	if g.Status().Bundle == nil || g.Status().Bundle.Version != p.signed.Version {
		t.Fatal("after a start another bundle is in force")
	}
}

// A delta makes the same bytes as the whole bundle: one listed anew, one no more, one
// otherwise, at both ends and in the middle.
func TestADelta(t *testing.T) {
	p := newPlatform(t)
	p.bundle.Passes = withdrawn(3, 5, 7, 9)
	before := p.publish(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.bundle.Rules.Version++
	p.bundle.Passes = withdrawn(1, 5, 8, 9, 18_446_744_073_709_551_615)
	p.bundle.Passes[3].Pass = admission.Pass{Restricted: true}
	p.publish(t)
	p.withDelta(p.deltaTo(t, []uint64{3, 7}, p.bundle.Passes[0], p.bundle.Passes[2], p.bundle.Passes[3], p.bundle.Passes[4]), before.Version)
	g.sync(t)
	g.inForce(t, p, http.StatusOK, http.StatusIMUsed)
	g.sync(t)
	for pass, reason := range map[uint64]admission.Reason{1: admission.ReasonRevoked, 3: admission.ReasonOK, 5: admission.ReasonRevoked, 9: admission.ReasonRestricted} {
		p.cut(t, g)
		if a := g.Present(t.Context(), agent.Presentation{Code: p.code(t, pass), Direction: in}); a.Reason != reason {
			t.Errorf("pass %d: %s", pass, a.Reason)
		}
		p.set("*", 0)
		g.sync(t)
	}
	// To an empty list, and from it.
	version := p.signed.Version
	p.bundle.Passes = withdrawn()
	p.publish(t)
	p.withDelta(p.deltaTo(t, []uint64{1, 5, 8, 9, 18_446_744_073_709_551_615}), version)
	g.sync(t)
	version = p.signed.Version
	p.bundle.Passes = withdrawn(4)
	p.publish(t)
	p.withDelta(p.deltaTo(t, nil, p.bundle.Passes...), version)
	g.sync(t)
	g.inForce(t, p, http.StatusOK, http.StatusIMUsed, http.StatusIMUsed, http.StatusIMUsed)
}

// A delta that leads elsewhere, whatever is wrong with it, is not gone by: the whole
// bundle is fetched in the same sync, and until then the old one stays.
func TestADeltaThatLeadsElsewhere(t *testing.T) {
	for name, spoil := range map[string]func(d *wire.BundleDelta){
		"one too many":        func(d *wire.BundleDelta) { d.Added = append(d.Added, `{"number":99,"withdrawn":true}`) },
		"one is missing":      func(d *wire.BundleDelta) { d.Added = nil },
		"one is hidden":       func(d *wire.BundleDelta) { d.Removed = append(d.Removed, 5) },
		"one is no JSON":      func(d *wire.BundleDelta) { d.Added[0] = "{" },
		"one escapes":         func(d *wire.BundleDelta) { d.Added[0] = `{"number":1}],"rules":null,"x":[{"number":1}` },
		"another head":        func(d *wire.BundleDelta) { d.Before = base64.StdEncoding.EncodeToString([]byte(`{"exceptions":[`)) },
		"no base64":           func(d *wire.BundleDelta) { d.After = "?" },
		"another's signature": func(d *wire.BundleDelta) { d.Signature = base64.StdEncoding.EncodeToString(make([]byte, 64)) },
		"another's key":       func(d *wire.BundleDelta) { d.KeyId = "platform-0-9" },
		"nothing":             func(d *wire.BundleDelta) { *d = wire.BundleDelta{} },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t)
			p.bundle.Passes = withdrawn(3, 5)
			before := p.publish(t)
			g := p.gate(t, "east", 0)
			g.sync(t)
			p.bundle.Passes = withdrawn(1, 5)
			p.publish(t)
			d := p.deltaTo(t, []uint64{3}, p.bundle.Passes[0])
			spoil(d)
			p.withDelta(d, before.Version)
			g.sync(t)
			g.inForce(t, p, http.StatusOK, http.StatusIMUsed, http.StatusOK)
		})
	}
}

// While neither the delta nor the whole bundle can be had, the old one stays in force.
func TestTheOldBundleStaysUntilTheNewOneIsWhole(t *testing.T) {
	p := newPlatform(t)
	p.bundle.Passes = withdrawn(3)
	before := p.publish(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.bundle.Passes = withdrawn(1)
	p.publish(t)
	d := p.deltaTo(t, nil)
	p.instead("/v1/gate/bundle", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("A-IM") == "" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusIMUsed)
		_ = json.NewEncoder(w).Encode(d)
	})
	if err := g.Sync(t.Context()); err == nil || g.Status().Bundle.Version != before.Version {
		t.Fatalf("%v, bundle %s", err, g.Status().Bundle.Version)
	}
	p.instead("/v1/gate/bundle", nil)
	g.sync(t)
	g.inForce(t, p, http.StatusOK, http.StatusOK)
}

// What is not on the disk is no base: then no delta is asked for.
func TestNoBaseNoDelta(t *testing.T) {
	p := newPlatform(t)
	p.bundle.Passes = withdrawn(3)
	before := p.publish(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	if err := os.Remove(filepath.Join(g.folder, "bundle.sealed")); err != nil {
		t.Fatal(err)
	}
	p.bundle.Passes = withdrawn(1, 3)
	p.publish(t)
	p.withDelta(p.deltaTo(t, nil, p.bundle.Passes[0]), before.Version)
	g.sync(t)
	g.inForce(t, p, http.StatusOK, http.StatusOK)
}
