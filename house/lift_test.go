package house_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"communitypass.cn/communitypass/house"
	"communitypass.cn/communitypass/lift"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"

	mqtt3 "github.com/eclipse/paho.mqtt.golang"

	"net"
)

// TestALiftIsCalledOverABroker goes the whole way: a controller that is away fails the
// call at once and hears nothing later; one that is there acknowledges by its own word.
func TestALiftIsCalledOverABroker(t *testing.T) {
	r := &rig{Gatehouse: testkit.NewGatehouse(t)}
	r.open(t, house.MQTT{Embedded: true})
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = socket.Addr().String()
	r.run(t, "broker", func(ctx context.Context) {
		if err := r.house.Broker.Serve(ctx, socket); err != nil {
			t.Error(err)
		}
	})
	by := r.Manager(r.Garden)
	dev, err := r.house.Services.Devices.Register(t.Context(), by, r.Garden.ID, service.NewVendorDevice{GateID: r.Garden.Entrance.ID, Name: "电梯", Protocol: "lift-mqtt", Serial: "LIFT-1"})
	if err != nil {
		t.Fatal(err)
	}
	lifts := r.house.Services.Lifts
	group, err := lifts.Register(t.Context(), by, r.Garden.ID, service.NewLiftGroup{Name: "电梯", Building: "1", Protocol: model.LiftMQTT, Address: "lift-1",
		DeviceID: dev.Device.ID, Landings: []model.LiftLanding{{Floor: "1", Open: true}, {Floor: "15"}}})
	if err != nil {
		t.Fatal(err)
	}
	caller := r.livesAt(t, "1502")
	call := func(id string) model.LiftCall {
		t.Helper()
		c, err := lifts.Call(t.Context(), caller, service.NewLiftCall{RequestID: id, GroupID: group.ID, From: "1", To: "15"})
		if err == nil {
			err = lifts.Pass(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	state := func(id string) model.LiftCallState {
		c, err := lifts.Show(t.Context(), caller, id)
		if err != nil {
			t.Fatal(err)
		}
		return c.State
	}
	if away := call("call-0001"); state(away.ID) != model.LiftFailed {
		t.Fatalf("nobody listens, and the call is %s", state(away.ID))
	}
	heard := make(chan lift.Command, 10)
	client := mqtt3.NewClient(r.options(*dev.Login))
	if token := client.Connect(); !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		t.Fatal("not connected: ", token.Error())
	}
	defer client.Disconnect(10)
	token := client.Subscribe("lift/commands/call", 1, func(_ mqtt3.Client, m mqtt3.Message) {
		var c lift.Command
		if err := json.Unmarshal(m.Payload(), &c); err != nil || m.Retained() {
			t.Errorf("a command that is retained (%t) or unreadable: %v", m.Retained(), err)
		}
		heard <- c
	})
	if !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		t.Fatal("not subscribed: ", token.Error())
	}
	there := call("call-0002")
	select {
	case c := <-heard:
		if c.ID != there.ID || c.To.Floor != "15" {
			t.Fatalf("it heard %+v", c)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it heard nothing")
	}
	if now := state(there.ID); now != model.LiftSent {
		t.Fatalf("before the lift has answered the call is %s", now)
	}
	client.Publish("lift/state", 1, true, `{"events":[{"call_id":"`+there.ID+`","state":"arrived","mode":"normal"}]}`).WaitTimeout(5 * time.Second)
	client.Publish("lift/events", 1, false, `{"events":[{"call_id":"`+there.ID+`","state":"acknowledged","lift":"A"}]}`).WaitTimeout(5 * time.Second)
	soon(t, "it is acknowledged", func() bool { return state(there.ID) == model.LiftAcknowledged })

	doors := make(chan lift.HoldCommand, 10)
	token = client.Subscribe("lift/commands/hold", 1, func(_ mqtt3.Client, m mqtt3.Message) {
		var h lift.HoldCommand
		if err := json.Unmarshal(m.Payload(), &h); err != nil || m.Retained() {
			t.Errorf("a hold that is retained (%t) or unreadable: %v", m.Retained(), err)
		}
		doors <- h
	})
	if !token.WaitTimeout(30*time.Second) || token.Error() != nil {
		t.Fatal("not subscribed: ", token.Error())
	}
	client.Publish("lift/events", 1, false, `{"events":[{"call_id":"`+there.ID+`","state":"arrived","lift":"A","floor":"1"}]}`).WaitTimeout(5 * time.Second)
	soon(t, "it arrives", func() bool { return state(there.ID) == model.LiftArrived })
	asked, err := lifts.Hold(t.Context(), caller, there.ID, 20)
	if err != nil || asked.Hold.State != model.HoldSent {
		t.Fatalf("before the lift has answered the hold is %+v, %v", asked.Hold, err)
	}
	select {
	case h := <-doors:
		if h.ID != asked.Hold.ID || h.CallID != there.ID || h.Lift != "A" || h.At.Floor != "1" || h.Seconds != 20 {
			t.Fatalf("it heard %+v", h)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it heard of no hold")
	}
	answer := `{"events":[{"hold_id":"` + asked.Hold.ID + `","hold":"held"}]}`
	held := func() bool {
		c, err := lifts.Show(t.Context(), caller, there.ID)
		return err == nil && c.Hold.State == model.HoldHeld
	}
	client.Publish("lift/state", 1, true, answer[:len(answer)-3]+`,"mode":"normal"}]}`).WaitTimeout(5 * time.Second)
	client.Publish("lift/events", 1, false, `{"events":[{"lift":"A","floor":"1","door":"open"}]}`).WaitTimeout(5 * time.Second)
	soon(t, "the doors are seen open", func() bool {
		list, err := lifts.Own(t.Context(), caller)
		return err == nil && len(list) == 1 && len(list[0].Cars) == 1 && list[0].Cars[0].Door == "open"
	})
	if held() {
		t.Error("a retained word confirmed a hold")
	}
	client.Publish("lift/events", 1, false, answer).WaitTimeout(5 * time.Second)
	soon(t, "it is held", held)
}

// livesAt is somebody who lives in a room of building 1, with a pass.
func (r *rig) livesAt(t *testing.T, room string) *model.Caller {
	t.Helper()
	p := r.Person(t, "某人", "")
	home := model.Household{ID: r.ID(), CommunityID: r.Garden.ID, Building: "1", Unit: "1", Room: room, CreatedAt: 1}
	residency := model.Residency{ID: r.ID(), CommunityID: r.Garden.ID, HouseholdID: home.ID, PersonID: p.ID, Relation: "owner", Status: model.ResidencyActive, CreatedAt: 1}
	r.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateHousehold(home); err != nil {
			return err
		}
		if err := tx.CreateResidency(residency); err != nil {
			return err
		}
		return tx.CreatePass(model.Pass{ID: r.ID(), Number: model.NewPassNumber(), CommunityID: r.Garden.ID, PersonID: p.ID, ResidencyID: residency.ID,
			Kind: "resident", AccessGroup: 1, State: model.PassActive, CreatedAt: 1})
	})
	return &model.Caller{Kind: model.CallerPerson, AccountID: r.ID(), PersonID: p.ID}
}
