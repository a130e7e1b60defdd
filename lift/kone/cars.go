package kone

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"communitypass.cn/communitypass/model"
)

// carTopics are what is asked of all lifts of a group: their mode, where they are, their
// doors, and who gets in and out where they stop. KONE's description names one lift a
// topic; its own examples ask with the plus.
var carTopics = []string{"lift_+/status", "lift_+/position", "lift_+/doors", "lift_+/stopping"}

// learn keeps what stands on the button of each floor, by KONE's number of the floor in
// the group, which is what positions are told by.
func (t *trunk) learn(data json.RawMessage) {
	var plan struct {
		Destinations []struct {
			Floor     int64  `json:"group_floor_id"`
			ShortName string `json:"short_name"`
		} `json:"destinations"`
	}
	if json.Unmarshal(data, &plan) != nil {
		return // positions stay without a floor
	}
	floors := map[int64]string{}
	for _, d := range plan.Destinations {
		if name := floorName(d.ShortName); floors[d.Floor] == "" {
			floors[d.Floor] = name
		}
	}
	t.mu.Lock()
	t.floors = floors
	t.mu.Unlock()
}

// floorMost is how long the name of a floor may be, in bytes.
const floorMost = 8

// floorName is what stands on a button, as it may be kept; empty for what is too long.
func floorName(said string) string {
	plain := strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r
		}
		return -1
	}, said)
	if len(plain) > floorMost {
		return ""
	}
	return plain
}

// directions are KONE's of a deck that moves.
var directions = map[string]string{"UP": "up", "DOWN": "down"}

// doorStates are those in which one may pass, or not; what is between is told next.
var doorStates = map[string]string{"OPENED": "open", "CLOSED": "closed"}

// car is what a topic of one lift says of where it is and of its doors. That a deck is at
// a landing's door zone, "door" of a position, does not say that the doors are open.
func (t *trunk) car(lift, topic string, data json.RawMessage) (model.LiftReport, bool) {
	r := model.LiftReport{Lift: lift}
	switch topic {
	case "position":
		var p struct {
			Dir    string `json:"dir"`
			Moving string `json:"moving_state"`
			Cur    int64  `json:"cur"`
		}
		if json.Unmarshal(data, &p) != nil || p.Moving == "" {
			return r, false
		}
		t.mu.Lock()
		r.Floor = t.floors[p.Cur]
		t.mu.Unlock()
		r.Direction = "none"
		if p.Moving != "STANDING" && p.Moving != "STOPPED" {
			r.Direction = directions[p.Dir]
		}
		return r, r.Floor+r.Direction != ""
	case "doors":
		var d struct {
			State string `json:"state"`
		}
		if json.Unmarshal(data, &d) != nil {
			return r, false
		}
		r.Door = doorStates[d.State]
		return r, r.Door != ""
	}
	return r, false
}

// stopping is whose calls are done where a lift stops: those that get out there. KONE's
// description has one deck or several.
func (t *trunk) stopping(data json.RawMessage) []model.LiftReport {
	type deck struct {
		Doors []struct {
			Outbound []int64 `json:"outbound"`
		} `json:"doors"`
	}
	var one struct{ Decks deck }
	var some struct{ Decks []deck }
	if json.Unmarshal(data, &some) != nil {
		if json.Unmarshal(data, &one) != nil {
			return nil
		}
		some.Decks = []deck{one.Decks}
	}
	var out []model.LiftReport
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range some.Decks {
		for _, door := range d.Doors {
			for callID, r := range t.rides {
				if slices.Contains(door.Outbound, r.session) {
					r.over = true
					out = append(out, model.LiftReport{CallID: callID, State: model.LiftDone})
				}
			}
		}
	}
	return out
}

// reports is what a monitored topic says, in our words.
func (t *trunk) reports(e envelope) []model.LiftReport {
	topic := strings.Split(e.Subtopic, "/")
	if len(topic) == 2 && topic[1] == "stopping" {
		return t.stopping(e.Data)
	}
	report, ok := t.report(e)
	if !ok && len(topic) == 2 {
		report, ok = t.car(topic[0], topic[1], e.Data)
	}
	if !ok {
		return nil
	}
	return []model.LiftReport{report}
}

// plan asks for the floors, once a trunk has an answer no more.
func (t *trunk) plan() (envelope, bool) {
	t.mu.Lock()
	known := t.floors != nil
	t.mu.Unlock()
	if known {
		return envelope{}, false
	}
	ask := t.about("common-api", "config", nil)
	ask.RequestID = strconv.FormatInt(planID, 10)
	return ask, true
}

// planID is the request by which floors are asked for; those of calls are of 31 bits.
const planID int64 = 1 << 32
