package partition

import (
	"slices"
	"testing"
	"time"
)

// The whole run needs root and minutes (make partition). Here is what it judges by.

func TestScheduleIsTheSeeds(t *testing.T) {
	for seed := range uint64(200) {
		steps := schedule(seed, time.Minute)
		if !slices.Equal(steps, schedule(seed, time.Minute)) {
			t.Fatalf("seed %d is not always the same", seed)
		}
		var now [links]state
		last := time.Duration(0)
		for _, s := range steps {
			if s.at < last || s.at > time.Minute || s.at < time.Minute && s.to == now[s.link] {
				t.Errorf("seed %d: %v after %v changes nothing or comes too early", seed, s, last)
			}
			now[s.link], last = s.to, s.at
		}
		if now != [links]state{} {
			t.Errorf("seed %d leaves %v", seed, now)
		}
	}
	if slices.Equal(schedule(1, time.Minute), schedule(2, time.Minute)) {
		t.Error("two seeds are the same")
	}
}

var (
	noon   = time.Date(2026, 11, 22, 12, 0, 1, 0, time.UTC)
	passes = map[int]string{0: "a", 1: "b"}
	where  = map[string]int{"east": 0, "west": 1}
)

func shown(gate, who int, outcome string, online bool, at time.Duration) showing {
	return showing{gate: gate, direction: "in", code: passes[who], who: who, shown: noon.Add(at), answered: noon.Add(at + time.Second),
		said: said{Outcome: outcome, Online: online}}
}

func kept(id, gate, pass, decision string, online bool) passage {
	return passage{ID: id, GateID: gate, PassID: pass, Direction: "in", Decision: decision, Online: online, ScannedAt: noon}
}

func TestAccounted(t *testing.T) {
	book := []showing{shown(0, 0, admit, true, 0), shown(1, 0, admit, false, 0)}
	for name, c := range map[string]struct {
		stored                   []passage
		lost, extra, unexplained int
	}{
		"all there":                      {[]passage{kept("1", "east", "a", admit, true), kept("2", "west", "a", admit, false)}, 0, 0, 0},
		"one lost":                       {[]passage{kept("1", "east", "a", admit, true)}, 1, 0, 0},
		"another's is no substitute":     {[]passage{kept("1", "east", "a", admit, true), kept("2", "west", "b", admit, false)}, 1, 1, 1},
		"the server had refused":         {[]passage{kept("1", "east", "a", admit, true), kept("2", "west", "a", admit, false), kept("3", "west", "a", "refuse", true)}, 0, 1, 0},
		"stored twice":                   {[]passage{kept("1", "east", "a", admit, true), kept("2", "west", "a", admit, false), kept("3", "west", "a", admit, false)}, 0, 1, 1},
		"a decision nobody can explain":  {[]passage{kept("1", "east", "a", admit, true), kept("2", "west", "a", admit, false), kept("3", "east", "a", "refuse", true)}, 0, 1, 1},
		"a gate's own that nobody heard": {[]passage{kept("1", "east", "a", admit, true), kept("2", "west", "a", admit, false), kept("3", "west", "a", "refuse", false)}, 0, 1, 1},
	} {
		lost, extra, unexplained := accounted(book, passes, c.stored, where)
		if len(lost) != c.lost || extra != c.extra || len(unexplained) != c.unexplained {
			t.Errorf("%s: %v, %d, %v", name, lost, extra, unexplained)
		}
	}
}

func TestContradictions(t *testing.T) {
	both := []passage{kept("1", "east", "a", admit, true), kept("2", "west", "a", admit, false), kept("3", "west", "b", admit, false)}
	told := func(pass string, ids ...string) conflict {
		return conflict{ID: "c" + pass, PassID: pass, WindowStart: noon, Direction: "in", PassageIDs: ids}
	}
	for name, c := range map[string]struct {
		conflicts []conflict
		wrong     int
	}{
		"told":                {[]conflict{told("a", "2", "1")}, 0},
		"not told":            {nil, 1},
		"told twice":          {[]conflict{told("a", "1", "2"), told("a", "1", "2")}, 1},
		"one of two":          {[]conflict{told("a", "1")}, 1},
		"where there is none": {[]conflict{told("a", "1", "2"), told("b", "3")}, 1},
	} {
		if wrong := contradictions(both, c.conflicts); len(wrong) != c.wrong {
			t.Errorf("%s: %v", name, wrong)
		}
	}
	if twice := onlineTwice(both); len(twice) != 0 {
		t.Errorf("%v", twice)
	}
	if twice := onlineTwice(append(both, kept("4", "west", "a", admit, true))); len(twice) != 1 {
		t.Errorf("%v", twice)
	}
}

func TestAdmittedOnSite(t *testing.T) {
	book := []showing{shown(0, 0, admit, false, 10*time.Second), shown(1, 0, admit, false, 12*time.Second)}
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	for name, c := range map[string]struct {
		joined, alone []span
		both, excused int
	}{
		"whole":                          {[]span{{at(0), at(60)}}, nil, 1, 0},
		"just joined":                    {[]span{{at(9), at(60)}}, nil, 0, 1},
		"cut meanwhile":                  {[]span{{at(0), at(11)}, {at(12), at(60)}}, nil, 0, 1},
		"the edge did not answer":        {[]span{{at(0), at(60)}}, []span{{from: at(11)}}, 0, 1},
		"the edge did not answer before": {[]span{{at(0), at(60)}}, []span{{at(1), at(5)}}, 1, 0},
	} {
		if both, excused := admittedOnSite(book, c.joined, c.alone); len(both) != c.both || excused != c.excused {
			t.Errorf("%s: %v, %d", name, both, excused)
		}
	}
	book[1].said.Online = true
	if both, excused := admittedOnSite(book, []span{{at(0), at(60)}}, nil); len(both) != 0 || excused != 1 {
		t.Errorf("one asked the server: %v, %d", both, excused)
	}
	honest := shown(0, 0, "refer", false, 0)
	honest.honest = true
	if away := turnedAway(append(book, honest)); len(away) != 1 {
		t.Errorf("%v", away)
	}
}
