package service_test

import (
	"context"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// surveyor is a controller that knows three areas, or fails.
type surveyor struct {
	service.LiftController
	fails error
}

func (s surveyor) Survey(context.Context, model.LiftGroup) (model.LiftTopology, error) {
	return model.LiftTopology{Lifts: []string{"A"}, Areas: []model.LiftArea{{Native: "1000", Name: "1", Side: "front", Exit: true}, {Native: "2000", Name: "2", Side: "front"},
		{Native: "2010", Name: "2", Side: "rear"}}}, s.fails
}

func TestLandingsAreThoseOfTheController(t *testing.T) {
	w := newLifted(t)
	known := w.controller
	register := func(fails error, landings ...model.LiftLanding) (service.LiftGroupView, error) {
		w.controller = surveyor{known, fails}
		w.lifts = w.replica()
		return w.lifts.Register(t.Context(), w.manager, w.Garden.ID, service.NewLiftGroup{Name: "电梯", Building: "1", Protocol: model.LiftHTTP, Address: w.server.URL,
			Secret: liftSecret, Landings: landings})
	}
	g, err := register(nil, model.LiftLanding{Floor: "1"}, model.LiftLanding{Floor: "2", Side: "rear"}, model.LiftLanding{Floor: "2F", Native: "2000"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"1000", "2010", "2000"} {
		if g.Landings[i].Native != want {
			t.Errorf("landing %d is %s, want %s", i, g.Landings[i].Native, want)
		}
	}
	seen, err := w.lifts.Topology(t.Context(), w.manager, w.Garden.ID, g.ID)
	if err != nil || len(seen.Areas) != 3 {
		t.Errorf("%+v, %v", seen, err)
	}
	_, err = register(nil, model.LiftLanding{Floor: "1"}, model.LiftLanding{Floor: "3"})
	refusedAs(t, err, model.CodeInvalid)
	_, err = register(nil, model.LiftLanding{Floor: "1", Native: "9000"}, model.LiftLanding{Floor: "2"})
	refusedAs(t, err, model.CodeInvalid)
	_, err = register(model.Fail(model.CodeUnavailable), model.LiftLanding{Floor: "1"}, model.LiftLanding{Floor: "2"})
	refusedAs(t, err, model.CodeLiftUnavailable)
	_, err = register(model.Fail(model.CodeForbidden), model.LiftLanding{Floor: "1"}, model.LiftLanding{Floor: "2"})
	refusedAs(t, err, model.CodeInvalid)
}
