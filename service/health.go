package service

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Health is what people report of themselves, and what follows from it. All of it is
// off but in an emergency.
type Health struct{ Deps }

// NewHealth makes the use cases of health.
func NewHealth(d Deps) *Health { return &Health{Deps: d} }

// NewReport is a self-report, of the caller or of a dependant.
type NewReport struct {
	// PersonID is empty for the caller.
	PersonID string
	// CommunityID is empty for the first of the person's communities that is in an
	// emergency.
	CommunityID string
	Answers     model.HealthAnswers
}

// Reported says that a report was kept, without what it says: the answer may be kept
// for a repeated request.
type Reported struct {
	model.HealthReport
	// DueAt is when the next one is due, 0 for never.
	DueAt int64
}

// Report keeps a report. Errors: not_found for a person who is neither the caller
// nor carried by him, or a community where the person does not live;
// not_in_emergency; consent_required; invalid with not_needed for a field that is
// not asked.
func (h *Health) Report(ctx context.Context, caller *model.Caller, in NewReport) (Reported, error) {
	person := in.PersonID
	if person == "" {
		person = caller.PersonID
	}
	var out Reported
	err := h.Store.Update(ctx, func(tx *store.Tx) error {
		community, e, err := h.reportable(tx, caller, person, in.CommunityID)
		if err != nil {
			return err
		}
		if bad := notAsked(e.Fields, &in.Answers); len(bad) > 0 {
			return model.Invalid(bad...)
		}
		now := h.Clock.Now()
		id := model.NewID(now)
		out.HealthReport = model.HealthReport{ID: id, RootID: id, Version: 1, EmergencyID: e.ID, CommunityID: community.ID, PersonID: person,
			AuthorID: caller.PersonID, CreatedAt: model.Millis(now), HealthAnswers: in.Answers}
		out.DueAt, err = h.keep(tx, caller, community, e, &out.HealthReport)
		return err
	})
	if err == nil {
		err = h.forgetPeople(ctx, out.CommunityID, person)
	}
	return out, err
}

// reportable finds the emergency that a person reports in, and holds it.
func (h *Health) reportable(tx *store.Tx, caller *model.Caller, person, communityID string) (*CommunityView, *EmergencyView, error) {
	if err := ownOrCarried(tx, caller, person); err != nil {
		return nil, nil, err
	}
	homes, err := communitiesOf(tx, caller, person)
	if err != nil {
		return nil, nil, err
	}
	if communityID != "" && !slices.Contains(homes, communityID) {
		return nil, nil, model.NotFound()
	}
	for _, id := range homes {
		community, _ := h.Directory.Community(id)
		e, ok := community.emergency(h.now())
		if !ok || communityID != "" && id != communityID {
			continue
		}
		if held, err := tx.HoldEmergency(e.ID); err != nil || !held {
			return nil, nil, failOr(err, model.Fail(model.CodeNotInEmergency))
		}
		agreed, err := tx.Consented(caller.PersonID, model.ConsentHealth)
		if err == nil && !agreed {
			err = model.Fail(model.CodeConsentRequired)
		}
		return community, e, err
	}
	return nil, nil, model.Fail(model.CodeNotInEmergency)
}

// ownOrCarried is not_found for whoever is neither the caller nor a dependant.
func ownOrCarried(tx *store.Tx, caller *model.Caller, person string) error {
	if person == caller.PersonID {
		return nil
	}
	carries, err := tx.Carries(caller.PersonID, person)
	if err == nil && !carries {
		return model.NotFound()
	}
	return err
}

// communitiesOf are those where a person lives now, or is carried.
func communitiesOf(tx *store.Tx, caller *model.Caller, person string) ([]string, error) {
	homes, err := tx.ResidenciesOfPerson(person, model.ResidencyActive, ownResidencies)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range homes {
		if !slices.Contains(out, r.CommunityID) {
			out = append(out, r.CommunityID)
		}
	}
	if person == caller.PersonID {
		return out, nil
	}
	carried, err := tx.Dependants(caller.PersonID)
	for _, d := range carried {
		if d.PersonID == person && !slices.Contains(out, d.CommunityID) {
			out = append(out, d.CommunityID)
		}
	}
	return out, err
}

