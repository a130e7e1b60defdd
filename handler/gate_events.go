package handler

import (
	"context"
	"time"

	"communitypass.cn/communitypass/middleware"

	"github.com/gin-gonic/gin"
)

// gateLook is how often a stream to a gate looks: what is withdrawn is refused at a
// gate within a second, of which the feed takes up to a quarter.
const gateLook = 250 * time.Millisecond

// revokedPasses is the data of the event revoked.
type revokedPasses struct {
	PassNumbers []uint64 `json:"pass_numbers"`
}

// StreamGateEvents is GET /v1/gate/events. A stream begins with ready and has no
// events of the past: the device fetches its bundle when it connects.
func (h *Gates) StreamGateEvents(c *gin.Context) {
	tail := h.Service.Follow(middleware.Caller(c.Request.Context()))
	first := true
	h.Streams.Serve(c, gateLook, func(ctx context.Context, _ string) ([]LiveEvent, error) {
		found, err := tail.Next(ctx)
		if err != nil {
			return nil, err
		}
		var out []LiveEvent
		if first {
			out, first = append(out, LiveEvent{Name: "ready", Data: struct{}{}}), false
		}
		for _, e := range found {
			var data any = struct{}{}
			if len(e.Passes) > 0 {
				data = revokedPasses{e.Passes}
			}
			out = append(out, LiveEvent{Name: e.Name, Data: data})
		}
		return out, nil
	})
}
