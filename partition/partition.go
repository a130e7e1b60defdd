// Package partition cuts and joins the network between gates and the server by a
// random schedule while people come and go, and then checks that what the gates said
// is what the server has. It knows the programs by their contracts alone.
package partition

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"communitypass.cn/communitypass/model"
)

// Options say against what the network is cut, and how.
type Options struct {
	// Server and Agent are the paths of the programs.
	Server, Agent string
	// Database is the address of an empty MySQL database, on which two replicas run;
	// empty is a SQLite file and one server.
	Database string
	// Seed makes the schedule, and which codes are shown where.
	Seed uint64
	// Length is how long the network is cut and joined.
	Length time.Duration
	Clock  model.Clock
}

// Tally counts checks.
type Tally struct{ Passed, Failed int }

// run is one run.
type run struct {
	Options
	ctx   context.Context
	out   io.Writer
	began time.Time
	tally Tally
	site  *site
	net   *network
	gates []*gate
}

// Play cuts, joins and checks. An error means that it could not be played to its end.
func Play(ctx context.Context, out io.Writer, o Options) (Tally, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Length+10*time.Minute)
	defer cancel()
	r := &run{Options: o, ctx: ctx, out: out, began: o.Clock.Now()}
	folder, err := os.MkdirTemp("", "communitypass-partition-")
	if err != nil {
		return r.tally, err
	}
	defer os.RemoveAll(folder)
	if r.net, err = newNetwork(ctx); err != nil {
		return r.tally, err
	}
	defer r.net.close()
	if r.site, err = r.openSite(folder); err != nil {
		return r.tally, err
	}
	defer r.site.close()
	defer r.stopGates()
	if err := r.openGates(folder); err != nil {
		return r.tally, err
	}
	return r.tally, r.play()
}

func (r *run) play() error {
	steps := schedule(r.Seed, r.Length)
	r.say("seed %d, %v, %d steps, %d gates, %d servers, %d people, %d cards", r.Seed, r.Length, len(steps), len(r.gates), len(r.site.servers),
		len(r.site.people), len(r.site.cards))
	load, err := r.beginLoad()
	if err != nil {
		return err
	}
	joined, err := r.cutAndJoin(steps)
	load.end()
	if err != nil {
		return err
	}
	r.say("all is joined; %d showings at the readers", len(load.book()))
	r.check("every code that was shown was answered", len(load.dark) == 0, load.dark)
	r.check("every gate is online again and has nothing left to upload", r.drained())
	return r.judge(load.book(), joined)
}

// cutAndJoin follows the schedule, and joins everything at its end. It gives the times
// in which the two gates of one site reached each other.
func (r *run) cutAndJoin(steps []step) (joined []span, err error) {
	begun := r.Clock.Now()
	since, whole := begun, true
	for _, s := range steps {
		if err := model.Wait(r.ctx, begun.Add(s.at).Sub(r.Clock.Now())); err != nil {
			return nil, err
		}
		if s.link == lanLink && whole && s.to != joinedState {
			joined, whole = append(joined, span{since, r.Clock.Now()}), false
		}
		if err := r.net.set(s.link, s.to); err != nil {
			return nil, err
		}
		if s.link == lanLink && !whole && s.to == joinedState {
			since, whole = r.Clock.Now(), true
		}
		r.say("%s", s)
	}
	if whole {
		joined = append(joined, span{since, r.Clock.Now()})
	}
	return joined, nil
}

// drained waits until every gate is online with an empty queue.
func (r *run) drained() bool {
	ctx, cancel := context.WithTimeout(r.ctx, 2*time.Minute)
	defer cancel()
	for _, g := range r.gates {
		for {
			s, err := g.status(ctx)
			if err == nil && s.Mode == "online" && s.Queue == 0 {
				break
			}
			if model.Wait(ctx, 200*time.Millisecond) != nil {
				r.say("%s: %+v, %v", g.name, s, err)
				return false
			}
		}
	}
	return true
}

func (r *run) say(format string, args ...any) {
	fmt.Fprintf(r.out, "%+7.1fs  %s\n", r.Clock.Now().Sub(r.began).Seconds(), fmt.Sprintf(format, args...))
}

// check counts one check and prints it.
func (r *run) check(what string, ok bool, got ...any) {
	if ok {
		r.tally.Passed++
		fmt.Fprintf(r.out, "  ok    %s\n", what)
		return
	}
	r.tally.Failed++
	fmt.Fprintf(r.out, "  FAIL  %s: %.3000s\n", what, fmt.Sprint(got...))
}
