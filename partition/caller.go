package partition

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// object is a JSON object as it came.
type object map[string]any

func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

func (o object) number(name string) float64 {
	n, _ := o[name].(float64)
	return n
}

func (o object) items(name string) (out []object) {
	list, _ := o[name].([]any)
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// answer is what the server said; status is 0 when it said nothing.
type answer struct {
	object
	status int
	body   []byte
}

func (a answer) String() string { return fmt.Sprintf("%d %.500s", a.status, a.body) }

// caller is somebody who has signed in and whose network is never cut.
type caller struct {
	site  *site
	base  string
	token string
	// path and body are how to sign in.
	path string
	body map[string]any
}

var plain = &http.Client{Timeout: 30 * time.Second}

func (s *site) caller(path string, body map[string]any) *caller {
	return &caller{site: s, base: s.servers[0].demo.BaseURL, path: path, body: body}
}

// renew signs in, and once more when the token has run out.
func (c *caller) renew() error {
	c.token = ""
	a := c.once(http.MethodPost, c.path, c.body, "")
	if a.status != http.StatusCreated {
		return fmt.Errorf("cannot sign in: %v", a)
	}
	c.token = a.text("access_token")
	if _, once := c.body["refresh_token"]; once {
		c.body["refresh_token"] = a.text("refresh_token")
	}
	return nil
}

func (c *caller) get(path string) answer            { return c.call(http.MethodGet, path, nil, "") }
func (c *caller) post(path string, body any) answer { return c.call(http.MethodPost, path, body, "") }

// call sends a body of a kind, or asks for a kind; what is no bytes is sent as JSON.
func (c *caller) call(method, path string, body any, kind string) answer {
	a := c.once(method, path, body, kind)
	if a.status == http.StatusUnauthorized && c.path != "" && c.renew() == nil {
		a = c.once(method, path, body, kind)
	}
	return a
}

func (c *caller) once(method, path string, body any, kind string) (a answer) {
	sent, raw := body.([]byte)
	if !raw && body != nil {
		sent, _ = json.Marshal(body)
		kind = "application/json"
	}
	q, err := http.NewRequestWithContext(c.site.run.ctx, method, c.base+path, bytes.NewReader(sent))
	if err != nil {
		return answer{body: []byte(err.Error())}
	}
	if method == http.MethodGet {
		q.Header.Set("Accept", cmp.Or(kind, "application/json"))
	} else if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		q.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := plain.Do(q)
	if err != nil {
		return answer{body: []byte(err.Error())}
	}
	defer response.Body.Close()
	a.status = response.StatusCode
	a.body, _ = io.ReadAll(io.LimitReader(response.Body, 64<<20))
	_ = json.Unmarshal(a.body, &a.object) // what is no object has no members
	return a
}

// all reads every page of a list.
func all[T any](c *caller, path string) (out []T, err error) {
	for next := path + "?limit=200"; next != ""; {
		a := c.get(next)
		var page struct {
			Items      []T    `json:"items"`
			NextCursor string `json:"next_cursor"`
		}
		if err := json.Unmarshal(a.body, &page); err != nil || a.status != http.StatusOK {
			return nil, fmt.Errorf("GET %s: %v", path, a)
		}
		out, next = append(out, page.Items...), ""
		if page.NextCursor != "" {
			next = path + "?limit=200&cursor=" + url.QueryEscape(page.NextCursor)
		}
	}
	return out, nil
}
