package day

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/pquerna/otp/totp"
)

// object is a JSON object as it came.
type object map[string]any

// text is a member that is a text, or empty.
func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

// number is a member that is a number, or 0.
func (o object) number(name string) int {
	n, _ := o[name].(float64)
	return int(n)
}

// in is a member that is an object, or an empty one.
func (o object) in(name string) object {
	m, _ := o[name].(map[string]any)
	return m
}

// items are the objects of a member that is a list.
func (o object) items(name string) []object {
	list, _ := o[name].([]any)
	var out []object
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// answer is what the server said.
type answer struct {
	object
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string { return fmt.Sprintf("%d %.900s", a.status, a.body) }

// caller is somebody or something with a credential, or nobody.
type caller struct {
	day   *Day
	token string
	// renew signs in anew when the token has run out; nil for those that do not.
	renew func() string
	// passID and personID are those of a resident.
	passID, personID string
}

// nobody calls without a credential.
func (d *Day) nobody() *caller { return &caller{day: d} }

// bearer is whoever holds a token.
func (d *Day) bearer(token string) *caller { return &caller{day: d, token: token} }

// staff is a member of staff of the cast, signed in.
func (d *Day) staff(name string) *caller {
	if c, ok := d.staffed[name]; ok {
		return c
	}
	who, ok := d.demo.People[name]
	if !ok {
		panic(stuck{fmt.Errorf("nobody is called %s", name)})
	}
	c := &caller{day: d, personID: who.PersonID}
	c.renew = func() string {
		body := map[string]any{"username": who.Username, "password": who.Password}
		if who.TOTPSecret != "" {
			d.nextCode()
			code, err := totp.GenerateCode(who.TOTPSecret, d.now())
			if err != nil {
				panic(stuck{err})
			}
			body["totp"] = code
		}
		a := d.nobody().post("/v1/sessions/staff", body)
		if a.status != http.StatusCreated {
			panic(stuck{fmt.Errorf("%s cannot sign in: %v", name, a)})
		}
		return a.text("access_token")
	}
	c.token = c.renew()
	d.staffed[name] = c
	return c
}

// nextCode moves on to the next one-time code, since each is taken once.
func (d *Day) nextCode() {
	if _, err := d.private(http.MethodPost, "/demo/clock", map[string]any{"advance_seconds": 31}); err != nil {
		panic(stuck{err})
	}
}

// signIn is a resident with WeChat, signed in. The code works again and again in the
// demo.
func (d *Day) signIn(wechatCode string) *caller {
	c := &caller{day: d}
	c.renew = func() string {
		a := d.nobody().post("/v1/sessions/wechat", map[string]any{"code": wechatCode})
		if a.status != http.StatusCreated {
			panic(stuck{fmt.Errorf("a resident cannot sign in: %v", a)})
		}
		c.personID = a.in("person").text("id")
		return a.text("access_token")
	}
	c.token = c.renew()
	return c
}

func (c *caller) get(path string) answer { return c.call(http.MethodGet, path, nil, nil) }
func (c *caller) post(path string, body any) answer {
	return c.call(http.MethodPost, path, body, nil)
}
func (c *caller) put(path string, body any) answer { return c.call(http.MethodPut, path, body, nil) }
func (c *caller) delete(path string) answer        { return c.call(http.MethodDelete, path, nil, nil) }

// all is every item of a list, page by page.
func (c *caller) all(path string) []object {
	var out []object
	join := "?"
	if bytes.ContainsRune([]byte(path), '?') {
		join = "&"
	}
	for next := path; ; {
		a := c.get(next)
		if a.status != http.StatusOK {
			panic(stuck{fmt.Errorf("GET %s: %v", path, a)})
		}
		out = append(out, a.items("items")...)
		cursor := a.text("next_cursor")
		if cursor == "" {
			return out
		}
		next = path + join + "cursor=" + cursor
	}
}

// call sends a request, and once more after signing in anew when the token has run
// out. A body that is bytes is sent as it is, with the header's content type.
func (c *caller) call(method, path string, body any, header map[string]string) answer {
	a := c.once(method, path, body, header)
	if a.status == http.StatusUnauthorized && c.renew != nil {
		c.token = c.renew()
		a = c.once(method, path, body, header)
	}
	return a
}

func (c *caller) once(method, path string, body any, header map[string]string) answer {
	sent, raw := body.([]byte)
	if !raw && body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			panic(stuck{err})
		}
	}
	q, err := http.NewRequestWithContext(c.day.ctx, method, c.day.demo.BaseURL+path, bytes.NewReader(sent))
	if err != nil {
		panic(stuck{err})
	}
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	q.Header.Set("Accept-Language", "en")
	if c.token != "" {
		q.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range header {
		q.Header.Set(name, value)
	}
	response, err := c.day.http.Do(q)
	if err != nil {
		panic(stuck{fmt.Errorf("%s %s: %w", method, path, err)})
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	if a.body, err = io.ReadAll(io.LimitReader(response.Body, 64<<20)); err != nil {
		panic(stuck{err})
	}
	_ = json.Unmarshal(a.body, &a.object) // what is no object has no members
	return a
}

// gate is a gate's device, by the name of its gate in the garden.
func (d *Day) gate(name string) *caller {
	for _, g := range d.demo.Gates {
		if g.Name == name && g.CommunityID == d.garden() {
			return d.bearer(g.DeviceToken)
		}
	}
	panic(stuck{fmt.Errorf("there is no gate %s", name)})
}

// gateID is the id of a gate of the garden.
func (d *Day) gateID(name string) string {
	for _, g := range d.demo.Gates {
		if g.Name == name && g.CommunityID == d.garden() {
			return g.GateID
		}
	}
	panic(stuck{fmt.Errorf("there is no gate %s", name)})
}

// perimeter is the ring that a gate belongs to.
func (d *Day) perimeter(gate *caller) string {
	for _, g := range d.demo.Gates {
		if g.DeviceToken == gate.token {
			return g.Perimeter
		}
	}
	return ""
}

// scan shows a code at a gate and gives decision and reason, such as "admit ok".
func (d *Day) scan(gate *caller, code, direction string, temperature float64) (string, answer) {
	id := fmt.Sprintf("day-%06d", len(d.scans))
	body := map[string]any{"scan_id": id, "code": code, "direction": direction, "scanned_at": d.now().UTC().Format("2006-01-02T15:04:05.000Z")}
	if temperature > 0 {
		body["temperature_c"] = temperature
	}
	a := gate.post("/v1/gate/scans", body)
	if a.status == http.StatusOK {
		d.scans[id] = a.text("passage_id")
		d.answered[a.text("passage_id")] = a.text("decision") + " " + a.text("reason")
		if a.text("decision") == "admit" {
			d.used[code+"\n"+direction+" "+d.perimeter(gate)]++
		}
	}
	return a.text("decision") + " " + a.text("reason"), a
}

// code fetches the present code of a pass; empty when there is none to be had.
func (c *caller) code(passID string) string {
	a := c.post("/v1/me/passes/"+passID+"/codes", map[string]any{"count": 1})
	for _, item := range a.items("codes") {
		return item.text("code")
	}
	return ""
}

// window is how long a code lives: moving on by it gives a pass a new one.
const window = 31 * time.Second
