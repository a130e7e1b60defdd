package partition

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// link is one of the wires: from each gate to the server, and between the two gates
// of one site.
type link int

const (
	firstWan link = iota
	secondWan
	thirdWan
	lanLink
	links
)

func (l link) String() string {
	return [...]string{"east to server", "west to server", "north to server", "west to east, on site"}[l]
}

// state is how a link is. A deaf one carries what the gate sends, and not the answers.
type state int

const (
	joinedState state = iota
	cutState
	deafState
)

func (s state) String() string { return [...]string{"joined", "cut", "deaf"}[s] }

// step changes one link.
type step struct {
	at   time.Duration
	link link
	to   state
}

func (s step) String() string { return fmt.Sprintf("%-6v %v", s.to, s.link) }

const (
	// shortestStep and longestStep bound the pause between two changes: shorter and
	// longer than what a gate waits for an answer.
	shortestStep, longestStep = 300 * time.Millisecond, 6 * time.Second
)

// schedule is what happens to the links, the same for the same seed. At its end all
// are joined.
func schedule(seed uint64, length time.Duration) []step {
	rng := rand.New(rand.NewPCG(seed, 1))
	var out []step
	var now [links]state
	for at := shortestStep; at < length; at += shortestStep + time.Duration(rng.Int64N(int64(longestStep-shortestStep))) {
		l := link(rng.IntN(int(links)))
		// Half of the time a link is whole: from there it is cut or deaf, and back.
		to := joinedState
		if now[l] == joinedState || rng.IntN(4) == 0 {
			to = cutState + state(rng.IntN(2))
		}
		if to == now[l] {
			to = joinedState
		}
		now[l] = to
		out = append(out, step{at, l, to})
	}
	for l := range links {
		if now[l] != joinedState {
			out = append(out, step{length, l, joinedState})
		}
	}
	return out
}
