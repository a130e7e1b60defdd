package simulator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
)

// software is what the simulated gate calls itself in a heartbeat.
const software = "simulator/1"

// Gate is a simulated gate device (门禁设备). It is enrolled once, by Enrol or
// Resume, and is then safe for concurrent use.
type Gate struct {
	client client

	mu       sync.Mutex
	enrolled wire.Enrolled
	bundle   Bundle
	etag     string
}

// NewGate makes a gate that calls the server at a base URL such as
// http://127.0.0.1:8080.
func NewGate(base string, o Options) *Gate { return &Gate{client: newClient(base, o)} }

// Enrol spends an enrolment code and keeps the credential that it buys. It is not
// repeated when the answer gets lost, since the code works once.
func (g *Gate) Enrol(ctx context.Context, code, name string) (wire.Enrolled, error) {
	e, err := ask[wire.Enrolled](ctx, &g.client, call{Method: http.MethodPost, Path: "/v1/gate/enrol",
		Body: wire.EnrolRequest{EnrolmentCode: code, DeviceName: name}})
	if err == nil {
		g.Resume(e)
	}
	return e, err
}

// Resume takes up the credential of an earlier enrolment, as a device does that
// was switched off and on.
func (g *Gate) Resume(e wire.Enrolled) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.enrolled, g.bundle, g.etag = e, Bundle{}, ""
}

// Heartbeat says what the device's clock shows, which bundle it has, and how many
// passages wait to be uploaded.
func (g *Gate) Heartbeat(ctx context.Context, waiting int) (wire.HeartbeatAnswer, error) {
	g.mu.Lock()
	name, version := software, g.bundle.Version
	g.mu.Unlock()
	return ask[wire.HeartbeatAnswer](ctx, g, call{Method: http.MethodPost, Path: "/v1/gate/heartbeats", Body: wire.Heartbeat{
		DeviceTime: instant.Time{Time: g.client.clock.Now()}, Software: &name, BundleVersion: &version, QueueLength: &waiting}})
}

// Scan shows a code to the gate. A temperature of zero is not measured. Whatever
// the error, the door stays shut.
func (g *Gate) Scan(ctx context.Context, code string, direction wire.Direction, temperature float32) (wire.ScanDecision, error) {
	return g.Record(ctx, g.NewScan(code, direction, temperature))
}

// NewScan is a scan at the device's time under a new scan id.
func (g *Gate) NewScan(code string, direction wire.Direction, temperature float32) wire.Scan {
	now := g.client.clock.Now()
	s := wire.Scan{ScanId: model.NewID(now), Code: code, Direction: direction, ScannedAt: instant.Time{Time: now}}
	if temperature != 0 {
		s.TemperatureC = &temperature
	}
	return s
}

// Record asks for the decision on a scan. A lost request is sent again with the
// same scan id, which the server answers as it did the first time.
func (g *Gate) Record(ctx context.Context, s wire.Scan) (wire.ScanDecision, error) {
	d, err := ask[wire.ScanDecision](ctx, g, call{Method: http.MethodPost, Path: "/v1/gate/scans", Body: s})
	if err == nil && !d.Decision.Valid() {
		return d, fmt.Errorf("the decision %q is none of the contract's", d.Decision)
	}
	return d, err
}

// Outcome says what followed an admission.
func (g *Gate) Outcome(ctx context.Context, passageID string, o wire.OutcomeRequestOutcome) (wire.PassageOutcome, error) {
	return ask[wire.PassageOutcome](ctx, g, call{Method: http.MethodPost,
		Path: "/v1/gate/passages/" + url.PathEscape(passageID) + "/outcome", Body: wire.OutcomeRequest{Outcome: o}})
}

// uploadLimit is how many passages one request may hold.
const uploadLimit = 1000

// Upload sends passages that were decided without the server and gives one result
// each, in their order. With an error, the results are those of the passages that
// were answered before it; the others are to be sent again.
func (g *Gate) Upload(ctx context.Context, passages []wire.OfflinePassage) ([]wire.PassageItemResult, error) {
	results := make([]wire.PassageItemResult, 0, len(passages))
	for len(results) < len(passages) {
		chunk := passages[len(results):min(len(results)+uploadLimit, len(passages))]
		got, err := ask[wire.PassageBatchResult](ctx, g, call{Method: http.MethodPost, Path: "/v1/gate/passages/batch",
			Body: map[string]any{"passages": chunk}})
		if err != nil {
			return results, err
		}
		if !answers(got.Results, chunk) {
			return results, errors.New("the results are not one for each passage, in order")
		}
		results = append(results, got.Results...)
	}
	return results, nil
}

func answers(results []wire.PassageItemResult, asked []wire.OfflinePassage) bool {
	if len(results) != len(asked) {
		return false
	}
	for i := range asked {
		// A passage whose scan id cannot be read is answered without one.
		if id := results[i].ScanId; id != asked[i].ScanId && id != "" {
			return false
		}
	}
	return true
}

// send sends a request in the device's name. All of them may be repeated: a scan
// id, or naming the state that is wanted, makes twice the same as once.
func (g *Gate) send(ctx context.Context, q call) (answer, error) {
	g.mu.Lock()
	q.Token, q.Repeatable = g.enrolled.DeviceToken, true
	g.mu.Unlock()
	return g.client.send(ctx, q)
}
