package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"communitypass.cn/communitypass/simulator"
)

// demoMemory is what the demo remembers from one run to the next beside its world.
type demoMemory struct {
	// PropertyAddress is where the property system listened: that is the URL which
	// is registered, so it must be found there again.
	PropertyAddress string `json:"property_address"`
	// Lift is the simulated lift.
	Lift demoLift `json:"lift"`
	// Until is when what the last run has shown is over, by the demo's clock.
	Until time.Time `json:"until"`
	// Sessions are those of staff, by username.
	Sessions map[string]demoSession `json:"sessions"`
}

// demoSession is a sign-in of staff. A one-time code is spent once, and a failed
// try counts against the whole network: whoever restarts the demo every few
// seconds would otherwise lock everybody out for a quarter of an hour.
type demoSession struct {
	At           time.Time `json:"at"`
	PersonID     string    `json:"person_id"`
	AccessToken  string    `json:"access_token"`
	RefreshToken string    `json:"refresh_token"`
}

// freshSession is how long a sign-in is handed out again. After a minute the
// one-time code that is tried first is one that was never tried.
const freshSession = time.Minute

func (d *demo) memoryPath() string { return filepath.Join(d.data, "demo-memory.json") }

// recall reads the memory; that of a first run is empty.
func (d *demo) recall() error {
	text, err := os.ReadFile(d.memoryPath())
	if err == nil {
		err = json.Unmarshal(text, &d.memory)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail("不能读取 "+d.memoryPath()+"。", "Cannot read "+d.memoryPath()+".", err)
	}
	if d.memory.Sessions == nil {
		d.memory.Sessions = map[string]demoSession{}
	}
	return nil
}

// remember replaces the file as a whole, so that a demo which is killed leaves no half.
func (d *demo) remember() error {
	text, err := json.MarshalIndent(d.memory, "", "  ")
	if err != nil {
		return explain(err)
	}
	next := d.memoryPath() + ".new"
	if err = os.WriteFile(next, text, 0o600); err == nil {
		err = os.Rename(next, d.memoryPath())
	}
	if err != nil {
		return fail("不能写入 "+d.memoryPath()+"。", "Cannot write "+d.memoryPath()+".", err)
	}
	return nil
}

// signIn gives a session of a member of staff: the last one while it is fresh.
func (d *demo) signIn(ctx context.Context, p simulator.SettledStaff) (demoSession, error) {
	now := d.clock.Now()
	kept, known := d.memory.Sessions[p.Username]
	if age := now.Sub(kept.At); known && age >= 0 && age < freshSession {
		return kept, nil
	}
	in, err := simulator.SignInStaff(ctx, d.services(), p)
	if err != nil {
		return demoSession{}, err
	}
	made := demoSession{At: now, PersonID: in.PersonID, AccessToken: in.AccessToken, RefreshToken: in.RefreshToken}
	d.memory.Sessions[p.Username] = made
	return made, nil
}
