package day

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// world is the running program with the outside that it simulates.
type world struct {
	cmd     *exec.Cmd
	folder  string
	log     *os.File
	http    *http.Client
	demo    report
	staffed map[string]*caller
}

// report is the part of what the demo prints that the day needs.
type report struct {
	BaseURL    string `json:"base_url"`
	PrivateURL string `json:"private_url"`
	DeviceURL  string `json:"device_url"`
	MQTTURL    string `json:"mqtt_url"`
	SIPAddress string `json:"sip_address"`
	SIPID      string `json:"sip_id"`
	SIAAddress string `json:"sia_address"`
	Lift       struct {
		LiftID string   `json:"lift_id"`
		Floors []string `json:"floors"`
	} `json:"lift"`
	Communities []struct {
		CommunityID string `json:"community_id"`
		Name        string `json:"name"`
	} `json:"communities"`
	People map[string]reported `json:"people"`
	Gates  []struct {
		GateID      string `json:"gate_id"`
		CommunityID string `json:"community_id"`
		Name        string `json:"name"`
		Direction   string `json:"direction"`
		Perimeter   string `json:"perimeter"`
		DeviceToken string `json:"device_token"`
	} `json:"gates"`
	EntryCodes []struct {
		GateID string `json:"gate_id"`
		Code   string `json:"code"`
	} `json:"entry_codes"`
	Property struct {
		RecipientID string `json:"recipient_id"`
		ReceivedURL string `json:"received_url"`
	} `json:"property"`
}

type reported struct {
	PersonID    string `json:"person_id"`
	CommunityID string `json:"community_id"`
	Role        string `json:"role"`
	WechatCode  string `json:"wechat_code"`
	Username    string `json:"username"`
	Password    string `json:"password"`
	TOTPSecret  string `json:"totp_secret"`
	PassID      string `json:"pass_id"`
}

// open starts the program as a demo in a folder of its own.
func open(ctx context.Context, o Options) (*world, error) {
	folder, err := os.MkdirTemp("", "communitypass-day-")
	if err != nil {
		return nil, err
	}
	w := &world{folder: folder, staffed: map[string]*caller{}, http: &http.Client{Timeout: time.Minute}}
	if w.log, err = os.Create(filepath.Join(folder, "log")); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	args := []string{"demo", "--json", "--listen", "127.0.0.1:0", "--private", "127.0.0.1:0", "--data", filepath.Join(folder, "data")}
	if o.Database != "" {
		args = append(args, "--database", o.Database)
	}
	w.cmd = exec.CommandContext(ctx, o.Program, args...)
	w.cmd.Stderr = w.log
	w.cmd.Cancel = func() error { return w.cmd.Process.Signal(syscall.SIGTERM) }
	out, err := w.cmd.StdoutPipe()
	if err == nil {
		err = w.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &w.demo)
	}
	if err != nil {
		said, _ := os.ReadFile(w.log.Name())
		w.close()
		return nil, fmt.Errorf("the program did not start: %w: %s", err, said)
	}
	return w, nil
}

// close stops the program and removes its folder.
func (w *world) close() {
	if w.cmd.Process != nil {
		_ = w.cmd.Process.Signal(syscall.SIGTERM)
		_ = w.cmd.Wait()
	}
	_ = w.log.Close()
	_ = os.RemoveAll(w.folder)
}

// garden is the community in which the day is played.
func (w *world) garden() string { return w.demo.Communities[0].CommunityID }

// in is a path below the garden.
func (w *world) in(what string) string { return "/v1/communities/" + w.garden() + "/" + what }

// private calls the demo's own handles: the clock, the jobs, the phones.
func (w *world) private(method, path string, body any) ([]byte, error) {
	sent, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	q, err := http.NewRequest(method, w.demo.PrivateURL+path, bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	a, err := w.http.Do(q)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	var got bytes.Buffer
	_, err = got.ReadFrom(a.Body)
	if err == nil && a.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %d %s", method, path, a.StatusCode, got.String())
	}
	return got.Bytes(), err
}

// now is the time of the server.
func (d *Day) now() time.Time {
	got, err := d.private(http.MethodGet, "/demo/clock", nil)
	var told struct{ Now time.Time }
	if err == nil {
		err = json.Unmarshal(got, &told)
	}
	if err != nil {
		panic(stuck{err})
	}
	return told.Now
}

// later moves the clock and lets the server do what has become due.
func (d *Day) later(by time.Duration) {
	if _, err := d.private(http.MethodPost, "/demo/clock", map[string]any{"advance_seconds": by.Seconds()}); err != nil {
		panic(stuck{err})
	}
	d.workOff()
}

// workOff lets the server do every job once; again when a pass of its own was in the
// way.
func (d *Day) workOff() {
	var err error
	for range 3 {
		if _, err = d.private(http.MethodPost, "/demo/jobs", nil); err == nil {
			return
		}
	}
	panic(stuck{err})
}
