package handler

import (
	"context"
	"strconv"
	"time"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/service"

	"github.com/gin-gonic/gin"
)

// VisitEvents streams to a visitor how the visit goes on.
type VisitEvents struct {
	Service *service.Visits
	Streams *Streams
}

// visitLook is how often a stream looks at its visit.
const visitLook = time.Second

// StreamOwnVisit is GET /v1/visitor/visit/events: an event "visit" at the start and
// with each change.
func (h *VisitEvents) StreamOwnVisit(c *gin.Context) {
	caller, language := middleware.Caller(c.Request.Context()), middleware.Language(c.Request.Context())
	h.Streams.Serve(c, visitLook, func(ctx context.Context, after string) ([]LiveEvent, error) {
		v, err := h.Service.Own(ctx, caller)
		if err != nil {
			return nil, err
		}
		id := strconv.Itoa(v.Turn) + "." + v.Next // what to do also changes with the clock
		if id == after {
			return nil, nil
		}
		return []LiveEvent{{ID: id, Name: "visit", Data: visitorVisit(language, v)}}, nil
	})
}
