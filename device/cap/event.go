package cap

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

type xmlName = xml.Name

const (
	// longestPhrase bounds a sentence, mostReferences what one message refers to.
	longestPhrase, mostReferences = 200, 16
)

// words are ours for what a category is about.
var words = map[string]string{"Geo": "earthquake", "Met": "weather", "Fire": "fire", "Health": "health", "Env": "environment",
	"Safety": "safety", "Security": "security", "Rescue": "rescue", "Transport": "transport", "Infra": "infrastructure", "CBRNE": "hazard"}

// event is what an alert says. Only what is Actual is an alarm: an exercise, a test or a
// draft is kept as a status, and raises nothing; nor does what was over when it came, or
// is for areas that are not among ours. An
// update is raised once more and names what it takes the place of; a cancellation clears.
func (a *alert) event(at time.Time, areas string) (model.DeviceEvent, string) {
	e := model.DeviceEvent{Kind: model.DeviceStatus, DeviceAt: moment(a.Sent), Key: identity(a.Identifier, a.Sender, a.Sent),
		Native: device.Word(a.Status + "." + a.MsgType), State: strings.ToLower(a.Status), Detail: map[string]string{"what": "warning"}}
	if a.Status == "Actual" && (a.MsgType == "Alert" || a.MsgType == "Update" || a.MsgType == "Cancel") {
		if a.MsgType != "Cancel" && len(a.Infos) == 0 {
			return e, "info"
		}
		e.Kind, e.State = model.DeviceAlarm, "raised"
		if a.MsgType == "Cancel" {
			e.State = "cleared"
		}
	}
	note(e.Detail, "identifier", a.Identifier)
	note(e.Detail, "sender", a.Sender)
	references := strings.Fields(a.References)
	if len(references) > mostReferences {
		return e, "references"
	}
	if len(references) > 0 {
		e.Detail["references"] = device.Phrase(strings.Join(references, " "), 1024)
		e.Detail["replaces"] = replaced(references)
	}
	f := a.chosen()
	if f != nil {
		f.tell(e.Detail)
	}
	if e.Kind == model.DeviceAlarm {
		e.Detail["warning"] = string(f.level())
		if e.State == "raised" && f.over(at) {
			e.Kind, e.State = model.DeviceStatus, "past"
		}
		if e.State == "raised" && a.elsewhere(areas) {
			a.away(&e)
		}
	}
	return e, ""
}

// replaced are the keys of the messages that one refers to, each told as sender,
// identifier, sent.
func replaced(references []string) string {
	var keys []string
	for _, reference := range references {
		part := strings.SplitN(reference, ",", 3)
		keys = append(keys, identity(part[1], part[0], part[2]))
	}
	return strings.Join(keys, " ")
}

// level is how much a warning hurries those whom it reaches. What is unlikely, has
// happened, or is of no stated severity, is good to know and no more.
func (f *info) level() model.Severity {
	switch {
	case f == nil || f.Certainty == "Unlikely" || f.Urgency == "Past":
		return model.Minor
	case f.Severity == "Extreme":
		return model.Critical
	case f.Severity == "Severe":
		return model.Major
	}
	return model.Minor
}

// over says whether the warning had expired when it came.
func (f *info) over(at time.Time) bool {
	expires := moment(f.Expires)
	return expires != 0 && !at.IsZero() && expires < model.Millis(at)
}

// chosen is the info to keep: the Chinese one where there are several languages.
func (a *alert) chosen() *info {
	if len(a.Infos) == 0 {
		return nil
	}
	i := slices.IndexFunc(a.Infos, func(f info) bool { return strings.HasPrefix(strings.ToLower(strings.TrimSpace(f.Language)), "zh") })
	return &a.Infos[max(i, 0)]
}

func (f *info) tell(detail map[string]string) {
	if word := words[f.Category[0]]; word != "" {
		detail["what"] = word
	}
	for name, value := range map[string]string{"category": strings.Join(f.Category, " "), "event": f.Event, "urgency": f.Urgency,
		"severity": f.Severity, "certainty": f.Certainty, "headline": f.Headline, "area": f.places(), "expires": f.Expires} {
		note(detail, name, value)
	}
}

func (f *info) places() string {
	var out []string
	for _, a := range f.Areas {
		out = append(out, strings.TrimSpace(a.Desc))
	}
	return strings.Join(out, "; ")
}

func note(detail map[string]string, name, value string) {
	if value = device.Phrase(value, longestPhrase); value != "" {
		detail[name] = value
	}
}

// identity is what a message is known by: the same three, the same message.
func identity(identifier, sender, sent string) string {
	sum := sha256.Sum256([]byte(device.Key("cap", sender, identifier, sent)))
	return "cap." + hex.EncodeToString(sum[:16])
}
