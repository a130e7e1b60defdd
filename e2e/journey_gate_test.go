package e2e_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/passcode"
)

// scan is what a gate sends when it has read a code.
func (w *world) scan(t testing.TB, code, direction string) map[string]any {
	t.Helper()
	return map[string]any{"scan_id": w.unique("scan"), "code": code, "direction": direction, "scanned_at": at(w.now(t)), "online": true}
}

func (c *client) decide(t testing.TB, scan map[string]any) wire.ScanDecision {
	t.Helper()
	return want[wire.ScanDecision](t, c.post(t, "/v1/gate/scans", scan), 200)
}

// decided insists on a decision.
func decided(t testing.TB, d wire.ScanDecision, decision, reason string) {
	t.Helper()
	if string(d.Decision) != decision || d.Reason != reason || d.Message == "" {
		t.Errorf("decided %s %s (%s) instead of %s %s", d.Decision, d.Reason, d.Message, decision, reason)
	}
}

// goIn shows a code to the east gate and gives the passage.
func (w *world) goIn(t *testing.T, me *client, passID string) string {
	w.newWindow(t)
	code := me.code(t, passID)
	scan := w.scan(t, code, "in")
	scan["temperature_c"] = 36.5
	first := w.gate(east).decide(t, scan)
	decided(t, first, "admit", "ok")
	if first.Display.Kind != "resident" || first.Display.NameMasked == "" || first.Display.Building == nil || *first.Display.Building != w.Demo.Unclaimed.Building {
		t.Errorf("the gate shows %+v", first.Display)
	}
	again := w.gate(east).decide(t, scan)
	if again.PassageId != first.PassageId || again.Decision != first.Decision || again.Reason != first.Reason || again.Display.NameMasked != first.Display.NameMasked {
		t.Errorf("the same scan is answered %+v and then %+v", first, again)
	}
	decided(t, w.gate(east).decide(t, w.scan(t, code, "in")), "refuse", "used")
	decided(t, w.gate(door).decide(t, w.scan(t, code, "in")), "admit", "ok") // a ring of its own
	decided(t, w.gate(west).decide(t, w.scan(t, code, "out")), "admit", "ok")
	decided(t, w.gate(west).decide(t, w.scan(t, code, "out")), "refer", "used") // never refused

	path := "/v1/gate/passages/" + first.PassageId + "/outcome"
	for range 2 {
		o := want[wire.PassageOutcome](t, w.gate(east).post(t, path, map[string]string{"outcome": "passed"}), 200)
		if o.Outcome != "passed" || o.PassageId != first.PassageId {
			t.Errorf("the outcome is %+v", o)
		}
	}
	w.gate(east).post(t, path, map[string]string{"outcome": "timed_out"}).wants(t, 409, "state_changed")
	w.gate(west).post(t, path, map[string]string{"outcome": "passed"}).wants(t, 404, "not_found")
	return first.PassageId
}

// beRecorded: the manager sees the passage, newest first, with its outcome.
func (w *world) beRecorded(t *testing.T, passageID string) {
	list := want[wire.PassageList](t, w.person(manager).get(t, w.in("passages")+"?gate_id="+w.Demo.Gates[east].GateID), 200)
	i := slices.IndexFunc(list.Items, func(p wire.Passage) bool { return p.Id == passageID })
	if i < 0 {
		t.Fatal("the manager does not see the passage")
	}
	p := list.Items[i]
	if p.Outcome != "passed" || p.Decision != "admit" || p.Reason != "ok" || !p.Online || p.GateId != w.Demo.Gates[east].GateID ||
		p.TemperatureC != nil || // not kept in ordinary mode
		p.ReceivedAt.IsZero() {
		t.Errorf("the passage is %+v", p)
	}
	if !slices.IsSortedFunc(list.Items, func(a, b wire.Passage) int { return b.ReceivedAt.Compare(a.ReceivedAt.Time) }) {
		t.Error("the passages are not newest first")
	}
	refused := want[wire.PassageList](t, w.person(guard).get(t, w.in("passages")+"?decision=refuse"), 200)
	if len(refused.Items) != 1 || refused.Items[0].Reason != "used" {
		t.Errorf("refused were %+v", refused.Items)
	}
	w.byTime(t, p)
	w.pageThrough(t)
}

