package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	dialect "communitypass.cn/communitypass/device/lift"
	"communitypass.cn/communitypass/lift"
	"communitypass.cn/communitypass/simulator"

	"github.com/eclipse/paho.golang/paho"
)

// liftFloors are the landings of a lift that is played, all of them open to whoever may
// use it. It moves as no real one does.
var liftFloors = []string{"1", "2", "3"}

const (
	liftPace = 100 * time.Millisecond
	// liftStand is how long it stands with open doors: long enough to be asked to wait.
	liftStand  = 2 * time.Second
	liftSecret = "played-key-of-a-lift-controller"
)

// liftGroup registers a group, and gives its id and who calls its lifts.
func (s *stage) liftGroup(ctx context.Context, u *unit, protocol, address, secret string, native map[string]string) (group string, resident *stage, disable func(), err error) {
	var landings []map[string]any
	for i, floor := range liftFloors {
		landing := map[string]any{"floor": floor, "open": true}
		if protocol != "kone" { // which is asked for its own
			landing["native"] = fmt.Sprint((i + 1) * 1000)
		}
		landings = append(landings, landing)
	}
	s.made++
	wish := map[string]any{"name": fmt.Sprintf("played %s %d", protocol, s.made), "building": s.Building, "protocol": protocol, "address": address, "landings": landings}
	if u != nil {
		wish["device_id"] = u.id
	}
	if protocol == "http" { // a gate is the reader of one cabin alone
		wish["gates"] = []map[string]any{{"gate_id": s.GateID, "cabin": "A"}}
	}
	if secret != "" {
		wish["secret"] = secret
	}
	if native != nil {
		wish["native"] = native
	}
	got, err := s.call(ctx, http.MethodPost, "/v1/communities/"+s.CommunityID+"/lifts", wish)
	if err != nil {
		return "", nil, nil, fmt.Errorf("registering the group: %w", err)
	}
	group, _ = got["id"].(string)
	resident = &stage{Target: s.Target, clock: s.clock, http: s.http}
	resident.Token = s.Residents[s.rides%len(s.Residents)]
	s.rides++
	disable = func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), endings)
		defer cancel()
		_, _ = s.call(last, http.MethodPost, "/v1/communities/"+s.CommunityID+"/lifts/"+group+"/disable", map[string]any{"reason": "played"})
	}
	return group, resident, disable, nil
}

// lifts registers a group, and gives an act in which somebody who lives there calls a lift
// until the call stands as it should.
func (s *stage) lifts(ctx context.Context, u *unit, protocol, address, secret string, native map[string]string, ends ...string) (call act, disable func(), err error) {
	group, resident, disable, err := s.liftGroup(ctx, u, protocol, address, secret, native)
	if err != nil {
		return call, nil, err
	}
	// Nobody may call more than six times a minute, so that it is done once.
	return act{name: "is called, and waits 呼梯与保持开门", once: true, do: func(ctx context.Context) (string, error) { return resident.ride(ctx, group, ends) }}, disable, nil
}

// doorSeconds is for how long somebody who rides wants the doors kept open.
const doorSeconds = 5

// ride calls a lift, has it wait once it is there, and watches it until the call is in one
// of the states.
func (s *stage) ride(ctx context.Context, group string, ends []string) (string, error) {
	call, err := s.call(ctx, http.MethodPost, "/v1/me/lift-calls", map[string]any{"request_id": fmt.Sprintf("played-%d", s.clock.Now().UnixNano()), "lift_id": group, "from": liftFloors[0], "to": liftFloors[2]})
	if err != nil {
		return "", err
	}
	id := fmt.Sprint(call["id"])
	seen, held := []string{fmt.Sprint(call["state"])}, false
	err = until(ctx, "the call did not go on", func() (bool, error) {
		now, err := s.call(ctx, http.MethodGet, "/v1/me/lift-calls/"+id, nil)
		if err != nil {
			return false, err
		}
		state := fmt.Sprint(now["state"])
		if seen[len(seen)-1] != state {
			seen = append(seen, state)
		}
		if state == "arrived" && !held {
			held = true
			how, err := s.doors(ctx, id)
			if err != nil {
				return false, err
			}
			seen = append(seen, "doors "+how)
		}
		if now["ended_at"] != nil && !slices.Contains(ends, state) {
			return false, fmt.Errorf("%s (%v)", state, now["reason"])
		}
		return slices.Contains(ends, state), nil
	})
	// One that goes on would stand in the way of the next; one that ended cannot be taken
	// back.
	_, _ = s.call(ctx, http.MethodDelete, "/v1/me/lift-calls/"+id, nil)
	return strings.Join(seen, " → "), err
}

