package day

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// pushTemplate is the subscribe message that the demo has set up.
const pushTemplate = "demo-template"

// messages are what people are told, and how it reaches them.
func (d *Day) messages() {
	d.until(18)
	d.notice()
	d.pushes()
	d.live()
}

// publish publishes a notice to the first building of the import.
func (d *Day) publish(title string, urgent bool) answer {
	a := d.staff("钱经理").post(d.in("notices"), map[string]any{"title_zh": title, "body_zh": "今晚十点到明早六点停水。", "title_en": "Water off", "body_en": "From ten tonight to six tomorrow.",
		"audience": "building", "audience_values": []string{homeAt(0).building}, "urgent": urgent})
	d.must("a notice is published to one building ("+title+")", a.status == http.StatusCreated, a)
	return a
}

// notice: who lives in the building sees it, in the own language, and is counted once.
func (d *Day) notice() {
	n := d.publish("停水通知", false)
	reader, neighbour := d.residents[homeAt(0).owner], d.cast("李雷")
	seen := func(c *caller) bool {
		return slices.ContainsFunc(c.all("/v1/me/notices"), func(o object) bool { return o.text("id") == n.text("id") && o.text("title") == "Water off" })
	}
	d.check("residents of the building see it, in their language", seen(reader))
	d.check("those of another do not", !seen(neighbour) && neighbour.post("/v1/me/notices/"+n.text("id")+"/read", nil).status == http.StatusNotFound)
	for range 2 {
		reader.post("/v1/me/notices/"+n.text("id")+"/read", nil)
	}
	for _, o := range d.staff("钱经理").all(d.in("notices")) {
		if o.text("id") == n.text("id") {
			d.check("read twice by one it counts one reader, and does not say who", o.number("reads") == 1, o)
		}
	}
	gone := d.staff("钱经理").post(d.in("notices/"+n.text("id")+"/withdraw"), nil)
	d.check("withdrawn, nobody sees it any more", gone.text("state") == "withdrawn" && !seen(reader), gone)
}

// delivered is how many messages WeChat has delivered to a resident of the import,
// and texted how many the provider of texts has.
func (d *Day) delivered(n int) int {
	return count(d.pushed().OpenIDs, fmt.Sprintf("o-day-%d", n))
}

func (d *Day) texted(n int) int { return count(d.pushed().Phones, homeAt(n).phone) }

func count(list []string, one string) int {
	n := 0
	for _, s := range list {
		if s == one {
			n++
		}
	}
	return n
}

// pushes are what left the inbox, as the world outside saw it.
type pushes struct {
	OpenIDs []string `json:"open_ids"`
	Phones  []string `json:"phones"`
}

func (d *Day) pushed() (told pushes) {
	got, err := d.private(http.MethodGet, "/demo/pushes", nil)
	if err == nil {
		err = json.Unmarshal(got, &told)
	}
	if err != nil {
		panic(stuck{err})
	}
	return told
}

// allowance is how many pushes the server believes it may send.
func (c *caller) allowance() int {
	for _, a := range c.get("/v1/me/message-allowances").items("items") {
		if a.text("template_id") == pushTemplate {
			return a.number("allowance")
		}
	}
	return 0
}

