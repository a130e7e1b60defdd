package agent

import (
	"crypto/subtle"
	"embed"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

//go:embed guard.html guard.css guard.js
var guardFiles embed.FS

// GuardDesk is the page of whoever stands at the gate, on the gate's own network: it
// works while nothing else does. Whoever knows its address may open the gate by hand.
type GuardDesk struct {
	// Token is the unguessable part of its address: /guard/TOKEN, LeastToken characters
	// at least.
	Token string
	// In and Out are the lanes that it opens; their screens are told as well.
	In, Out *Lane
}

// NewGuardDesk makes a page that opens doors; nil is no door, or no screen.
func NewGuardDesk(token string, in, out Door, screen io.Writer) *GuardDesk {
	return &GuardDesk{Token: token, In: &Lane{Direction: admission.In, Door: in, Screen: screen}, Out: &Lane{Direction: admission.Out, Door: out, Screen: screen}}
}

// LeastToken is how long the unguessable part of an address must be.
const LeastToken = 16

// recentMost is how many answers the page shows.
const recentMost = 20

// longestAsked bounds what the page sends.
const longestAsked = 8 << 10

func (a *Agent) serveGuard(mux *http.ServeMux, d *GuardDesk) {
	for name, kind := range map[string]string{"guard.css": "text/css; charset=utf-8", "guard.js": "text/javascript; charset=utf-8"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) { writeFile(w, name, kind) })
	}
	known := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if subtle.ConstantTimeCompare([]byte(r.PathValue("token")), []byte(d.Token)) != 1 {
				http.NotFound(w, r)
				return
			}
			next(w, r)
		}
	}
	mux.HandleFunc("GET /guard/{token}", known(func(w http.ResponseWriter, _ *http.Request) { writeFile(w, "guard.html", "text/html; charset=utf-8") }))
	mux.HandleFunc("GET /guard/{token}/now", known(func(w http.ResponseWriter, _ *http.Request) {
		writeLocal(w, guardNow{Status: a.Status(), Recent: a.lately()})
	}))
	mux.HandleFunc("POST /guard/{token}/shown", known(func(w http.ResponseWriter, r *http.Request) { a.shownAtDesk(w, r, d) }))
	mux.HandleFunc("POST /guard/{token}/by-hand", known(func(w http.ResponseWriter, r *http.Request) { a.handAtDesk(w, r, d) }))
}

// writeFile answers a file of the page, which asks nobody else for anything.
func writeFile(w http.ResponseWriter, name, kind string) {
	text, err := guardFiles.ReadFile(name)
	if err != nil {
		http.Error(w, "not built in", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	_, _ = w.Write(text)
}

// guardNow is what the page shows all the time.
type guardNow struct {
	Status
	Recent []deskAnswer `json:"recent"`
}

// deskAnswer is an answer for a screen in two languages: no code, no name.
type deskAnswer struct {
	At          int64             `json:"at"`
	Outcome     admission.Outcome `json:"outcome"`
	Reason      admission.Reason  `json:"reason"`
	Direction   string            `json:"direction"`
	Online      bool              `json:"online"`
	SkewSeconds int               `json:"skew_seconds,omitempty"`
	ZH          deskWords         `json:"zh"`
	EN          deskWords         `json:"en"`
}

type deskWords struct {
	Message string `json:"message"`
	Next    string `json:"next"`
	Notice  string `json:"notice,omitempty"`
}

func deskOf(a Answer) deskAnswer {
	out := deskAnswer{At: model.Millis(a.At), Outcome: a.Outcome, Reason: a.Reason, Direction: a.Direction.String(), Online: a.Online, SkewSeconds: a.SkewSeconds}
	out.ZH.Message, out.ZH.Next = admission.Sentence(a.Reason, a.Outcome, "zh")
	out.EN.Message, out.EN.Next = admission.Sentence(a.Reason, a.Outcome, "en")
	if a.Notice != "" {
		out.ZH.Notice, out.EN.Notice = faultSentences[faultDisk][0], faultSentences[faultDisk][1]
	}
	return out
}

// lately are the last answers, newest first.
func (a *Agent) lately() []deskAnswer {
	a.mu.Lock()
	recent := slices.Clone(a.recent)
	a.mu.Unlock()
	out := make([]deskAnswer, 0, len(recent))
	for _, r := range slices.Backward(recent) {
		out = append(out, deskOf(r))
	}
	return out
}

// lane is the one of a direction.
func (d *GuardDesk) lane(way admission.Direction) *Lane {
	if way == admission.Out {
		return d.Out
	}
	return d.In
}

// shownAtDesk decides on a code that was typed, or scanned into the page.
func (a *Agent) shownAtDesk(w http.ResponseWriter, r *http.Request, d *GuardDesk) {
	var q struct {
		Code        string              `json:"code"`
		Direction   admission.Direction `json:"direction"`
		Temperature float64             `json:"temperature_c"`
	}
	if !readDesk(w, r, &q, &q.Direction) {
		return
	}
	code := TidyCode(q.Code)
	if strings.TrimSpace(code) == "" || q.Temperature != 0 && (q.Temperature < 30 || q.Temperature > 45) {
		http.Error(w, "no code, or no temperature of a person", http.StatusBadRequest)
		return
	}
	answer := a.Present(r.Context(), Presentation{Code: code, Direction: q.Direction, TemperatureTenths: int(math.Round(q.Temperature * 10))})
	a.through(r.Context(), d.lane(q.Direction), answer)
	writeLocal(w, deskOf(answer))
}

// handAtDesk lets somebody through by the guard's hand.
func (a *Agent) handAtDesk(w http.ResponseWriter, r *http.Request, d *GuardDesk) {
	var q struct {
		Direction admission.Direction `json:"direction"`
		Reason    string              `json:"reason"`
		Note      string              `json:"note"`
		Closed    bool                `json:"closed"`
	}
	if !readDesk(w, r, &q, &q.Direction) {
		return
	}
	answer, err := a.ByHand(r.Context(), d.lane(q.Direction), Hand{Direction: q.Direction, Reason: q.Reason, Note: q.Note, Closed: q.Closed})
	if err != nil {
		http.Error(w, "a reason is missing, or a note with other", http.StatusBadRequest)
		return
	}
	writeLocal(w, deskOf(answer))
}

// readDesk reads what the page sends; way is the direction in it, which must be there.
func readDesk(w http.ResponseWriter, r *http.Request, q any, way *admission.Direction) bool {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestAsked))
	if err == nil {
		err = json.Unmarshal(body, q)
	}
	if err != nil || way.String() == "" {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return false
	}
	return true
}
