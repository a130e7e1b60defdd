package service

import (
	"context"
	"slices"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"
)

// LiftSurveyor is a controller that knows its own landings.
type LiftSurveyor interface {
	// Survey asks for them. Errors: forbidden for credentials that are not taken,
	// unavailable.
	Survey(ctx context.Context, g model.LiftGroup) (model.LiftTopology, error)
}

// liftSurvey bounds one survey.
const liftSurvey = 10 * time.Second

// Topology shows staff what the controller of a group says of its building now, and is
// empty where its protocol says nothing. Errors: not_found, lift_unavailable.
func (l *Lifts) Topology(ctx context.Context, caller *model.Caller, communityID, id string) (model.LiftTopology, error) {
	if err := l.Directory.Reach(caller, permLiftManage, communityID); err != nil {
		return model.LiftTopology{}, err
	}
	g, err := l.Store.View(ctx).LiftGroupForCalling(communityID, id)
	if err != nil {
		return model.LiftTopology{}, err
	}
	surveyor, ok := l.controllers[g.Protocol].(LiftSurveyor)
	if !ok || g.State != model.StateActive {
		return model.LiftTopology{}, nil
	}
	return survey(ctx, surveyor, g)
}

func survey(ctx context.Context, s LiftSurveyor, g model.LiftGroup) (model.LiftTopology, error) {
	ctx, cancel := context.WithTimeout(ctx, liftSurvey)
	defer cancel()
	out, err := s.Survey(ctx, g)
	switch {
	case model.CodeOf(err) == model.CodeForbidden && err != nil:
		return out, model.Invalid(model.FieldError{Field: "/secret", Code: "format"})
	case err != nil:
		return out, model.FailLater(model.CodeLiftUnavailable, int(time.Minute/time.Second))
	}
	return out, nil
}

// surveyed are landings as the controller knows them, where it can say: one without a
// native name gets the one that the controller has for its floor and side; one whose name
// the controller does not know is refused. Errors: invalid, lift_unavailable.
func (l *Lifts) surveyed(ctx context.Context, g model.LiftGroup, landings []model.LiftLanding) error {
	surveyor, ok := l.controllers[g.Protocol].(LiftSurveyor)
	if !ok {
		return nil
	}
	known, err := survey(ctx, surveyor, g)
	if err != nil {
		return err
	}
	var bad []model.FieldError
	for i := range landings {
		at := slices.IndexFunc(known.Areas, func(a model.LiftArea) bool { return isArea(a, landings[i]) })
		switch field := "/landings/" + strconv.Itoa(i); {
		case at >= 0:
			landings[i].Native = known.Areas[at].Native
		case landings[i].Native == "":
			bad = append(bad, model.FieldError{Field: field + "/floor", Code: "enum"})
		default:
			bad = append(bad, model.FieldError{Field: field + "/native", Code: "enum"})
		}
	}
	if len(bad) > 0 {
		return model.Invalid(bad...)
	}
	return nil
}

// isArea says that an area is a landing's: by its native name, else by floor and side.
func isArea(a model.LiftArea, landing model.LiftLanding) bool {
	if landing.Native != "" {
		return a.Native == landing.Native
	}
	return a.Name == landing.Floor && (landing.Side == "" || a.Side == landing.Side)
}
