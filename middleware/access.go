package middleware

import (
	"log/slog"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// Access writes one line per request and counts it. The line has the template of
// the route and the kind and account of the caller; it has no path, query,
// address or name, so that a log can be read without looking at anybody.
func Access(log *slog.Logger, metrics *Metrics, clock model.Clock) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		p := passingOf(c)
		took, status := clock.Now().Sub(p.begun), c.Writer.Status()
		metrics.observe(p.operation, status, took)
		if !log.Enabled(p, slog.LevelInfo) {
			return
		}
		attrs := make([]slog.Attr, 0, 9)
		attrs = append(attrs, slog.String("request_id", p.id), slog.String("method", methodOf(p)), slog.String("route", routeOf(p)),
			slog.Int("status", status), slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int("bytes", max(c.Writer.Size(), 0)))
		if p.caller != nil {
			attrs = append(attrs, slog.String("caller", string(p.caller.Kind)), slog.String("account", p.caller.AccountID))
		}
		if p.code != "" {
			attrs = append(attrs, slog.String("code", string(p.code)))
		}
		log.LogAttrs(p, slog.LevelInfo, "request", attrs...)
	}
}

// methodOf is the operation's method; a stranger's may be any word.
func methodOf(p *passing) string {
	if p.operation == nil {
		return "other"
	}
	return p.operation.Method
}
