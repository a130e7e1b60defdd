package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// demo is the part of what the demo tells of itself that a replay needs.
type demo struct {
	BaseURL     string `json:"base_url"`
	DeviceURL   string `json:"device_url"`
	MQTTURL     string `json:"mqtt_url"`
	SIAAddress  string `json:"sia_address"`
	SIPAddress  string `json:"sip_address"`
	SIPID       string `json:"sip_id"`
	Communities []struct {
		CommunityID string `json:"community_id"`
	} `json:"communities"`
	People map[string]struct {
		CommunityID string `json:"community_id"`
		Role        string `json:"role"`
		AccessToken string `json:"access_token"`
		PassID      string `json:"pass_id"`
		Scope       struct {
			ID string `json:"id"`
		} `json:"scope"`
	} `json:"people"`
	Gates []struct {
		GateID      string `json:"gate_id"`
		CommunityID string `json:"community_id"`
	} `json:"gates"`
}

// demoBarrier is where plate cameras stand in a demo, which has no barrier of its own.
const demoBarrier = "车库道闸"

// DemoTarget reads what `communitypass demo --json` printed.
func DemoTarget(printed []byte) (Target, error) {
	var d demo
	if err := json.Unmarshal(printed, &d); err != nil {
		return Target{}, fmt.Errorf("not what demo --json prints: %w", err)
	}
	if len(d.Communities) == 0 {
		return Target{}, errors.New("the demo has no community")
	}
	t := Target{URL: d.BaseURL, DeviceURL: d.DeviceURL, MQTTURL: d.MQTTURL, SIAAddress: d.SIAAddress, SIPAddress: d.SIPAddress, SIPID: d.SIPID,
		CommunityID: d.Communities[0].CommunityID, BarrierName: demoBarrier}
	for _, p := range d.People {
		if p.Role == "property_manager" && p.Scope.ID == t.CommunityID {
			t.Token = p.AccessToken
		}
		if p.CommunityID == t.CommunityID && p.PassID != "" {
			t.Residents, t.Building = append(t.Residents, p.AccessToken), "1" // where all live in the demo who have a pass
		}
	}
	for _, g := range d.Gates {
		if g.CommunityID == t.CommunityID && t.GateID == "" {
			t.GateID = g.GateID
		}
	}
	return t, nil
}

// Start runs the program as a demo in a folder of its own, on a MySQL database when
// one is named; stop ends it and removes the folder.
func Start(ctx context.Context, program, database string) (t Target, stop func(), err error) {
	folder, err := os.MkdirTemp("", "communitypass-conformance-")
	if err != nil {
		return t, nil, err
	}
	args := []string{"demo", "--json", "--listen", "127.0.0.1:0", "--private", "127.0.0.1:0", "--data", filepath.Join(folder, "data")}
	if database != "" {
		args = append(args, "--database", database)
	}
	var said bytes.Buffer
	c := exec.CommandContext(ctx, program, args...)
	c.Stderr = &said
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	stop = func() {
		if c.Process != nil {
			_ = c.Process.Signal(syscall.SIGTERM)
			_ = c.Wait()
		}
		_ = os.RemoveAll(folder)
	}
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		stop()
		return t, nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		t, err = DemoTarget(line)
	}
	if err != nil {
		stop()
		return t, nil, fmt.Errorf("the server did not start: %w: %.600s", err, said.String())
	}
	return t, stop, nil
}
