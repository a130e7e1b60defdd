package handler

import (
	"communitypass.cn/communitypass/openapi/server"

	"github.com/gin-gonic/gin"
)

// Detach is a middleware of the strict server that gives each handler a context of
// its own. Gin takes its contexts back for the next request, while database/sql
// goes on asking for a moment whether the context that it was given has ended: it
// would ask the next request's. The copy is for reading only; answers are written
// by what a handler returns. It needs ContextWithFallback.
func Detach(next server.StrictHandlerFunc, _ string) server.StrictHandlerFunc {
	return func(c *gin.Context, request any) (any, error) { return next(c.Copy(), request) }
}
