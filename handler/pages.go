package handler

import (
	"net/http"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// Pages serves what people open in a browser. It is not of the contract: paths below
// /v1 are no pages, and a page is asked for only when no operation has its path.
type Pages interface {
	// Serve answers and reports true, or does nothing and reports false.
	Serve(w http.ResponseWriter, r *http.Request) bool
}

// elsewhere answers paths that the contract does not have.
func elsewhere(pages Pages) gin.HandlerFunc {
	return func(c *gin.Context) {
		if pages == nil || !pages.Serve(c.Writer, c.Request) {
			fail(c, model.NotFound())
		}
	}
}
