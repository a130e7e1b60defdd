// Package viid receives what cameras and platforms below tell by GA/T 1400 (视图库):
// that they are there, and number plates. Faces and people are dropped unread and
// refused, since nobody asked for them here.
package viid

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/model"
)

const (
	// Root is where the standard has everything; Header is what a sender names itself in.
	Root   = "/VIID"
	Header = "User-Identify"

	realm       = "VIID"
	contentType = "application/VIID+JSON; charset=utf-8"
	// registered is how long a registration counts without a keep-alive: three of the
	// longest that are usual (90 s), with some room.
	registered = 5 * time.Minute
	// mostRegistered bounds the memory of registrations.
	mostRegistered = 4096
	// mostObjects bounds one request.
	mostObjects = 200
)

// Status codes of GA/T 1400.4 table B.
const (
	statusOK      = "0"
	statusOther   = "1"
	statusBusy    = "2"
	statusInvalid = "4"
	statusForm    = "7"
)

// Dialect remembers who is registered, in the memory of one process. It is safe for
// concurrent use.
type Dialect struct {
	digest *device.Digest
	mu     sync.Mutex
	known  map[string]registration
}

// registration is a sender that has proved itself, from where, and until when it counts.
type registration struct {
	remote, secret string
	ends           time.Time
}

// New makes the dialect.
func New() *Dialect {
	return &Dialect{digest: device.NewDigest(realm), known: map[string]registration{}}
}

// Read asks who is not registered for a proof, and makes events of plates.
func (d *Dialect) Read(r device.Request) (device.Message, error) {
	path := strings.TrimPrefix(r.Path, Root)
	if r.Header.Get(Header) != r.Serial {
		return device.Message{}, refuse(path, "user_identify", http.StatusForbidden, statusInvalid, r.At)
	}
	if !d.proved(r) && (path == "/System/Register" || !d.counts(r)) {
		return device.Message{}, d.challenge(r)
	}
	switch {
	case path == "/System/Time" && r.Method == http.MethodGet:
		return d.time(r), nil
	case r.Method != http.MethodPost:
		return device.Message{}, refuse(path, "method", http.StatusMethodNotAllowed, statusInvalid, r.At)
	}
	switch path {
	case "/System/Register":
		return d.register(r)
	case "/System/Keepalive":
		return d.system(r, "KeepaliveObject", nil)
	case "/System/UnRegister":
		return d.system(r, "UnRegisterObject", func() {
			d.forget(r.Device)
		})
	case "/MotorVehicles":
		return d.vehicles(r)
	case "/Faces", "/Persons":
		return device.Message{}, refuse(path, "biometric", http.StatusForbidden, statusOther, r.At)
	}
	return device.Message{}, refuse(path, "resource", http.StatusNotFound, statusOther, r.At)
}

// proved reports whether a request has a proof of its own.
func (d *Dialect) proved(r device.Request) bool {
	authorization := r.Header.Get("Authorization")
	return authorization != "" && d.digest.Proved(authorization, r.Method, d.digest.Name(authorization), r.Secret, r.At)
}

// counts reports whether a sender is registered, at the host that asks and with the
// secret that it has now, and keeps it so: whatever it sends, it is there.
func (d *Dialect) counts(r device.Request) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, ok := d.known[r.Device]
	if !ok || known.remote != r.Remote || known.secret != r.Secret || r.At.After(known.ends) {
		return false
	}
	known.ends = r.At.Add(registered)
	d.known[r.Device] = known
	return true
}

func (d *Dialect) challenge(r device.Request) error {
	refusal := refuse(strings.TrimPrefix(r.Path, Root), "proof", http.StatusUnauthorized, statusInvalid, r.At)
	refusal.Response.Challenge = d.digest.Challenge(r.At)
	return refusal
}

// register is news only when the sender was not registered.
func (d *Dialect) register(r device.Request) (device.Message, error) {
	again := d.counts(r)
	m, err := d.system(r, "RegisterObject", func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if len(d.known) >= mostRegistered {
			clear(d.known) // everybody registers anew
		}
		d.known[r.Device] = registration{r.Remote, r.Secret, r.At.Add(registered)}
	})
	if err == nil && !again {
		m.Events = []model.DeviceEvent{{Kind: model.DeviceStatus, Native: "viid.register", State: "online", Detail: map[string]string{"what": "online"}}}
	}
	return m, err
}

func (d *Dialect) forget(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.known, id)
}

// system is a message about the sender itself. What it leads to is done once the answer
// is certain.
func (d *Dialect) system(r device.Request, name string, then func()) (device.Message, error) {
	path := strings.TrimPrefix(r.Path, Root)
	var body map[string]struct {
		DeviceID string
	}
	if json.Unmarshal(r.Body, &body) != nil || body[name].DeviceID == "" {
		return device.Message{}, refuse(path, "form", http.StatusBadRequest, statusForm, r.At)
	}
	m := device.Message{Serial: body[name].DeviceID, Busy: statusOf(path, http.StatusServiceUnavailable, r.At, []status{{Serial: r.Serial, Code: statusBusy, Text: "Busy"}})}
	if name == "UnRegisterObject" {
		m.Events = []model.DeviceEvent{{Kind: model.DeviceStatus, Native: "viid.unregister", State: "offline", Detail: map[string]string{"what": "offline"}}}
	}
	m.Reply = func([]model.DeviceAnswer) device.Response {
		if then != nil {
			then()
		}
		return single(path, r.At, status{Serial: body[name].DeviceID, Code: statusOK, Text: "OK"})
	}
	return m, nil
}

// time is our time, by which senders set their clocks.
func (d *Dialect) time(r device.Request) device.Message {
	answer := func([]model.DeviceAnswer) device.Response {
		return encoded(http.StatusOK, map[string]any{"SystemTimeObject": map[string]string{"VIIDServerID": "", "TimeMode": "1", "LocalTime": local(r.At), "TimeZone": "GMT+8"}})
	}
	return device.Message{Reply: answer, Busy: answer(nil)}
}
