package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
)

const (
	// eventsAgain is the pause before a stream that ended is opened again.
	eventsAgain = time.Second
	// eventsSilent is how long a stream may be silent: the server says every 15 s that
	// it lives.
	eventsSilent = 40 * time.Second
	// longestLine bounds a line of a stream.
	longestLine = 64 << 10
)

// KeepListening follows the server's events until ctx ends, so that what is withdrawn
// is refused here within a second.
func (a *Agent) KeepListening(ctx context.Context) {
	for ctx.Err() == nil {
		if a.isOnline() {
			err := a.Listen(ctx)
			a.setLive(false)
			if credentialOver(err) {
				a.credential(true)
			}
			a.Wake() // whatever was missed is in the bundle
		}
		_ = model.Wait(ctx, eventsAgain)
	}
}

func (a *Agent) setLive(live bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.live = live
}

// Listen follows one stream of events to its end.
func (a *Agent) Listen(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := a.Server.request(ctx, http.MethodGet, "/v1/gate/events", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "text/event-stream")
	answer, err := a.Server.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, longestLine))
		return refusedBy(answer, text)
	}
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind != "text/event-stream" {
		return errors.Join(ErrUnreachable, errors.New("the answer is no stream of events"))
	}
	a.setLive(true)
	silence := time.AfterFunc(eventsSilent, cancel)
	defer silence.Stop()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, longestLine)
	name := ""
	for lines.Scan() {
		silence.Reset(eventsSilent)
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "event:"):
			name = strings.TrimSpace(line[len("event:"):])
		case strings.HasPrefix(line, "data:"):
			a.heard(name, []byte(line[len("data:"):]))
		case line == "":
			name = ""
		}
	}
	return lines.Err()
}

// heard takes one event in. An event can only withdraw, so that what it says holds at
// once; what it is about in full is in the bundle, which is signed.
func (a *Agent) heard(name string, data []byte) {
	switch name {
	case "revoked":
		var told struct {
			Passes []uint64 `json:"pass_numbers"`
		}
		if json.Unmarshal(data, &told) == nil {
			a.revoke(told.Passes)
		}
	case "bundle", "ready":
	default:
		return // of a later server
	}
	a.Wake()
}

// revoke adds to the withdrawn passes; those who decide keep the set that they have.
func (a *Agent) revoke(passes []uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next := maps.Clone(a.revoked)
	for _, p := range passes {
		next[p] = true
	}
	a.revoked = next
}
