package kone

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"communitypass.cn/communitypass/model"
)

// building is the answer to config: destinations are the areas that one may call from
// and to.
type building struct {
	Destinations []struct {
		AreaID    int64  `json:"area_id"`
		ShortName string `json:"short_name"`
		GroupSide int    `json:"group_side"`
		Exit      bool   `json:"exit"`
	} `json:"destinations"`
	Groups []struct {
		Lifts []struct {
			Name string `json:"lift_name"`
		} `json:"lifts"`
	} `json:"groups"`
}

// Survey asks KONE for the building, over a connection of its own. Errors: forbidden for
// credentials that KONE does not take, unavailable.
func (k *KONE) Survey(ctx context.Context, g model.LiftGroup) (model.LiftTopology, error) {
	t := newTrunk(k, g)
	defer t.close()
	l, err := t.open(ctx)
	if model.CodeOf(err) == model.CodeForbidden {
		return model.LiftTopology{}, err
	}
	if err != nil {
		return model.LiftTopology{}, model.Fail(model.CodeUnavailable, err)
	}
	id, q := t.ask("")
	defer t.forget(id, true)
	ask := t.about("common-api", "config", nil)
	ask.RequestID = strconv.FormatInt(id, 10)
	if err := l.write(ctx, ask); err != nil {
		return model.LiftTopology{}, model.Fail(model.CodeUnavailable, err)
	}
	for { // the first answer only says that KONE has it
		e, err := t.wait(ctx, l, q)
		switch {
		case err != nil:
			return model.LiftTopology{}, model.Fail(model.CodeUnavailable, err)
		case e.StatusCode >= http.StatusBadRequest:
			return model.LiftTopology{}, model.Fail(model.CodeForbidden)
		case len(e.Data) > 0:
			return topology(e.Data)
		}
	}
}

func topology(data json.RawMessage) (model.LiftTopology, error) {
	var b building
	if err := json.Unmarshal(data, &b); err != nil {
		return model.LiftTopology{}, model.Fail(model.CodeUnavailable, err)
	}
	var out model.LiftTopology
	for _, d := range b.Destinations {
		out.Areas = append(out.Areas, model.LiftArea{Native: strconv.FormatInt(d.AreaID, 10), Name: d.ShortName, Exit: d.Exit, Side: map[int]string{1: "front", 2: "rear"}[d.GroupSide]})
	}
	for _, group := range b.Groups {
		for _, l := range group.Lifts {
			out.Lifts = append(out.Lifts, l.Name)
		}
	}
	return out, nil
}
