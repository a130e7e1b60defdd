package simulator

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	dialect "communitypass.cn/communitypass/device/lift"
	"communitypass.cn/communitypass/lift"
	"communitypass.cn/communitypass/model"
)

const (
	// liftFloor and liftStand are how long a real lift takes.
	liftFloor, liftStand = 1500 * time.Millisecond, 3 * time.Second
)

// LiftOptions say what a simulated group of lifts is like.
type LiftOptions struct {
	// Floors are the landings from the bottom up.
	Floors []string
	// Secret checks signatures; with none they are not checked.
	Secret string
	Clock  model.Clock // the machine's clock when nil
	// Floor is how long it takes from one floor to the next, Stand how long it stands
	// with open doors; as a real one when 0.
	Floor, Stand time.Duration
	// Tell is called with each thing that the lift tells; nil is nobody.
	Tell func(dialect.Event)
}

// LiftFault is what the controller does to calls instead of taking them.
type LiftFault struct {
	// Hang answers nothing until the caller hangs up; the lift has heard it.
	Hang bool
	// Garbage is answered as it stands.
	Garbage string
	// Status is answered with Reason; the call is not taken.
	Status int
	Reason string
	// Pending answers that the lift tells later.
	Pending bool
}

// Lift is a controller with one lift, as an http.Handler: POST /calls takes a call,
// DELETE /calls/{id} forgets one, POST /calls/{id}/hold keeps the doors open, POST /rights
// opens floors in the cabin. It carries out each id once and none after its end.
// The lift moves when Step is called and as far as the clock has come.
type Lift struct {
	mux   *http.ServeMux
	clock model.Clock
	o     LiftOptions

	mu       sync.Mutex
	fault    LiftFault
	fire     bool
	at       int // floor, as an index
	movedAt  time.Time
	standing time.Time // until when the doors stay open
	queue    []*liftRide
	seen     map[string]bool
	commands map[string]int
	executed []string
	// open are the floors whose buttons work in the cabin, until when.
	open map[string]time.Time
}

// liftRide is a call that is carried out: first to where it came from, then on.
type liftRide struct {
	id       string
	from, to int
	boarded  bool
	// doors is until when they stay open where the ride begins.
	doors time.Time
}

// NewLift makes a lift that stands at its lowest floor.
func NewLift(o LiftOptions) *Lift {
	l := &Lift{mux: http.NewServeMux(), clock: o.Clock, o: o, seen: map[string]bool{}, commands: map[string]int{}, open: map[string]time.Time{}}
	if l.clock == nil {
		l.clock = model.SystemClock{}
	}
	l.o.Floor, l.o.Stand = cmp.Or(o.Floor, liftFloor), cmp.Or(o.Stand, liftStand)
	l.movedAt = l.clock.Now()
	l.route()
	return l
}

// SetFault sets what happens to calls from now on.
func (l *Lift) SetFault(f LiftFault) { l.mu.Lock(); defer l.mu.Unlock(); l.fault = f }

// SetFire begins or ends fire mode, and tells of it.
func (l *Lift) SetFire(on bool) {
	l.mu.Lock()
	l.fire = on
	if on {
		l.queue = nil
	}
	l.mu.Unlock()
	mode := "normal"
	if on {
		mode = "fire"
	}
	l.tell([]dialect.Event{{Mode: mode}})
}

// SetTell replaces LiftOptions.Tell.
func (l *Lift) SetTell(tell func(dialect.Event)) { l.mu.Lock(); defer l.mu.Unlock(); l.o.Tell = tell }

// Commands says how often each call was heard, whatever became of it.
func (l *Lift) Commands() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[string]int, len(l.commands))
	for id, n := range l.commands {
		out[id] = n
	}
	return out
}

// Executed are the calls that the lift has begun, in order.
func (l *Lift) Executed() []string { l.mu.Lock(); defer l.mu.Unlock(); return slices.Clone(l.executed) }

// Command hears a call, by whichever way it came, and says what the lift answers.
func (l *Lift) Command(c lift.Command) (LiftFault, lift.Answer, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commands[c.ID]++
	until, err := time.Parse(time.RFC3339, c.ExpiresAt)
	from, to := slices.Index(l.o.Floors, c.From.Floor), slices.Index(l.o.Floors, c.To.Floor)
	refuse := func(status int, reason string) (LiftFault, lift.Answer, int) {
		return LiftFault{}, lift.Answer{ID: c.ID, State: "refused", Reason: reason}, status
	}
	switch {
	case l.fault.Status != 0:
		return refuse(l.fault.Status, l.fault.Reason)
	case l.fault.Garbage != "":
		return l.fault, lift.Answer{}, 0
	case l.fire:
		return refuse(http.StatusConflict, model.LiftFireMode)
	case err != nil || from < 0 || to < 0:
		return refuse(http.StatusUnprocessableEntity, "floor")
	case !l.clock.Now().Before(until):
		return refuse(http.StatusGone, "expired")
	}
	if !l.seen[c.ID] {
		l.seen[c.ID] = true
		l.executed = append(l.executed, c.ID)
		l.queue = append(l.queue, &liftRide{id: c.ID, from: from, to: to})
	}
	if l.fault.Pending {
		return l.fault, lift.Answer{ID: c.ID, State: "pending"}, http.StatusAccepted
	}
	return l.fault, lift.Answer{ID: c.ID, State: "acknowledged", Lift: "A"}, http.StatusAccepted
}

