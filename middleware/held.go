package middleware

import (
	"bytes"
	"net/http"

	"github.com/gin-gonic/gin"
)

// held is an answer that waits until it may be sent. Headers go straight to the
// writer below, which sends them with the first byte.
type held struct {
	gin.ResponseWriter
	status  int
	written bool
	body    bytes.Buffer
}

// hold puts a held answer in place of the writer.
func hold(c *gin.Context) *held {
	h := &held{ResponseWriter: c.Writer, status: http.StatusOK}
	c.Writer = h
	return h
}

// remove puts the writer below back; after a panic it is the one to answer on.
func (h *held) remove(c *gin.Context) { c.Writer = h.ResponseWriter }

// send writes what was held to the writer below and puts that back.
func (h *held) send(c *gin.Context) {
	h.remove(c)
	h.ResponseWriter.WriteHeader(h.status)
	if h.body.Len() > 0 {
		_, _ = h.ResponseWriter.Write(h.body.Bytes()) // a client that has gone needs no answer
		return
	}
	h.ResponseWriter.WriteHeaderNow()
}

func (h *held) WriteHeader(status int) {
	if !h.written {
		h.status = status
	}
}

func (h *held) Write(b []byte) (int, error) {
	h.written = true
	return h.body.Write(b)
}

func (h *held) WriteString(s string) (int, error) {
	h.written = true
	return h.body.WriteString(s)
}

func (h *held) Status() int     { return h.status }
func (h *held) Size() int       { return h.body.Len() }
func (h *held) Written() bool   { return h.written }
func (h *held) WriteHeaderNow() { h.written = true }
func (h *held) Flush()          {}
