package simulator

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"

	"github.com/icholy/digest"
)

// VIID is a simulated platform of GA/T 1400 above us, as an http.Handler: it registers
// lower platforms with Digest, takes vehicles of those that are registered, and shows
// at GET /received what it got, each MotorVehicleID once. It is safe for concurrent
// use.
type VIID struct {
	mux            *http.ServeMux
	user, password string
	clock          model.Clock
	nonce          string

	mu         sync.Mutex
	registered map[string]time.Time // by device code: when last heard of
	calls      map[string]int       // by path
	order      []string
	vehicles   map[string]*VIIDVehicle
}

// VIIDVehicle is a vehicle as received.
type VIIDVehicle struct {
	ID         string          `json:"id"`
	Deliveries int             `json:"deliveries"`
	Body       json.RawMessage `json:"body"`
}

// NewVIID makes a platform that knows one account; clock is the machine's when nil.
func NewVIID(user, password string, clock model.Clock) *VIID {
	if clock == nil {
		clock = model.SystemClock{}
	}
	v := &VIID{mux: http.NewServeMux(), user: user, password: password, clock: clock, nonce: rand.Text(),
		registered: map[string]time.Time{}, calls: map[string]int{}, vehicles: map[string]*VIIDVehicle{}}
	v.mux.HandleFunc("POST /VIID/System/Register", v.register)
	v.mux.HandleFunc("POST /VIID/System/UnRegister", v.unregister)
	v.mux.HandleFunc("POST /VIID/System/Keepalive", v.known(func(http.ResponseWriter, *http.Request) string { return "0" }))
	v.mux.HandleFunc("POST /VIID/MotorVehicles", v.known(v.take))
	v.mux.HandleFunc("GET /received", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{"items": v.Received(), "calls": v.Calls()})
	})
	return v
}

// ServeHTTP answers one request.
func (v *VIID) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.calls[r.URL.Path]++
	v.mu.Unlock()
	r.Body = http.MaxBytesReader(w, r.Body, propertyBody)
	v.mux.ServeHTTP(w, r)
}

// Received are the vehicles in order of first arrival.
func (v *VIID) Received() []VIIDVehicle {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := make([]VIIDVehicle, 0, len(v.order))
	for _, id := range v.order {
		out = append(out, *v.vehicles[id])
	}
	return out
}

// Calls counts requests by their path.
func (v *VIID) Calls() map[string]int {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := make(map[string]int, len(v.calls))
	for path, n := range v.calls {
		out[path] = n
	}
	return out
}

// Registered says whether a device code is registered.
func (v *VIID) Registered(deviceCode string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, ok := v.registered[deviceCode]
	return ok
}

// Forget drops all registrations, as a restart of a platform does.
func (v *VIID) Forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.registered)
}

func (v *VIID) register(w http.ResponseWriter, r *http.Request) {
	if !v.proven(r) {
		w.Header().Set("WWW-Authenticate", `Digest realm="viid", qop="auth", nonce="`+v.nonce+`", algorithm=MD5`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var said struct{ RegisterObject struct{ DeviceID string } }
	code := r.Header.Get("User-Identify")
	if json.NewDecoder(r.Body).Decode(&said) != nil || code == "" || said.RegisterObject.DeviceID != code {
		v.answer(w, r, "8")
		return
	}
	v.mu.Lock()
	v.registered[code] = v.clock.Now()
	v.mu.Unlock()
	v.answer(w, r, "0")
}

// proven checks the answer to our challenge (RFC 7616).
func (v *VIID) proven(r *http.Request) bool {
	said, err := digest.ParseCredentials(r.Header.Get("Authorization"))
	if err != nil || said.Username != v.user || said.Nonce != v.nonce || !strings.HasSuffix(said.URI, r.URL.Path) {
		return false
	}
	want, err := digest.Digest(&digest.Challenge{Realm: "viid", Nonce: v.nonce, Algorithm: "MD5", QOP: []string{"auth"}},
		digest.Options{Method: r.Method, URI: said.URI, Username: v.user, Password: v.password, Count: said.Nc, Cnonce: said.Cnonce})
	return err == nil && want.Response == said.Response
}

func (v *VIID) unregister(w http.ResponseWriter, r *http.Request) {
	if !v.proven(r) {
		w.Header().Set("WWW-Authenticate", `Digest realm="viid", qop="auth", nonce="`+v.nonce+`", algorithm=MD5`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	v.mu.Lock()
	delete(v.registered, r.Header.Get("User-Identify"))
	v.mu.Unlock()
	v.answer(w, r, "0")
}

// known lets only those through who are registered.
func (v *VIID) known(do func(http.ResponseWriter, *http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !v.Registered(r.Header.Get("User-Identify")) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		v.answer(w, r, do(w, r))
	}
}

func (v *VIID) take(_ http.ResponseWriter, r *http.Request) string {
	var said struct {
		MotorVehicleListObject struct{ MotorVehicleObject []json.RawMessage }
	}
	if json.NewDecoder(r.Body).Decode(&said) != nil || len(said.MotorVehicleListObject.MotorVehicleObject) == 0 {
		return "8"
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, body := range said.MotorVehicleListObject.MotorVehicleObject {
		var one struct{ MotorVehicleID string }
		if json.Unmarshal(body, &one) != nil || len(one.MotorVehicleID) != 48 {
			return "8"
		}
		if known := v.vehicles[one.MotorVehicleID]; known != nil {
			known.Deliveries++
			continue
		}
		if len(v.order) >= propertyEvents {
			delete(v.vehicles, v.order[0])
			v.order = v.order[1:]
		}
		v.order = append(v.order, one.MotorVehicleID)
		v.vehicles[one.MotorVehicleID] = &VIIDVehicle{ID: one.MotorVehicleID, Deliveries: 1, Body: body}
	}
	return "0"
}

func (v *VIID) answer(w http.ResponseWriter, r *http.Request, code string) {
	one := map[string]string{"Id": r.Header.Get("User-Identify"), "LocalTime": v.clock.Now().Format("20060102150405"),
		"RequestURL": r.URL.Path, "StatusCode": code, "StatusString": map[bool]string{true: "OK", false: "Error"}[code == "0"]}
	w.Header().Set("Content-Type", "application/VIID+JSON;charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"ResponseStatusListObject": map[string]any{"ResponseStatusObject": []any{one}}})
}