// byTime: from takes an instant in, until leaves it out.
func (w *world) byTime(t *testing.T, p wire.Passage) {
	begin, end := p.ReceivedAt.Time, p.ReceivedAt.Add(time.Millisecond)
	for query, found := range map[string]bool{
		"from=" + at(begin) + "&until=" + at(end): true, "from=" + at(end): false, "until=" + at(begin): false,
		"until=" + at(end): true, "from=" + url.QueryEscape(begin.In(time.FixedZone("", 8*3600)).Format(time.RFC3339Nano)): true,
	} {
		list := want[wire.PassageList](t, w.person(manager).get(t, w.in("passages")+"?"+query), 200)
		if slices.ContainsFunc(list.Items, func(o wire.Passage) bool { return o.Id == p.Id }) != found {
			t.Errorf("%s: found is not %v", query, found)
		}
	}
}

// pageThrough: by pages of one, every passage comes once and in the same order.
func (w *world) pageThrough(t *testing.T) {
	whole := want[wire.PassageList](t, w.person(manager).get(t, w.in("passages")), 200)
	var ids []string
	for path := w.in("passages") + "?limit=1"; path != "" && len(ids) <= len(whole.Items); {
		page := want[wire.PassageList](t, w.person(manager).get(t, path), 200)
		for _, p := range page.Items {
			ids = append(ids, p.Id)
		}
		if path = ""; page.NextCursor != nil {
			path = w.in("passages") + "?limit=1&cursor=" + *page.NextCursor
		}
	}
	if !slices.EqualFunc(ids, whole.Items, func(id string, p wire.Passage) bool { return id == p.Id }) {
		t.Errorf("by pages of one come %d of %d passages, or in another order", len(ids), len(whole.Items))
	}
}

// propertyEvent is one event as the property system has it.
type propertyEvent struct {
	ID          string
	Type        string
	Sequence    int64
	Verified    bool
	SM2Verified bool `json:"sm2_verified"`
	Deliveries  int
	Identical   bool
	Body        struct {
		Subject string
		Time    time.Time
		Data    map[string]any
	}
}

func (w *world) received(t testing.TB) []propertyEvent {
	t.Helper()
	var got struct{ Items []propertyEvent }
	if err := json.Unmarshal(w.outside(t, "GET", w.Demo.Property.ReceivedURL, nil), &got); err != nil {
		t.Fatal(err)
	}
	return got.Items
}

// beTold: the property system has each event once, verified by both signatures,
// without a gap, and of the passage what the policy lets out.
func (w *world) beTold(t *testing.T, passageID string) {
	var passages int
	soon(t, "the passage is forwarded", func() bool {
		passages = 0
		for _, e := range w.received(t) {
			if e.Type == "cn.communitypass.passage.recorded" {
				passages++
			}
		}
		return passages >= 5
	})
	events := w.received(t)
	// Several are on their way at once, so they arrive in any order.
	slices.SortFunc(events, func(a, b propertyEvent) int { return int(a.Sequence - b.Sequence) })
	about := 0
	for i, e := range events {
		if e.Sequence != int64(i)+1 || !e.Verified || !e.SM2Verified || e.Deliveries != 1 || !e.Identical {
			t.Errorf("event %d is %+v", i, e)
		}
		if e.Body.Subject == passageID {
			about++
			if e.Body.Data["decision"] != "admit" || e.Body.Data["gate_id"] != w.Demo.Gates[east].GateID || e.Body.Data["person_id"] != nil {
				t.Errorf("of the passage is told %v", e.Body.Data)
			}
		}
	}
	if about != 1 {
		t.Errorf("the passage was told %d times", about)
	}
}

