package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
)

const (
	// readerAgain is the pause before a reader that went away is opened again.
	readerAgain = time.Second
	// sameText is how long the same text from the same reader is the same showing: a
	// camera reads a code many times while it is held up.
	sameText = 2 * time.Second
	// longestNoise is where a line without an end is thrown away.
	longestNoise = 4 << 10
)

// Lane is one reader with the door that it opens.
type Lane struct {
	Direction admission.Direction
	Door      Door
	// Screen gets one line of JSON for each answer; nil for none.
	Screen io.Writer

	mu     sync.Mutex
	last   string
	lastAt time.Time
}

// Watch reads lines from a file that open gives (a keyboard-like or serial reader, or
// standard input) until ctx ends, and opens it again when it goes away; once is for
// what cannot be opened again. A blocked read ends with the file, not with ctx.
func (a *Agent) Watch(ctx context.Context, l *Lane, open func() (io.ReadCloser, error), once bool) {
	for ctx.Err() == nil {
		f, err := open()
		if err == nil {
			a.mend(faultReader)
			stop := context.AfterFunc(ctx, func() { _ = f.Close() })
			err = EachLine(f, func(text string) { a.show(ctx, l, text) })
			stop()
			_ = f.Close()
		}
		if once || ctx.Err() != nil {
			return
		}
		a.Log.Warn("the reader went away", "err", err)
		a.fault(faultReader)
		_ = model.Wait(ctx, readerAgain)
	}
}

// OpenFile opens a serial port or an input device for reading. Its speed is set
// outside, by stty or udev.
func OpenFile(name string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return os.OpenFile(name, os.O_RDONLY, 0) }
}

// EachLine gives each line that a reader sends. Lines end with CR, LF or ETX; what is
// longer than any code is noise and is dropped up to the next end.
func EachLine(r io.Reader, do func(string)) error {
	in := bufio.NewReader(r)
	var line []byte
	noise := false
	for {
		b, err := in.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) && len(line) > 0 && !noise {
				do(string(line))
			}
			return err
		}
		switch {
		case b == '\n' || b == '\r' || b == 3:
			if len(line) > 0 && !noise {
				do(string(line))
			}
			line, noise = line[:0], false
		case len(line) >= longestNoise:
			noise = true
		default:
			line = append(line, b)
		}
	}
}

// TidyCode is what a reader sent without what readers add: control characters, a
// symbology identifier (ISO/IEC 15424, such as "]Q1") and letters made small by a
// keyboard. A space at either end belongs to a code, and is put back where a reader
// took it off. What is no code of ours stays as it is, as far as it can be kept.
func TidyCode(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	upper := strings.ToUpper(text)
	tries := []string{text, upper, " " + upper, upper + " "}
	for _, length := range [...]int{passcode.PhoneTextLength, passcode.TextLength} {
		if len(upper) > length {
			tries = append(tries, upper[len(upper)-length:], upper[:length])
		}
	}
	for _, t := range tries {
		if _, err := passcode.Parse(t); err == nil {
			return t
		}
	}
	return strings.ToValidUTF8(text[:min(len(text), device.LongestCode)], "")
}

// show is one text from a reader: decide, open, tell.
func (a *Agent) show(ctx context.Context, l *Lane, text string) {
	reached(pointRead)
	code := TidyCode(text)
	if strings.TrimSpace(code) == "" || l.again(code, a.Clock.Now()) {
		return
	}
	a.through(ctx, l, a.Present(ctx, Presentation{Code: code, Direction: l.Direction}))
}

// through opens the door of a lane for an admission, and tells its screen.
func (a *Agent) through(ctx context.Context, l *Lane, answer Answer) {
	if answer.Admitted() && l.Door != nil {
		a.open(ctx, l.Door)
	}
	l.tell(answer)
}

// open opens a door now or not at all: a late command would open it for another.
func (a *Agent) open(ctx context.Context, d Door) {
	ctx, cancel := context.WithTimeout(ctx, doorTime)
	defer cancel()
	reached(pointDoor)
	if err := d.Open(ctx); err != nil {
		a.Log.Error("the door did not open", "err", err)
		a.fault(faultRelay)
		return
	}
	reached(pointOpened)
	a.mend(faultRelay)
}

// again says that this is still the same showing.
func (l *Lane) again(code string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	same := code == l.last && now.Sub(l.lastAt).Abs() < sameText
	l.last, l.lastAt = code, now
	return same
}

// tell writes the answer for a screen: no code, no name.
func (l *Lane) tell(a Answer) {
	if l.Screen == nil {
		return
	}
	text, err := json.Marshal(map[string]any{"outcome": a.Outcome, "reason": a.Reason, "message": a.Message, "next": a.Next, "notice": a.Notice,
		"online": a.Online, "skew_seconds": a.SkewSeconds, "direction": l.Direction.String()})
	if err == nil {
		_, _ = l.Screen.Write(append(text, '\n'))
	}
}
