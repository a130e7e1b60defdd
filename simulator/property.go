package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/webhook"
)

// Bounds of what a simulated property system takes and keeps.
const (
	propertyBody   = 256 << 10
	propertyMemory = 64 << 20
	propertyEvents = 10_000
)

// PropertyOptions change how the simulated property system behaves.
type PropertyOptions struct {
	// SM2 checks v1sm2 signatures with the platform's public key (raw r‖s over the
	// signed text); nil when the property system has no such key.
	SM2 func(message, signature []byte) bool
	// Limit is how many events are kept, 10,000 when zero; the oldest go first.
	Limit int
	Clock model.Clock // the machine's clock when nil
}

// PropertyFault is what the property system does to events instead of taking
// them; the first field set counts.
type PropertyFault struct {
	Times     int  // requests it strikes; zero: all
	Hang      bool // answers nothing until the caller hangs up
	CutBefore bool // closes the connection without reading the body
	CutAfter  bool // takes the event, then closes the connection without an answer
	// Status is answered, with RetryAfter where it is not empty; the event is not
	// taken.
	Status     int
	RetryAfter string
}

// PropertyEvent is one event as received: duplicates by id are one.
type PropertyEvent struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	// Sequence is 0 where the event has none.
	Sequence int64 `json:"sequence"`
	// Verified: a signature fits, and the header names the id of the body.
	Verified    bool `json:"verified"`
	SM2Verified bool `json:"sm2_verified"`
	// Deliveries counts how often this id arrived; Identical says whether it was
	// with the same bytes each time.
	Deliveries int             `json:"deliveries"`
	Identical  bool            `json:"identical"`
	Body       json.RawMessage `json:"body"`
}

// Property is a simulated property system, as an http.Handler: it takes signed
// events at POST /events and shows at GET /received what it got, in the order of
// first arrival. An event whose signature does not fit is answered 401 and shown
// as not verified. It is safe for concurrent use.
type Property struct {
	mux   *http.ServeMux
	clock model.Clock
	limit int

	mu       sync.Mutex
	secrets  [][]byte
	sm2      func(message, signature []byte) bool
	fault    PropertyFault
	requests int
	memory   int
	order    []string
	events   map[string]*PropertyEvent
}

// NewProperty makes a property system without a secret: nothing verifies by HMAC
// before SetSecret.
func NewProperty(o PropertyOptions) *Property {
	p := &Property{
		mux: http.NewServeMux(), clock: o.Clock, limit: cmp.Or(o.Limit, propertyEvents),
		sm2: o.SM2, events: map[string]*PropertyEvent{},
	}
	if p.clock == nil {
		p.clock = model.SystemClock{}
	}
	p.mux.HandleFunc("POST /events", p.take)
	p.mux.HandleFunc("GET /received", p.show)
	return p
}

// SetSecret sets what signatures are checked with: the secret (whsec_…) that the
// platform showed when the recipient was registered, or two while it is rotated.
// The error is webhook.ErrSecret.
func (p *Property) SetSecret(secrets ...string) error {
	keys := make([][]byte, 0, len(secrets))
	for _, text := range secrets {
		key, err := webhook.ParseSecret(text)
		if err != nil {
			return err
		}
		keys = append(keys, key)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.secrets = keys
	return nil
}

// SetSM2 replaces the check of PropertyOptions.SM2.
func (p *Property) SetSM2(check func(message, signature []byte) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sm2 = check
}

// Fail makes the property system misbehave; the zero fault heals it.
func (p *Property) Fail(fault PropertyFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = fault
}

// Requests is how many events were sent here, faults and duplicates included.
func (p *Property) Requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// Received is what GET /received shows.
func (p *Property) Received() []PropertyEvent {
	p.mu.Lock()
	defer p.mu.Unlock()
	items := make([]PropertyEvent, 0, len(p.order))
	for _, id := range p.order {
		items = append(items, *p.events[id])
	}
	return items
}

// ServeHTTP answers one request.
func (p *Property) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

func (p *Property) show(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"items": p.Received()})
}

func (p *Property) take(w http.ResponseWriter, r *http.Request) {
	fault := p.enter()
	if fault.CutBefore && !fault.Hang {
		panic(http.ErrAbortHandler)
	}
	// The body is read before a hang, or the server would not notice the caller
	// hanging up.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, propertyBody))
	switch {
	case fault.Hang:
		<-r.Context().Done()
	case err != nil:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	case fault.CutAfter:
		p.receive(r.Header, body)
		panic(http.ErrAbortHandler)
	case fault.Status != 0:
		if fault.RetryAfter != "" {
			w.Header().Set("Retry-After", fault.RetryAfter)
		}
		w.WriteHeader(fault.Status)
	default:
		w.WriteHeader(p.receive(r.Header, body))
	}
}

// enter counts a request and says which fault strikes it.
func (p *Property) enter() PropertyFault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	fault := p.fault
	if p.fault.Times--; p.fault.Times == 0 {
		p.fault = PropertyFault{}
	} else if fault.Times == 0 {
		p.fault.Times = 0
	}
	return fault
}

// receive verifies and keeps an event and gives the status to answer.
func (p *Property) receive(header http.Header, body []byte) int {
	var attributes struct{ ID, Type, Sequence string }
	if json.Unmarshal(body, &attributes) != nil || attributes.ID == "" {
		return http.StatusBadRequest
	}
	sequence, _ := strconv.ParseInt(attributes.Sequence, 10, 64) // absent or no number: 0
	event := PropertyEvent{
		ID: attributes.ID, Type: attributes.Type, Sequence: sequence,
		Deliveries: 1, Identical: true, Body: body,
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	proof, err := webhook.Verify(header, body, p.secrets, p.sm2, p.clock.Now())
	if err == nil && proof.ID == event.ID {
		event.Verified, event.SM2Verified = true, proof.SM2
	}
	p.keep(event)
	if !event.Verified {
		return http.StatusUnauthorized
	}
	return http.StatusNoContent
}

// keep adds an event, or counts it to the one with the same id. The first that
// verifies is shown; before that, the last that came.
func (p *Property) keep(event PropertyEvent) {
	known, found := p.events[event.ID]
	if !found {
		p.events[event.ID] = &event
		p.order = append(p.order, event.ID)
		p.memory += len(event.Body)
		p.trim()
		return
	}
	deliveries, identical := known.Deliveries+1, known.Identical && bytes.Equal(known.Body, event.Body)
	if !known.Verified {
		p.memory += len(event.Body) - len(known.Body)
		*known = event
	}
	known.Deliveries, known.Identical = deliveries, identical
	p.trim()
}

// trim drops the oldest events beyond the bounds.
func (p *Property) trim() {
	for len(p.order) > p.limit || p.memory > propertyMemory {
		oldest := p.order[0]
		p.order = p.order[1:]
		p.memory -= len(p.events[oldest].Body)
		delete(p.events, oldest)
	}
}
