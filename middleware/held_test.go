package middleware

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
)

func TestAHeldAnswerIsSentAsItWasWritten(t *testing.T) {
	for name, c := range map[string]struct {
		write  func(c *gin.Context)
		status int
		body   string
	}{
		"a body":                {func(c *gin.Context) { c.Data(201, "text/plain", []byte("made")) }, 201, "made"},
		"in pieces":             {func(c *gin.Context) { _, _ = c.Writer.WriteString("a"); _, _ = c.Writer.Write([]byte("b")) }, 200, "ab"},
		"a status alone":        {func(c *gin.Context) { c.Status(http.StatusNoContent) }, 204, ""},
		"a status come late":    {func(c *gin.Context) { c.Data(200, "text/plain", []byte("ok")); c.Status(500) }, 200, "ok"},
		"nothing":               {func(*gin.Context) {}, 200, ""},
		"a flush in the middle": {func(c *gin.Context) { _, _ = c.Writer.WriteString("a"); c.Writer.Flush() }, 200, "a"},
	} {
		w := httptest.NewRecorder()
		ctx, _ := gin.CreateTestContext(w)
		below := ctx.Writer
		h := hold(ctx)
		c.write(ctx)
		if w.Body.Len() > 0 || w.Flushed {
			t.Errorf("%s: it was sent early", name)
		}
		if ctx.Writer.Status() != c.status || ctx.Writer.Size() != len(c.body) {
			t.Errorf("%s: while held %d with %d bytes", name, ctx.Writer.Status(), ctx.Writer.Size())
		}
		h.send(ctx)
		if w.Code != c.status || w.Body.String() != c.body || ctx.Writer != below {
			t.Errorf("%s: sent as %d %q", name, w.Code, w.Body)
		}
	}
}
