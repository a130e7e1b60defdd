package agent_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/gm"
)

// site is one edge and some gates of its ring on a local network, without the server.
func site(t *testing.T, n int) (*platform, *gate, *httptest.Server, []*gate) {
	t.Helper()
	p := newPlatform(t)
	edge := p.gate(t, "edge", 0)
	local := httptest.NewServer(edge.Local(agent.LocalOptions{Edge: true}))
	t.Cleanup(local.Close)
	others := make([]*gate, n)
	p.bundle.Agents = []admission.BundleAgent{{Device: "edge", Public: edge.home.Device.PublicBytes()}}
	for i := range others {
		name := string(rune('a' + i))
		others[i] = p.gate(t, name, 0)
		p.bundle.Agents = append(p.bundle.Agents, admission.BundleAgent{Device: name, Public: others[i].home.Device.PublicBytes()})
		_ = others[i].Close()
		var err error
		if others[i].options.Edge, err = agent.NewEdge(local.URL); err != nil {
			t.Fatal(err)
		}
		others[i].start(t)
	}
	p.publish(t)
	for _, g := range append(others, edge) {
		p.set("*", 0)
		g.sync(t)
		p.cut(t, g)
	}
	return p, edge, local, others
}

// Without the server one code admits once on the local network, whoever is first.
func TestOneCodeAdmitsOnceOnTheSite(t *testing.T) {
	p, edge, _, others := site(t, 3)
	gates := append(others, edge)
	for i := range 15 {
		code := p.code(t, uint64(100+i))
		var admitted, used atomic.Int32
		var all sync.WaitGroup
		for _, g := range gates {
			all.Go(func() {
				switch a := g.Present(t.Context(), agent.Presentation{Code: code, Direction: in}); {
				case a.Admitted():
					admitted.Add(1)
				case a.Reason == admission.ReasonUsed:
					used.Add(1)
				}
			})
		}
		all.Wait()
		// A loaded machine may make the edge late for a gate, which then says so.
		late := int32(0)
		for _, g := range others {
			if g.faulty("edge_unreachable") {
				late++
			}
		}
		if late == 0 && (admitted.Load() != 1 || used.Load() != 3) {
			t.Fatalf("%d admitted, %d used", admitted.Load(), used.Load())
		}
	}
	// The edge forgets nothing when it is switched off and on.
	code := p.code(t, 900)
	others[0].show(t, code, in, admit, admission.ReasonOK)
	_ = edge.Close()
	edge.start(t)
	edge.show(t, code, in, refuse, admission.ReasonUsed)
}

func TestWithoutTheEdgeEachGateDecides(t *testing.T) {
	p, _, local, others := site(t, 2)
	local.Close()
	code := p.code(t, 1)
	for _, g := range others {
		g.show(t, code, in, admit, admission.ReasonOK)
		if !g.faulty("edge_unreachable") {
			t.Error("it is not said")
		}
	}
}

// Who is not an agent of the site can neither spend somebody's code nor pose as the
// edge.
func TestStrangersOnTheNetwork(t *testing.T) {
	p, edge, local, others := site(t, 1)
	stranger, _ := gm.NewDeviceKey()
	body := []byte(`{"scan_id":"x","use":{"Window":1,"Pass":5,"Direction":"in","Perimeter":"site"},"at":1}`)
	for name, sign := range map[string]func([]byte) ([]byte, error){"a": stranger.Sign, "nobody": stranger.Sign, "": stranger.Sign} {
		signature, _ := sign(body)
		r, _ := http.NewRequest(http.MethodPost, local.URL+agent.EdgePath, bytes.NewReader(body))
		r.Header.Set("X-Gate-Device", name)
		r.Header.Set("X-Gate-Signature", base64.StdEncoding.EncodeToString(signature))
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("%q is answered %d", name, answer.StatusCode)
		}
	}
	impostor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"scan_id":"x","won":false}`))
	}))
	defer impostor.Close()
	g := others[0]
	_ = g.Close()
	g.options.Edge, _ = agent.NewEdge(impostor.URL)
	g.start(t)
	g.show(t, p.code(t, 1), in, admit, admission.ReasonOK)
	if !g.faulty("edge_unreachable") {
		t.Error("a false edge is believed")
	}
	if edge.Status().Queue != 0 {
		t.Error("claims wait to be uploaded")
	}
}
