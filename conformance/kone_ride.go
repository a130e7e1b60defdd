package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"communitypass.cn/communitypass/simulator"
)

// koneForm is how a message of the server to KONE is held against one of the file.
var koneForm = form{fixed: []string{"type", "callType", "payload.call.action"},
	needed: []string{"type", "buildingId", "callType", "groupId", "payload", "payload.request_id", "payload.area", "payload.time", "payload.terminal", "payload.call", "payload.call.action",
		"payload.call.destination", "payload.session_id", "payload.lift_deck", "payload.served_area", "payload.hard_time", "payload.soft_time", "payload.sub", "payload.duration", "payload.subtopics",
		"requestId", "sessionId", "resendLatestStateUpToSeconds"},
	meant: map[string]string{
		"payload.call.group_size":           "one person calls here",
		"payload.call.delay":                "nobody is given time to walk",
		"payload.call.language":             "a call says nothing of who rides",
		"payload.call.media_id":             "a call says nothing of who rides",
		"payload.call.media_type":           "a call says nothing of who rides",
		"payload.call.user_id":              "a call says nothing of who rides",
		"payload.user_id":                   "a call says nothing of who rides",
		"payload.call.allowed_lifts":        "any lift of the group may come",
		"payload.call.activate_call_states": "states are asked for by monitoring",
		"payload.call.response_fields":      "what is answered by itself is enough",
		"*":                                 "optional in KONE's description",
	}}

// rides is a call that goes on, during which KONE tells what the file has and the server
// says what it has.
func (p *konePlay) rides(ctx context.Context, said koneSaid) error {
	id, _, err := p.call(ctx, "acknowledged")
	if err != nil {
		return err
	}
	defer p.forget(ctx, id)
	for _, m := range said.told {
		if err := p.tells(ctx, id, m); err != nil {
			return err
		}
	}
	var left error
	for _, m := range said.asked {
		switch err := p.asks(ctx, id, m).(type) {
		case nil:
		case leftOut:
			left = err
		default:
			return err
		}
	}
	if said.session != "" && len(said.asked) == 0 {
		p.heard = append(p.heard, "the session has its name")
	}
	return left
}

// asks has the server say what the file has, and compares.
func (p *konePlay) asks(ctx context.Context, id string, theirs map[string]any) error {
	payload, _ := theirs["payload"].(map[string]any)
	inner, _ := payload["call"].(map[string]any)
	name := strings.TrimSpace(fmt.Sprint(theirs["type"], " ", wordOf(theirs["callType"])))
	switch name {
	case "create-session", "common-api config", "site-monitoring monitor":
	case "lift-call-api-v2 action":
		if fmt.Sprint(inner["action"]) != "2" {
			return leftOut("a call of a landing or of a cabin; calls of this server have a destination")
		}
	case "lift-call-api-v2 delete":
		if _, err := p.resident.call(ctx, http.MethodDelete, "/v1/me/lift-calls/"+id, nil); err != nil {
			return err
		}
	case "lift-call-api-v2 hold_open":
		p.kone.Tell(ctx, fmt.Sprintf("call_state/%d/served", p.kone.LastRide()), map[string]any{"allocated_lift_deck": []int{simulator.KONEDeck}})
		if _, err := p.reaches(ctx, id, "arrived"); err != nil {
			return err
		}
		if _, err := p.resident.doors(ctx, id); err != nil {
			return err
		}
	case "resume-session":
		p.kone.Drop() // a call goes on, so that the server comes back
	default:
		return leftOut("the server says no " + name + " here")
	}
	var ours map[string]any
	if err := until(ctx, "the server said no "+name, func() (bool, error) {
		i := slices.IndexFunc(p.kone.Heard(), func(m map[string]any) bool {
			return m["type"] == theirs["type"] && wordOf(m["callType"]) == wordOf(theirs["callType"])
		})
		if i >= 0 {
			ours = p.kone.Heard()[i]
		}
		return i >= 0, nil
	}); err != nil {
		return err
	}
	o, err := koneForm.compare(theirs, ours).said(name, string(mustJSON(ours)))
	p.answer, p.heard = o.answer, append(p.heard, o.heard)
	return err
}