// beRefused: codes that a gate must not believe. None is refused on the way out.
func (w *world) beRefused(t *testing.T, me *client, passID string) {
	w.newWindow(t)
	codes := me.codes(t, passID, 20).Codes
	w.both(t, east, codes[6].Code, "refer", "clock_skew")
	ahead := w.gate(east).decide(t, w.scan(t, codes[6].Code, "in"))
	left := codes[6].NotBefore.Sub(w.now(t)).Seconds()
	if ahead.SkewSeconds == nil || float64(*ahead.SkewSeconds) < left || float64(*ahead.SkewSeconds) > left+15 {
		t.Errorf("the skew is %v of %.1f s", ahead.SkewSeconds, left)
	}
	w.both(t, harbourEast, codes[0].Code, "refuse", "wrong_community")
	w.both(t, east, tampered(codes[0].Code), "refuse", "bad_signature")
	w.both(t, east, "https://example.com/", "refuse", "unknown_code")
	w.both(t, east, "通行码", "refuse", "unknown_code")
	w.advance(t, 61*time.Second)
	w.both(t, east, codes[0].Code, "refuse", "expired")
	// The fourth window is not yet over: a phone without a network still opens.
	decided(t, w.gate(east).decide(t, w.scan(t, codes[2].Code, "in")), "admit", "ok")
}

// both shows a code on the way in, and on the way out, which is never refused.
func (w *world) both(t *testing.T, gate int, code, decision, reason string) {
	t.Helper()
	in := w.gate(gate).decide(t, w.scan(t, code, "in"))
	decided(t, in, decision, reason)
	decided(t, w.gate(gate).decide(t, w.scan(t, code, "out")), "refer", reason)
	if genuine := reason == "clock_skew" || reason == "expired" || reason == "revoked"; !genuine && (in.Display.Kind != "unknown" || in.Display.Building != nil) {
		t.Errorf("%s: somebody is shown: %+v", reason, in.Display)
	}
}

// tampered is a code whose header was changed and that still reads as a code.
func tampered(code string) string {
	for i := 3; i < 30; i++ {
		for _, other := range "0123456789ABCDEFGH" {
			changed := code[:i] + string(other) + code[i+1:]
			was, err1 := passcode.Parse(code)
			is, err2 := passcode.Parse(changed)
			if err1 == nil && err2 == nil && is.Community == was.Community && is.Key == was.Key && is.Format == was.Format && is.Header != was.Header && is.Pass != was.Pass {
				return changed
			}
		}
	}
	panic("no change of the header still reads as a code")
}

// moveOut ends the residency: a code fetched before opens nothing any more.
func (w *world) moveOut(t *testing.T, me *client, passID string, r wire.Residency) {
	w.newWindow(t)
	code := me.code(t, passID)
	decided(t, w.gate(east).decide(t, w.scan(t, code, "in")), "admit", "ok")
	ended := want[wire.Residency](t, w.person(manager).post(t, w.in("residencies/"+r.Id+"/end"), map[string]string{"reason": "moved out"}), 200)
	if ended.Status != wire.ResidencyStatusEnded || ended.EndedAt == nil {
		t.Fatalf("the residency is %+v", ended)
	}
	w.both(t, door, code, "refuse", "revoked")
	me.post(t, "/v1/me/passes/"+passID+"/codes", nil).wants(t, 409, "pass_invalid")
	me.get(t, "/v1/me/passes/"+passID+"/qr").wants(t, 409, "pass_invalid")
	w.person(manager).post(t, w.in("residencies/"+r.Id+"/end"), map[string]string{"reason": "moved out"}).wants(t, 409, "state_changed")
	soon(t, "the property system hears of it", func() bool {
		return slices.ContainsFunc(w.received(t), func(e propertyEvent) bool {
			return e.Type == "cn.communitypass.residency.changed" && e.Body.Subject == r.Id && e.Body.Data["status"] == "ended"
		})
	})
}
