package handler

import "github.com/gin-gonic/gin"

// fail hands an error of a raw operation to the middleware, which renders it.
func fail(c *gin.Context, err error) {
	_ = c.Error(err)
	c.Abort()
}
