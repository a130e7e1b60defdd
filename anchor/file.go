package anchor

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"communitypass.cn/communitypass/model"
)

// File is where anchors are kept outside the database, one a line, in order.
type File struct{ Path string }

// tail is how much of the end is read: several lines.
const tail = 8 << 10

// Last is the day of the last whole line; "" when there is none. What a crash left
// of a line is cut off, so that the line is written anew.
func (f File) Last() (string, error) {
	file, err := os.OpenFile(f.Path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return "", err
	}
	from := max(size-tail, 0)
	text := make([]byte, size-from)
	if _, err := file.ReadAt(text, from); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	whole := bytes.LastIndexByte(text, '\n') + 1
	if whole < len(text) {
		if err := file.Truncate(from + int64(whole)); err != nil {
			return "", err
		}
	}
	if whole == 0 {
		return "", nil
	}
	line := text[:whole-1]
	a, err := read(line[bytes.LastIndexByte(line, '\n')+1:])
	return a.Day, err
}

// Append writes anchors and waits until they are on the disk.
func (f File) Append(anchors []model.Anchor) error {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(f.Path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	var text []byte
	for i := range anchors {
		text = append(text, Write(&anchors[i])...)
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}
