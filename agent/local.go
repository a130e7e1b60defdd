package agent

import (
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/device"
	"communitypass.cn/communitypass/device/vguang"
	"communitypass.cn/communitypass/model"
)

//go:embed status.html
var statusPage []byte

// PostReader is a reader that sends what it reads by HTTP in a dialect, and opens its
// own relay by the answer.
type PostReader struct {
	// Token is the unguessable part of its address: /readers/TOKEN.
	Token   string
	Dialect device.Dialect
	Lane    *Lane
}

// VGuang is the dialect of VGuang readers.
func VGuang(hexadecimal bool) device.Dialect { return vguang.Dialect{Hex: hexadecimal} }

// LocalOptions are what an agent answers beside its status.
type LocalOptions struct {
	Readers []PostReader
	// Guard is the page of whoever stands at the gate; nil for none.
	Guard *GuardDesk
	// Edge says that this agent gives out uses to the others of its site.
	Edge bool
}

// Local is what the agent answers on its own address: the status, and what it was asked
// for. A page of another site may cause no request here.
func (a *Agent) Local(o LocalOptions) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { writeLocal(w, a.Status()) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'")
		_, _ = w.Write(statusPage)
	})
	mux.HandleFunc("POST /readers/{token}", func(w http.ResponseWriter, r *http.Request) {
		for i := range o.Readers {
			if subtle.ConstantTimeCompare([]byte(r.PathValue("token")), []byte(o.Readers[i].Token)) == 1 {
				a.post(w, r, &o.Readers[i])
				return
			}
		}
		http.NotFound(w, r)
	})
	if o.Guard != nil {
		a.serveGuard(mux, o.Guard)
	}
	if o.Edge {
		mux.HandleFunc("POST "+EdgePath, a.ServeClaims)
	}
	return http.NewCrossOriginProtection().Handler(mux)
}

func writeLocal(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v)
}

// post answers a reader in its dialect.
func (a *Agent) post(w http.ResponseWriter, r *http.Request, from *PostReader) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestLine))
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	message, err := from.Dialect.Read(device.Request{Method: r.Method, Query: r.URL.Query(), Header: r.Header, Body: body, At: a.clock.Now()})
	if err != nil {
		var refused *device.Refusal
		if !errors.As(err, &refused) {
			refused = device.Refuse("unreadable", http.StatusBadRequest)
		}
		writeDevice(w, refused.Response)
		return
	}
	answers := make([]model.DeviceAnswer, len(message.Events))
	for i, e := range message.Events {
		if !e.Live || e.Code == "" {
			continue // a record of the past opens nothing
		}
		answer := a.Present(r.Context(), Presentation{Code: TidyCode(e.Code), Direction: from.Lane.Direction, TemperatureTenths: e.TemperatureTenths})
		answers[i] = deviceAnswer(answer)
		a.through(r.Context(), from.Lane, answer)
	}
	writeDevice(w, message.Reply(answers))
}

func writeDevice(w http.ResponseWriter, r device.Response) {
	w.Header().Set("Content-Type", r.ContentType)
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body)
}

// ParseDirection reads "in" or "out".
func ParseDirection(text string) (admission.Direction, error) {
	var d admission.Direction
	return d, d.UnmarshalText([]byte(text))
}

// deviceAnswer is an answer as a dialect takes it.
func deviceAnswer(a Answer) model.DeviceAnswer {
	return model.DeviceAnswer{Decision: string(a.Outcome), Reason: string(a.Reason), Message: a.Message}
}
