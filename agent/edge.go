package agent

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

const (
	// EdgePath is where the edge of a site takes claims.
	EdgePath = "/edge/claims"
	// edgeTime is how long a person waits for the edge before the gate decides alone.
	edgeTime = 400 * time.Millisecond
	// edgeBody bounds a claim and its answer.
	edgeBody = 4 << 10

	headerDevice    = "X-Gate-Device"
	headerSignature = "X-Gate-Signature"
)

// claim asks the edge for a use: pass numbers, no person.
type claim struct {
	ScanID string           `json:"scan_id"`
	Use    admission.UseKey `json:"use"`
	At     int64            `json:"at"`
}

// claimed is the edge's answer; it names the scan, so that it is of no use for another.
type claimed struct {
	ScanID string `json:"scan_id"`
	Won    bool   `json:"won"`
}

// Edge is the agent of the site that gives out uses, so that a code admits once on
// the local network while the server is away. Both sides sign with the keys of their
// own devices and believe those that their bundles list; there is no shared secret.
type Edge struct {
	url  string
	http *http.Client
}

// NewEdge is the edge at an address such as http://192.168.1.10:8480.
func NewEdge(address string) (*Edge, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" {
		return nil, errors.New("the address of the edge is not a URL like http://192.168.1.10:8480")
	}
	transport := &http.Transport{DialContext: (&net.Dialer{Timeout: edgeTime}).DialContext, MaxIdleConnsPerHost: 2}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Edge{url: strings.TrimRight(address, "/") + EdgePath, http: &http.Client{Transport: transport, CheckRedirect: refuse}}, nil
}

// claim says whether this scan may use the code. When the edge cannot be asked, the
// gate decides for itself, and the server finds the conflict afterwards.
func (e *Edge) claim(ctx context.Context, a *Agent, scanID string, use admission.UseKey) bool {
	ctx, cancel := context.WithTimeout(ctx, edgeTime)
	defer cancel()
	won, err := e.ask(ctx, a, claim{ScanID: scanID, Use: use, At: model.Millis(a.clock.Now())})
	if err != nil {
		a.fault(faultEdge)
		return true
	}
	a.mend(faultEdge)
	return won
}

func (e *Edge) ask(ctx context.Context, a *Agent, c claim) (bool, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return false, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	r.Header.Set("Content-Type", "application/json")
	if err := a.signInto(r.Header, body); err != nil {
		return false, err
	}
	answer, err := e.http.Do(r)
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, edgeBody))
	if err != nil {
		return false, err
	}
	if answer.StatusCode != http.StatusOK || a.signedBy(answer.Header, text) == "" {
		return false, errors.New("the edge did not answer as an agent of this site")
	}
	var got claimed
	if err := json.Unmarshal(text, &got); err != nil || got.ScanID != c.ScanID {
		return false, errors.New("the edge answers another claim")
	}
	return got.Won, nil
}

// signInto puts who says this, and the signature over it, into headers.
func (a *Agent) signInto(h http.Header, body []byte) error {
	signature, err := a.Home.Device.Sign(body)
	if err != nil {
		return err
	}
	h.Set(headerDevice, a.id.DeviceID)
	h.Set(headerSignature, base64.StdEncoding.EncodeToString(signature))
	return nil
}

// signedBy is the device of this site that has signed a body, or nothing.
func (a *Agent) signedBy(h http.Header, body []byte) string {
	bundle, _ := a.inForce()
	if bundle == nil {
		return ""
	}
	device := h.Get(headerDevice)
	signature, err := base64.StdEncoding.DecodeString(h.Get(headerSignature))
	var key *ecdsa.PublicKey
	if key = bundle.agents[device]; key == nil || err != nil || !gm.VerifySM2(key, body, signature) {
		return ""
	}
	return device
}

// ServeClaims is the edge's side: it gives each use to one scan, and to the same scan
// again, and has it on the disk before it answers.
func (a *Agent) ServeClaims(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, edgeBody))
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	device := a.signedBy(r.Header, body)
	if device == "" || a.isRevoked() {
		http.Error(w, "not an agent of this site", http.StatusForbidden)
		return
	}
	var c claim
	if err := json.Unmarshal(body, &c); err != nil || c.ScanID == "" || len(c.ScanID) > 64 || c.Use.Pass == 0 || len(c.Use.Perimeter) > 128 {
		http.Error(w, "not a claim", http.StatusBadRequest)
		return
	}
	won, err := a.give(c)
	if err != nil {
		a.fault(faultDisk)
		http.Error(w, "cannot be written down", http.StatusServiceUnavailable)
		return
	}
	answer, err := json.Marshal(claimed{c.ScanID, won})
	if err == nil {
		err = a.signInto(w.Header(), answer)
	}
	if err != nil {
		http.Error(w, "cannot be signed", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
}

func (a *Agent) give(c claim) (bool, error) {
	a.using.Lock()
	defer a.using.Unlock()
	if by, spent := a.memory.spentBy(c.Use); spent {
		return by == c.ScanID, nil
	}
	e := Entry{Kind: entryClaim, ScanID: c.ScanID, ScannedAt: model.Millis(a.clock.Now()), Spent: &c.Use}
	if err := a.journal.Append(e); err != nil {
		return false, err
	}
	a.memory.keep(e)
	return true, nil
}
