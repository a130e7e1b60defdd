package handler_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// nowhere is a response that costs next to nothing.
type nowhere struct{ header http.Header }

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) WriteHeader(int)             {}
func (w *nowhere) Write(b []byte) (int, error) { return len(b), nil }

func scanRequest() *http.Request {
	q, err := http.NewRequest("POST", "/v1/gate/scans", io.NopCloser(strings.NewReader("{}")))
	if err != nil {
		panic(err)
	}
	q.ContentLength = 2
	q.RemoteAddr = "192.0.2.1:5000"
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer device")
	q.Header.Set("X-Request-Id", "request-0001")
	return q
}

func drive(b *testing.B, handler http.Handler) {
	q, w := scanRequest(), &nowhere{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		handler.ServeHTTP(w, q)
	}
}

// BenchmarkGatePath is what a scan pays for the way through the house, against
// gin alone and with the log off.
func BenchmarkGatePath(b *testing.B) {
	nothing := func(c *gin.Context) { c.Status(http.StatusOK) }
	b.Run("bare", func(b *testing.B) {
		gin.SetMode(gin.ReleaseMode)
		engine := gin.New()
		engine.POST("/v1/gate/scans", nothing)
		drive(b, engine)
	})
	for name, log := range map[string]slog.Handler{"whole": slog.NewJSONHandler(io.Discard, nil), "log=off": slog.DiscardHandler} {
		b.Run(name, func(b *testing.B) {
			r := newRig(b, func(r *rig) {
				r.options.ValidateResponses = nil
				r.options.Log = slog.New(log)
				r.options.Clock = model.SystemClock{}
				r.options.Limits = middleware.Limits{Device: middleware.Rate{Events: 1 << 30, Per: 1e9}}
				r.fake.raw["recordScan"] = nothing
			})
			drive(b, r.handler)
		})
	}
}
