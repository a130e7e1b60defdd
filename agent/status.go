package agent

import (
	"maps"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

// Modes of a gate.
const (
	ModeOnline  = "online"
	ModeOffline = "offline"
	ModeRevoked = "revoked"
)

// Status is how the gate stands, for the guard. It holds nothing of any person.
type Status struct {
	// Mode is online while the server decides, offline while this gate decides alone,
	// revoked when it may decide no more; Since is when it became so.
	Mode  string    `json:"mode"`
	Since time.Time `json:"since"`
	// Live says that what is withdrawn is heard of within a second.
	Live     bool   `json:"live"`
	Gate     string `json:"gate"`
	GateID   string `json:"gate_id"`
	DeviceID string `json:"device_id"`
	Software string `json:"software"`
	// Bundle is nil when there is none.
	Bundle     *BundleStatus `json:"bundle"`
	Clock      ClockStatus   `json:"clock"`
	Queue      int           `json:"queue"`
	Letters    int           `json:"dead_letters"`
	LastSync   *time.Time    `json:"last_sync"`
	LastUpload *time.Time    `json:"last_upload"`
	// Decisions are counted since the agent was started; Unrecorded are those that
	// could not be written down at the time, and let nobody in. Held are those of them
	// that are in memory until the disk takes them.
	Decisions  map[admission.Outcome]int64 `json:"decisions"`
	Unrecorded int64                       `json:"unrecorded"`
	Held       int                         `json:"held"`
	Faults     []Fault                     `json:"faults"`
}

// BundleStatus is the bundle in force.
type BundleStatus struct {
	Version     string    `json:"version"`
	RuleVersion int64     `json:"rule_version"`
	IssuedAt    time.Time `json:"issued_at"`
	ExpiresAt   time.Time `json:"expires_at"`
	AgeSeconds  int64     `json:"age_seconds"`
	Stale       bool      `json:"stale"`
	Exceptions  int       `json:"exceptions"`
}

// ClockStatus is the time as the agent knows it.
type ClockStatus struct {
	Now time.Time `json:"now"`
	// OffsetMs is the machine's clock less the server's; Synced says that it was
	// measured. DriftMs is what codes have shown since.
	OffsetMs int64 `json:"offset_ms"`
	Synced   bool  `json:"synced"`
	DriftMs  int64 `json:"drift_ms"`
}

// Status says how the gate stands now.
func (a *Agent) Status() Status {
	now := a.clock.Now()
	offset, synced := a.clock.Offset()
	queue, letters := a.journal.Counts()
	a.using.Lock()
	held := len(a.held)
	a.using.Unlock()
	s := Status{Gate: a.id.GateName, GateID: a.id.GateID, DeviceID: a.id.DeviceID, Software: a.Software, Queue: queue, Letters: letters, Held: held,
		Clock: ClockStatus{Now: now.UTC().Round(0), OffsetMs: offset.Milliseconds(), Synced: synced, DriftMs: a.clock.Drift().Milliseconds()}}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.Mode = ModeOffline
	if a.online {
		s.Mode = ModeOnline
	}
	if a.id.Revoked {
		s.Mode = ModeRevoked
	}
	s.Since, s.Live = a.since.UTC().Round(0), a.live
	s.LastSync, s.LastUpload = instantOf(a.lastSync), instantOf(a.lastUpload)
	s.Decisions, s.Unrecorded, s.Faults = maps.Clone(a.counts), a.unrecorded, a.standing()
	if b := a.bundle; b != nil {
		s.Bundle = &BundleStatus{Version: b.Version, RuleVersion: b.Rules.Version, IssuedAt: model.FromMillis(b.IssuedAt), ExpiresAt: model.FromMillis(b.ExpiresAt),
			AgeSeconds: (model.Millis(now) - b.IssuedAt) / 1000, Stale: b.stale(now), Exceptions: len(b.withdrawn) + len(b.others)}
	}
	return s
}

func instantOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Round(0)
	return &t
}

// Letters lists the records that the server does not take.
func (a *Agent) Letters(limit int) ([]Letter, error) { return a.journal.Letters(limit) }
