package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"communitypass.cn/communitypass/model"
)

// TombstoneFile is the list of deleted people that lies beside the database and
// not in its backups: a line for each, "id milliseconds". It is only ever added
// to, and each line is on the disk before it counts.
type TombstoneFile struct {
	path string
	mu   sync.Mutex
	// known is what the file holds, once it was read.
	known map[string]int64
}

// NewTombstoneFile names the file; it need not be there yet.
func NewTombstoneFile(path string) *TombstoneFile { return &TombstoneFile{path: path} }

// All reads the file. A line that was cut off by a crash does not count, since the
// deletion it was for was not answered.
func (f *TombstoneFile) All() ([]model.Tombstone, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.read(); err != nil {
		return nil, err
	}
	out := make([]model.Tombstone, 0, len(f.known))
	for id, at := range f.known {
		out = append(out, model.Tombstone{SubjectID: id, At: at})
	}
	return out, nil
}

func (f *TombstoneFile) read() error {
	known := map[string]int64{}
	content, err := os.ReadFile(f.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("tombstones: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		id, at, ok := strings.Cut(lines.Text(), " ")
		if ms, err := strconv.ParseInt(at, 10, 64); ok && err == nil && len(id) == idLength {
			known[id] = ms
		}
	}
	f.known = known
	return lines.Err()
}

// idLength is that of a ULID.
const idLength = 26

// Add writes those that the file does not hold yet and returns when they are on
// the disk.
func (f *TombstoneFile) Add(stones ...model.Tombstone) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		if err := f.read(); err != nil {
			return err
		}
	}
	var text strings.Builder
	for _, s := range stones {
		if _, there := f.known[s.SubjectID]; !there {
			fmt.Fprintf(&text, "%s %d\n", s.SubjectID, s.At)
		}
	}
	if text.Len() == 0 {
		return nil
	}
	if err := f.append(text.String()); err != nil {
		return fmt.Errorf("tombstones: %w", err)
	}
	for _, s := range stones {
		f.known[s.SubjectID] = s.At
	}
	return nil
}

func (f *TombstoneFile) append(text string) (err error) {
	folder := filepath.Dir(f.path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	// A line that a crash cut off is ended first, so that it spoils no other.
	if end, err := file.Seek(0, io.SeekEnd); err != nil {
		return err
	} else if end > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, end-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			text = "\n" + text
		}
	}
	if _, err := file.WriteString(text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes the name of a new file last as well.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
