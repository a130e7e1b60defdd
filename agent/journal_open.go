package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

const (
	segmentEnding = ".journal"
	ackEnding     = ".settled"
)

func segmentName(first uint64) string { return fmt.Sprintf("%020d%s", first, segmentEnding) }

// OpenJournal reads the journal of a folder and repairs what a crash left: a torn end
// is cut off, since nothing was opened by it. Damage in the middle is copied aside and
// told, and what is whole around it is kept. replay gets every entry in order. A disk
// that can only be read is no reason not to start: what was used up stays used up, and
// the next entry tries a file of its own.
func OpenJournal(home string, key *gm.DataKey, clock model.Clock, replay func(Entry)) (*Journal, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, model.Fail(model.CodeStorageFull, err)
	}
	j := &Journal{home: home, clock: clock, key: key, next: 1}
	listed, err := os.ReadDir(home)
	if err != nil {
		return nil, model.Fail(model.CodeUnavailable, err)
	}
	var names []string
	for _, f := range listed {
		if strings.HasSuffix(f.Name(), segmentEnding) {
			names = append(names, f.Name())
		}
	}
	slices.Sort(names)
	for i, name := range names {
		if err := j.openSegment(name, i == len(names)-1, replay); err != nil {
			return nil, err
		}
	}
	if len(j.segments) == 0 {
		j.segments = []*segment{{byNo: map[uint64]int{}}}
	}
	return j, nil
}

func (j *Journal) openSegment(name string, last bool, replay func(Entry)) error {
	path := filepath.Join(j.home, name)
	data, err := os.ReadFile(path)
	if err != nil {
		return model.Fail(model.CodeUnavailable, err)
	}
	s := &segment{name: name, byNo: map[uint64]int{}, size: int64(len(data))}
	frames, damaged, end := readFrames(data)
	for _, d := range damaged {
		j.broken(name, d.from, data[d.from:d.to], "damaged")
	}
	if end < len(data) {
		j.broken(name, end, data[end:], "cut short")
		if err := os.Truncate(path, int64(end)); err != nil {
			j.shut = true
		}
		s.size = int64(end)
	}
	settled, err := j.openAcks(s)
	if err != nil {
		return err
	}
	for _, f := range frames {
		j.next = max(j.next, f.number+1)
		e, err := openEntry(j.key, f.payload)
		if err != nil {
			j.broken(name, int(f.from), f.payload, "not of this device")
			continue
		}
		h := held{number: f.number, from: f.from, size: len(f.payload), state: keptState(e.Kind)}
		if to, ok := settled[f.number]; ok {
			h.state, h.reason = to.State, to.Reason
		}
		if h.state == StateConflict {
			h.reason = settled[f.number].Conflict
		}
		s.hold(h, e.ScannedAt)
		switch h.state {
		case StateDead:
			s.dead++
		case StateConflict:
			s.conflicts++
		}
		replay(e)
	}
	j.segments = append(j.segments, s)
	if !last || j.shut {
		return nil
	}
	if s.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		j.shut = true
	}
	return nil
}

// broken copies a stretch aside and remembers to tell.
func (j *Journal) broken(name string, at int, data []byte, what string) {
	err := keepAside(j.home, fmt.Sprintf("%s-%d-%x", name, at, gm.SM3(data)[:4]), data)
	line := fmt.Sprintf("%s: %d bytes at %d are %s, copied to aside", name, len(data), at, what)
	if err != nil {
		line = fmt.Sprintf("%s: %d bytes at %d are %s and could not be copied: %v", name, len(data), at, what, errors.Unwrap(err))
	}
	j.damage = append(j.damage, line)
}
