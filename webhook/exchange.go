package webhook

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/icholy/digest"
)

// Call is one request of a format that is not ours, by the same guarded way as events.
type Call struct {
	// URL is the recipient's; Path, when it is not empty, is added to the URL's path.
	URL, Path string
	Header    http.Header
	Body      []byte
	// User and Password answer a Digest challenge (RFC 7616); none is answered when
	// User is empty.
	User, Password string
}

// Answer is what was said to a Call.
type Answer struct {
	Status int
	// Body is no longer than Options.MaxResponse; a longer one is no answer.
	Body []byte
}

// Exchange makes one POST and reads the answer whole: some formats say in the body
// whether they have taken what they were sent. Guard, time-outs and redirects are as
// with Send. The outcome is by the status alone; an answer that is cut off or too long
// is a Retry, since nobody knows what it would have said.
func (s *Sender) Exchange(ctx context.Context, c Call) (Answer, Outcome) {
	u, err := s.guard.parse(c.URL)
	if err != nil {
		return Answer{}, unanswered(err)
	}
	if c.Path != "" {
		u.Path, u.RawPath, u.RawQuery = strings.TrimSuffix(u.Path, "/")+c.Path, "", ""
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	// A reader of bytes lets the request be repeated after a challenge.
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(c.Body))
	if err != nil {
		return Answer{}, unanswered(errURL)
	}
	for name, values := range c.Header {
		request.Header[name] = values
	}
	request.Header.Set("User-Agent", "CommunityPass-Webhook/1")
	var way http.RoundTripper = s.transport
	if c.User != "" {
		way = &digest.Transport{Username: c.User, Password: c.Password, Transport: s.transport, NoReuse: true}
	}
	response, err := way.RoundTrip(request)
	if err != nil {
		return Answer{}, unanswered(err)
	}
	defer response.Body.Close()
	outcome := answered(response.StatusCode, response.Header, s.clock.Now()).of(c.Body)
	body, err := io.ReadAll(io.LimitReader(response.Body, s.maxResponse+1))
	switch {
	case outcome.Class != Delivered:
		return Answer{Status: response.StatusCode}, outcome
	case err != nil:
		return Answer{}, unanswered(err)
	case int64(len(body)) > s.maxResponse:
		return Answer{}, Outcome{Status: response.StatusCode, Class: Retry, Detail: "answer_too_long"}
	}
	return Answer{Status: response.StatusCode, Body: body}, outcome
}
