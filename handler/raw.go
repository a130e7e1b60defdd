package handler

import "github.com/gin-gonic/gin"

// fail hands an error to the middleware, which makes the answer of it, and ends
// the handling of the request.
func fail(c *gin.Context, err error) {
	_ = c.Error(err)
	c.Abort()
}