// koneStates are KONE's states of a call in the words of the contract.
var koneStates = map[string]string{"being_assigned": "arriving", "assigned": "arriving", "being_fixed": "arriving", "fixed": "arriving", "served_soon": "arriving", "served": "arrived", "cancelled": "failed"}

// tells says to the server what the file has of a topic, and wants the API to show it.
func (p *konePlay) tells(ctx context.Context, id string, m map[string]any) error {
	subtopic := wordOf(m["subtopic"])
	topic := strings.Split(subtopic, "/")
	data, _ := m["data"].(map[string]any)
	if topic[0] == "call_state" && len(topic) == 3 {
		p.kone.Tell(ctx, fmt.Sprintf("call_state/%d/%s", p.kone.LastRide(), topic[2]), data)
		want := koneStates[topic[2]]
		if want == "" {
			p.heard = append(p.heard, topic[2]+" is no step of a call")
			return nil
		}
		after := []string{want}
		if want == "arriving" { // which a lift that has come does not take back
			after = append(after, "arrived")
		}
		state, err := p.reaches(ctx, id, after...)
		p.heard = append(p.heard, "told so, the call is "+state)
		return err
	}
	p.kone.Tell(ctx, subtopic, data)
	if len(topic) != 2 {
		p.heard = append(p.heard, "nothing to keep of "+topic[0])
		return nil
	}
	want, shown := koneCar(topic[1], data), ""
	if len(want) == 0 {
		state, err := p.reaches(ctx, id, "acknowledged", "arriving", "arrived", "done")
		p.heard = append(p.heard, "nothing to keep of "+topic[1]+"; the call is "+state)
		return err
	}
	err := until(ctx, "the API does not show it", func() (bool, error) {
		group, err := p.shown(ctx)
		if err != nil {
			return false, err
		}
		cars, _ := group["lifts"].([]any)
		shown = string(mustJSON(cars))
		for _, c := range cars {
			car, _ := c.(map[string]any)
			if car["name"] != topic[0] {
				continue
			}
			for name, value := range want {
				if car[name] != value {
					return false, nil
				}
			}
			return true, nil
		}
		return false, nil
	})
	p.heard = append(p.heard, fmt.Sprint("the API shows the lifts as ", shown))
	return err
}

// shown is the group as staff see it.
func (p *konePlay) shown(ctx context.Context) (map[string]any, error) {
	got, err := p.stage.call(ctx, http.MethodGet, "/v1/communities/"+p.stage.CommunityID+"/lifts", nil)
	if err != nil {
		return nil, err
	}
	items, _ := got["items"].([]any)
	for _, item := range items {
		if g, ok := item.(map[string]any); ok && g["id"] == p.group {
			return g, nil
		}
	}
	return nil, fmt.Errorf("the API shows no such group")
}

// koneCar is what a topic of a lift says, in the words of the contract, as this package
// itself understands it.
func koneCar(topic string, data map[string]any) map[string]any {
	want := map[string]any{}
	switch topic {
	case "position":
		switch moving := wordOf(data["moving_state"]); {
		case moving == "":
		case moving == "STANDING" || moving == "STOPPED":
			want["direction"] = "none"
		default:
			want["direction"] = strings.ToLower(wordOf(data["dir"]))
		}
		if cur, ok := data["cur"].(float64); ok && cur >= 1 && cur <= 20 && len(want) > 0 { // the floors of the simulated building
			want["floor"] = wordOf(cur)
		}
	case "doors":
		if word := map[string]string{"OPENED": "open", "CLOSED": "closed"}[wordOf(data["state"])]; word != "" {
			want["door"] = word
		}
	case "status":
		switch mode, ok := data["lift_mode"].(float64); {
		case ok && (mode == 37 || mode == 38):
			want["mode"] = "fire"
		case ok && mode == 0:
			want["mode"] = "normal"
		}
	}
	return want
}
