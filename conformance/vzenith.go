package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/eclipse/paho.golang/paho"
)

// cameraTopics are those of a plate camera on a broker.
func cameraTopics(serial string) (up, down string) {
	return "device/" + serial + "/message/up/", "device/" + serial + "/message/down/"
}

// vzenithBroker: what a plate camera publishes. Nothing is answered by a topic: what was
// kept is acknowledged by the broker, and shown by the API.
func vzenithBroker(ctx context.Context, s *stage, p payload) (outcome, error) {
	var file struct {
		Topic   string          `json:"topic"`
		Payload json.RawMessage `json:"payload"`
	}
	var told struct {
		SN string `json:"sn"`
	}
	if json.Unmarshal(p.body, &file) != nil || json.Unmarshal(file.Payload, &told) != nil || told.SN == "" {
		return outcome{}, leftOut("no publication")
	}
	up, _ := cameraTopics(told.SN)
	name, isEvent := strings.CutPrefix(file.Topic, up)
	if !isEvent {
		return outcome{}, leftOut("what the server publishes, or the answer to it")
	}
	u, err := s.register(ctx, "vzenith-mqtt", map[string]any{"serial": told.SN})
	if err != nil {
		return outcome{}, err
	}
	defer u.revoke(ctx)
	_, down := cameraTopics(told.SN)
	_, client, err := u.online(ctx, down+"#")
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = client.Disconnect(&paho.Disconnect{}) }()
	if _, err := client.Publish(ctx, &paho.Publish{Topic: file.Topic, QoS: 1, Payload: file.Payload}); err != nil {
		return outcome{}, err
	}
	return u.heardOf(ctx, outcome{}, name != "keep_alive")
}

// liveVzenithBroker is a plate camera on the broker, which carries out every order.
func liveVzenithBroker(ctx context.Context, s *stage) ([]act, func(context.Context), error) {
	serial := s.serial("played-")
	gate, err := s.barrier(ctx)
	if err != nil {
		return nil, nil, err
	}
	u, err := s.register(ctx, "vzenith-mqtt", map[string]any{"serial": serial, "gate_id": gate, "announcing": plateCamera(false)})
	if err != nil {
		return nil, nil, err
	}
	up, down := cameraTopics(serial)
	heard, client, err := u.online(ctx, down+"#")
	if err != nil {
		u.revoke(ctx)
		return nil, nil, err
	}
	next := s.numbered()
	publish := func(ctx context.Context, topic string, more map[string]any) error {
		body := map[string]any{"sn": serial, "version": "1.0", "timestamp": s.clock.Now().Unix()}
		for name, value := range more {
			body[name] = value
		}
		text, err := json.Marshal(body)
		if err == nil {
			_, err = client.Publish(ctx, &paho.Publish{Topic: topic, QoS: 1, Payload: text})
		}
		return err
	}
	tell := func(ctx context.Context, name string, payload any) (string, error) {
		return "published", publish(ctx, up+name, map[string]any{"id": fmt.Sprint(next()), "name": name, "payload": payload})
	}
	sees := func(ctx context.Context) (string, error) {
		return tell(ctx, "ivs_result", map[string]any{"AlarmInfoPlate": map[string]any{"serialno": serial, "result": map[string]any{"PlateResult": map[string]any{
			"license": fmt.Sprintf("京A·PL6%02d", next()%100), "plateid": next(), "isoffline": 0, "triggerType": 4, "timeStamp": map[string]any{"Timeval": map[string]any{"sec": s.clock.Now().Unix()}}}}}})
	}
	said := make(chan cameraTold, 16)
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	var loop sync.WaitGroup
	loop.Go(func() {
		for {
			select {
			case <-listening.Done():
				return
			case p := <-heard:
				var order struct {
					ID string `json:"id"`
				}
				if strings.HasSuffix(p.Topic, "/reply") || json.Unmarshal(p.Payload, &order) != nil {
					continue
				}
				var told cameraTold
				code := 200
				if told.ordered(strings.TrimPrefix(p.Topic, down), p.Payload) != nil {
					code = 400
				}
				// A lost one the server takes for no answer.
				_ = publish(listening, p.Topic+"/reply", map[string]any{"id": order.ID, "code": code, "payload": nil})
				if !told.any() {
					continue
				}
				s.tell("vzenith-mqtt", told.String())
				if told.Looks {
					_, _ = sees(listening) // a lost one shows in the act
				}
				select {
				case said <- told:
				default: // nobody looks
				}
			}
		}
	})
	return []act{
		{name: "connects 上线", once: true, do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "status", "connected", func() (string, error) { return tell(ctx, "online", nil) })
		}},
		{name: "is there 心跳", do: func(ctx context.Context) (string, error) {
			return tell(ctx, "keep_alive", map[string]any{"body": map[string]any{"timestamp": s.clock.Now().Unix()}})
		}},
		{name: "reads a plate 车牌", do: func(ctx context.Context) (string, error) {
			for len(said) > 0 {
				<-said
			}
			text, err := u.plateRead(ctx, func() (string, error) { return sees(ctx) })
			if err != nil || s.BarrierName == "" {
				return text, err
			}
			for heard := 0; heard < 2; heard++ { // what it says, and what it passes on
				select {
				case t := <-said:
					if text += ", " + t.String(); t.Output > 0 {
						return text, errors.New("a stranger at a barrier is let in")
					}
				case <-ctx.Done():
					return text, errors.New("beside the answer it is told nothing")
				}
			}
			return text, nil
		}},
		{name: "tells of its barrier 道闸状态", do: func(ctx context.Context) (string, error) {
			return u.makes(ctx, "door", "opened", func() (string, error) {
				return tell(ctx, "barr_gate_status", map[string]any{"body": map[string]any{"gate_status": 1}})
			})
		}},
		{name: "opens by order 远程抬杆", do: u.opened},
		{name: "says something by order 远程喊话", do: u.spoken},
		{name: "looks again by order 手动触发", do: func(ctx context.Context) (string, error) {
			return u.plateRead(ctx, func() (string, error) { return u.looked(ctx) })
		}},
	}, u.leaves(func() { stop(); loop.Wait(); _ = client.Disconnect(&paho.Disconnect{}) }), nil
}