// keep stores a version of a report with what follows from it, and gives when the
// next report is due.
func (h *Health) keep(tx *store.Tx, caller *model.Caller, c *CommunityView, e *EmergencyView, r *model.HealthReport) (int64, error) {
	if err := tx.CreateHealthReport(*r); err != nil {
		return 0, err
	}
	due, err := h.stand(tx, e, r.CommunityID, r.PersonID)
	if err != nil {
		return 0, err
	}
	if err := touchPeople(tx, c.ID, r.PersonID); err != nil {
		return 0, err
	}
	corrected := r.Version > 1
	err = tx.Emit(h.events(c, model.EventHealthReported, r.RootID, r.CreatedAt, map[string]any{"report_id": r.RootID, "emergency_id": e.ID,
		"reported_at": model.FromMillis(r.CreatedAt), "corrected": corrected, "person_id": r.PersonID}))
	if err != nil {
		return 0, err
	}
	action := "health.report"
	if corrected {
		action = "health.correct"
	}
	return due, tx.Audit(caller, c.ID, action, "health_report", r.RootID, map[string]string{"version": strconv.Itoa(r.Version), "emergency_id": e.ID})
}

// stand makes a person's standing anew from the report that counts. The person has
// one standing in an emergency, whichever of its communities the report was made in.
func (h *Health) stand(tx *store.Tx, e *EmergencyView, communityID, person string) (int64, error) {
	last, err := tx.LastHealthReport(e.ID, person)
	if err != nil {
		return 0, err
	}
	first := model.IDTime(last.RootID)
	facts, err := json.Marshal(HealthFacts{ReportedAt: first, Answers: last.HealthAnswers})
	if err != nil {
		return 0, err
	}
	s := model.Standing{EmergencyID: e.ID, PersonID: person, CommunityID: communityID, Facts: string(facts), UpdatedAt: h.now()}
	if e.ReportEveryHours > 0 {
		s.DueAt = first + int64(e.ReportEveryHours)*time.Hour.Milliseconds()
	}
	return s.DueAt, tx.SaveStanding(s)
}

// touchPeople makes every replica forget the passes of some people.
func touchPeople(tx *store.Tx, communityID string, people ...string) error {
	passes, err := tx.LivePassesOf(communityID, people)
	for _, p := range passes {
		if err == nil {
			err = tx.Changed(model.ChangePass, communityID, strconv.FormatUint(p.Number, 10))
		}
	}
	return err
}

// forgetPeople drops passes from the memory of this replica, without waiting for
// the feed.
func (d *Deps) forgetPeople(ctx context.Context, communityID string, people ...string) error {
	passes, err := d.Store.View(ctx).LivePassesOf(communityID, people)
	for _, p := range passes {
		d.Directory.forgetPass(p)
	}
	return err
}

// notAsked lists the answers that the emergency does not need; one answer at least
// must be given.
func notAsked(fields []string, a *model.HealthAnswers) []model.FieldError {
	given := map[string]bool{FieldTemperature: a.TemperatureTenths != 0, FieldSymptoms: a.Symptoms != nil, FieldExposure: a.Exposure != nil,
		FieldTravel: a.Travel != nil, FieldTestResult: a.TestResult != ""}
	var bad []model.FieldError
	some := false
	for _, f := range healthFields {
		some = some || given[f]
		if given[f] && !slices.Contains(fields, f) {
			bad = append(bad, model.FieldError{Field: "/" + f, Code: "not_needed"})
		}
	}
	if !some {
		for _, f := range fields {
			bad = append(bad, model.FieldError{Field: "/" + f, Code: "required"})
		}
	}
	return bad
}

// Mine lists the reports of the caller and of dependants, newest first, each as last
// corrected. Errors: not_in_emergency when none of them lives in one.
func (h *Health) Mine(ctx context.Context, caller *model.Caller, p Page) (List[model.HealthReport], error) {
	tx := h.Store.View(ctx)
	people, err := ownPeople(tx, caller)
	if err != nil {
		return List[model.HealthReport]{}, err
	}
	duties, err := h.duties(tx, caller, people)
	if err != nil {
		return List[model.HealthReport]{}, err
	}
	if len(duties) == 0 {
		return List[model.HealthReport]{}, model.Fail(model.CodeNotInEmergency)
	}
	found, err := tx.HealthReportsOf(people, p.Cursor, p.Size()+1)
	return paged(found, p, func(r model.HealthReport) string { return r.RootID }), err
}

// ownPeople are the caller and the caller's dependants.
func ownPeople(tx *store.Tx, caller *model.Caller) ([]string, error) {
	carried, err := tx.Dependants(caller.PersonID)
	out := []string{caller.PersonID}
	for _, d := range carried {
		if !slices.Contains(out, d.PersonID) {
			out = append(out, d.PersonID)
		}
	}
	return out, err
}
