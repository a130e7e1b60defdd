package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
)

// LiveOptions say which devices are played, where, and for how long.
type LiveOptions struct {
	// Kinds are names of Kinds; none stands for all.
	Kinds  []string
	Target Target
	// Clock is the devices'.
	Clock model.Clock
	// Out is where each thing that a device does gets its line.
	Out io.Writer
	// For is how long they are played; each does everything once in any case. 0 is until
	// the context ends.
	For time.Duration
	// Every is the pause between two rounds.
	Every time.Duration
	// Calm plays everything in the first round alone; a round after it is the signs of life,
	// which get no line, and one thing that one device does.
	Calm bool
}

// act is one thing that a device does, and what it expects.
type act struct {
	name string
	// once is an act of the first round alone.
	once bool
	// beat is a sign of life.
	beat bool
	// do says what came of it. An error is what the device would not be content with.
	do func(ctx context.Context) (string, error)
}

// livePlayer makes a device known to the server, connects it, and says what it does. What
// it left open ends with end, which is never nil.
type livePlayer func(ctx context.Context, s *stage) (acts []act, end func(context.Context), err error)

// Kinds are the names of all that can be played, in order.
func Kinds() []string { return slices.Sorted(maps.Keys(livePlayers())) }

// livePlayers by kind.
func livePlayers() map[string]livePlayer {
	return map[string]livePlayer{
		"vguang-http":  liveVGuang,
		"vguang-mqtt":  liveVGuangBroker,
		"hikvision":    liveHikvision,
		"anpr":         liveANPR,
		"zkteco":       liveZKTeco,
		"sensetime":    liveSenseTime,
		"dahua":        liveDahua,
		"uniview":      liveUniview,
		"isecure":      liveISecure,
		"vzenith-http": liveVzenith,
		"vzenith-mqtt": liveVzenithBroker,
		"sia":          liveSIA,
		"gb28181":      liveGB28181,
		"viid":         liveVIID,
		"hc":           liveHC,
		"cap":          liveCAP,
		"lift-http":    liveLiftHTTP,
		"lift-mqtt":    liveLiftBroker,
		"kone":         liveKONE,
	}
}

// perAct bounds one act, endings those of all devices together.
const perAct, endings = 30 * time.Second, 15 * time.Second

// onStage is a device while it is played.
type onStage struct {
	kind string
	acts []act
	end  func(context.Context)
}

// Live plays devices until their time is over or ctx ends, which is no error; it counts
// acts. An error means that it could not be done at all.
func Live(ctx context.Context, o LiveOptions) (t Tally, err error) {
	s, err := newStage(ctx, o.Target, o.Clock)
	if err != nil {
		return t, err
	}
	names := o.Kinds
	if len(names) == 0 {
		names = Kinds()
	}
	out := &lines{w: o.Out}
	o.Out = out
	s.tell = func(kind, what string) {
		fmt.Fprintf(out, "%s %-12s %-4s %s\n", o.Clock.Now().Format(time.TimeOnly), kind, "told", what)
	}
	players := livePlayers()
	for _, kind := range names {
		if players[kind] == nil {
			return t, fmt.Errorf("no kind is named %q; there are: %s", kind, strings.Join(Kinds(), ", "))
		}
	}
	var cast []onStage
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), endings)
		defer cancel()
		for _, d := range slices.Backward(cast) {
			d.end(last)
		}
	}()
	if s.Naming != "" { // without a name of its own it would withdraw the devices of others
		if err := s.clear(ctx); err != nil {
			return t, err
		}
	}
	begun := o.Clock.Now()
	for _, kind := range names {
		if ctx.Err() != nil {
			return t, nil
		}
		d := onStage{kind: kind}
		t.act(ctx, o, kind, act{name: "begins 上线", do: func(ctx context.Context) (said string, err error) {
			d.acts, d.end, err = players[kind](ctx, s)
			return "registered", err
		}})
		if d.end != nil {
			cast = append(cast, d)
		}
	}
	for round := 0; ; round++ {
		for _, turn := range o.turns(cast, round) {
			if ctx.Err() != nil {
				return t, nil
			}
			t.act(ctx, o, turn.kind, turn.act)
		}
		if o.For > 0 && o.Clock.Now().Sub(begun)+o.Every > o.For {
			return t, nil
		}
		if model.Wait(ctx, o.Every) != nil {
			return t, nil
		}
	}
}

// lines keeps lines of several devices apart.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// turn is an act and the kind of device whose it is.
type turn struct {
	kind string
	act
}

// turns are what is done in a round, the first of which is 0.
func (o LiveOptions) turns(cast []onStage, round int) []turn {
	var all, beats, rest []turn
	for _, d := range cast {
		for _, a := range d.acts {
			next := turn{d.kind, a}
			if round == 0 || !a.once {
				all = append(all, next)
			}
			switch {
			case a.beat:
				beats = append(beats, next)
			case !a.once:
				rest = append(rest, next)
			}
		}
	}
	if !o.Calm || round == 0 {
		return all
	}
	if len(rest) > 0 {
		beats = append(beats, rest[(round-1)%len(rest)])
	}
	return beats
}

