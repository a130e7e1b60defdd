package handler

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

const (
	// streamHeartbeat is how often a silent stream says that it lives, so that
	// nobody on the way takes it for dead.
	streamHeartbeat = 15 * time.Second
	// streamRecheck is how often a stream makes sure that its caller may still call.
	streamRecheck = 5 * time.Second
	// streamWrite bounds one write; who reads more slowly is left.
	streamWrite = 10 * time.Second
	// streamLook bounds one look for events.
	streamLook = 5 * time.Second
	// streamsEach and streamsAll bound the streams of one caller and of the replica.
	streamsEach, streamsAll = 5, 2000
	// fullLook is how many events tell that there may be more at once.
	fullLook = 100
)

// LiveEvent is one event of a stream. With an ID, a client that comes back with it
// goes on behind it; Data is sent as one line of JSON.
type LiveEvent struct {
	ID, Name string
	Data     any
}

// LiveRead gives the events behind an id, oldest first; after is empty at the
// start of a client that has seen nothing. It is called again and again in one
// goroutine, so that it may remember things between its calls.
type LiveRead func(ctx context.Context, after string) ([]LiveEvent, error)

// Streams are the open event streams of this replica (text/event-stream). Each
// asks the database for itself, so that a slow client holds up nobody.
type Streams struct {
	// Wait is the pause between two looks: model.Wait but in tests.
	Wait func(context.Context, time.Duration) error

	auth    middleware.Authenticator
	mu      sync.Mutex
	callers map[string]int
	all     int
	closing chan struct{}
	close   sync.Once
}

// NewStreams makes the streams of a replica; auth says whether callers may go on.
func NewStreams(auth middleware.Authenticator) *Streams {
	return &Streams{Wait: model.Wait, auth: auth, callers: map[string]int{}, closing: make(chan struct{})}
}

// Close ends all streams, and new ones at once: clients come back to another
// replica, or to this one when it is up again.
func (s *Streams) Close() { s.close.Do(func() { close(s.closing) }) }

// Serve streams what read finds, looking every so often, until the client goes,
// its sign-in ends, the server stops or the time of the request is over. What
// fails before the first event is a problem like any other; later the stream
// ends, and the client comes back with Last-Event-ID.
func (s *Streams) Serve(c *gin.Context, every time.Duration, read LiveRead) {
	after, most, err := streamAsked(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	leave, err := s.enter(middleware.Caller(c.Request.Context()))
	if err != nil {
		fail(c, err)
		return
	}
	defer leave()
	ctx, cancel := s.life(c.Request.Context(), most)
	defer cancel()
	l := &live{after: after, token: bearerOf(c.Request), to: c.Writer, control: http.NewResponseController(c.Writer)}
	events, err := l.look(ctx, read)
	if err != nil {
		fail(c, err)
		return
	}
	if l.begin(c) != nil || l.send(events) != nil || most == 0 {
		return
	}
	s.follow(ctx, l, every, read, len(events))
}

// follow is a stream after its first events.
func (s *Streams) follow(ctx context.Context, l *live, every time.Duration, read LiveRead, found int) {
	for ctx.Err() == nil {
		if found >= fullLook {
			l.unchecked += every // no pause, and yet no way around the check
		} else if s.Wait(ctx, every) != nil || l.rest(every) != nil {
			return
		}
		if l.unchecked >= streamRecheck {
			if _, err := s.auth.Authenticate(ctx, l.token); err != nil {
				return
			}
			l.unchecked = 0
		}
		events, err := l.look(ctx, read)
		if err != nil || l.send(events) != nil {
			return
		}
		found = len(events)
	}
}

// life ends with the request, after some seconds when most is positive, and with
// the replica.
func (s *Streams) life(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	cancel := context.CancelFunc(func() {})
	if most > 0 {
		ctx, cancel = context.WithTimeout(ctx, most)
	}
	ctx, end := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-s.closing:
			end()
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		end()
		<-done
		cancel()
	}
}

// enter counts a stream. It answers rate_limited to who has too many, overloaded
// when the replica has.
func (s *Streams) enter(caller *model.Caller) (leave func(), err error) {
	key := ""
	if caller != nil {
		key = string(caller.Kind) + cmp.Or(caller.AccountID, caller.VisitID, caller.PersonID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.all >= streamsAll:
		return nil, model.FailLater(model.CodeOverloaded, 30)
	case s.callers[key] >= streamsEach:
		return nil, model.FailLater(model.CodeRateLimited, 30)
	}
	s.all++
	s.callers[key]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.callers[key]--; s.callers[key] == 0 {
			delete(s.callers, key)
		}
	}, nil
}

var eventID = regexp.MustCompile(`^[A-Za-z0-9_.:-]{0,200}$`)

// streamAsked is where a client goes on and how long it wants to stay: max_seconds
// of 0 is one look, for clients that cannot read streams.
func streamAsked(r *http.Request) (after string, most time.Duration, err error) {
	query := r.URL.Query()
	after = cmp.Or(r.Header.Get("Last-Event-ID"), query.Get("last_event_id"))
	if !eventID.MatchString(after) {
		return "", 0, model.Invalid(model.FieldError{Field: "last_event_id", Code: "format"})
	}
	text := query.Get("max_seconds")
	if text == "" {
		return after, -1, nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 || seconds > 1800 {
		return "", 0, model.Invalid(model.FieldError{Field: "max_seconds", Code: "range", Limit: "0..1800"})
	}
	return after, time.Duration(seconds) * time.Second, nil
}

func bearerOf(r *http.Request) string {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token)
}

// live is one stream.
type live struct {
	after     string
	token     string
	to        gin.ResponseWriter
	control   *http.ResponseController
	silent    time.Duration // since something was written
	unchecked time.Duration // since the caller was asked for
}

// begin sends the headers. The limits of the server are for requests that end, so
// this one takes them off and sets its own for each write.
func (l *live) begin(c *gin.Context) error {
	_ = l.control.SetReadDeadline(time.Time{})
	c.Header("Content-Type", "text/event-stream; charset=utf-8")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	return l.write([]byte("retry: 3000\n\n"))
}

func (l *live) look(ctx context.Context, read LiveRead) ([]LiveEvent, error) {
	ctx, cancel := context.WithTimeout(ctx, streamLook)
	defer cancel()
	return read(ctx, l.after)
}

// rest counts a pause, and says that the stream lives when it was silent for long.
func (l *live) rest(d time.Duration) error {
	l.unchecked += d
	if l.silent += d; l.silent < streamHeartbeat {
		return nil
	}
	return l.write([]byte(": here\n\n"))
}

func (l *live) send(events []LiveEvent) error {
	if len(events) == 0 {
		return nil
	}
	var out bytes.Buffer
	after := l.after
	for _, e := range events {
		data, err := json.Marshal(e.Data)
		if err != nil {
			return err
		}
		if e.ID != "" {
			after = e.ID
			out.WriteString("id: " + e.ID + "\n")
		}
		out.WriteString("event: " + e.Name + "\ndata: ")
		out.Write(data)
		out.WriteString("\n\n")
	}
	l.after = after
	return l.write(out.Bytes())
}

// write sends bytes at once. The deadline is of the machine's clock, like the
// network's.
func (l *live) write(b []byte) error {
	_ = l.control.SetWriteDeadline(model.SystemClock{}.Now().Add(streamWrite))
	l.silent = 0
	if _, err := l.to.Write(b); err != nil {
		return err
	}
	return l.control.Flush()
}
