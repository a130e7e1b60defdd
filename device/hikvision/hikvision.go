// Package hikvision reads what Hikvision 海康威视 devices push by HTTP to their ISAPI
// listening host: access events, alarms of cameras and recorders, number plates. A
// question of an access controller (remoteCheck) is answered in the same response.
package hikvision

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// Dialect remembers which alarms go on, for a device repeats an alarm as long as it
// lasts. It is safe for concurrent use.
type Dialect struct {
	mu     sync.Mutex
	alarms map[string]alarms // by device
}

// New makes the dialect.
func New() *Dialect { return &Dialect{alarms: map[string]alarms{}} }

// Read makes events of the documents in a request; pictures are dropped. What holds
// no event that could be one of a device is refused.
func (d *Dialect) Read(r device.Request) (device.Message, error) {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		return device.Message{}, device.Refuse("method", http.StatusMethodNotAllowed)
	}
	documents, refusal := documentsOf(r)
	if refusal != nil {
		return device.Message{}, refusal
	}
	m := device.Message{Reply: accepted, Busy: again()}
	var asked *question
	for _, document := range documents {
		alert := unwrapped(document)
		if !tells(alert) {
			return device.Message{}, device.Refuse("no_event", http.StatusBadRequest)
		}
		if m.Serial == "" || m.Serial == r.Serial {
			m.Serial = serialOf(alert, r.Serial)
		}
		if !kept(alert) {
			m.Clock = max(m.Clock, timeOf(alert))
		}
		e, told := d.event(r, alert)
		if !told {
			continue
		}
		if q := questionOf(alert); q != nil {
			if asked != nil {
				e.Live = false // a response answers one question
			} else {
				q.event, asked = len(m.Events), q
			}
		}
		m.Events = append(m.Events, e)
	}
	if asked != nil {
		m.Reply, m.Busy = asked.answer, asked.verdict(false)
	}
	return m, nil
}

// unwrapped is the alert itself, whatever a JSON document wraps it in. An access
// event may also come bare.
func unwrapped(f *fact) *fact {
	if inner := f.one("EventNotificationAlert"); inner != nil {
		f = inner
	}
	if f.word("subEventType") != "" && f.one(accessEvent) == nil {
		return &fact{parts: map[string][]*fact{strings.ToLower(accessEvent): {f}}}
	}
	return f
}

// tells reports whether an alert says what it is about.
func tells(alert *fact) bool {
	return alert.word("eventType") != "" || alert.one(accessEvent) != nil || alert.one("ANPR") != nil
}

// event is what an alert says; false when that is only that the device is alive.
func (d *Dialect) event(r device.Request, alert *fact) (model.DeviceEvent, bool) {
	kind := strings.ToLower(alert.word("eventType"))
	switch {
	case alert.one(accessEvent) != nil || kind == strings.ToLower(accessEvent):
		return access(r, alert), true
	case alert.one("ANPR") != nil || kind == "anpr":
		return plate(r, alert), true
	case kind == "heartbeat":
		return model.DeviceEvent{}, false
	}
	return d.alarm(r, alert)
}

// question is an access controller's, waiting for an answer in the response.
type question struct {
	serial string
	// event is the place of its event in the message.
	event int
}

// questionOf finds the question in an alert, nil when it asks nothing.
func questionOf(alert *fact) *question {
	acs := alert.one(accessEvent)
	if acs == nil || !acs.yes("remoteCheck") && !alert.yes("remoteCheck") {
		return nil
	}
	return &question{serial: acs.word("serialNo")}
}

// answer opens only for what is admitted.
func (q *question) answer(answers []model.DeviceAnswer) device.Response {
	return q.verdict(len(answers) > q.event && answers[q.event].Admitted())
}

// verdict says nothing but yes or no: neither a name nor a reason belongs on a
// screen in the street.
func (q *question) verdict(admitted bool) device.Response {
	var body struct {
		RemoteCheck struct {
			SerialNo    *int64 `json:"serialNo,omitempty"`
			CheckResult string `json:"checkResult"`
			Info        string `json:"info"`
		}
	}
	if n, err := strconv.ParseInt(q.serial, 10, 64); err == nil {
		body.RemoteCheck.SerialNo = &n
	}
	body.RemoteCheck.CheckResult = "failed"
	if admitted {
		body.RemoteCheck.CheckResult = "success"
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return again() // a struct of words always marshals
	}
	return device.JSON(raw)
}

func accepted([]model.DeviceAnswer) device.Response { return device.Text("OK") }

// again makes a device send the same once more.
func again() device.Response {
	return device.Response{Status: http.StatusServiceUnavailable, ContentType: "text/plain; charset=utf-8", Body: []byte("busy")}
}
