package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
)

// Problem is an answer of the server that says no (RFC 9457).
type Problem struct {
	Status int
	// Code is the stable one of the contract; empty when the answer was no
	// problem+json, as from a proxy on the way.
	Code      string
	Detail    string
	RequestID string
	// State is the current state of the thing, after a lost race.
	State  string
	Fields []wire.ProblemField
	// RetryAfter is zero when the server did not say.
	RetryAfter time.Duration
}

// Error names status and code and gives the sentence for people.
func (p *Problem) Error() string {
	if p.Code == "" {
		return fmt.Sprintf("status %d without a problem", p.Status)
	}
	return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail)
}

// ProblemCode is the code of the Problem in a chain of errors, or empty.
func ProblemCode(err error) string {
	var p *Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

// problemOf reads an answer whose status is no success.
func problemOf(status int, header http.Header, body []byte) *Problem {
	p := &Problem{Status: status}
	if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil && seconds > 0 {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	var said wire.Problem
	if kind != "application/problem+json" || json.Unmarshal(body, &said) != nil {
		return p
	}
	p.Code, p.Detail, p.RequestID = said.Code, said.Detail, said.RequestId
	if said.State != nil {
		p.State = *said.State
	}
	if said.Errors != nil {
		p.Fields = *said.Errors
	}
	return p
}
