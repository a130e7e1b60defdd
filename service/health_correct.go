package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Correction is a report said anew.
type Correction struct {
	Answers model.HealthAnswers
	// Reason is asked of staff.
	Reason string
}

// Correct keeps a further version of a report; the last one counts, the others stay
// until the end. It may be made by the person, by a carer, or by staff who follow up.
// Errors: not_found, not_in_emergency, consent_required, invalid, conflict when
// somebody else corrected it in the same moment.
func (h *Health) Correct(ctx context.Context, caller *model.Caller, id string, in Correction) (Reported, error) {
	var out Reported
	err := h.Store.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.HealthReport(id)
		if err != nil {
			return h.offOr(tx, caller, err)
		}
		if err := h.mayCorrect(tx, caller, &r, in.Reason); err != nil {
			return err
		}
		c, _ := h.Directory.Community(r.CommunityID)
		e, ok := c.emergency(h.now())
		if !ok || e.ID != r.EmergencyID {
			return model.Fail(model.CodeNotInEmergency)
		}
		if held, err := tx.HoldEmergency(e.ID); err != nil || !held {
			return failOr(err, model.Fail(model.CodeNotInEmergency))
		}
		if bad := notAsked(e.Fields, &in.Answers); len(bad) > 0 {
			return model.Invalid(bad...)
		}
		now := h.Clock.Now()
		r.ID, r.Version, r.CreatedAt, r.AuthorID = model.NewID(now), r.Version+1, model.Millis(now), authorOf(caller)
		r.HealthAnswers, r.Reason = in.Answers, in.Reason
		out.HealthReport = r
		out.DueAt, err = h.keep(tx, caller, c, e, &r)
		return err
	})
	if err == nil {
		err = h.forgetPeople(ctx, out.CommunityID, out.PersonID)
	}
	return out, err
}

// offOr is err, or not_in_emergency when nobody whom the caller acts for is in one:
// what went with an emergency is not missing, it is off.
func (h *Health) offOr(tx *store.Tx, caller *model.Caller, err error) error {
	if !model.IsNotFound(err) {
		return err
	}
	if caller.Kind == model.CallerStaff {
		for _, id := range h.Directory.Reachable(caller, "health.follow") {
			c, _ := h.Directory.Community(id)
			if _, on := c.emergency(h.now()); on {
				return err
			}
		}
		return model.Fail(model.CodeNotInEmergency)
	}
	people, failed := ownPeople(tx, caller)
	if failed != nil {
		return failed
	}
	duties, failed := h.duties(tx, caller, people)
	if failed == nil && len(duties) == 0 {
		return model.Fail(model.CodeNotInEmergency)
	}
	return failOr(failed, err)
}

func authorOf(caller *model.Caller) string {
	if caller.Kind == model.CallerStaff {
		return caller.AccountID
	}
	return caller.PersonID
}

func (h *Health) mayCorrect(tx *store.Tx, caller *model.Caller, r *model.HealthReport, reason string) error {
	if caller.Kind == model.CallerStaff {
		if err := h.Directory.Reach(caller, "health.follow", r.CommunityID); err != nil {
			return err
		}
		if reason == "" {
			return model.Invalid(model.FieldError{Field: "/reason", Code: "required"})
		}
		return nil
	}
	if err := ownOrCarried(tx, caller, r.PersonID); err != nil {
		return err
	}
	agreed, err := tx.Consented(caller.PersonID, model.ConsentHealth)
	if err == nil && !agreed {
		err = model.Fail(model.CodeConsentRequired)
	}
	return err
}
