package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

// client is somebody who calls the server: with a token or none, from a network
// of their own. Every answer is held against the contract.
type client struct {
	w     *world
	token string
	http  *http.Client
}

// request is what differs from a plain JSON request.
type request struct {
	method, path string
	// body is sent as JSON, or as it is when it is []byte.
	body   any
	header map[string]string
	// unsized sends the body in chunks, without saying how long it is.
	unsized bool
}

// answer is what came back, already found to fit the contract.
type answer struct {
	status int
	header http.Header
	body   []byte
	// code is that of a problem.
	code string
}

// from is a client at an address of the loopback network, since some limits count
// by network.
func (w *world) from(address string) *client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 8, DisableCompression: true,
		ExpectContinueTimeout: 5 * time.Second}
	w.t.Cleanup(transport.CloseIdleConnections)
	return &client{w: w, http: &http.Client{Transport: transport, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is the same machine with a token.
func (c *client) as(token string) *client {
	other := *c
	other.token = token
	return &other
}

func (c *client) get(t testing.TB, path string) answer {
	t.Helper()
	return c.do(t, request{method: "GET", path: path})
}

func (c *client) post(t testing.TB, path string, body any) answer {
	t.Helper()
	return c.do(t, request{method: "POST", path: path, body: body})
}

// do sends a request, in Chinese and in English by turns, and fails the test when
// the answer is not one that the contract describes.
func (c *client) do(t testing.TB, r request) answer {
	t.Helper()
	language := [2]string{"zh-CN", "en"}[c.w.turn.Add(1)%2]
	q, err := c.build(r, language)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.http.Do(q)
	if err != nil {
		t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	a := answer{status: response.StatusCode, header: response.Header, body: body}
	c.w.remember(r.method+" "+r.path, a)
	if err := a.check(c.w.contract, q, language); err != nil {
		t.Errorf("%s %s: %v\n%d %.600s", r.method, r.path, err, a.status, a.body)
	}
	if a.status >= 400 {
		var p struct{ Code string }
		_ = json.Unmarshal(body, &p)
		a.code = p.Code
	}
	return a
}

func (c *client) build(r request, language string) (*http.Request, error) {
	body, raw := r.body.([]byte)
	var reader io.Reader
	if r.body != nil {
		if !raw {
			var err error
			if body, err = json.Marshal(r.body); err != nil {
				return nil, err
			}
		}
		reader = bytes.NewReader(body)
	}
	q, err := http.NewRequest(r.method, c.w.Demo.BaseURL+r.path, reader)
	if err != nil {
		return nil, err
	}
	q.Header.Set("Accept-Language", language)
	if r.body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		q.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range r.header {
		q.Header.Set(name, value)
	}
	if r.unsized {
		q.ContentLength = -1
	}
	return q, nil
}

// check holds an answer against the contract.
func (a answer) check(k *contract, q *http.Request, language string) error {
	var errs []error
	if a.header.Get("X-Request-Id") == "" || a.header.Get("X-Content-Type-Options") != "nosniff" {
		errs = append(errs, errors.New("X-Request-Id or X-Content-Type-Options is missing"))
	}
	if cache := a.header.Get("Cache-Control"); strings.HasPrefix(q.URL.Path, "/v1/") && !strings.HasPrefix(cache, "no-store") && cache != "private, no-cache" {
		errs = append(errs, fmt.Errorf("Cache-Control is %q", cache))
	}
	if r := k.find(q.Method, q.URL.Path); r != nil {
		errs = append(errs, k.check(r, q, a.status, a.header, a.body))
	} else if a.status < 400 {
		errs = append(errs, errors.New("the contract has no such operation"))
	}
	if a.status >= 400 && q.Method != http.MethodHead {
		errs = append(errs, a.checkProblem(k, language))
	}
	return errors.Join(errs...)
}

// checkProblem: RFC 9457 in the language that was asked for.
func (a answer) checkProblem(k *contract, language string) error {
	var p struct {
		Type, Title, Detail, Code string
		Status                    int
		RequestID                 string `json:"request_id"`
		Errors                    []struct{ Field, Code, Detail string }
	}
	if err := json.Unmarshal(a.body, &p); err != nil {
		return fmt.Errorf("not a problem: %w", err)
	}
	chinese := language == "zh-CN"
	sentences := []string{p.Title, p.Detail}
	for _, e := range p.Errors {
		if e.Code == "" {
			return errors.New("a field has no code")
		}
		sentences = append(sentences, e.Detail)
	}
	switch {
	case a.header.Get("Content-Type") != "application/problem+json":
		return fmt.Errorf("a problem of the type %q", a.header.Get("Content-Type"))
	case p.Status != a.status:
		return fmt.Errorf("the body says status %d", p.Status)
	case !k.codes[p.Code]:
		return fmt.Errorf("the code %q is not in the registry", p.Code)
	case !strings.HasSuffix(p.Type, p.Code):
		return fmt.Errorf("the type %q does not name the code", p.Type)
	case p.RequestID != a.header.Get("X-Request-Id"):
		return fmt.Errorf("the request id is %q in the body and %q in the header", p.RequestID, a.header.Get("X-Request-Id"))
	case slices.ContainsFunc(sentences, func(s string) bool { return s == "" || hasHan(s) != chinese }):
		return fmt.Errorf("it is not in %s: %q", language, sentences)
	case (a.status == 429 || a.status == 503) && a.header.Get("Retry-After") == "":
		return errors.New("it does not say when to come again")
	case a.status == 401 && a.header.Get("WWW-Authenticate") == "":
		return errors.New("a 401 that names no scheme")
	case a.status == 405 && a.header.Get("Allow") == "":
		return errors.New("a 405 that does not say what is allowed")
	}
	return nil
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// want reads the body of an answer that must have the status.
func want[T any](t testing.TB, a answer, status int) T {
	t.Helper()
	var out T
	a.wants(t, status)
	if err := json.Unmarshal(a.body, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// wants insists on a status and, for problems, on a code where one is given.
func (a answer) wants(t testing.TB, status int, code ...string) {
	t.Helper()
	if a.status != status || len(code) > 0 && a.code != code[0] {
		t.Fatalf("answered %d %s instead of %d %v: %.500s", a.status, a.code, status, code, a.body)
	}
}

func (a answer) cookies() []*http.Cookie { return (&http.Response{Header: a.header}).Cookies() }
