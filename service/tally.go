package service

import (
	"fmt"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
)

// tally is passages in numbers: those of one day, or of several that were added. It
// holds no names and no passes.
type tally struct {
	Decisions map[string]int64            `json:"decisions"`
	Passes    int                         `json:"passes"`
	Groups    map[string]map[string]*cell `json:"groups"`
	Lanes     map[string]*lane            `json:"lanes"`
}

// cell is one group. People is how many different passes stood behind it on one
// day; over several days it is the most of one, so that it is never too high.
type cell struct {
	Passages int64 `json:"n"`
	People   int   `json:"p"`
	seen     seenPasses
}

// lane is how those with a phone, or those without, got in.
type lane struct {
	Attempts int64 `json:"attempts"`
	Failed   int64 `json:"failed"`
	People   int   `json:"people"`
	seen     seenPasses
	// Waits counts admissions by the seconds since the first presentation.
	Waits map[int]int64 `json:"waits"`
}

// Groups and lanes.
const (
	byHour, byGate, byKind, byReason, byWay = "hour", "gate", "kind", "reason", "way"
	lanePhone, laneNoPhone                  = "phone", "no_phone"
)

func newTally() *tally {
	t := &tally{Decisions: map[string]int64{}, Groups: map[string]map[string]*cell{}, Lanes: map[string]*lane{}}
	for _, g := range []string{byHour, byGate, byKind, byReason, byWay} {
		t.Groups[g] = map[string]*cell{}
	}
	for _, l := range []string{lanePhone, laneNoPhone} {
		t.Lanes[l] = &lane{Waits: map[int]int64{}}
	}
	return t
}

// add counts the days of another tally too.
func (t *tally) add(o *tally) {
	for k, n := range o.Decisions {
		t.Decisions[k] += n
	}
	t.Passes = max(t.Passes, o.Passes)
	for group, cells := range o.Groups {
		for key, c := range cells {
			into := cellOf(t.Groups[group], key)
			into.Passages += c.Passages
			into.People = max(into.People, c.People)
		}
	}
	for name, l := range o.Lanes {
		into := t.Lanes[name]
		into.Attempts, into.Failed, into.People = into.Attempts+l.Attempts, into.Failed+l.Failed, max(into.People, l.People)
		for seconds, n := range l.Waits {
			into.Waits[seconds] += n
		}
	}
}

func cellOf(cells map[string]*cell, key string) *cell {
	c := cells[key]
	if c == nil {
		c = &cell{}
		cells[key] = c
	}
	return c
}

// counting is one day being counted, passage by passage in the order of time.
type counting struct {
	*tally
	zone time.Duration
	seen seenPasses
	open map[attemptKey]attempt
}

// seenPasses are the different passes behind a number, while it is being counted.
type seenPasses map[uint64]struct{}

// first is 1 when the pass is new, else 0. What names no pass was shown by somebody
// nobody knows, each time another.
func (s *seenPasses) first(pass uint64) int {
	if pass == 0 {
		return 1
	}
	if _, known := (*s)[pass]; known {
		return 0
	}
	if *s == nil {
		*s = seenPasses{}
	}
	(*s)[pass] = struct{}{}
	return 1
}

// hours are the keys of the hours of a day.
var hours = func() (out [24]string) {
	for i := range out {
		out[i] = fmt.Sprintf("%02d", i)
	}
	return out
}()

// attempt is somebody who stands at a gate and is not in yet.
type attempt struct {
	since int64
	lane  string
}

type attemptKey struct {
	pass uint64
	gate string
}

func newCounting(zone time.Duration) *counting {
	return &counting{tally: newTally(), zone: zone, open: map[attemptKey]attempt{}}
}

func (c *counting) count(p *model.PassageMark) {
	c.Decisions[p.Decision]++
	c.Passes += c.seen.first(p.PassNumber)
	hour := hours[model.FromMillis(p.ReceivedAt).Add(c.zone).Hour()]
	// This runs for every passage of a day: no maps are made for it.
	for _, g := range [...]struct{ group, key string }{{byHour, hour}, {byGate, p.GateID}, {byKind, p.Kind}, {byReason, p.Reason}, {byWay, p.Way}} {
		if g.key == "" {
			g.key = "unknown"
		}
		into := cellOf(c.Groups[g.group], g.key)
		into.Passages++
		into.People += into.seen.first(p.PassNumber)
	}
	if p.Direction == admission.In.String() && p.Online {
		c.attempt(p)
	}
}

// attempt follows one pass at one gate from its first presentation until it is
// admitted or waitLimit has passed. The lane is that of the first presentation: a
// phone that fails and is helped by hand is a slow phone.
func (c *counting) attempt(p *model.PassageMark) {
	now := laneOf(p.Way)
	if now == "" || p.PassNumber == 0 && p.Way != model.WayManual {
		return
	}
	key := attemptKey{p.PassNumber, p.GateID}
	a, open := c.open[key]
	if open && p.ReceivedAt-a.since > waitLimit.Milliseconds() {
		c.fail(key, a)
		open = false
	}
	if !open || p.PassNumber == 0 {
		a = attempt{since: since(p), lane: now}
	}
	if p.Decision != string(admission.Admit) {
		c.open[key] = a
		return
	}
	delete(c.open, key)
	c.Lanes[a.lane].Waits[int((p.ReceivedAt-a.since)/1000)]++
	c.tried(key, a)
}

func (c *counting) fail(key attemptKey, a attempt) {
	delete(c.open, key)
	c.Lanes[a.lane].Failed++
	c.tried(key, a)
}

func (c *counting) tried(key attemptKey, a attempt) {
	l := c.Lanes[a.lane]
	l.Attempts++
	l.People += l.seen.first(key.pass)
}

// close ends the attempts that nobody waits for any more at an instant.
func (c *counting) close(now int64) {
	for key, a := range c.open {
		if now-a.since > waitLimit.Milliseconds() {
			c.fail(key, a)
		}
	}
}

// since is when somebody first stood there: what the guard said of ways without a
// reader, else when it was received.
func since(p *model.PassageMark) int64 {
	if p.Way != model.WaySpoken && p.Way != model.WayManual || p.ScannedAt > p.ReceivedAt {
		return p.ReceivedAt
	}
	return max(p.ScannedAt, p.ReceivedAt-waitLimit.Milliseconds())
}

func laneOf(way string) string {
	switch way {
	case model.WayCode:
		return lanePhone
	case model.WayCard, model.WaySpoken, model.WayManual:
		return laneNoPhone
	}
	return ""
}
