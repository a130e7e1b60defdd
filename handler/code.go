package handler

import (
	"net/http"
	"time"

	"communitypass.cn/communitypass/middleware"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"

	"github.com/gin-gonic/gin"
)

// Painter draws a text as a QR symbol of size × size pixels. The bytes may be
// shared and are only read.
type Painter interface {
	PNG(text string, size int) ([]byte, error)
	SVG(text string, size int) ([]byte, error)
}

// Codes serves pass codes as text and as images. Both are bound and written by
// hand: a phone asks every half minute, and generic validation costs more than
// finding the code.
type Codes struct {
	Service *service.Codes
	Painter Painter
}

// IssueCodes is POST /v1/me/passes/{id}/codes.
func (h *Codes) IssueCodes(c *gin.Context) {
	id, err := pathID(c)
	if err != nil {
		fail(c, err)
		return
	}
	count, err := codesRequest(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	issued, err := h.Service.Issue(c.Request.Context(), middleware.Caller(c.Request.Context()), id, count)
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, "application/json", codesAnswer(issued))
}

// GetPassQR is GET /v1/me/passes/{id}/qr.
func (h *Codes) GetPassQR(c *gin.Context) {
	id, err := pathID(c)
	if err != nil {
		fail(c, err)
		return
	}
	wanted, err := imageRequest(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	issued, err := h.Service.Issue(c.Request.Context(), middleware.Caller(c.Request.Context()), id, 1)
	if err != nil {
		fail(c, err)
		return
	}
	image, err := h.paint(issued.Codes[0].Text, wanted)
	if err != nil {
		fail(c, model.Fail(model.CodeInternal, err))
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, wanted.mediaType, image)
}

func (h *Codes) paint(text string, wanted imageWanted) ([]byte, error) {
	if wanted.mediaType == mediaSVG {
		return h.Painter.SVG(text, wanted.size)
	}
	return h.Painter.PNG(text, wanted.size)
}

// codesAnswer writes the contract's Codes. Nothing in it needs escaping: Base45
// has neither quotes nor backslashes.
func codesAnswer(issued service.Issued) []byte {
	b := make([]byte, 0, 80+len(issued.Codes)*224)
	b = append(b, `{"codes":[`...)
	for i, code := range issued.Codes {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, `{"code":"`...), code.Text...)
		b = appendInstant(append(b, `","not_before":"`...), code.NotBefore)
		b = appendInstant(append(b, `","expires_at":"`...), code.ExpiresAt)
		b = append(b, `"}`...)
	}
	b = appendInstant(append(b, `],"step_seconds":30,"server_time":"`...), issued.Now)
	return append(b, `"}`...)
}

// appendInstant writes instant.Layout by way of the layout that package time has a
// quick path for.
func appendInstant(b []byte, ms int64) []byte {
	b = model.FromMillis(ms).AppendFormat(b, time.RFC3339)
	rest := model.FromMillis(ms).Nanosecond() / int(time.Millisecond)
	b[len(b)-1] = '.'
	return append(b, byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10), 'Z')
}

// pathID is the id of the path. What cannot be an id is not_found and never
// reaches the database.
func pathID(c *gin.Context) (string, error) {
	id := c.Param("id")
	if len(id) != 26 {
		return "", model.NotFound()
	}
	for i := range len(id) {
		switch ch := id[i]; {
		case ch >= '0' && ch <= '9', ch >= 'A' && ch <= 'Z' && ch != 'I' && ch != 'L' && ch != 'O' && ch != 'U':
		default:
			return "", model.NotFound()
		}
	}
	return id, nil
}
