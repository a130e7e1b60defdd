package device

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Slimmer is a dialect that drops pictures while a body is being read, so that they
// are never held in memory.
type Slimmer interface {
	Dialect
	// Slim reads a body to its end and gives what of it the dialect looks at.
	Slim(io.Reader) ([]byte, error)
}

// ErrTooLong is a body of which more than its pictures is too much.
var ErrTooLong = errors.New("device: the body is too long")

// SlimJSON copies a text of JSON, with each string of more than longest bytes made
// empty, and fails with ErrTooLong when more than most bytes remain. It does not
// judge the text: what is not JSON stays so.
func SlimJSON(in io.Reader, longest, most int) ([]byte, error) {
	r := bufio.NewReaderSize(in, 32<<10)
	var out bytes.Buffer
	inside, escaped, start := false, false, 0
	for {
		c, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		switch {
		case !inside:
			inside = c == '"'
			start = out.Len() + 1
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			inside = false
			if out.Len()-start > longest {
				out.Truncate(start)
			}
		}
		if inside && out.Len()-start > longest {
			continue // more of a string that will be dropped
		}
		if out.WriteByte(c); out.Len() > most {
			return nil, ErrTooLong
		}
	}
}