// doors asks the lift of a call to keep its doors open until it has said that it does.
func (s *stage) doors(ctx context.Context, id string) (string, error) {
	now, err := s.call(ctx, http.MethodPost, "/v1/me/lift-calls/"+id+"/hold", map[string]any{"seconds": doorSeconds})
	if err != nil {
		return "", err
	}
	state := ""
	return "held", until(ctx, "the doors were not held", func() (bool, error) {
		hold, _ := now["hold"].(map[string]any)
		if state = fmt.Sprint(hold["state"]); state == "held" || state != "sent" {
			if state != "held" {
				return false, fmt.Errorf("the doors are %s (%v)", state, hold["reason"])
			}
			return true, nil
		}
		now, err = s.call(ctx, http.MethodGet, "/v1/me/lift-calls/"+id, nil)
		return false, err
	})
}

// canCall says whether there is somebody who calls lifts.
func (s *stage) canCall() error {
	if len(s.Residents) == 0 || s.Building == "" {
		return leftOut("no resident of a building calls lifts")
	}
	return nil
}

// liveLiftHTTP is a controller of the neutral form, called over HTTP.
func liveLiftHTTP(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	if err := s.canCall(); err != nil {
		return nil, nil, err
	}
	u, err := s.register(ctx, "lift", nil)
	if err != nil {
		return nil, nil, err
	}
	l := simulator.NewLift(simulator.LiftOptions{Floors: liftFloors, Secret: liftSecret, Clock: s.clock, Floor: liftPace, Stand: liftStand,
		Tell: simulator.TellHTTP(s.http, u.address)})
	address, stop, err := serve(l)
	if err != nil {
		u.revoke(ctx)
		return nil, nil, err
	}
	moving, still := context.WithCancel(context.WithoutCancel(ctx))
	var loop sync.WaitGroup
	loop.Go(func() { l.Run(moving) })
	end := func() { still(); loop.Wait(); stop() }
	call, disable, err := s.lifts(ctx, u, "http", address, liftSecret, nil, "done")
	if err != nil {
		end()
		u.revoke(ctx)
		return nil, nil, err
	}
	opens, gone, err := s.cabin(ctx, l)
	if err != nil {
		disable()
		end()
		u.revoke(ctx)
		return nil, nil, err
	}
	return []act{{name: "tells its mode 状态", do: func(ctx context.Context) (string, error) {
		return u.pushed(ctx, push{path: "/events", contentType: jsonType, body: []byte(`{"events":[{"mode":"normal"}]}`), understood: ok(`"taken":true`)})
	}}, call, opens}, u.leaves(gone, disable, end), nil
}

// obey gives a command from the broker to a lift, and what it answers, if it does.
func obey(l *simulator.Lift, p *paho.Publish) (dialect.Event, bool) {
	switch {
	case strings.HasSuffix(p.Topic, lift.TopicHold):
		var h lift.HoldCommand
		if json.Unmarshal(p.Payload, &h) != nil {
			return dialect.Event{}, false
		}
		_, a, _ := l.Hold(h)
		return dialect.Event{HoldID: a.ID, Hold: a.State, Reason: a.Reason}, true
	case strings.HasSuffix(p.Topic, lift.TopicRights):
		var r lift.RightsCommand
		if json.Unmarshal(p.Payload, &r) != nil {
			return dialect.Event{}, false
		}
		_, a, _ := l.Enable(r)
		return dialect.Event{RightsID: a.ID, Rights: a.State, Reason: a.Reason}, true
	case strings.HasSuffix(p.Topic, lift.TopicCancel):
		var c lift.Command
		if json.Unmarshal(p.Payload, &c) == nil {
			l.Forget(c.ID)
		}
		return dialect.Event{}, false
	}
	var c lift.Command
	if json.Unmarshal(p.Payload, &c) != nil {
		return dialect.Event{}, false
	}
	_, a, _ := l.Command(c)
	return dialect.Event{CallID: a.ID, State: a.State, Reason: a.Reason, Lift: a.Lift}, true
}

