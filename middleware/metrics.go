package middleware

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts and times requests by the template of their route: a path would
// make a series of its own for each id, and would tell it.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	// timers are the histograms of the operations, by Operation.number, found once.
	timers   []prometheus.Observer
	unknown  prometheus.Observer
	statuses [600]string
}

// NewMetrics registers the metrics of HTTP.
func NewMetrics(registry prometheus.Registerer, contract *Contract) (*Metrics, error) {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "communitypass_http_requests_total",
			Help: "Requests by route template, method and status."}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "communitypass_http_request_duration_seconds",
			Help:    "Time from the first byte of a request to its answer, by route template and method.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}}, []string{"method", "route"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	for _, op := range contract.operations {
		m.timers = append(m.timers, m.seconds.WithLabelValues(op.Method, op.Route))
	}
	m.unknown = m.seconds.WithLabelValues("other", "none")
	for status := range m.statuses {
		m.statuses[status] = strconv.Itoa(status)
	}
	return m, nil
}

// observe counts one request. What asks for no operation shares one line, since
// its path and method are whatever a stranger likes.
func (m *Metrics) observe(op *Operation, status int, took time.Duration) {
	if status < 0 || status >= len(m.statuses) {
		status = http.StatusInternalServerError
	}
	if op == nil {
		m.unknown.Observe(took.Seconds())
		m.requests.WithLabelValues("other", "none", m.statuses[status]).Inc()
		return
	}
	if !op.stream { // it lasts as long as its client likes
		m.timers[op.number].Observe(took.Seconds())
	}
	m.requests.WithLabelValues(op.Method, op.Route, m.statuses[status]).Inc()
}
