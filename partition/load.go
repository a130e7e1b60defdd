package partition

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
)

const (
	// window is the life of a code's place in time.
	window = passcode.StepSeconds * time.Second
	// showFrom leaves a gate's clock the part of a second by which it may be wrong: a
	// code from the future is for the guard.
	showFrom = time.Second
	// showUntil is how far into its window a code is still shown, so that it is
	// scanned within it on the slowest machine.
	showUntil = 18 * time.Second
	// codesAhead are fetched at once, as a phone does.
	codesAhead = 20
	// honestPerGate is how many people always go through the same gate.
	honestPerGate = 4
	// longestPause is that between two showings at a reader.
	longestPause = 600 * time.Millisecond
)

// showing is one code that was shown at one reader, and what the screen said.
type showing struct {
	gate      int
	direction string
	code      string
	// who is who shows it, for printed cards behind the people.
	who int
	// honest is the first showing of a code that is shown nowhere else.
	honest bool
	// card says that it is a printed card.
	card     bool
	shown    time.Time
	answered time.Time
	said     said
}

// String shows no code.
func (s showing) String() string {
	return fmt.Sprintf("gate %d %s, %d shown %s, %s %s after %v, online %t", s.gate, s.direction, s.who, s.shown.Format("15:04:05.000"), s.said.Outcome,
		s.said.Reason, s.answered.Sub(s.shown).Round(time.Millisecond), s.said.Online)
}

// load shows codes at all readers until it is stopped.
type load struct {
	run    *run
	cancel context.CancelFunc
	wait   sync.WaitGroup

	mu    sync.Mutex
	codes map[int]map[uint32]string // by person and window
	shown []showing
	dark  []error
}

func (r *run) beginLoad() (*load, error) {
	ctx, cancel := context.WithCancel(r.ctx)
	l := &load{run: r, cancel: cancel, codes: map[int]map[uint32]string{}}
	for who := range r.site.people {
		if err := l.fetch(who); err != nil {
			cancel()
			return nil, err
		}
	}
	l.wait.Go(func() { l.keepFetching(ctx) })
	for i, g := range r.gates {
		for j, direction := range []string{"in", "out"} {
			rng := rand.New(rand.NewPCG(r.Seed, uint64(100+10*i+j)))
			l.wait.Go(func() { l.work(ctx, g, direction, rng) })
		}
	}
	return l, nil
}

// fetch takes a person's codes of the next ten minutes.
func (l *load) fetch(who int) error {
	codes, err := l.run.site.people[who].codes(codesAhead)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.codes[who] == nil {
		l.codes[who] = map[uint32]string{}
	}
	for _, text := range codes {
		code, err := passcode.Parse(text)
		if err != nil {
			return err
		}
		l.codes[who][code.Window] = text
	}
	return nil
}

func (l *load) keepFetching(ctx context.Context) {
	for model.Wait(ctx, codesAhead*window/2) == nil {
		for who := range l.run.site.people {
			if err := l.fetch(who); err != nil {
				l.run.say("no codes: %v", err)
			}
		}
	}
}

// work shows one code after another at one reader. What it shows is drawn before it
// is known what the answers are, so that the draw is the seed's alone.
func (l *load) work(ctx context.Context, g *gate, direction string, rng *rand.Rand) {
	done, last := map[string]bool{}, ""
	for model.Wait(ctx, time.Duration(rng.Int64N(int64(longestPause)))) == nil {
		draw, pick := rng.IntN(10), rng.IntN(1<<20)
		now := l.run.Clock.Now()
		if age := now.Sub(passcode.WindowStart(passcode.WindowAt(now))); age < showFrom || age > showUntil {
			continue
		}
		s := l.draw(g, direction, draw, pick, passcode.WindowAt(now))
		if s.code == "" || s.code == last {
			continue // the same text again is the same showing to a reader
		}
		s.honest = s.honest && !done[s.code]
		done[s.code], last = true, s.code
		s.shown = now
		var err error
		s.said, err = g.show(direction, s.code)
		s.answered = l.run.Clock.Now()
		l.mu.Lock()
		if err != nil {
			l.dark = append(l.dark, err)
			l.mu.Unlock()
			return
		}
		l.shown = append(l.shown, s)
		l.mu.Unlock()
	}
}

// draw picks what is shown: most often a code that is shown at all gates, else an
// honest one of this gate, or a card.
func (l *load) draw(g *gate, direction string, draw, pick int, at uint32) showing {
	s := showing{gate: g.number, direction: direction}
	contested := gateCount * honestPerGate
	switch {
	case draw == 0:
		n := pick % len(l.run.site.cards)
		s.who, s.code, s.card = len(l.run.site.people)+n, l.run.site.cards[n].code, true
		return s
	case draw < 5:
		s.who, s.honest = g.number*honestPerGate+pick%honestPerGate, true
	default:
		s.who = contested + pick%(len(l.run.site.people)-contested)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.code = l.codes[s.who][at]
	return s
}

// end stops the load and waits until every reader has had its answer.
func (l *load) end() {
	l.cancel()
	l.wait.Wait()
}

func (l *load) book() []showing { return l.shown }