// Hold hears a hold, by whichever way it came, and says what the lift answers: the doors
// stay open that are open for the call, counted from now.
func (l *Lift) Hold(h lift.HoldCommand) (LiftFault, lift.Answer, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commands[h.ID]++
	now := l.clock.Now()
	until, err := time.Parse(time.RFC3339, h.ExpiresAt)
	refused := lift.Answer{ID: h.ID, State: "refused"}
	switch {
	case l.fault.Status != 0:
		refused.Reason = l.fault.Reason
		return LiftFault{}, refused, l.fault.Status
	case l.fault.Garbage != "":
		return l.fault, lift.Answer{}, 0
	case l.fire:
		refused.Reason = model.LiftFireMode
		return LiftFault{}, refused, http.StatusConflict
	case err != nil || !now.Before(until):
		return LiftFault{}, refused, http.StatusGone
	case len(l.queue) == 0 || l.queue[0].id != h.CallID || !now.Before(l.queue[0].doors):
		return LiftFault{}, refused, http.StatusConflict // the doors are shut
	}
	if !l.seen[h.ID] {
		l.seen[h.ID] = true
		l.standing = now.Add(time.Duration(h.Seconds) * time.Second)
		l.queue[0].doors = l.standing
	}
	if l.fault.Pending {
		return l.fault, lift.Answer{ID: h.ID, State: "pending"}, http.StatusAccepted
	}
	return l.fault, lift.Answer{ID: h.ID, State: "held", Lift: "A"}, http.StatusAccepted
}

// Enable hears floors that are open in the cabin for some seconds, by whichever way they
// came, and says what the lift answers. Its name is A.
func (l *Lift) Enable(r lift.RightsCommand) (LiftFault, lift.Answer, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commands[r.ID]++
	now := l.clock.Now()
	until, err := time.Parse(time.RFC3339, r.Until)
	refused := lift.Answer{ID: r.ID, State: "refused"}
	switch {
	case l.fault.Status != 0:
		refused.Reason = l.fault.Reason
		return LiftFault{}, refused, l.fault.Status
	case l.fault.Garbage != "":
		return l.fault, lift.Answer{}, 0
	case err != nil || !now.Before(until):
		return LiftFault{}, refused, http.StatusGone
	case r.Lift != "A" || slices.ContainsFunc(r.Floors, func(f lift.Landing) bool { return !slices.Contains(l.o.Floors, f.Floor) }):
		return LiftFault{}, refused, http.StatusUnprocessableEntity
	}
	for _, f := range r.Floors {
		l.open[f.Floor] = until
	}
	if l.fault.Pending {
		return l.fault, lift.Answer{ID: r.ID, State: "pending"}, http.StatusAccepted
	}
	return l.fault, lift.Answer{ID: r.ID, State: "enabled", Lift: "A"}, http.StatusAccepted
}

// Open are the floors whose buttons work in the cabin now, from the bottom up: in a fire
// all of them.
func (l *Lift) Open() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	return slices.DeleteFunc(slices.Clone(l.o.Floors), func(floor string) bool { return !l.fire && !now.Before(l.open[floor]) })
}

// Forget drops a call whose lift has not come.
func (l *Lift) Forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = slices.DeleteFunc(l.queue, func(r *liftRide) bool { return r.id == id && !r.boarded })
}

// Step moves the lift by one floor, or opens its doors, if it is time, and tells what
// it did. It says whether there is more to do.
func (l *Lift) Step() bool {
	l.mu.Lock()
	events, more := l.step()
	l.mu.Unlock()
	l.tell(events)
	return more
}

func (l *Lift) step() ([]dialect.Event, bool) {
	now := l.clock.Now()
	if len(l.queue) == 0 {
		l.movedAt = now
		return nil, false
	}
	ride := l.queue[0]
	target := ride.from
	if ride.boarded {
		target = ride.to
	}
	if now.Before(l.standing) || now.Before(l.movedAt.Add(l.o.Floor)) {
		return nil, true
	}
	l.movedAt = now
	if l.at == target {
		l.standing = now.Add(l.o.Stand)
		state := "arrived"
		if ride.boarded {
			state, l.queue = "done", l.queue[1:]
		}
		ride.boarded, ride.doors = true, l.standing
		return []dialect.Event{{CallID: ride.id, State: state, Lift: "A", Floor: l.o.Floors[l.at], Direction: "none", Door: "open"}}, true
	}
	direction := "up"
	if l.at < target {
		l.at++
	} else {
		l.at--
		direction = "down"
	}
	e := dialect.Event{Lift: "A", Floor: l.o.Floors[l.at], Direction: direction, Door: "closed"}
	if !ride.boarded {
		e.CallID, e.State = ride.id, "arriving"
	}
	return []dialect.Event{e}, true
}

func (l *Lift) tell(events []dialect.Event) {
	l.mu.Lock()
	tell := l.o.Tell
	l.mu.Unlock()
	for _, e := range events {
		if tell != nil {
			tell(e)
		}
	}
}

// Run steps until ctx ends.
func (l *Lift) Run(ctx context.Context) {
	for model.Wait(ctx, 100*time.Millisecond) == nil {
		l.Step()
	}
}
