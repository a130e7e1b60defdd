package agent

import (
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
)

const (
	// heldTold is how many passages a heartbeat names; the rest is counted.
	heldTold = 20
	// whyTold bounds the reason of one, in characters.
	whyTold = 300
)

// tellHeld adds to a heartbeat how old the bundle is, when something was uploaded
// last, and what this gate keeps because it did not simply end as stored.
func (a *Agent) tellHeld(beat *wire.Heartbeat) {
	if b, _ := a.inForce(); b != nil {
		at := instant.Of(b.IssuedAt)
		beat.BundleIssuedAt = &at
	}
	a.mu.Lock()
	if t := instantOf(a.lastUpload); t != nil {
		beat.LastUploadAt = &instant.Time{Time: *t}
	}
	a.mu.Unlock()
	_, letters := a.journal.Counts()
	conflicts := a.journal.Conflicts()
	held := []wire.HeldPassage{}
	if letters+conflicts > 0 {
		all, err := a.journal.Held(heldTold)
		if err != nil {
			a.Log.Warn("the passages that are kept cannot be listed", "err", err) // counted all the same
		}
		for _, p := range all {
			held = append(held, p.wire())
		}
	}
	beat.DeadLetters, beat.Conflicts, beat.Held = &letters, &conflicts, &held
}

// HeldPassage is a passage that did not simply end as stored.
type HeldPassage struct {
	Letter
	State string
}

func (p *HeldPassage) wire() wire.HeldPassage {
	out := wire.HeldPassage{ScanId: p.ScanID, ScannedAt: instant.Of(p.ScannedAt), Decision: wire.Outcome(p.Decision), State: wire.HeldPassageStateDeadLetter}
	if p.State == StateConflict {
		out.State = wire.HeldPassageStateConflict
	}
	if why := []rune(p.Why); len(why) > 0 {
		text := string(why[:min(len(why), whyTold)])
		out.Why = &text
	}
	return out
}

// Conflicts counts the entries that ended in a conflict, of the files that are kept.
func (j *Journal) Conflicts() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, s := range j.segments {
		n += s.conflicts
	}
	return n
}

// Held lists dead letters and then conflicts, each oldest first.
func (j *Journal) Held(limit int) ([]HeldPassage, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := []HeldPassage{}
	for _, state := range []string{StateDead, StateConflict} {
		letters, err := j.endedAs(state, limit-len(out))
		if err != nil {
			return out, err
		}
		for _, l := range letters {
			out = append(out, HeldPassage{l, state})
		}
	}
	return out, nil
}
