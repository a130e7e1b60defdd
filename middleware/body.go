package middleware

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// Limits of bodies in bytes. A batch holds up to 1,000 passages; a file may be
// packed in a form.
const (
	bodyLimit      = 64 << 10
	batchBodyLimit = 1 << 20
	fileBodyLimit  = 10<<20 + 64<<10
)

func limitOf(operationID string) int64 {
	switch operationID {
	case "uploadPassages":
		return batchBodyLimit
	case "importRoster":
		return fileBodyLimit
	}
	return bodyLimit
}

// Body refuses bodies that are too large, or not JSON where the contract asks for
// JSON and else not of its media types, before anything reads them.
// It holds for raw operations as well. A body that the contract does not ask for
// is left unread.
func Body() gin.HandlerFunc {
	return func(c *gin.Context) {
		p := passingOf(c)
		if p.operation == nil || !p.operation.takesBody || c.Request.ContentLength == 0 {
			return
		}
		if !p.operation.takes(c.Request.Header["Content-Type"]) || len(c.Request.Header["Content-Encoding"]) > 0 {
			fail(c, model.Fail(model.CodeUnsupportedMedia))
			return
		}
		switch n := c.Request.ContentLength; {
		case n > p.operation.bodyLimit:
			fail(c, model.Fail(model.CodeTooLarge))
		case n < 0:
			// Only a body of unknown length needs a guard: the server itself reads
			// no further than the length that was announced.
			c.Request.Body = bounded{http.MaxBytesReader(c.Writer, c.Request.Body, p.operation.bodyLimit)}
		}
	}
}

// bounded says body_too_large where http.MaxBytesReader says that it is at its
// end, so that whoever reads can hand the error on as it is.
type bounded struct{ io.ReadCloser }

func (b bounded) Read(to []byte) (int, error) {
	n, err := b.ReadCloser.Read(to)
	if past := new(http.MaxBytesError); errors.As(err, &past) {
		err = model.Fail(model.CodeTooLarge, err)
	}
	return n, err
}

// isJSON accepts application/json, with charset utf-8 or none.
func isJSON(values []string) bool {
	if len(values) != 1 {
		return false
	}
	if values[0] == "application/json" {
		return true
	}
	kind, parameters, err := mime.ParseMediaType(values[0])
	if err != nil || kind != "application/json" {
		return false
	}
	charset, given := parameters["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// takes accepts the media types of the operation's body.
func (op *Operation) takes(values []string) bool {
	if op.media == nil {
		return isJSON(values)
	}
	if len(values) != 1 {
		return false
	}
	kind, _, err := mime.ParseMediaType(values[0])
	return err == nil && slices.Contains(op.media, kind)
}
