package simulator

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
)

// Hikvision is a simulated access controller that is called by ISAPI, as an
// http.Handler: doors, what it can do, its stream of events, its memory of them. It
// asks for a digest, and misbehaves on request. It is safe for concurrent use.
type Hikvision struct {
	digest *digestDoor

	mu           sync.Mutex
	capabilities string
	orders       []string
	status       int
	answer       string
	hold         chan struct{}
	records      []HikvisionRecord
	listeners    map[chan string]bool
}

// HikvisionRecord is one event that the controller remembers.
type HikvisionRecord struct {
	Major      int    `json:"major"`
	Minor      int    `json:"minor"`
	Time       string `json:"time"`
	CardNo     string `json:"cardNo,omitempty"`
	SerialNo   int64  `json:"serialNo"`
	DoorNo     int    `json:"doorNo"`
	EmployeeNo string `json:"employeeNoString,omitempty"`
}

// hikvisionOK is how a device says that it did it.
const hikvisionOK = `<ResponseStatus version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><statusCode>1</statusCode><statusString>OK</statusString><subStatusCode>ok</subStatusCode></ResponseStatus>`

// NewHikvision makes a controller with one user; algorithm is MD5 or SHA-256.
func NewHikvision(user, password, algorithm string) *Hikvision {
	return &Hikvision{digest: newDigestDoor(user, password, algorithm), status: http.StatusOK, answer: hikvisionOK, listeners: map[chan string]bool{},
		capabilities: `<RemoteControlDoor version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><doorNo min="1" max="2"/><cmd opt="open,alwaysOpen,resume"/></RemoteControlDoor>`}
}

// Able replaces what it says it can do; empty is a device that knows no such question.
func (h *Hikvision) Able(capabilities string) { h.set(func() { h.capabilities = capabilities }) }

// Answers replaces what it says to an order.
func (h *Hikvision) Answers(status int, body string) {
	h.set(func() { h.status, h.answer = status, body })
}

// Hang has it take orders and say nothing until the caller hangs up or Resume.
func (h *Hikvision) Hang() { h.set(func() { h.hold = make(chan struct{}) }) }

func (h *Hikvision) set(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

// Orders are those that it was given, "door path body", in their order.
func (h *Hikvision) Orders() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.orders...)
}

// Refused counts wrong signatures.
func (h *Hikvision) Refused() int {
	h.digest.mu.Lock()
	defer h.digest.mu.Unlock()
	return h.digest.refused
}

// ServeHTTP answers the paths of ISAPI that are simulated.
func (h *Hikvision) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.digest.lets(w, r) {
		return
	}
	const doors = "/ISAPI/AccessControl/RemoteControl/door/"
	switch {
	case r.Method == http.MethodPut && r.URL.Path == "/ISAPI/System/reboot":
		h.set(func() { h.orders = append(h.orders, "reboot") })
		_, _ = io.WriteString(w, hikvisionOK)
	case r.Method == http.MethodGet && r.URL.Path == doors+"capabilities":
		h.mu.Lock()
		text := h.capabilities
		h.mu.Unlock()
		if text == "" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, text)
	case r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, doors):
		h.order(w, r)
	case r.Method == http.MethodGet && r.URL.Path == "/ISAPI/Event/notification/alertStream":
		h.stream(w, r)
	case r.Method == http.MethodPost && r.URL.Path == "/ISAPI/AccessControl/AcsEvent":
		h.search(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (h *Hikvision) order(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	h.mu.Lock()
	h.orders = append(h.orders, r.URL.Path+" "+string(body))
	status, answer, hold := h.status, h.answer, h.hold
	h.mu.Unlock()
	if hold != nil {
		<-r.Context().Done()
		return
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

// Happens remembers an event and tells it to whoever listens, unless quietly.
func (h *Hikvision) Happens(e HikvisionRecord, quietly bool) {
	h.mu.Lock()
	h.records = append(h.records, e)
	h.mu.Unlock()
	if !quietly {
		h.Says(fmt.Sprintf(`{"ipAddress":"127.0.0.1","macAddress":"a4:d5:c2:24:dd:74","channelID":1,"dateTime":%q,"activePostCount":1,"eventType":"AccessControllerEvent","eventState":"active",`+
			`"AccessControllerEvent":{"deviceName":"Access Controller","majorEventType":%d,"subEventType":%d,"cardNo":%q,"serialNo":%d,"doorNo":%d,"employeeNoString":%q,"currentEvent":true}}`,
			e.Time, e.Major, e.Minor, e.CardNo, e.SerialNo, e.DoorNo, e.EmployeeNo))
	}
}

// Says sends a document to whoever listens.
func (h *Hikvision) Says(document string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		l <- document
	}
}

// Listeners counts open streams.
func (h *Hikvision) Listeners() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.listeners)
}

// Drop ends all open streams.
func (h *Hikvision) Drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		close(l)
		delete(h.listeners, l)
	}
}

// stream sends documents as parts for ever, in pieces of random length.
func (h *Hikvision) stream(w http.ResponseWriter, r *http.Request) {
	says := make(chan string, 1024)
	h.mu.Lock()
	h.listeners[says] = true
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.listeners, says)
		h.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "multipart/mixed; boundary=MIME_boundary")
	w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(w).Flush
	if flush() != nil {
		return
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case document, ok := <-says:
			if !ok {
				return
			}
			text := fmt.Sprintf("--MIME_boundary\r\nContent-Type: application/json; charset=\"UTF-8\"\r\nContent-Length: %d\r\n\r\n%s\r\n", len(document), document)
			for len(text) > 0 {
				n := 1 + rand.IntN(len(text))
				if _, err := io.WriteString(w, text[:n]); err != nil || flush() != nil {
					return
				}
				text = text[n:]
			}
		}
	}
}

// search answers AcsEvent, two records a page.
func (h *Hikvision) search(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		AcsEventCond struct {
			SearchResultPosition, MaxResults int
			BeginSerialNo, EndSerialNo       int64
		}
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&asked); err != nil {
		http.Error(w, "bad", http.StatusBadRequest)
		return
	}
	c := asked.AcsEventCond
	h.mu.Lock()
	var found []HikvisionRecord
	for _, e := range h.records {
		if e.SerialNo >= c.BeginSerialNo && (c.EndSerialNo == 0 || e.SerialNo <= c.EndSerialNo) {
			found = append(found, e)
		}
	}
	h.mu.Unlock()
	total, status := len(found), "OK"
	found = found[min(c.SearchResultPosition, total):]
	if len(found) > 2 {
		found, status = found[:2], "MORE"
	}
	if total == 0 {
		status = "NO MATCH"
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"AcsEvent": map[string]any{"searchID": "1", "totalMatches": total, "responseStatusStrg": status,
		"numOfMatches": len(found), "InfoList": found}})
}