// act does one thing and counts it, unless the play ended meanwhile.
func (t *Tally) act(whole context.Context, o LiveOptions, kind string, a act) {
	ctx, cancel := context.WithTimeout(whole, perAct)
	defer cancel()
	said, err := a.do(ctx)
	var left leftOut
	word := "ok"
	switch {
	case err != nil && whole.Err() != nil:
		return
	case errors.As(err, &left):
		t.LeftOut++
		word, said = "left", left.Error()
	case err != nil:
		t.Failed++
		word, said = "FAIL", strings.TrimSpace(said+" "+err.Error())
	default:
		t.Passed++
		if o.Calm && a.beat {
			return
		}
	}
	fmt.Fprintf(o.Out, "%s %-12s %-4s %-28s %s\n", o.Clock.Now().Format(time.TimeOnly), kind, word, a.name, said)
}

// leaves makes the ending of a device that leaves nothing open but itself.
func (u *unit) leaves(ends ...func()) func(context.Context) {
	return func(ctx context.Context) {
		for _, end := range ends {
			end()
		}
		u.revoke(ctx)
	}
}

// until asks every 50 ms until the answer is yes, or ctx ends.
func until(ctx context.Context, missing string, yes func() (bool, error)) error {
	for {
		there, err := yes()
		if there || err != nil {
			return err
		}
		if err := model.Wait(ctx, 50*time.Millisecond); err != nil {
			return errors.New(missing)
		}
	}
}

// makes does something and waits until the API shows a new event of that kind and
// state; an empty state is any.
func (u *unit) makes(ctx context.Context, kind, state string, do func() (string, error)) (string, error) {
	return u.brings(ctx, "/device-events?limit=100&device_id="+u.id, "event "+strings.TrimSpace(kind+" "+state),
		func(e map[string]any) bool { return e["kind"] == kind && (state == "" || e["state"] == state) }, do)
}

// passes does something and waits until the API shows a new passage of this device.
func (u *unit) passes(ctx context.Context, do func() (string, error)) (string, error) {
	return u.brings(ctx, fmt.Sprint("/passages?limit=100&gate_id=", u.gate), "passage", func(p map[string]any) bool { return p["device_id"] == u.id }, do)
}

func (u *unit) brings(ctx context.Context, list, what string, counts func(map[string]any) bool, do func() (string, error)) (string, error) {
	before, err := u.ids(ctx, list, counts)
	if err != nil {
		return "", err
	}
	said, err := do()
	if err != nil {
		return said, err
	}
	err = until(ctx, "the API shows no new "+what, func() (bool, error) {
		now, err := u.ids(ctx, list, counts)
		return slices.ContainsFunc(now, func(id string) bool { return !slices.Contains(before, id) }), err
	})
	return strings.TrimSpace(said + " → " + what), err
}

// ids are those of a list that count.
func (u *unit) ids(ctx context.Context, list string, counts func(map[string]any) bool) ([]string, error) {
	got, err := u.stage.call(ctx, "GET", "/v1/communities/"+u.stage.CommunityID+list, nil)
	if err != nil {
		return nil, err
	}
	var out []string
	items, _ := got["items"].([]any)
	for _, item := range items {
		if o, ok := item.(map[string]any); ok && counts(o) {
			id, _ := o["id"].(string)
			out = append(out, id)
		}
	}
	return out, nil
}

// ordered has staff order something of this device at its gate: open, say or look.
func (u *unit) ordered(ctx context.Context, what string, more map[string]any) (map[string]any, int, error) {
	wish := map[string]any{"reason": "played 演练", "device_id": u.id}
	for name, value := range more {
		wish[name] = value
	}
	// A token that has run out meanwhile is renewed by a question that orders nothing.
	if _, err := u.stage.call(ctx, "GET", "/v1/communities/"+u.stage.CommunityID+"/device-commands?limit=1", nil); err != nil {
		return nil, 0, err
	}
	return u.stage.ask(ctx, "POST", fmt.Sprint("/v1/gates/", u.gate, "/", what), wish)
}

// openDone is what opened says of an open gate.
const openDone = "open command done"

// opened has staff open the gate by this device, which must say that it did it.
func (u *unit) opened(ctx context.Context) (string, error) { return u.did(ctx, "open", nil) }

// spoken has staff say something by this device, which must take it.
func (u *unit) spoken(ctx context.Context) (string, error) {
	return u.did(ctx, "say", map[string]any{"text": "请稍等 Please wait"})
}

// looked has staff ask this device to look again, which must take it.
func (u *unit) looked(ctx context.Context) (string, error) { return u.did(ctx, "look", nil) }

func (u *unit) did(ctx context.Context, what string, more map[string]any) (string, error) {
	got, _, err := u.ordered(ctx, what, more)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(got["kind"], " command ", got["state"]), nil
}

// rebooted has staff let the device start anew, which must say that it will.
func (u *unit) rebooted(ctx context.Context) (string, error) {
	got, err := u.stage.call(ctx, "POST", "/v1/communities/"+u.stage.CommunityID+"/devices/"+u.id+"/reboot", map[string]any{"reason": "played 演练"})
	if err != nil {
		return "", err
	}
	return fmt.Sprint("command ", got["state"]), nil
}

// serial is a number of a device that nobody else has.
func (s *stage) serial(prefix string) string {
	return fmt.Sprintf("%s%010d", prefix, s.clock.Now().UnixMilli()%1e10)
}

// pushed sends one request and wants an answer that the device understands.
func (u *unit) pushed(ctx context.Context, q push) (string, error) {
	status, body, err := u.send(ctx, q)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %s", status, quoted(strings.TrimSpace(string(body)))), q.understood(status, body)
}
