package agent

import "net/http"

// Trouble makes the journal's disk fail at a step: begin, write, sync.
func (a *Agent) Trouble(f func(step string) error) { a.journal.trouble = f }

// Record writes entries straight into the journal.
func (a *Agent) Record(all ...Entry) error { return a.journal.Append(all...) }

// Waiting is what waits to be uploaded.
func (a *Agent) Waiting(limit int) ([]Pending, error) { return a.journal.Pending(limit) }

// EntryPassage is the kind of an entry that is to be uploaded.
const EntryPassage = entryPassage

// ReadFrames reads a file of the journal.
func ReadFrames(data []byte) (payloads [][]byte, damaged, end int) {
	frames, spans, end := readFrames(data)
	for _, f := range frames {
		payloads = append(payloads, f.payload)
	}
	return payloads, len(spans), end
}

// AppendFrame writes a frame.
var AppendFrame = appendFrame

// Heard takes an event in.
func (a *Agent) Heard(name string, data []byte) { a.heard(name, data) }

// AgentNow is the corrected clock.
func (a *Agent) AgentNow() int64 { return a.clock.Now().UnixMilli() }

// Points are all points in their order.
var Points = []string{pointRead, pointWritten, pointSynced, pointDoor, pointOpened, pointSending, pointAcknowledged, pointDrafted, pointRenamed}

// AtPoints is told of every point from now on.
func AtPoints(f func(point string)) { reached = f }

// Hasten makes the caller ask a silent connection fifty times as soon whether it lives.
func (s *Server) Hasten() {
	h := s.http.Transport.(*http.Transport).HTTP2
	h.SendPingTimeout, h.PingTimeout = h.SendPingTimeout/50, h.PingTimeout/50
}
