// Package parkingcloud reads what clouds and servers of car parks tell about vehicles
// that they have let in and out: P云 (4pyun), 云盟 B30 (szymzh), 泊链 (bolink) and
// tdznyun. All of them sign what they send with a secret of the car park; they differ
// in what is signed, and in the words of the answer. What they tell has happened: none
// of it asks, and none of it opens a barrier of ours.
package parkingcloud

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

// fresh is how far the time of a signed message may be from ours. What is sent again
// after it is signed anew.
const fresh = 10 * time.Minute

// message is one signed message, taken apart.
type message struct {
	// native is the cloud's own word for what it tells.
	native string
	// direction is in, out, or empty for what is not about a vehicle passing.
	direction string
	plate     string
	at        int64
	// key names it among the messages of this car park; empty for none.
	key string
	// lane is where it was, as the cloud calls it.
	lane string
}

// vendor is what differs from cloud to cloud.
type vendor interface {
	// open takes a request apart. The signature is the one that came, and expected are
	// those that would be good. What cannot be read is a word for the reason.
	open(r device.Request) (m message, s signature, reason string)
	// taken and refused are the cloud's answers; busy makes it send again.
	taken(r device.Request) device.Response
	refused(r device.Request, reason string) device.Response
	busy(r device.Request) device.Response
}

// signature is what a message was signed with, and by whom.
type signature struct {
	given string
	// expected are the good ones: a vendor's own documents may leave room.
	expected []string
	appID    string
	// at is when it was signed, in Unix milliseconds; 0 where that is not told.
	at int64
	// timed says that the time is a part of what is signed.
	timed bool
}

// Dialect is the way of one cloud.
type Dialect struct{ vendor vendor }

// Read takes one signed message. What is not signed by the car park's own secret is
// refused in the cloud's words.
func (d Dialect) Read(r device.Request) (device.Message, error) {
	if r.Method != http.MethodPost {
		return device.Message{}, device.Refuse("method", http.StatusMethodNotAllowed)
	}
	m, s, reason := d.vendor.open(r)
	if reason == "" {
		reason = s.fault(r)
	}
	if reason != "" {
		return device.Message{}, &device.Refusal{Reason: reason, Response: d.vendor.refused(r, reason)}
	}
	return device.Message{Events: []model.DeviceEvent{m.event()}, Busy: d.vendor.busy(r),
		Reply: func([]model.DeviceAnswer) device.Response { return d.vendor.taken(r) }}, nil
}

// fault says why a signature does not hold; empty when it does.
func (s signature) fault(r device.Request) string {
	switch {
	case r.AppID == "" || r.Secret == "":
		return "no_secret"
	case s.appID != "" && s.appID != r.AppID:
		return "app_id"
	case s.given == "" || !good(s.given, s.expected):
		return "sign"
	case s.timed && (s.at == 0 || r.At.Sub(model.FromMillis(s.at)).Abs() > fresh):
		return "timestamp"
	}
	return ""
}

// event is the message in neutral words. Its key says nothing to whoever reads it:
// some clouds write the plate into their numbers.
func (m message) event() model.DeviceEvent {
	e := model.DeviceEvent{Kind: model.DeviceUnknown, Native: device.Word(m.native), Direction: m.direction, DeviceAt: m.at, Plate: model.SeenPlate(m.plate)}
	if m.direction != "" {
		e.Kind, e.State = model.DevicePlate, model.DeviceAdmitted
	}
	if m.key != "" {
		e.Key = device.Key("parking", e.Native, m.direction, m.key)
	}
	if lane := device.Word(m.lane); lane != "" {
		e.Detail = map[string]string{"lane": lane}
	}
	return e
}

// moment is a time in whatever form clouds write it, in Unix milliseconds; 0 for none.
func moment(told string) int64 {
	told = strings.TrimSpace(told)
	if n, err := strconv.ParseInt(told, 10, 64); err == nil {
		return device.Moment(n)
	}
	if t, err := time.Parse(time.RFC3339, told); err == nil {
		return device.Moment(t.UnixMilli())
	}
	return device.LocalMoment(told)
}

// wayOf is the direction that a word of a cloud is about; empty for none. Words for
// what is only about to happen are none.
func wayOf(word string) string {
	word = strings.ToLower(word)
	for _, before := range []string{"pre", "query", "lock", "price", "reserve", "nolicence"} {
		if strings.Contains(word, before) {
			return ""
		}
	}
	switch {
	case strings.Contains(word, "leave"), strings.Contains(word, "exit"), strings.Contains(word, "out"):
		return "out"
	case strings.Contains(word, "enter"), strings.Contains(word, "entr"), strings.HasPrefix(word, "in"), strings.HasSuffix(word, "/in"):
		return "in"
	}
	return ""
}

// lastOf is the last part of a path: the name of what is called.
func lastOf(path string) string {
	path = strings.TrimRight(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// form reads a form, wherever it stands.
func form(r device.Request) (url.Values, bool) {
	values, err := url.ParseQuery(string(bytes.TrimSpace(r.Body)))
	if err != nil {
		return nil, false
	}
	if len(values) == 0 {
		values = r.Query
	}
	return values, len(values) > 0
}

// first is the first of some texts that is not empty.
func first(texts ...string) string { return cmp.Or(texts...) }
