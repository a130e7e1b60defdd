// Package cap reads public warnings in the Common Alerting Protocol 1.2 of OASIS, which
// GB/T 35965 follows: earthquakes, storms, floods. A warning is known by identifier,
// sender and sent.
package cap

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// namespaces are those of version 1.2 and of 1.1, which says what is read here in the
// same words.
var namespaces = []string{"urn:oasis:names:tc:emergency:cap:1.2", "urn:oasis:names:tc:emergency:cap:1.1"}

// Dialect is CAP 1.2 by HTTP POST, one alert in a request.
type Dialect struct{}

// alert is what is read of a message; the names are those of the standard.
type alert struct {
	Identifier string `xml:"identifier"`
	Sender     string `xml:"sender"`
	Sent       string `xml:"sent"`
	Status     string `xml:"status"`
	MsgType    string `xml:"msgType"`
	Scope      string `xml:"scope"`
	References string `xml:"references"`
	Infos      []info `xml:"info"`
}

type info struct {
	Language  string   `xml:"language"`
	Category  []string `xml:"category"`
	Event     string   `xml:"event"`
	Urgency   string   `xml:"urgency"`
	Severity  string   `xml:"severity"`
	Certainty string   `xml:"certainty"`
	Expires   string   `xml:"expires"`
	Headline  string   `xml:"headline"`
	Areas     []area   `xml:"area"`
}

type area struct {
	Desc     string    `xml:"areaDesc"`
	Geocodes []geocode `xml:"geocode"`
}

// Words that the standard allows.
var (
	statuses    = []string{"Actual", "Exercise", "System", "Test", "Draft"}
	types       = []string{"Alert", "Update", "Cancel", "Ack", "Error"}
	scopes      = []string{"Public", "Restricted", "Private"}
	categories  = []string{"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"}
	urgencies   = []string{"Immediate", "Expected", "Future", "Past", "Unknown"}
	severities  = []string{"Extreme", "Severe", "Moderate", "Minor", "Unknown"}
	certainties = []string{"Observed", "Likely", "Possible", "Unlikely", "Unknown"}
)

// Read makes one event of an alert. What is no alert of version 1.2, or leaves out what
// must be there, is refused with the name of what is wrong.
func (Dialect) Read(r device.Request) (device.Message, error) {
	if r.Method != http.MethodPost {
		return device.Message{}, device.Refuse("method", http.StatusMethodNotAllowed)
	}
	a, wrong := parse(r.Body)
	if wrong != "" {
		return device.Message{}, refuse(wrong)
	}
	e, wrong := a.event(r.At, r.Areas)
	if wrong != "" {
		return device.Message{}, refuse(wrong)
	}
	return device.Message{Events: []model.DeviceEvent{e}, Reply: taken, Busy: device.Response{Status: http.StatusServiceUnavailable, ContentType: "application/json", Body: []byte(`{"accepted":false,"reason":"busy"}`)}}, nil
}

func taken(answers []model.DeviceAnswer) device.Response {
	if len(answers) == 1 && answers[0].Duplicate {
		return device.JSON([]byte(`{"accepted":true,"duplicate":true}`))
	}
	return device.JSON([]byte(`{"accepted":true,"duplicate":false}`))
}

// refuse names what is wrong; the word is ours and quotes nothing.
func refuse(wrong string) error {
	body, _ := json.Marshal(map[string]any{"accepted": false, "reason": wrong}) // always has a form
	refusal := device.Refuse("cap_"+wrong, http.StatusBadRequest)
	refusal.Response.ContentType, refusal.Response.Body = "application/json; charset=utf-8", body
	return refusal
}

// parse reads an alert; wrong is the name of what cannot stand.
func parse(body []byte) (a alert, wrong string) {
	var document struct {
		XMLName xmlName
		alert
	}
	switch err := device.ReadXML(body, &document); {
	case errors.Is(err, device.ErrXMLDTD):
		return a, "dtd"
	case errors.Is(err, device.ErrXMLCharset):
		return a, "charset"
	case err != nil:
		return a, "xml"
	case document.XMLName.Local != "alert" || !slices.Contains(namespaces, document.XMLName.Space):
		return a, "namespace"
	}
	return document.alert, document.alert.wrong()
}

// wrong is the first element that is missing or has a word that the standard has not.
func (a *alert) wrong() string {
	for _, c := range []struct {
		name  string
		value *string
		words []string
	}{{"identifier", &a.Identifier, nil}, {"sender", &a.Sender, nil}, {"sent", &a.Sent, nil}, {"status", &a.Status, statuses},
		{"msgType", &a.MsgType, types}, {"scope", &a.Scope, scopes}} {
		*c.value = strings.TrimSpace(*c.value)
		if *c.value == "" || c.words != nil && !slices.Contains(c.words, *c.value) {
			return c.name
		}
	}
	switch {
	case strings.ContainsAny(a.Identifier, " ,<&"):
		return "identifier"
	case strings.ContainsAny(a.Sender, " ,<&"):
		return "sender"
	case moment(a.Sent) == 0:
		return "sent"
	case (a.MsgType == "Update" || a.MsgType == "Cancel") && len(strings.Fields(a.References)) == 0:
		return "references"
	}
	for _, reference := range strings.Fields(a.References) {
		if strings.Count(reference, ",") != 2 {
			return "references"
		}
	}
	for i := range a.Infos {
		if wrong := a.Infos[i].wrong(); wrong != "" {
			return "info." + wrong
		}
	}
	return ""
}

func (f *info) wrong() string {
	for _, c := range []struct {
		name  string
		value *string
		words []string
	}{{"event", &f.Event, nil}, {"urgency", &f.Urgency, urgencies}, {"severity", &f.Severity, severities}, {"certainty", &f.Certainty, certainties}} {
		*c.value = strings.TrimSpace(*c.value)
		if *c.value == "" || c.words != nil && !slices.Contains(c.words, *c.value) {
			return c.name
		}
	}
	if len(f.Category) == 0 {
		return "category"
	}
	for i := range f.Category {
		if f.Category[i] = strings.TrimSpace(f.Category[i]); !slices.Contains(categories, f.Category[i]) {
			return "category"
		}
	}
	for _, a := range f.Areas {
		if strings.TrimSpace(a.Desc) == "" {
			return "areaDesc"
		}
	}
	return ""
}

// moment is a time as CAP writes it, in Unix milliseconds; 0 for what is none.
func moment(text string) int64 {
	t, err := time.Parse("2006-01-02T15:04:05-07:00", strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return device.Moment(t.UnixMilli())
}
