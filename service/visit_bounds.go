package service

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Extend moves the end of a visit that goes on, within the rule that it was asked
// under; one that has overstayed is in order again. The home may, and the property;
// a guard asks them. Errors: not_found, answer_not_yours, state_changed, invalid for
// an end that is not later or beyond the bounds.
func (s *Visits) Extend(ctx context.Context, caller *model.Caller, id string, until int64) (VisitView, error) {
	v, err := s.find(ctx, caller, id, permissionVisitDecide)
	if err != nil {
		return VisitView{}, err
	}
	if caller.Kind == model.CallerStaff && !slices.Contains(s.Directory.answerers(caller, permissionVisitDecide, v.CommunityID), model.AnswererProperty) {
		return VisitView{}, &model.Error{Code: model.CodeAnswerNotYours, State: string(model.AnswererProperty)}
	}
	v, err = s.change(ctx, v, func(tx *store.Tx, v *model.Visit) error {
		if !slices.Contains(model.VisitLive, v.State) {
			return stateOf(v)
		}
		rule, err := ruleOf(v)
		if err != nil {
			return err
		}
		if until <= v.ValidUntil || until <= s.now() || until-v.ValidFrom > (time.Duration(rule.MaxHours)*time.Hour).Milliseconds() {
			return model.Invalid(model.FieldError{Field: "/valid_until", Code: "range", Limit: "≤ " + strconv.Itoa(rule.MaxHours) + " h"})
		}
		if err := s.setEnd(tx, v, until); err != nil {
			return err
		}
		if v.State == model.VisitOverstayed {
			if _, err := tx.MoveVisit(v.CommunityID, v.ID, []model.VisitState{v.State}, model.VisitArrived, nil); err != nil {
				return err
			}
			v.State = model.VisitArrived
		}
		return s.noteVisit(tx, caller, v, "visit.extend")
	})
	if err != nil {
		return VisitView{}, err
	}
	return s.view(ctx, v)
}

// Restriction narrows a visit; empty fields do not.
type Restriction struct {
	Reason     string
	GateIDs    []string
	ValidUntil int64
}

// Restrict narrows what a visit that was agreed to opens, or until when. Errors:
// not_found, state_changed, invalid for what would widen it.
func (s *Visits) Restrict(ctx context.Context, caller *model.Caller, id string, r Restriction) (VisitView, error) {
	v, err := s.find(ctx, caller, id, permissionVisitDecide)
	if err != nil {
		return VisitView{}, err
	}
	v, err = s.change(ctx, v, func(tx *store.Tx, v *model.Visit) error {
		if !slices.Contains(model.VisitLive, v.State) {
			return stateOf(v)
		}
		if err := s.narrowGates(tx, v, r.GateIDs); err != nil {
			return err
		}
		if r.ValidUntil != 0 {
			if r.ValidUntil >= v.ValidUntil || r.ValidUntil <= s.now() {
				return model.Invalid(model.FieldError{Field: "/valid_until", Code: "range", Limit: "now..valid_until"})
			}
			if err := s.setEnd(tx, v, r.ValidUntil); err != nil {
				return err
			}
		}
		v.Reason = r.Reason
		if err := tx.SetVisit(v.CommunityID, v.ID, map[string]any{"reason": r.Reason}); err != nil {
			return err
		}
		return s.noteVisit(tx, caller, v, "visit.restrict")
	})
	if err != nil {
		return VisitView{}, err
	}
	return s.view(ctx, v)
}

// noteVisit tells of a change that is no step.
func (s *Visits) noteVisit(tx *store.Tx, caller *model.Caller, v *model.Visit, action string) error {
	if err := tx.Audit(caller, v.CommunityID, action, "visit", v.ID, map[string]string{"state": string(v.State)}); err != nil {
		return err
	}
	return s.emitVisit(tx, v)
}

func (s *Visits) setEnd(tx *store.Tx, v *model.Visit, until int64) error {
	v.ValidUntil, v.EndsAt = until, until
	if err := tx.SetVisit(v.CommunityID, v.ID, map[string]any{"valid_until": until, "ends_at": until}); err != nil {
		return err
	}
	return tx.SetVisitPass(*v, []string{model.PassPending, model.PassActive}, map[string]any{"valid_until": until})
}

func (s *Visits) narrowGates(tx *store.Tx, v *model.Visit, gates []string) error {
	if len(gates) == 0 {
		return nil
	}
	var g admission.Group
	if err := json.Unmarshal([]byte(v.Opens), &g); err != nil {
		return err
	}
	for i, id := range gates {
		if !slices.Contains(g.Gates, id) {
			return model.Invalid(model.FieldError{Field: "/gate_ids/" + strconv.Itoa(i), Code: "enum"})
		}
	}
	g.Gates = gates
	number, body, err := s.opens(tx, v.CommunityID, g)
	if err != nil {
		return err
	}
	if err := tx.SetVisit(v.CommunityID, v.ID, map[string]any{"opens": body}); err != nil {
		return err
	}
	return tx.SetVisitPass(*v, []string{model.PassPending, model.PassActive}, map[string]any{"access_group": number})
}

// opens is the access group of what a visit opens, and its JSON.
func (s *Visits) opens(tx *store.Tx, communityID string, g admission.Group) (uint16, string, error) {
	g.Gates, g.Floors = sortedSet(g.Gates), sortedSet(g.Floors)
	body, err := json.Marshal(g)
	if err != nil {
		return 0, "", err
	}
	number, err := s.groupFor(tx, communityID, g)
	return number, string(body), err
}
