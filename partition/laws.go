package partition

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"communitypass.cn/communitypass/passcode"
)

// passage is one as the server lists it.
type passage struct {
	ID        string    `json:"id"`
	GateID    string    `json:"gate_id"`
	PassID    string    `json:"pass_id"`
	Direction string    `json:"direction"`
	Decision  string    `json:"decision"`
	Reason    string    `json:"reason"`
	Online    bool      `json:"online"`
	ScannedAt time.Time `json:"scanned_at"`
}

// conflict is one as the server lists it.
type conflict struct {
	ID          string    `json:"id"`
	PassID      string    `json:"pass_id"`
	WindowStart time.Time `json:"window_start"`
	Direction   string    `json:"direction"`
	Perimeter   string    `json:"perimeter"`
	PassageIDs  []string  `json:"passage_ids"`
}

// use is what one admission spends: all three gates are in one perimeter.
type use struct {
	pass, direction string
	window          uint32
}

func (p *passage) use() use { return use{p.PassID, p.Direction, passcode.WindowAt(p.ScannedAt)} }

const admit = "admit"

// judge compares what the screens said with what the server has.
func (r *run) judge(book []showing, joined []span) error {
	stored, err := all[passage](r.site.manager, r.site.in("passages"))
	if err != nil {
		return err
	}
	gates := map[string]int{}
	for _, g := range r.gates {
		gates[g.id] = g.number
	}
	stored = slices.DeleteFunc(stored, func(p passage) bool { _, ours := gates[p.GateID]; return !ours })
	conflicts, err := all[conflict](r.site.manager, r.site.in("conflicts"))
	if err != nil {
		return err
	}
	passes := r.passes()
	r.happened(book, stored, conflicts)
	lost, extra, unexplained := accounted(book, passes, stored, gates)
	r.check(fmt.Sprintf("L1: each of the %d answers on a screen is a passage of the server", len(book)), len(lost) == 0, lost)
	r.check(fmt.Sprintf("L1: the %d passages beyond them are decisions of the server whose answer never reached the gate, which then decided otherwise", extra), len(unexplained) == 0, unexplained)
	// A card is held by its cap of the day. The turn in which it counts goes by the
	// clock of the gate as the server measured it, which no list tells.
	over := r.cardsOver(stored)
	r.check("L4: the server admitted no card more often than its cap", len(over) == 0, over)
	caps := r.caps()
	stored = slices.DeleteFunc(stored, func(p passage) bool { return caps[p.PassID] > 0 })
	conflicts = slices.DeleteFunc(conflicts, func(c conflict) bool { return caps[c.PassID] > 0 })
	twice := onlineTwice(stored)
	r.check("L4: the server admitted no use twice", len(twice) == 0, twice)
	wrong := contradictions(stored, conflicts)
	r.check(fmt.Sprintf("each use admitted more than once is one conflict with all its admissions, and there is no other: %d conflicts", len(conflicts)), len(wrong) == 0, wrong)
	refused := turnedAway(book)
	r.check("nobody with a code of their own was kept out, whatever was cut", len(refused) == 0, refused)
	both, excused := admittedOnSite(book, joined, r.gates[1].alone)
	r.check(fmt.Sprintf("the two gates of one site admitted no code twice while both were alone and reached each other (%d otherwise)", excused), len(both) == 0, both)
	return r.quiet()
}

// passes gives the pass of everybody who shows codes; of a card, that of its number.
func (r *run) passes() map[int]string {
	out := map[int]string{}
	for i, p := range r.site.people {
		out[i] = p.passID
	}
	for i, c := range r.site.cards {
		out[len(r.site.people)+i] = c.passID
	}
	return out
}

// caps gives how often a day a card admits, by its pass.
func (r *run) caps() map[string]int {
	out := map[string]int{}
	for _, c := range r.site.cards {
		out[c.passID] = c.cap
	}
	return out
}

// cardsOver are cards that the server itself admitted too often in a direction.
func (r *run) cardsOver(stored []passage) (over []string) {
	caps, count := r.caps(), map[[2]string]int{}
	for _, p := range stored {
		most := caps[p.PassID]
		if !p.Online || p.Decision != admit || most == 0 {
			continue
		}
		k := [2]string{p.PassID, p.Direction}
		if count[k]++; count[k] == most+1 {
			over = append(over, fmt.Sprintf("%v, more than %d", k, most))
		}
	}
	return over
}

// happened insists that the network was cut in earnest.
func (r *run) happened(book []showing, stored []passage, conflicts []conflict) {
	answers := map[string]int{}
	for _, s := range book {
		answers[fmt.Sprintf("%s %s, online %t", s.said.Outcome, s.said.Reason, s.said.Online)]++
	}
	keys := make([]string, 0, len(answers))
	for k := range answers {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		r.say("%6d × %s", answers[k], k)
	}
	online, offline := 0, 0
	for _, p := range stored {
		if p.Online {
			online++
		} else {
			offline++
		}
	}
	r.check(fmt.Sprintf("%d passages were decided by the server, %d by gates alone", online, offline), online > 0 && offline > 0)
	r.check("gates that did not reach each other admitted the same code", len(conflicts) > 0)
}

