//go:build bench

package bench

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/store"

	"github.com/gin-gonic/gin"
)

const (
	gateRounds      = 7
	gateConnections = 64
	gateScans       = 6000
	naiveScans      = 600
)

// TestGateScan is a scan through everything against two servers that do the same
// writing: a floor that checks nothing but the signature, and a naive one. It is
// measured twice: with codes that another replica signed, and with codes that the
// phones fetched from this one, whose signature it need not check.
func TestGateScan(t *testing.T) {
	onDatabases(t, func(t *testing.T, name string) {
		r := newRig(t, gateScans)
		to := r.recipient(t, model.StatePaused, "https://property.example.cn/events")
		device, token := r.Device(t, r.Garden.Entrance)
		sides := []struct {
			addr  string
			scans int
			code  func(testing.TB, model.Pass) string
			loads []load
		}{
			{addr: site(t, r.server.Handler), scans: gateScans, code: r.code},
			{addr: site(t, r.floor(device, to)), scans: gateScans, code: r.code},
			{addr: site(t, r.naive(t, device, to)), scans: naiveScans, code: r.code},
			{addr: site(t, r.server.Handler), scans: gateScans, code: r.fetched},
		}
		for round := -1; round < gateRounds; round++ {
			for i := range sides {
				side := &sides[(i+round+len(sides))%len(sides)]
				l := shoot(t, side.addr, gateConnections, r.scansOf(t, side.scans, token, side.code), `"decision":"admit"`)
				if round >= 0 { // the first one warms up
					side.loads = append(side.loads, l)
				}
			}
		}
		publishGate(name, "scan", sides[0].loads, sides[1].loads, sides[2].loads)
		publishGate(name, "scan-fetched", sides[3].loads, sides[1].loads, sides[2].loads)
	})
}

func publishGate(name, what string, ours, floor, naive []load) {
	rate := func(l load) float64 { return l.perSecond }
	late := func(l load) float64 { return l.p99 }
	for _, f := range []struct {
		name  string
		than  []load
		of    func(load) float64
		unit  string
		aim   func(float64) (string, func(float64) bool)
		limit float64
	}{
		{what + "/floor", floor, rate, "/s", atLeast, 0.7},
		{what + "-p99/floor-p99", floor, late, " ms", atMost, 2},
		{what + "/naive", naive, rate, "/s", atLeast, 6},
	} {
		var ratios, a, b []float64
		for i := range ours {
			a, b = append(a, f.of(ours[i])), append(b, f.of(f.than[i]))
			ratios = append(ratios, a[i]/b[i])
		}
		target, meets := f.aim(f.limit)
		publish(figure{f.name + "@" + name, ratios, target, meets, fmt.Sprintf("%.4g%s to %.4g%s", median(a), f.unit, median(b), f.unit)})
	}
}

// scanRequest is the body as gin binds it.
type scanRequest struct {
	ScanID    string    `json:"scan_id" binding:"required"`
	Code      string    `json:"code" binding:"required"`
	Direction string    `json:"direction" binding:"required"`
	ScannedAt time.Time `json:"scanned_at" binding:"required"`
}

// floor binds, verifies once and records the same rows by the same recorder: no
// caller, no middleware, no rules.
func (r *rig) floor(device model.Device, to model.Recipient) http.Handler {
	engine := gin.New()
	engine.POST("/v1/gate/scans", func(c *gin.Context) {
		var q scanRequest
		code, ok := r.genuine(c, &q)
		if !ok {
			return
		}
		recorded, err := r.server.Recorder.Record(c.Request.Context(), r.recording(&q, &code, device, to))
		if err != nil {
			c.AbortWithStatus(http.StatusServiceUnavailable)
			return
		}
		c.JSON(http.StatusOK, gin.H{"decision": recorded.Passage.Decision, "passage_id": recorded.Passage.ID})
	})
	return engine
}

func (r *rig) genuine(c *gin.Context, q *scanRequest) (passcode.Code, bool) {
	if err := c.ShouldBindJSON(q); err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return passcode.Code{}, false
	}
	code, err := passcode.Parse(q.Code)
	if err != nil || !r.verifier.Verify(&code) {
		c.AbortWithStatus(http.StatusForbidden)
		return passcode.Code{}, false
	}
	return code, true
}

// passageBody is as long as the body that the house makes.
const passageBody = `{"decision":"admit","direction":"in","gate_id":"01M81TQ374TJVMPP726MKN7SDG","kind":"resident","online":true,` +
	`"passage_id":"01M81TQ374TJVMPP726MKN7SDG","reason":"ok","received_at":"2026-11-22T04:00:00.000Z","scanned_at":"2026-11-22T04:00:00.000Z"}`

func (r *rig) recording(q *scanRequest, code *passcode.Code, device model.Device, to model.Recipient) store.Recording {
	return store.Recording{ScanID: q.ScanID, Passage: r.passage(q, code, device),
		Use:  &model.Use{WindowNo: code.Window, PassNumber: code.Pass, Direction: 1, Perimeter: r.Garden.Entrance.Perimeter},
		Lost: func(*model.Passage) {},
		Events: func(p *model.Passage, _ *model.Conflict) []model.Delivery {
			return []model.Delivery{r.delivery(p, to)}
		}}
}

func (r *rig) passage(q *scanRequest, code *passcode.Code, device model.Device) model.Passage {
	return model.Passage{CommunityID: r.Garden.ID, GateID: device.GateID, DeviceID: device.ID, PassNumber: code.Pass, Kind: "resident",
		Direction: q.Direction, Perimeter: r.Garden.Entrance.Perimeter, WindowNo: code.Window, Decision: "admit", Reason: "ok",
		RuleVersion: 1, Online: true, ScannedAt: model.Millis(q.ScannedAt), ReceivedAt: model.Millis(r.Clock.Now()), Outcome: "decided"}
}

func (r *rig) delivery(p *model.Passage, to model.Recipient) model.Delivery {
	return model.Delivery{ID: r.ID(), RecipientID: to.ID, CommunityID: p.CommunityID, Type: model.EventPassageRecorded,
		Subject: p.ID, OccurredAt: p.ReceivedAt, Body: passageBody}
}