// liveLiftBroker is a controller of the neutral form on the broker: openapi/asyncapi.yaml.
func liveLiftBroker(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	if err := s.canCall(); err != nil {
		return nil, nil, err
	}
	u, err := s.register(ctx, "lift-mqtt", map[string]any{"serial": s.serial("PLAYED-LIFT-")})
	if err != nil {
		return nil, nil, err
	}
	heard, client, err := u.online(ctx, "lift/commands/#")
	if err != nil {
		u.revoke(ctx)
		return nil, nil, err
	}
	tell := func(ctx context.Context, to string, retain bool, correlation []byte, e dialect.Event) error {
		body, err := json.Marshal(map[string]any{"events": []dialect.Event{e}})
		if err == nil {
			_, err = client.Publish(ctx, &paho.Publish{Topic: to, QoS: 1, Retain: retain, Payload: body, Properties: &paho.PublishProperties{CorrelationData: correlation}})
		}
		return err
	}
	moving, still := context.WithCancel(context.WithoutCancel(ctx))
	l := simulator.NewLift(simulator.LiftOptions{Floors: liftFloors, Clock: s.clock, Floor: liftPace, Stand: liftStand,
		// What is lost on the way the next word makes good, or the call ends by its life.
		Tell: func(e dialect.Event) { _ = tell(moving, dialect.TopicEvents, false, nil, e) }})
	var loop sync.WaitGroup
	loop.Go(func() { l.Run(moving) })
	loop.Go(func() {
		for {
			select {
			case <-moving.Done():
				return
			case p := <-heard:
				answer, ok := obey(l, p)
				if !ok {
					continue
				}
				if p.Properties == nil || p.Properties.ResponseTopic == "" || len(p.Properties.CorrelationData) == 0 {
					_ = tell(moving, dialect.TopicEvents, false, nil, answer)
					continue
				}
				answer.CallID, answer.HoldID, answer.RightsID = "", "", "" // the correlation says it
				_ = tell(moving, p.Properties.ResponseTopic, false, p.Properties.CorrelationData, answer)
			}
		}
	})
	end := func() { still(); loop.Wait(); _ = client.Disconnect(&paho.Disconnect{}) }
	call, disable, err := s.lifts(ctx, u, "mqtt", "played", "", nil, "done")
	if err != nil {
		end()
		u.revoke(ctx)
		return nil, nil, err
	}
	return []act{{name: "tells its mode 状态", do: func(ctx context.Context) (string, error) {
		return "retained", tell(ctx, dialect.TopicState, true, nil, dialect.Event{Mode: "normal"})
	}}, call}, u.leaves(disable, end), nil
}

// liveKONE is KONE, which the server calls.
func liveKONE(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	if err := s.canCall(); err != nil {
		return nil, nil, err
	}
	k := simulator.NewKONE("played", liftSecret)
	address, stop, err := serve(k)
	if err != nil {
		return nil, nil, err
	}
	call, disable, err := s.lifts(ctx, nil, "kone", address, "played:"+liftSecret, map[string]string{"building": "building:9990000951", "group": "1"}, "arrived", "done")
	if err != nil {
		stop()
		return nil, nil, err
	}
	moving, still := context.WithCancel(context.WithoutCancel(ctx))
	var loop sync.WaitGroup
	loop.Go(func() { // each call is served as soon as it is there
		for told := 0; ; {
			if until(moving, "", func() (bool, error) { return k.Count().Calls > told && k.Count().Followed > told, nil }) != nil {
				return
			}
			told++
			for _, state := range []string{"served_soon", "served"} {
				k.Tell(moving, fmt.Sprintf("call_state/%d/%s", told, state), map[string]any{"allocated_lift_deck": []int{simulator.KONEDeck}})
			}
		}
	})
	return []act{call}, func(context.Context) { disable(); still(); loop.Wait(); k.Drop(); stop() }, nil
}