// deed is what can be told of a passage both by a screen and by the server.
type deed struct {
	gate                      int
	pass, direction, decision string
}

// accounted compares the screens' answers with the stored passages: an answer without
// a passage is lost. A passage without an answer must be the server's own decision
// whose answer did not arrive, at a reader that then said something else.
func accounted(book []showing, passes map[int]string, stored []passage, gates map[string]int) (lost []deed, extra int, unexplained []deed) {
	said, kept, byServer, alone := map[deed]int{}, map[deed]int{}, map[deed]int{}, map[deed]int{}
	for _, s := range book {
		d := deed{s.gate, passes[s.who], s.direction, s.said.Outcome}
		said[d]++
		if !s.said.Online {
			d.decision = ""
			alone[d]++
		}
	}
	for _, p := range stored {
		d := deed{gates[p.GateID], p.PassID, p.Direction, p.Decision}
		kept[d]++
		if p.Online {
			byServer[d]++
		}
	}
	for d, n := range said {
		for range n - kept[d] {
			lost = append(lost, d)
		}
	}
	for d, n := range kept {
		more := n - said[d]
		if more <= 0 {
			continue
		}
		extra += more
		any := d
		any.decision = ""
		if more > byServer[d] || more > alone[any] {
			unexplained = append(unexplained, d)
		}
	}
	return lost, extra, unexplained
}

// onlineTwice are uses that the server itself admitted more than once.
func onlineTwice(stored []passage) (twice []use) {
	count := map[use]int{}
	for _, p := range stored {
		if p.Online && p.Decision == admit {
			if count[p.use()]++; count[p.use()] == 2 {
				twice = append(twice, p.use())
			}
		}
	}
	return twice
}

// contradictions are uses whose admissions are not told by exactly one conflict, and
// conflicts that tell what is not so.
func contradictions(stored []passage, conflicts []conflict) (wrong []string) {
	admitted := map[use][]string{}
	for _, p := range stored {
		if p.Decision == admit {
			admitted[p.use()] = append(admitted[p.use()], p.ID)
		}
	}
	told := map[use]bool{}
	for _, c := range conflicts {
		u := use{c.PassID, c.Direction, passcode.WindowAt(c.WindowStart)}
		want := admitted[u]
		slices.Sort(want)
		slices.Sort(c.PassageIDs)
		if told[u] || len(want) < 2 || !slices.Equal(want, c.PassageIDs) {
			wrong = append(wrong, fmt.Sprintf("conflict %s of %v has %v instead of %v (told before: %t)", c.ID, u, c.PassageIDs, want, told[u]))
		}
		told[u] = true
	}
	for u, ids := range admitted {
		if len(ids) > 1 && !told[u] {
			wrong = append(wrong, fmt.Sprintf("%v was admitted as %v, and no conflict says so", u, ids))
		}
	}
	return wrong
}

// turnedAway are those who showed a code of their own for the first time and were not
// admitted.
func turnedAway(book []showing) (out []showing) {
	for _, s := range book {
		if s.honest && s.said.Outcome != admit {
			out = append(out, s)
		}
	}
	return out
}

// settling is how long after a wire is joined what was under way may still suffer.
const settling = 2 * time.Second

// admittedOnSite are codes that both of the first two gates admitted alone though the
// wire between them was whole. Excused are those where the second gate said that it
// could not reach the first, where the wire was not whole, and where one of the two
// was asking the server, which had not heard of the other yet.
func admittedOnSite(book []showing, joined, alone []span) (both [][2]showing, excused int) {
	type key struct{ code, direction string }
	admitted := map[key][]showing{}
	for _, s := range book {
		// A card has no window of its own: quotas, not uses, hold it.
		if s.gate < 2 && s.said.Outcome == admit && !s.card {
			admitted[key{s.code, s.direction}] = append(admitted[key{s.code, s.direction}], s)
		}
	}
	for _, found := range admitted {
		slices.SortFunc(found, func(a, b showing) int { return cmp.Compare(a.shown.UnixNano(), b.shown.UnixNano()) })
		for i := 1; i < len(found); i++ {
			from, to := found[i-1].shown, found[i].answered
			whole := slices.ContainsFunc(joined, func(j span) bool { return !from.Before(j.from.Add(settling)) && !to.After(j.to) })
			cut := slices.ContainsFunc(alone, func(a span) bool { return a.from.Before(to) && (a.to.IsZero() || a.to.After(from)) })
			if alone := !found[i-1].said.Online && !found[i].said.Online; alone && whole && !cut {
				both = append(both, [2]showing{found[i-1], found[i]})
			} else {
				excused++
			}
		}
	}
	return both, excused
}

// quiet insists that no gate holds what the server does not take.
func (r *run) quiet() error {
	for _, g := range r.gates {
		s, err := g.status(r.ctx)
		if err != nil {
			return err
		}
		r.check(fmt.Sprintf("%s: nothing is a dead letter, nothing was left unwritten", g.name), s.Letters == 0 && s.Unrecorded == 0, s)
	}
	return nil
}
