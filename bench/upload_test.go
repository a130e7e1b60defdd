//go:build bench

package bench

import (
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
)

const (
	uploadMany   = 10_000
	uploadPasses = 500
)

// TestAgentUploads is what a gate decided in a day without a network, sent by the agent
// itself to the whole server: once in order, and once more by a copy of the gate that
// has all of it in another order. The second time changes nothing.
func TestAgentUploads(t *testing.T) {
	onDatabases(t, func(t *testing.T, name string) {
		r := newRig(t, uploadPasses)
		r.recipient(t, model.StatePaused, "https://property.example.cn/events")
		device, token := r.Device(t, r.Garden.Entrance)
		address := "http://" + site(t, r.server.Handler)
		entries := r.dayAlone(t)
		first := r.uploads(t, address, device.ID, token, entries)
		before := r.kept(t)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		again := r.uploads(t, address, device.ID, token, entries)
		if after := r.kept(t); before[0] != uploadMany || !slices.Equal(before, after) {
			t.Errorf("passages, uses, conflicts and events were %v and are %v", before, after)
		}
		target, meets := atMost(10)
		publish(figure{"agent-upload-10000-seconds@" + name, []float64{first.Seconds()}, target, meets, fmt.Sprintf("%.0f a second", uploadMany/first.Seconds())})
		publish(figure{"agent-upload-10000-again-seconds@" + name, []float64{again.Seconds()}, target, meets, fmt.Sprintf("%.0f a second", uploadMany/again.Seconds())})
	})
}

// dayAlone are genuine admissions over the 24 hours before now.
func (r *rig) dayAlone(t *testing.T) []agent.Entry {
	t.Helper()
	now := r.Clock.Now()
	entries := make([]agent.Entry, uploadMany)
	for i := range entries {
		at := now.Add(-24 * time.Hour).Add(time.Duration(i) * 24 * time.Hour / uploadMany)
		h := r.header
		h.Pass, h.Window = r.passes[i%uploadPasses].Number, passcode.WindowAt(at)
		code, err := r.signer.Sign(h)
		if err != nil {
			t.Fatal(err)
		}
		entries[i] = agent.Entry{Kind: "passage", ScanID: model.NewID(at), Code: code, Direction: "in", ScannedAt: model.Millis(at),
			Decision: string(admission.Admit), Reason: string(admission.ReasonOK), RuleVersion: 1, BundleVersion: "v"}
	}
	return entries
}

// uploads puts entries into the journal of a new data folder and times their upload.
func (r *rig) uploads(t *testing.T, address, device, token string, entries []agent.Entry) time.Duration {
	t.Helper()
	home, err := agent.OpenHome(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server, err := agent.NewServer(address, "", nil, r.Clock)
	if err != nil {
		t.Fatal(err)
	}
	j, err := home.OpenJournal(r.Clock)
	if err != nil {
		t.Fatal(err)
	}
	for part := range slices.Chunk(entries, 500) {
		if err := j.Append(part...); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{j.Close(), home.SetToken(token),
		home.SetIdentity(agent.Identity{Server: address, DeviceID: device, GateID: r.Garden.Entrance.ID})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	a, err := agent.Open(agent.Options{Home: home, Server: server, Clock: r.Clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	began := time.Now()
	if err := a.Upload(t.Context()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	if s := a.Status(); s.Queue != 0 || s.Letters != 0 {
		t.Errorf("%d wait and %d are dead letters", s.Queue, s.Letters)
	}
	return took
}

// kept counts the rows of passages.
func (r *rig) kept(t *testing.T) []int64 {
	t.Helper()
	probe := r.Probe(t)
	var out []int64
	for _, table := range []string{"passages", "scan_ids", "uses", "conflicts", "outbox"} {
		out = append(out, count(t, probe, table))
	}
	return out
}

func count(t *testing.T, db *sql.DB, table string) int64 {
	t.Helper()
	var n int64
	if err := db.QueryRow("SELECT COUNT(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