// pushes: one consent is one push; what cannot be pushed lies in the inbox.
func (d *Day) pushes() {
	me, before, texts := d.residents[homeAt(0).owner], d.delivered(0), d.texted(0)
	if _, err := d.private(http.MethodPost, "/demo/taps", map[string]any{"open_id": "o-day-0", "template_id": pushTemplate}); err != nil {
		panic(stuck{err})
	}
	tap := map[string]any{"template_ids": []string{pushTemplate}}
	me.post("/v1/me/message-allowances", tap)
	d.check("a tap on allow is one message", me.allowance() == 1, me.allowance())
	first := d.announce("急：停水", me)
	d.check("an urgent notice is pushed by WeChat", d.soon(func() bool { return d.delivered(0) == before+1 }), d.delivered(0))
	d.check("which used the consent up", me.allowance() == 0, me.allowance())
	d.check("and it is in the inbox", first)
	d.check("nobody was texted, since WeChat led there", d.texted(0) == texts, d.texted(0))
	d.check("the next one is not pushed by WeChat, and is in the inbox", d.announce("急：停电", me) && d.delivered(0) == before+1, d.delivered(0))
	d.check("it goes by SMS instead", d.soon(func() bool { return d.texted(0) == texts+1 }), d.texted(0))
	me.post("/v1/me/message-allowances", tap) // WeChat knows of no tap
	third := d.announce("急：停气", me)
	d.check("WeChat knows of no consent (43101): the count goes to zero", d.soon(func() bool { return me.allowance() == 0 }), me.allowance())
	d.check("nothing was pushed by WeChat, the inbox has it, and a text is sent", third && d.delivered(0) == before+1 && d.soon(func() bool { return d.texted(0) == texts+2 }), d.delivered(0), d.texted(0))
	all := me.post("/v1/me/messages/read-all", nil)
	d.check("all are read with one tap", all.status == http.StatusOK && me.get("/v1/me/messages?unread=true").number("unread") == 0, all)
}

// announce publishes an urgent notice, lets the jobs spread and push it, and says
// whether it came to the inbox.
func (d *Day) announce(title string, reader *caller) bool {
	n := d.publish(title, true)
	for range 3 { // spread, push, and what came between
		d.later(2 * time.Second)
	}
	return d.soon(func() bool {
		return slices.ContainsFunc(reader.all("/v1/me/messages"), func(m object) bool { return m.text("subject_id") == n.text("id") })
	})
}

// live: the guard's page shows a passage a moment after it happened.
func (d *Day) live() {
	ctx, cancel := context.WithTimeout(d.ctx, 20*time.Second)
	defer cancel()
	events, err := d.staff("赵保安").stream(ctx, d.in("passages/events"))
	if err != nil {
		panic(stuck{err})
	}
	d.must("the guard's page is connected", next(ctx, events, "") == "ready")
	me := d.residents[homeAt(0).owner]
	got, a := d.scan(d.gate("东门"), me.code(me.passID), "in", 0)
	d.later(2 * time.Second)
	d.check("a resident goes in", got == "admit ok", got, a)
	d.check("the page shows it as it happens", next(ctx, events, a.text("passage_id")) == "passage")
	stranger := d.staff("秦保安").get(d.in("passages/events?max_seconds=0"))
	d.check("another community's guard cannot listen: 404", stranger.status == http.StatusNotFound, stranger)
}

// event is one server-sent event.
type event struct{ name, data string }

// stream opens server-sent events; the channel closes with the stream.
func (c *caller) stream(ctx context.Context, path string) (<-chan event, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, c.day.demo.BaseURL+path, nil)
	if err != nil {
		return nil, err
	}
	if a := c.get(path + "?max_seconds=0"); a.status != http.StatusOK { // signs in anew when it must
		return nil, errors.New(a.String())
	}
	q.Header.Set("Authorization", "Bearer "+c.token)
	response, err := (&http.Client{}).Do(q)
	if err != nil {
		return nil, err
	}
	out := make(chan event)
	go func() {
		defer close(out)
		defer response.Body.Close()
		var e event
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); {
			case name == "event":
				e.name = value
			case name == "data":
				e.data = value
			case lines.Text() == "" && e.name != "":
				select {
				case out <- e:
				case <-ctx.Done():
					return
				}
				e = event{}
			}
		}
	}()
	return out, nil
}

// next is the name of the next event with a text in it, or empty when the stream ends.
func next(ctx context.Context, events <-chan event, with string) string {
	for {
		select {
		case <-ctx.Done():
			return ""
		case e, open := <-events:
			if !open {
				return ""
			}
			if strings.Contains(e.data, with) {
				return e.name
			}
		}
	}
}
