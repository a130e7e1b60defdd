package gb28181

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"communitypass.cn/communitypass/model"
)

const first, second = "34020000001310000001", "34020000001310000002"

// asked looks until the platform has asked what is due, and returns what it said.
func (s *station) asked(t *testing.T, c *camera) string {
	t.Helper()
	s.Look(t.Context())
	return c.acknowledged()
}

// idle waits until nothing is under way at the platform.
func (s *station) idle(t *testing.T) {
	t.Helper()
	for {
		s.Server.mu.Lock()
		busy := false
		for _, c := range s.cared {
			busy = busy || c.busy
		}
		s.Server.mu.Unlock()
		if !busy {
			return
		}
		if model.Wait(t.Context(), time.Millisecond) != nil {
			t.Fatal("never idle")
		}
	}
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	out, _, _ := strings.Cut(rest, to)
	return out
}

// listed is one message of a catalogue.
func listed(sn, sum string, items ...string) string {
	out := `<?xml version="1.0" encoding="GB2312"?><Response><CmdType>Catalog</CmdType><SN>` + sn + `</SN><DeviceID>` + cameraID + `</DeviceID><SumNum>` + sum +
		`</SumNum><DeviceList Num="` + fmt.Sprint(len(items)/3) + `">`
	for i := 0; i < len(items); i += 3 {
		out += `<Item><DeviceID>` + items[i] + `</DeviceID><Name>` + items[i+1] + `</Name><Status>` + items[i+2] + `</Status></Item>`
	}
	return out + `</DeviceList></Response>`
}

func (s *station) channelsTold() (out []string) {
	for _, e := range s.told(model.DeviceStatus) {
		if e.Detail["what"] == "channel" {
			out = append(out, e.State+" "+e.Detail["channel"]+" "+e.Detail["name"])
		}
	}
	return out
}

func TestChannels(t *testing.T) {
	for _, transport := range []string{"UDP", "TCP"} {
		s := open(t, newDesk(), standard())
		c := newCamera(t, s, cameraID, transport)
		c.register(password, 3600)
		s.Look(t.Context())
		s.clock.Advance(settled)
		query := s.asked(t, c)
		sn := between(query, "<SN>", "</SN>")
		if !strings.Contains(query, "<Query>") || !strings.Contains(query, "<CmdType>Catalog<") || sn == "" {
			t.Fatalf("%s: asked %s", transport, query)
		}
		s.idle(t)
		if status := c.message(listed("999", "1", second, "stranger", "ON")); status != 200 || len(s.channelsTold()) != 0 {
			t.Errorf("%s: an answer to nothing: %d, %q", transport, status, s.channelsTold())
		}
		for range 2 { // the same message twice counts once
			if status := c.message(listed(sn, "3", first, "\xb6\xab\xc3\xc5", "ON")); status != 200 || len(s.channelsTold()) != 0 {
				t.Errorf("%s: half an answer: %d, %q", transport, status, s.channelsTold())
			}
		}
		last := listed(sn, "3", second, "Garage", "OFF", "no-code", "Group", "ON")
		s.desk.mu.Lock()
		s.broken = true
		s.desk.mu.Unlock()
		if status := c.message(last); status != 503 {
			t.Errorf("%s: what was not stored was answered %d", transport, status)
		}
		s.desk.mu.Lock()
		s.broken = false
		s.desk.mu.Unlock()
		if status := c.message(last); status != 200 {
			t.Errorf("%s: answered %d", transport, status)
		}
		told := strings.Join(s.channelsTold(), ", ")
		if len(s.channelsTold()) != 2 || !strings.Contains(told, "channel_on "+first+" 东门") || !strings.Contains(told, "channel_off "+second+" Garage") {
			t.Errorf("%s: channels %s", transport, told)
		}
		// The next day only what is other is told.
		s.clock.Advance(catalogued)
		c.register(password, 3600)
		s.clock.Advance(settled)
		s.Look(t.Context())
		s.clock.Advance(settled)
		query = s.asked(t, c)
		s.idle(t)
		if status := c.message(listed(between(query, "<SN>", "</SN>"), "1", first, "\xb6\xab\xc3\xc5", "ON")); status != 200 {
			t.Errorf("%s: answered %d", transport, status)
		}
		if told := s.channelsTold(); len(told) != 3 || told[2] != "channel_gone "+second+" Garage" {
			t.Errorf("%s: the next day %q", transport, told)
		}
		// Of parts that do not say how many there are none is the whole.
		s.clock.Advance(catalogued)
		c.register(password, 3600)
		s.clock.Advance(settled)
		s.Look(t.Context())
		s.clock.Advance(settled)
		sn = between(s.asked(t, c), "<SN>", "</SN>")
		s.idle(t)
		for _, part := range []string{listed(sn, "", second, "Garage", "ON"), listed(sn, "", first, "\xb6\xab\xc3\xc5", "ON")} {
			if status := c.message(part); status != 200 {
				t.Errorf("%s: answered %d", transport, status)
			}
		}
		if told := s.channelsTold(); len(told) != 4 || told[3] != "channel_on "+second+" Garage" {
			t.Errorf("%s: in parts without a number %q", transport, told)
		}
	}
}

