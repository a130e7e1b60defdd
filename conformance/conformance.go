// Package conformance stands in for devices at a running server: it replays what real
// ones sent, or plays whole devices that register, keep in touch, ask, tell and take
// orders. It does so over the transport that the device uses, and holds the answers
// against what the device expects. It knows the server by its contract alone, and judges
// answers by itself.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

// Options say what is replayed, and against what.
type Options struct {
	// Payloads is a folder of files named <kind>-<vendor>-<n>.<ext>.
	Payloads string
	// Target is the server.
	Target Target
	// Clock is the devices'.
	Clock model.Clock
	// Out is where each file gets its line.
	Out io.Writer
}

// Tally counts files. Those left out the server neither hears nor says: protocols that
// are not its own, settings of devices, tables.
type Tally struct{ Passed, Failed, LeftOut int }

// payload is one file.
type payload struct {
	name         string // alarm-sia-7.txt
	kind, vendor string // alarm, sia
	number       int
	ext          string
	body         []byte
	// contentType is that of a request which was written down with its head.
	contentType string
}

// outcome is what came of a payload.
type outcome struct {
	// answer is what the device was told, shortened.
	answer string
	// heard is what the server has of it, as its API shows it; refused is why it has
	// nothing.
	heard, refused string
}

// leftOut is why a payload is not for the server.
type leftOut string

func (l leftOut) Error() string { return string(l) }

// player sends a payload as its device would, and judges what comes back. Errors:
// leftOut; anything else is a failure.
type player func(ctx context.Context, s *stage, p payload) (outcome, error)

// perFile bounds one payload.
const perFile = 30 * time.Second

// Run replays every file of the folder, in order of name and number. An error means
// that it could not be done at all.
func Run(ctx context.Context, o Options) (Tally, error) {
	var t Tally
	files, err := read(o.Payloads)
	if err != nil {
		return t, err
	}
	s, err := newStage(ctx, o.Target, o.Clock)
	if err != nil {
		return t, err
	}
	for n, p := range files {
		t.count(o.Out, fmt.Sprintf("%d/%d", n+1, len(files)), p, s)
	}
	if t.Passed+t.Failed == 0 {
		return t, errors.New("the folder holds nothing that the server hears or says")
	}
	return t, nil
}

func (t *Tally) count(w io.Writer, at string, p payload, s *stage) {
	ctx, cancel := context.WithTimeout(s.ctx, perFile)
	defer cancel()
	got, err := playAll(ctx, s, p)
	var left leftOut
	switch {
	case errors.As(err, &left):
		t.LeftOut++
		fmt.Fprintf(w, "%-7s left  %-36s %s\n", at, p.name, left)
	case err != nil:
		t.Failed++
		fmt.Fprintf(w, "%-7s FAIL  %-36s answer %s; %v\n", at, p.name, quoted(got.answer), err)
	default:
		t.Passed++
		fmt.Fprintf(w, "%-7s ok    %-36s answer %s; %s\n", at, p.name, quoted(got.answer), got.became())
	}
}

func (o outcome) became() string {
	if o.refused != "" {
		return "refused: " + o.refused
	}
	return o.heard
}

func play(ctx context.Context, s *stage, p payload) (outcome, error) {
	if why, ok := notSent[p.kind]; ok {
		return outcome{}, leftOut(why)
	}
	do, ok := players()[p.kind+"-"+p.vendor]
	if !ok {
		if do, ok = players()[p.vendor]; !ok {
			return outcome{}, leftOut("no protocol of ours: " + p.kind + " " + p.vendor)
		}
	}
	return do(ctx, s, p)
}

// notSent are kinds of files that no device sends.
var notSent = map[string]string{
	"ref":    "a table, not a message",
	"config": "a setting of the device, read or written by whoever installs it",
}

var fileName = regexp.MustCompile(`^([a-z]+)-([a-z0-9]+(?:-[a-z]+)*)-([0-9]+)\.([a-z0-9]+)$`)

// read takes up the files of a folder whose names have the form.
func read(folder string) ([]payload, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []payload
	for _, e := range entries {
		part := fileName.FindStringSubmatch(e.Name())
		if part == nil || e.IsDir() {
			continue
		}
		body, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		n, _ := strconv.Atoi(part[3])
		out = append(out, payload{name: e.Name(), kind: part[1], vendor: part[2], number: n, ext: part[4], body: body})
	}
	slices.SortFunc(out, func(a, b payload) int {
		if c := strings.Compare(a.kind+a.vendor, b.kind+b.vendor); c != 0 {
			return c
		}
		return a.number - b.number
	})
	if len(out) == 0 {
		return nil, errors.New("no file in " + folder + " is named <kind>-<vendor>-<n>.<ext>")
	}
	return out, nil
}

// quoted is an answer for one line.
func quoted(answer string) string {
	if answer == "" {
		return "(none)"
	}
	short := []rune(strings.ToValidUTF8(answer, "?"))
	if len(short) > 90 {
		short = append(short[:90], '…')
	}
	return strconv.Quote(string(short))
}
