package lift_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"communitypass.cn/communitypass/lift"
	"communitypass.cn/communitypass/model"
)

// fixed is a clock that stands.
type fixed time.Time

func (f fixed) Now() time.Time { return time.Time(f) }

func TestCommandsOnABrokerHaveALifeAndAMark(t *testing.T) {
	now := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	var heard []lift.Question
	m := lift.NewMQTT(func(_ context.Context, device string, q lift.Question) model.DeviceReach {
		if device != "device" {
			t.Errorf("told %s", device)
		}
		heard = append(heard, q)
		return model.ReachSent
	}, fixed(now))
	g := model.LiftGroup{DeviceID: "device"}
	until := model.Millis(now.Add(5500 * time.Millisecond))
	hold, err := m.Hold(t.Context(), g, model.LiftHoldCommand{ID: "hold", CallID: "call", Seconds: 20, ExpiresAt: until})
	rights, err2 := m.Rights(t.Context(), g, model.LiftRightsCommand{ID: "rights", PassageID: "passage", Cabin: "A", EndsAt: until,
		Landings: []model.LiftLanding{{Floor: "15", Rooms: []string{"1502"}, Code: "secret"}}})
	if err != nil || err2 != nil || hold.State != "" || rights.State != "" {
		t.Fatalf("%+v %v, %+v %v", hold, err, rights, err2)
	}
	if len(heard) != 2 || heard[0].Topic != lift.TopicHold || heard[0].Correlation != "hold" || heard[1].Topic != lift.TopicRights || heard[1].Correlation != "rights" {
		t.Fatalf("heard %+v", heard)
	}
	for _, q := range heard {
		if q.Life != 5*time.Second || q.ReplyTo == "" {
			t.Errorf("%s lives %s and is answered at %q", q.Topic, q.Life, q.ReplyTo)
		}
	}
	var said map[string]any
	if err := json.Unmarshal(heard[1].Payload, &said); err != nil || len(said) != 5 {
		t.Errorf("rights say more than they must: %s, %v", heard[1].Payload, err)
	}
	if floors, _ := said["floors"].([]any); len(floors) != 1 || len(floors[0].(map[string]any)) != 1 {
		t.Errorf("a floor says more than its name: %s", heard[1].Payload)
	}
	if _, err := m.Rights(t.Context(), g, model.LiftRightsCommand{EndsAt: model.Millis(now.Add(900 * time.Millisecond))}); model.CodeOf(err) != model.CodeUnavailable || len(heard) != 2 {
		t.Errorf("what has no second to live was sent: %v", err)
	}
}