// A device has no more channels than it may have.
func TestChannelsAreBounded(t *testing.T) {
	list := catalogue{seen: map[string]bool{}, channels: map[string]channel{}}
	for i := range 3 * mostItems {
		list.read([]item{{DeviceID: fmt.Sprintf("3402000000131%07d", i), Name: strings.Repeat("门", 1000)}}, cameraID)
	}
	if len(list.channels) != mostChannels || len(list.seen) != mostItems || len([]rune(list.channels["34020000001310000000"].name)) != longestName {
		t.Errorf("%d channels, %d seen", len(list.channels), len(list.seen))
	}
}

// subscriber answers SUBSCRIBE in turn, and the last answer for good.
func (c *camera) subscriber(answers ...func(r *sip.Request) *sip.Response) chan *sip.Request {
	asked := make(chan *sip.Request, 16)
	c.server.OnSubscribe(func(r *sip.Request, tx sip.ServerTransaction) {
		answer := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		_ = tx.Respond(answer(r))
		asked <- r
	})
	return asked
}

func with(status int, headers ...string) func(r *sip.Request) *sip.Response {
	return func(r *sip.Request) *sip.Response {
		out := sip.NewResponseFromRequest(r, status, "-", nil)
		for i := 0; i+1 < len(headers); i += 2 {
			out.AppendHeader(sip.NewHeader(headers[i], headers[i+1]))
		}
		return out
	}
}

func got(t *testing.T, asked chan *sip.Request) *sip.Request {
	t.Helper()
	select {
	case r := <-asked:
		return r
	case <-t.Context().Done():
	case <-time.After(10 * time.Second):
	}
	t.Fatal("no SUBSCRIBE came")
	return nil
}

// What a device ends while it is asked to go on has ended.
func TestSubscriptionEndsWhileItIsRenewed(t *testing.T) {
	s := open(t, newDesk(), standard())
	c := newCamera(t, s, cameraID, "UDP")
	ending := func(asked *sip.Request) *sip.Response {
		r := c.request(sip.NOTIFY, nil, "Event", "presence", "Subscription-State", "terminated;reason=deactivated")
		id := sip.CallIDHeader(asked.CallID().Value())
		r.AppendHeader(&id)
		c.do(r)
		return with(200, "Expires", "600")(asked)
	}
	asked := c.subscriber(with(200, "Expires", "600"), ending, with(200, "Expires", "600"))
	c.register(password, 7*24*3600)
	s.Look(t.Context())
	var dialogs []string
	for _, by := range []time.Duration{settled, 450 * time.Second, 0} {
		s.clock.Advance(by)
		s.Look(t.Context())
		dialogs = append(dialogs, got(t, asked).CallID().Value())
		s.idle(t)
	}
	if dialogs[0] != dialogs[1] || dialogs[2] == dialogs[1] {
		t.Errorf("the dialogs were %q", dialogs)
	}
}

func TestSubscription(t *testing.T) {
	s := open(t, newDesk(), standard())
	c := newCamera(t, s, cameraID, "UDP")
	asked := c.subscriber(with(423, "Min-Expires", "7200"), with(200, "Expires", "600"), with(200, "Expires", "600"), with(481), with(200, "Expires", "600"), with(489))
	c.register(password, 7*24*3600)
	s.Look(t.Context())
	step := func(by time.Duration) *sip.Request {
		t.Helper()
		s.clock.Advance(by)
		s.Look(t.Context())
		r := got(t, asked)
		s.idle(t)
		return r
	}
	tag := func(r *sip.Request) string { v, _ := r.To().Params.Get("tag"); return v }
	one := step(settled)
	if one.GetHeader("Expires").Value() != "3600" || one.GetHeader("Event").Value() != "presence" || tag(one) != "" || one.Contact() == nil || one.Contact().Address.Host != "127.0.0.1" || !strings.Contains(string(one.Body()), "<CmdType>Alarm<") {
		t.Errorf("asked %s", one)
	}
	two := step(0)
	if two.GetHeader("Expires").Value() != "7200" {
		t.Errorf("it wants two hours and is asked for %s", two.GetHeader("Expires").Value())
	}
	s.clock.Advance(449 * time.Second)
	s.Look(t.Context())
	three := step(time.Second)
	if three.CallID().Value() != two.CallID().Value() || three.CSeq().SeqNo != two.CSeq().SeqNo+1 || tag(three) == "" || three.From().Value() != two.From().Value() {
		t.Errorf("renewed by %s after %s", three, two)
	}
	if four := step(450 * time.Second); four.CallID().Value() != three.CallID().Value() {
		t.Error("a third dialog too early")
	}
	five := step(0) // it had forgotten
	if five.CallID().Value() == three.CallID().Value() || tag(five) != "" {
		t.Errorf("after 481 there came %s", five)
	}
	// An alarm by NOTIFY, then the end.
	notify := func(state, body string) int {
		r := c.request(sip.NOTIFY, []byte(body), "Event", "presence", "Subscription-State", state)
		id := sip.CallIDHeader(five.CallID().Value())
		r.AppendHeader(&id)
		return int(c.do(r).StatusCode)
	}
	if status := notify("active;expires=500", notified("7", cameraID, "")); status != 200 || len(s.told(model.DeviceAlarm)) != 1 {
		t.Errorf("an alarm was answered %d: %+v", status, s.told(model.DeviceAlarm))
	}
	if status := notify("terminated;reason=timeout", ""); status != 200 {
		t.Errorf("the end was answered %d", status)
	}
	step(0) // and is refused for good
	s.clock.Advance(time.Hour)
	s.Look(t.Context())
	s.idle(t)
	select {
	case r := <-asked:
		t.Errorf("refused, and asked again: %s", r)
	default:
	}
}
