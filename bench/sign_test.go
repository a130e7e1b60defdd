//go:build bench

package bench

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/httpsig"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// signedHeaders are what a signature adds to a request.
var signedHeaders = []string{"Content-Digest", "Signature-Input", "Signature"}

// signed signs a raw request of a device.
func (r *rig) signed(t testing.TB, signer *httpsig.Signer, token string, raw []byte) []byte {
	t.Helper()
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	q, err := http.NewRequest(http.MethodPost, "http://127.0.0.1/v1/gate/scans", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+token)
	if err := signer.Into(q, body); err != nil {
		t.Fatal(err)
	}
	out := bytes.NewBuffer(bytes.Clone(head))
	for _, name := range signedHeaders {
		fmt.Fprintf(out, "\r\n%s: %s", name, q.Header.Get(name))
	}
	return append(append(out.Bytes(), "\r\n\r\n"...), body...)
}

// TestSignedScan is a scan whose request the gate has signed against one that it has
// not: one more SM2 signature is verified, and a digest.
func TestSignedScan(t *testing.T) {
	onDatabases(t, func(t *testing.T, name string) {
		r := newRig(t, gateScans)
		r.recipient(t, model.StatePaused, "https://property.example.cn/events")
		_, plain := r.Device(t, r.Garden.Entrance)
		key, err := gm.NewDeviceKey()
		if err != nil {
			t.Fatal(err)
		}
		token := model.NewSecret("dt")
		device := model.Device{ID: r.ID(), CommunityID: r.Garden.ID, GateID: r.Garden.Entrance.ID, Name: "东门代理", Profile: model.ProfileAgent,
			TokenHash: gm.HashToken(token), PublicKey: key.PublicBytes(), State: model.StateActive, EnrolledAt: model.Millis(r.Clock.Now())}
		r.Update(t, func(tx *store.Tx) error { return tx.CreateDevice(device) })
		signer := &httpsig.Signer{KeyID: device.ID, Sign: key.Sign, Now: r.Clock.Now}
		addr := site(t, r.server.Handler)
		var loads [2][]load
		for round := -1; round < gateRounds; round++ {
			for i := range loads {
				side := (i + round + 2) % 2
				requests := r.scansOf(t, gateScans, []string{plain, token}[side], r.fetched)
				if side == 1 {
					for n := range requests {
						requests[n] = r.signed(t, signer, token, requests[n])
					}
				}
				l := shoot(t, addr, gateConnections, requests, `"decision":"admit"`)
				if round >= 0 {
					loads[side] = append(loads[side], l)
				}
			}
		}
		var rates, late []float64
		var rate, p99 [2][]float64
		for i := range loads[0] {
			rates, late = append(rates, loads[1][i].perSecond/loads[0][i].perSecond), append(late, loads[1][i].p99/loads[0][i].p99)
			for side := range loads {
				rate[side], p99[side] = append(rate[side], loads[side][i].perSecond), append(p99[side], loads[side][i].p99)
			}
		}
		target, meets := atLeast(0.5)
		publish(figure{"scan-signed/scan-unsigned@" + name, rates, target, meets, fmt.Sprintf("%.4g/s to %.4g/s", median(rate[1]), median(rate[0]))})
		target, meets = atMost(2)
		publish(figure{"scan-signed-p99/scan-unsigned-p99@" + name, late, target, meets, fmt.Sprintf("%.4g ms to %.4g ms", median(p99[1]), median(p99[0]))})
	})
}
