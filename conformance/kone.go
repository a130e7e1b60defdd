package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

// koneSaid are the messages of a file, by who says them and to what.
type koneSaid struct {
	// asked are what a client says, answers what KONE says to a call, told how things go
	// on.
	asked, answers, told []map[string]any
	// session is the name that KONE gives to one, config its building.
	session string
	config  map[string]any
}

// koneMessages sorts the messages of a file; those of neither side are counted.
func koneMessages(v any) (k koneSaid, strange int) {
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, one := range list {
		m, _ := one.(map[string]any)
		data, _ := m["data"].(map[string]any)
		switch {
		case m["subtopic"] != nil:
			k.told = append(k.told, m)
		case m["type"] == "create-session", m["type"] == "resume-session", m["callType"] != nil && m["statusCode"] == nil && data == nil:
			k.asked = append(k.asked, m)
		case data["sessionId"] != nil:
			k.session, _ = data["sessionId"].(string)
		case data["destinations"] != nil:
			k.config = data
		case m["statusCode"] != nil, data["success"] != nil:
			k.answers = append(k.answers, m)
		default:
			strange++
		}
	}
	return k, strange
}

// konePlay is KONE with a group of lifts at the server, and somebody who calls them.
type konePlay struct {
	kone     *simulator.KONE
	stage    *stage
	resident *stage
	group    string
	heard    []string
	answer   string
}

// kone starts KONE's side, points lifts of the server at it, and has somebody call one.
// What a client says in the file is held against what the server says; what KONE says is
// said to the server, and the call must go on as it means.
func kone(ctx context.Context, s *stage, p payload) (o outcome, err error) {
	v, isJSON := jsonValue(p.body)
	said, strange := koneMessages(v)
	if !isJSON || len(said.asked)+len(said.answers)+len(said.told) == 0 && said.session == "" && said.config == nil {
		return o, leftOut("nothing that KONE or a client of it says")
	}
	if err := s.canCall(); err != nil {
		return o, err
	}
	k := simulator.NewKONE("replayed", liftSecret)
	k.NameSession(said.session)
	address, stop, err := serve(k)
	if err != nil {
		return o, err
	}
	defer stop()
	group, resident, disable, err := s.liftGroup(ctx, nil, "kone", address, "replayed:"+liftSecret, map[string]string{"building": "building:9990000951", "group": "1"})
	if err != nil {
		return o, err
	}
	defer func() { disable(); k.Drop() }()
	play := &konePlay{kone: k, stage: s, resident: resident, group: group}
	if said.config != nil {
		err = play.plans(ctx, said.config)
	}
	if err == nil && (len(said.asked)+len(said.told) > 0 || said.session != "") {
		err = play.rides(ctx, said)
	}
	if err == nil && len(said.answers) > 0 {
		err = play.answers(ctx, said.answers)
	}
	if strange > 0 {
		play.heard = append(play.heard, fmt.Sprintf("passed over %d messages of neither side", strange))
	}
	var left leftOut
	if errors.As(err, &left) && len(play.heard) > 0 {
		play.heard, err = append(play.heard, left.Error()), nil
	}
	return outcome{answer: play.answer, heard: strings.Join(play.heard, "; ")}, err
}

// call calls a lift, and waits until the call is in one of the states or has ended.
func (p *konePlay) call(ctx context.Context, states ...string) (id, state string, err error) {
	var got map[string]any
	for range p.stage.Residents { // each may call a few times a minute
		got, err = p.resident.call(ctx, http.MethodPost, "/v1/me/lift-calls", map[string]any{"request_id": fmt.Sprintf("replayed-%d", p.stage.clock.Now().UnixNano()),
			"lift_id": p.group, "from": liftFloors[0], "to": liftFloors[2]})
		if err == nil || !strings.Contains(err.Error(), "limit_reached") && !strings.Contains(err.Error(), "rate_limited") {
			break
		}
		p.resident.Token = p.stage.Residents[p.stage.rides%len(p.stage.Residents)]
		p.stage.rides++
	}
	if err != nil {
		return "", "", err
	}
	id = fmt.Sprint(got["id"])
	state, err = p.reaches(ctx, id, states...)
	p.answer = "the call is " + state
	return id, state, err
}

