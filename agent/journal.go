package agent

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

const (
	// segmentSize is where a file of the journal ends and the next begins.
	segmentSize = 1 << 20
	// segmentKept is how long a file is kept after its last entry, when all of it is
	// stored: the counts of today are read from it when the agent starts.
	segmentKept = 36 * time.Hour
)

// Journal is what the gate decided, on disk before it acts. Files are only appended
// to; a file goes when all that is in it was stored by the server and is old.
type Journal struct {
	home  string
	clock model.Clock
	key   *gm.DataKey
	// trouble, when set, fails a step of the disk in its place, for tests.
	trouble func(step string) error

	mu       sync.Mutex
	segments []*segment // oldest first; the last one is appended to
	next     uint64
	damage   []string
	shut     bool
}

// segment is one file of the journal with the states of its entries beside it.
type segment struct {
	name    string
	file    *os.File
	size    int64
	acks    *os.File
	ackSize int64
	ackNext uint64
	entries []held
	byNo    map[uint64]int
	lastAt  int64
	pending int
	dead    int
	// conflicts counts the entries that ended in one.
	conflicts int
}

// held is where an entry lies and how it ended.
type held struct {
	number uint64
	from   int64
	size   int
	state  string
	reason string
}

// Damage lists what was found broken when the journal was opened, in words for people
// of the operator.
func (j *Journal) Damage() []string { return slices.Clone(j.damage) }

// Shut says that the disk could not be written to when the journal was opened.
func (j *Journal) Shut() bool { return j.shut }

// Append writes entries and returns when they are on the disk. On an error none of
// them is: nothing may be opened by them.
func (j *Journal) Append(entries ...Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.segments[len(j.segments)-1]
	if s.file == nil || s.size >= segmentSize {
		var err error
		if s, err = j.begin(); err != nil {
			return err
		}
	}
	var out []byte
	added := make([]held, 0, len(entries))
	for i := range entries {
		sealed, err := entries[i].seal(j.key)
		if err != nil {
			return err
		}
		n := j.next + uint64(i)
		out = appendFrame(out, n, sealed)
		added = append(added, held{number: n, from: s.size + int64(len(out)-len(sealed)), size: len(sealed), state: keptState(entries[i].Kind)})
	}
	if err := j.write(s.file, out); err != nil {
		j.undo(s, len(entries))
		return model.Fail(model.CodeStorageFull, err)
	}
	s.size += int64(len(out))
	j.next += uint64(len(entries))
	for i, h := range added {
		s.hold(h, entries[i].ScannedAt)
	}
	return nil
}

// keptState is how an entry begins: what is not for the server needs nothing more.
func keptState(kind string) string {
	if kind == entryPassage {
		return ""
	}
	return StateStored
}

func (s *segment) hold(h held, at int64) {
	s.byNo[h.number] = len(s.entries)
	s.entries = append(s.entries, h)
	s.lastAt = max(s.lastAt, at)
	if h.state == "" {
		s.pending++
	}
}

// write appends and syncs.
func (j *Journal) write(f *os.File, b []byte) error {
	if err := j.try("write"); err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		return err
	}
	reached(pointWritten)
	if err := j.try("sync"); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	reached(pointSynced)
	return nil
}

func (j *Journal) try(step string) error {
	if j.trouble == nil {
		return nil
	}
	return j.trouble(step)
}

// undo takes back what a failed write may have left. After a failed fsync nobody
// knows what is on the disk, so that the file is not appended to again: the next
// entry begins another one, and what lies behind the last good one is cut off. Its
// numbers are not given out again, should it show up all the same.
func (j *Journal) undo(s *segment, written int) {
	j.next += uint64(written)
	_ = s.file.Truncate(s.size)
	_ = s.file.Close()
	s.file = nil
}

// begin makes the next file.
func (j *Journal) begin() (*segment, error) {
	if err := j.try("begin"); err != nil {
		return nil, model.Fail(model.CodeStorageFull, err)
	}
	s := &segment{name: segmentName(j.next), byNo: map[uint64]int{}}
	path := filepath.Join(j.home, s.name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, model.Fail(model.CodeStorageFull, err)
	}
	// A file of this name can only be what an earlier failure left: it holds no entry.
	if err := errors.Join(f.Truncate(0), syncFolder(j.home)); err != nil {
		_ = f.Close()
		return nil, model.Fail(model.CodeStorageFull, err)
	}
	s.file = f
	j.drop(s.name)
	if last := len(j.segments) - 1; last >= 0 && j.segments[last].file != nil {
		_ = j.segments[last].file.Close()
		j.segments[last].file = nil
	}
	j.segments = append(j.segments, s)
	return s, nil
}

// drop forgets a file that held nothing and was begun again, and the one that was
// never made.
func (j *Journal) drop(name string) {
	j.segments = slices.DeleteFunc(j.segments, func(s *segment) bool { return s.name == name || s.name == "" })
}

// Pending is an entry that is still to be uploaded.
type Pending struct {
	Number uint64
	Entry
}

// Pending gives the oldest entries that are not settled, in order: at most so many,
// and at least one when there is any.
func (j *Journal) Pending(limit int) ([]Pending, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []Pending
	for _, s := range j.segments {
		if s.pending == 0 {
			continue
		}
		found, err := j.entriesOf(s, limit-len(out), func(h held) bool { return h.state == "" })
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			out = append(out, Pending{f.held.number, f.Entry})
		}
		if len(out) >= limit {
			break
		}
	}
	return out, nil
}

// found is an entry that was read back.
type found struct {
	held
	Entry
}

func (j *Journal) entriesOf(s *segment, limit int, want func(held) bool) ([]found, error) {
	f, err := os.Open(filepath.Join(j.home, s.name))
	if err != nil {
		return nil, model.Fail(model.CodeUnavailable, err)
	}
	defer f.Close()
	var out []found
	for _, h := range s.entries {
		if len(out) >= limit {
			break
		}
		if !want(h) {
			continue
		}
		sealed := make([]byte, h.size)
		if _, err := f.ReadAt(sealed, h.from); err != nil {
			return nil, model.Fail(model.CodeUnavailable, err)
		}
		e, err := openEntry(j.key, sealed)
		if err != nil {
			return nil, err
		}
		out = append(out, found{h, e})
	}
	return out, nil
}

// Counts says how many entries wait, and how many are dead letters.
func (j *Journal) Counts() (pending, dead int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.segments {
		pending, dead = pending+s.pending, dead+s.dead
	}
	return pending, dead
}

// Close closes the files. Nothing is lost without it.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var err error
	for _, s := range j.segments {
		if s.file != nil {
			err = errors.Join(err, s.file.Close())
		}
		if s.acks != nil {
			err = errors.Join(err, s.acks.Close())
		}
		s.file, s.acks = nil, nil
	}
	return err
}
