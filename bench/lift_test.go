//go:build bench

package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/lift"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"

	mqtt3 "github.com/eclipse/paho.mqtt.golang"
)

const (
	liftRounds = 3
	liftRides  = 100
)

// TestLiftCall is how long it takes from a resident's call to the command at the lift's
// controller on the embedded broker, against the least that this can be: two rows made
// durable one after the other, as the call and its claim are, and a message of as many
// bytes to another client of that broker.
func TestLiftCall(t *testing.T) {
	onDatabases(t, func(t *testing.T, name string) {
		r := newRig(t, 1, func(cfg *house.Config) { cfg.MQTT = house.MQTT{Embedded: true} })
		made := r.vendor(t, service.NewVendorDevice{Protocol: "lift-mqtt", Serial: "LIFT-1"})
		other := r.vendor(t, service.NewVendorDevice{Protocol: "lift-mqtt", Serial: "LIFT-2"})
		l := socket(t)
		alongside(t, func(ctx context.Context) {
			if err := r.server.Broker.Serve(ctx, l); err != nil {
				t.Error(err)
			}
		})
		alongside(t, r.server.Services.Lifts.Run)
		heard := make(chan []byte, 1)
		r.controller(t, l.Addr().String(), made, heard)
		group := r.group(t, made)
		residents := r.residents(t, liftRides)
		ride := func(n int) (time.Duration, error) {
			began := time.Now()
			c, err := r.server.Services.Lifts.Call(t.Context(), residents[n%liftRides], service.NewLiftCall{RequestID: fmt.Sprintf("ride-%06d", n), GroupID: group.ID, From: "1", To: "15"})
			if err != nil {
				return 0, err
			}
			body, err := next(heard)
			took := time.Since(began)
			var command lift.Command
			if err == nil && (json.Unmarshal(body, &command) != nil || command.ID != c.ID) {
				err = errors.New("the lift was told of another call")
			}
			return took, err
		}
		least := r.leastCall(t, l.Addr().String(), other)
		var medians, lates, ours, bare []float64
		for round := -1; round < liftRounds; round++ {
			// Nobody may call often, and a call that is not answered runs out.
			r.Clock.Advance(2 * time.Minute)
			if err := r.server.Services.Lifts.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			a := timed(t, func(n int) (time.Duration, error) { return ride((round+1)*liftRides + n) })
			b := timed(t, func(int) (time.Duration, error) { return least() })
			if round < 0 {
				continue
			}
			medians = append(medians, ratio(a[liftRides/2], b[liftRides/2]))
			lates = append(lates, a[liftRides*99/100].Seconds()*1000)
			ours, bare = append(ours, a[liftRides/2].Seconds()*1000), append(bare, b[liftRides/2].Seconds()*1000)
		}
		target, meets := atMost(10)
		publish(figure{"lift-call/least@" + name, medians, target, meets, fmt.Sprintf("%.3g ms to %.3g ms", median(ours), median(bare))})
		target, meets = atMost(100)
		publish(figure{"lift-call-p99-ms@" + name, lates, target, meets, fmt.Sprintf("median %.3g ms", median(ours))})
	})
}

// timed are the times of so many rides, in order of length.
func timed(t *testing.T, one func(n int) (time.Duration, error)) []time.Duration {
	t.Helper()
	took := make([]time.Duration, liftRides)
	for n := range took {
		var err error
		if took[n], err = one(n); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(took)
	return took
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

func next(heard <-chan []byte) ([]byte, error) {
	select {
	case body := <-heard:
		return body, nil
	case <-time.After(patience):
		return nil, errors.New("nothing was heard")
	}
}

// controller is a lift controller on the broker, which hears its commands.
func (r *rig) controller(t *testing.T, addr string, made service.Registered, heard chan<- []byte) mqtt3.Client {
	t.Helper()
	c := onBroker(t, addr, made)
	done(t, c.Subscribe("lift/commands/call", 1, func(_ mqtt3.Client, m mqtt3.Message) { heard <- m.Payload() }))
	return c
}

// leastCall makes two rows durable and sends the bytes of a command through the broker.
func (r *rig) leastCall(t *testing.T, addr string, made service.Registered) func() (time.Duration, error) {
	t.Helper()
	heard := make(chan []byte, 1)
	r.controller(t, addr, made, heard)
	command, err := json.Marshal(lift.CommandOf(model.LiftCommand{ID: r.ID(), FromFloor: "1", ToFloor: "15", ExpiresAt: model.Millis(r.Clock.Now())}))
	if err != nil {
		t.Fatal(err)
	}
	return func() (time.Duration, error) {
		began := time.Now()
		for range 2 {
			if err := r.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.CreateDeviceEvent(r.bareEvent(made.Device.ID, r.ID())) }); err != nil {
				return 0, err
			}
		}
		if reach := r.server.Exchange.Publish(t.Context(), made.Device.ID, "lift/commands/call", command, 1, time.Minute); reach != model.ReachSent {
			return 0, fmt.Errorf("not published: %v", reach)
		}
		_, err := next(heard)
		return time.Since(began), err
	}
}

func (r *rig) group(t *testing.T, made service.Registered) service.LiftGroupView {
	t.Helper()
	g, err := r.server.Services.Lifts.Register(t.Context(), r.Manager(r.Garden), r.Garden.ID, service.NewLiftGroup{Name: "电梯", Building: "1", Protocol: model.LiftMQTT,
		Address: "lift-1", DeviceID: made.Device.ID, Landings: []model.LiftLanding{{Floor: "1", Open: true}, {Floor: "15", Open: true}}})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// residents are people who live in building 1, each in a room on the fifteenth floor.
func (r *rig) residents(t *testing.T, n int) []*model.Caller {
	t.Helper()
	out := make([]*model.Caller, n)
	r.Update(t, func(tx *store.Tx) error {
		for i := range out {
			p := model.Person{ID: r.ID(), Name: "某人", CreatedAt: 1}
			home := model.Household{ID: r.ID(), CommunityID: r.Garden.ID, Building: "1", Unit: "1", Room: fmt.Sprintf("15%02d", i), CreatedAt: 1}
			residency := model.Residency{ID: r.ID(), CommunityID: r.Garden.ID, HouseholdID: home.ID, PersonID: p.ID, Relation: "owner", Status: model.ResidencyActive, CreatedAt: 1}
			for _, err := range []error{tx.CreatePerson(p), tx.CreateHousehold(home), tx.CreateResidency(residency),
				tx.CreatePass(model.Pass{ID: r.ID(), Number: model.NewPassNumber(), CommunityID: r.Garden.ID, PersonID: p.ID, ResidencyID: residency.ID,
					Kind: "resident", AccessGroup: 1, State: model.PassActive, CreatedAt: 1})} {
				if err != nil {
					return err
				}
			}
			out[i] = &model.Caller{Kind: model.CallerPerson, AccountID: r.ID(), PersonID: p.ID}
		}
		return nil
	})
	return out
}
