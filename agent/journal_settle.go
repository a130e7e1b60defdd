package agent

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"
)

// openAcks reads how the entries of a file ended. What is torn or damaged there only
// makes the agent upload once more, which the server answers as a duplicate.
func (j *Journal) openAcks(s *segment) (map[uint64]Settled, error) {
	path := filepath.Join(j.home, ackName(s.name))
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, model.Fail(model.CodeUnavailable, err)
	}
	frames, _, end := readFrames(data)
	out := map[uint64]Settled{}
	for _, f := range frames {
		var all []Settled
		if json.Unmarshal(f.payload, &all) != nil {
			continue
		}
		for _, one := range all {
			out[one.Number] = one
		}
		s.ackNext = f.number + 1
	}
	if s.ackSize = int64(end); end < len(data) && os.Truncate(path, s.ackSize) != nil {
		// What is torn stays there and is read over: a frame behind it is found.
		s.ackSize = int64(len(data))
	}
	return out, nil
}

func ackName(segment string) string { return strings.TrimSuffix(segment, segmentEnding) + ackEnding }

// Settle keeps how entries ended, on disk, and then frees what is no longer needed.
// An entry that is settled already is settled anew: with an empty state a dead letter
// waits again.
func (j *Journal) Settle(all []Settled) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.segments {
		var mine []Settled
		for _, one := range all {
			if _, ok := s.byNo[one.Number]; ok {
				mine = append(mine, one)
			}
		}
		if len(mine) == 0 {
			continue
		}
		if err := j.writeAcks(s, mine); err != nil {
			return err
		}
		for _, one := range mine {
			s.settle(one)
		}
	}
	return j.reclaim()
}

func (s *segment) settle(one Settled) {
	h := &s.entries[s.byNo[one.Number]]
	switch h.state {
	case "":
		s.pending--
	case StateDead:
		s.dead--
	case StateConflict:
		s.conflicts--
	}
	h.state, h.reason = one.State, one.Reason
	switch h.state {
	case "":
		s.pending++
	case StateDead:
		s.dead++
	case StateConflict:
		s.conflicts++
		h.reason = one.Conflict
	}
}

// ackPart bounds one frame of settled entries.
const ackPart = 200

func (j *Journal) writeAcks(s *segment, all []Settled) error {
	if s.acks == nil {
		f, err := os.OpenFile(filepath.Join(j.home, ackName(s.name)), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return model.Fail(model.CodeStorageFull, err)
		}
		s.acks = f
	}
	var out []byte
	next := s.ackNext
	for part := range slices.Chunk(all, ackPart) {
		text, err := json.Marshal(part)
		if err != nil {
			return model.Fail(model.CodeInternal, err)
		}
		out = appendFrame(out, next, text)
		next++
	}
	if err := j.write(s.acks, out); err != nil {
		_ = s.acks.Truncate(s.ackSize)
		_ = s.acks.Close()
		s.acks = nil
		return model.Fail(model.CodeStorageFull, err)
	}
	s.ackSize, s.ackNext = s.ackSize+int64(len(out)), next
	return nil
}

// reclaim removes files of which the server has everything and the gate needs
// nothing any more.
func (j *Journal) reclaim() error {
	old := model.Millis(j.clock.Now().Add(-segmentKept))
	last := len(j.segments) - 1
	var kept []*segment
	var failed error
	for i, s := range j.segments {
		if i == last || s.pending > 0 || s.dead > 0 || s.lastAt > old {
			kept = append(kept, s)
			continue
		}
		if s.acks != nil {
			_ = s.acks.Close()
			s.acks = nil
		}
		// The entries first: their states without them mean nothing, they without
		// their states would be uploaded again.
		err := os.Remove(filepath.Join(j.home, s.name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			kept, failed = append(kept, s), err
			continue
		}
		_ = os.Remove(filepath.Join(j.home, ackName(s.name)))
	}
	j.segments = kept
	if failed != nil {
		return model.Fail(model.CodeStorageFull, failed)
	}
	return nil
}

// Letter is a dead letter as it may be shown: no code.
type Letter struct {
	Number    uint64 `json:"number"`
	ScanID    string `json:"scan_id"`
	ScannedAt int64  `json:"scanned_at_ms"`
	Decision  string `json:"decision"`
	Why       string `json:"why"`
}

// Letters lists the dead letters, oldest first.
func (j *Journal) Letters(limit int) ([]Letter, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.endedAs(StateDead, limit)
}

// endedAs lists the entries of a state, oldest first.
func (j *Journal) endedAs(state string, limit int) ([]Letter, error) {
	out := []Letter{}
	for _, s := range j.segments {
		if s.ended(state) == 0 || len(out) >= limit {
			continue
		}
		all, err := j.entriesOf(s, limit-len(out), func(h held) bool { return h.state == state })
		if err != nil {
			return nil, err
		}
		for _, f := range all {
			out = append(out, Letter{f.number, f.ScanID, f.ScannedAt, f.Decision, f.reason})
		}
	}
	return out, nil
}

// ended counts the entries that were set aside as dead letters, or ended in a conflict.
func (s *segment) ended(state string) int {
	if state == StateDead {
		return s.dead
	}
	return s.conflicts
}