func (p *konePlay) reaches(ctx context.Context, id string, states ...string) (state string, err error) {
	err = until(ctx, "", func() (bool, error) {
		now, err := p.resident.call(ctx, http.MethodGet, "/v1/me/lift-calls/"+id, nil)
		if err != nil {
			return false, err
		}
		state = fmt.Sprint(now["state"])
		return slices.Contains(states, state) || now["ended_at"] != nil, nil
	})
	if err != nil {
		return state, fmt.Errorf("the call is %s: %w", state, err)
	}
	if !slices.Contains(states, state) {
		return state, fmt.Errorf("the call is %s, not %s", state, strings.Join(states, " or "))
	}
	return state, nil
}

// forget ends a call, which would else stand in the way of the next: its rider gets out
// where a lift has come, or takes it back.
func (p *konePlay) forget(ctx context.Context, id string) {
	p.kone.Tell(ctx, "lift_1/stopping", map[string]any{"decks": []map[string]any{{"area": simulator.KONEDeck, "doors": []map[string]any{{"outbound": []int64{p.kone.LastRide()}}}}}})
	_, _ = p.resident.call(context.WithoutCancel(ctx), http.MethodDelete, "/v1/me/lift-calls/"+id, nil)
}

// plans gives the server a building of the file.
func (p *konePlay) plans(ctx context.Context, config map[string]any) error {
	p.kone.Plan(config)
	defer p.kone.Plan(nil)
	got, err := p.stage.call(ctx, http.MethodGet, "/v1/communities/"+p.stage.CommunityID+"/lifts/"+p.group+"/topology", nil)
	if err != nil {
		return err
	}
	theirs, _ := config["destinations"].([]any)
	areas, _ := got["areas"].([]any)
	if len(areas) != len(theirs) {
		return fmt.Errorf("of %d destinations the server knows %d", len(theirs), len(areas))
	}
	p.heard = append(p.heard, fmt.Sprintf("%d areas of the building", len(areas)))
	return nil
}

// koneSilence is for how long a call that has no last answer is watched.
const koneSilence = time.Second

// answers has a call answered as the file says.
func (p *konePlay) answers(ctx context.Context, answers []map[string]any) error {
	p.kone.AnswerCalls(answers)
	defer p.kone.AnswerCalls(nil)
	want := koneVerdict(answers)
	if want == "" { // taken, and nothing more: KONE has not said that a lift comes
		id, _, err := p.call(ctx, "sent", "requested")
		if err != nil {
			return err
		}
		defer p.forget(ctx, id)
		if err := model.Wait(ctx, koneSilence); err != nil {
			return err
		}
		state, err := p.reaches(ctx, id, "sent", "requested", "expired", "failed")
		p.heard = append(p.heard, "answered so, the call is still "+state)
		return err
	}
	states := []string{want}
	if want == "failed" { // nobody can say what came of it
		states = []string{"failed", "expired", "sent"}
	}
	id, state, err := p.call(ctx, states...)
	if id != "" {
		p.forget(ctx, id)
	}
	p.heard = append(p.heard, "answered so, the call is "+state)
	return err
}

// koneVerdict is what answers to a call mean; empty where the last has not come.
func koneVerdict(answers []map[string]any) string {
	for _, a := range answers {
		status, _ := a["statusCode"].(float64)
		data, hasData := a["data"].(map[string]any)
		switch {
		case status >= 400 && status < 500:
			return "refused"
		case status >= 500:
			return "failed"
		case hasData && data["success"] == true:
			return "acknowledged"
		case hasData && data["success"] == false:
			return "refused"
		}
	}
	return ""
}
