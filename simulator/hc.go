package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"

	"communitypass.cn/communitypass/outbound/hc"
)

// HC is a simulated property system of HC (java110), as an http.Handler: it takes
// callbacks at POST /callbacks, answers {"code":0} to what is signed with its secret
// and {"code":401} to what is not, and shows at GET /received what it got, each taskId
// once. With Fail it takes nothing for a while. It is safe for concurrent use.
type HC struct {
	mux    *http.ServeMux
	secret string

	mu    sync.Mutex
	order []string
	got   map[string]*HCCallback
	fail  int
}

// HCCallback is a callback as received.
type HCCallback struct {
	TaskID string            `json:"task_id"`
	Fields map[string]string `json:"fields"`
	// Deliveries counts how often this taskId came; Identical says whether with the
	// same bytes each time.
	Deliveries int  `json:"deliveries"`
	Identical  bool `json:"identical"`
	body       []byte
}

// NewHC makes a property system that verifies with a secret.
func NewHC(secret string) *HC {
	h := &HC{mux: http.NewServeMux(), secret: secret, got: map[string]*HCCallback{}}
	h.mux.HandleFunc("POST /callbacks", h.take)
	h.mux.HandleFunc("GET /received", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{"items": h.Received()})
	})
	return h
}

// ServeHTTP answers one request.
func (h *HC) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Received is what GET /received shows, in order of first arrival.
func (h *HC) Received() []HCCallback {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]HCCallback, 0, len(h.order))
	for _, id := range h.order {
		out = append(out, *h.got[id])
	}
	return out
}

// Fail has the next n callbacks answered {"code":500} and not taken.
func (h *HC) Fail(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = n
}

// Failing is how many callbacks are still to fail.
func (h *HC) Failing() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fail
}

// fails counts one callback off those that fail.
func (h *HC) fails() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail == 0 {
		return false
	}
	h.fail--
	return true
}

func (h *HC) take(w http.ResponseWriter, r *http.Request) {
	var fields map[string]string
	var body bytes.Buffer
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, propertyBody))
	switch {
	case h.fails():
		answerJSON(w, map[string]any{"code": 500, "msg": "系统异常", "data": ""})
	case err != nil || json.Unmarshal(body.Bytes(), &fields) != nil || fields["taskId"] == "":
		answerJSON(w, map[string]any{"code": 400, "msg": "报文有误", "data": ""})
	case fields["sign"] != hc.Sign(fields, h.secret):
		answerJSON(w, map[string]any{"code": 401, "msg": "签名有误", "data": ""})
	default:
		h.keep(fields, body.Bytes())
		answerJSON(w, map[string]any{"code": 0, "msg": "成功", "data": ""})
	}
}

func (h *HC) keep(fields map[string]string, body []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := fields["taskId"]
	if known := h.got[id]; known != nil {
		known.Deliveries++
		known.Identical = known.Identical && bytes.Equal(known.body, body)
		return
	}
	if len(h.order) >= propertyEvents {
		delete(h.got, h.order[0])
		h.order = h.order[1:]
	}
	h.order = append(h.order, id)
	h.got[id] = &HCCallback{TaskID: id, Fields: fields, Deliveries: 1, Identical: true, body: body}
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}
