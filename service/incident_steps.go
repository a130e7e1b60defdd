package service

import (
	"context"
	"maps"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// incidentStep is one step in the life of an incident.
type incidentStep struct {
	from   []model.IncidentState
	to     model.IncidentState
	action string
	set    map[string]any
	line   model.IncidentEntry
	// may is asked with the incident held; nil lets everybody who may handle it.
	may func(tx *store.Tx, i *model.Incident) error
}

// Acknowledge takes an incident on: it is then the caller's. Errors: not_found,
// state_changed with the state for whoever was not the first.
func (s *Incidents) Acknowledge(ctx context.Context, caller *model.Caller, id string) (IncidentView, error) {
	return s.step(ctx, caller, id, permissionIncidentHandle, incidentStep{
		from: []model.IncidentState{model.IncidentRaised}, to: model.IncidentAcknowledged, action: "incident.acknowledge",
		set:  map[string]any{"acknowledged_by": caller.AccountID, "acknowledged_at": s.now(), "assignee_id": caller.AccountID, "assigned_as": "taken"},
		line: model.IncidentEntry{Kind: model.EntryAcknowledged}})
}

// Dispatch sends somebody, whose it then is. Errors: not_found, state_changed, invalid
// for whoever does not work in the community.
func (s *Incidents) Dispatch(ctx context.Context, caller *model.Caller, id, staffID, note string) (IncidentView, error) {
	var sent store.NamedStaff
	step := incidentStep{from: []model.IncidentState{model.IncidentAcknowledged}, to: model.IncidentDispatched, action: "incident.dispatch",
		set:  map[string]any{"dispatched_to": staffID, "dispatched_at": s.now(), "assignee_id": staffID, "assigned_as": "dispatched"},
		line: model.IncidentEntry{Kind: model.EntryDispatched, SubjectID: staffID, Text: note}}
	step.may = func(tx *store.Tx, i *model.Incident) (err error) {
		community, _ := s.Directory.Community(i.CommunityID)
		if sent, err = tx.StaffWorking(i.CommunityID, community.CommitteeID, staffID); model.IsNotFound(err) {
			return model.Invalid(model.FieldError{Field: "/staff_id", Code: "unknown"})
		}
		if err != nil {
			return err
		}
		return s.tellIncident(tx, i, "incident_dispatched", true, sent.PersonID)
	}
	return s.step(ctx, caller, id, permissionIncidentHandle, step)
}

// Arrive says that whoever was sent is there. Errors: not_found, state_changed,
// answer_not_yours unless the caller was sent or may review.
func (s *Incidents) Arrive(ctx context.Context, caller *model.Caller, id string) (IncidentView, error) {
	return s.step(ctx, caller, id, permissionIncidentHandle, incidentStep{
		from: []model.IncidentState{model.IncidentDispatched}, to: model.IncidentOnSite, action: "incident.arrive",
		set:  map[string]any{"arrived_by": caller.AccountID, "arrived_at": s.now()},
		line: model.IncidentEntry{Kind: model.EntryArrived},
		may: func(_ *store.Tx, i *model.Incident) error {
			if i.DispatchedTo == caller.AccountID || s.Directory.Reach(caller, permissionIncidentReview, i.CommunityID) == nil {
				return nil
			}
			return &model.Error{Code: model.CodeAnswerNotYours, State: "dispatched"}
		}})
}

// Resolve ends an incident: done, a false alarm, or merged into another one of the
// community. Errors: not_found, state_changed, invalid.
func (s *Incidents) Resolve(ctx context.Context, caller *model.Caller, id string, how model.Resolution, into, note string) (IncidentView, error) {
	return s.step(ctx, caller, id, permissionIncidentHandle, incidentStep{
		from: []model.IncidentState{model.IncidentAcknowledged, model.IncidentDispatched, model.IncidentOnSite}, to: model.IncidentResolved, action: "incident.resolve",
		set: map[string]any{"resolved_by": caller.AccountID, "resolved_at": s.now(), "resolution": how, "merged_into": into, "open_key": nil},
		// What else is told of the same from now on is a new incident.
		line: model.IncidentEntry{Kind: model.EntryResolved, SubjectID: into, Text: note},
		may: func(tx *store.Tx, i *model.Incident) error {
			if (how == model.ResolutionMerged) != (into != "") || into == i.ID {
				return model.Invalid(model.FieldError{Field: "/merged_into", Code: "required"})
			}
			if into == "" {
				return nil
			}
			other, err := tx.Incident(into)
			if err != nil && !model.IsNotFound(err) {
				return err
			}
			if err != nil || other.CommunityID != i.CommunityID || other.Kind == s.hiddenFrom(caller, i.CommunityID) {
				return model.Invalid(model.FieldError{Field: "/merged_into", Code: "unknown"})
			}
			return s.noteIncident(tx, caller, &other, model.IncidentEntry{Kind: model.EntryLinked, SubjectID: i.ID})
		}})
}

// Review closes an incident for good, by somebody other than who resolved it. Errors:
// not_found, state_changed, self_approval.
func (s *Incidents) Review(ctx context.Context, caller *model.Caller, id, note string) (IncidentView, error) {
	return s.step(ctx, caller, id, permissionIncidentReview, incidentStep{
		from: []model.IncidentState{model.IncidentResolved}, to: model.IncidentReviewed, action: "incident.review",
		set:  map[string]any{"reviewed_by": caller.AccountID, "reviewed_at": s.now()},
		line: model.IncidentEntry{Kind: model.EntryReviewed, Text: note},
		may: func(tx *store.Tx, i *model.Incident) error {
			resolver, err := tx.Staff(i.ResolvedBy)
			if err != nil && !model.IsNotFound(err) {
				return err
			}
			// One person may have two accounts.
			if i.ResolvedBy == caller.AccountID || err == nil && resolver.PersonID == caller.PersonID {
				return model.Fail(model.CodeSelfApproval)
			}
			return nil
		}})
}

// step makes one step with all that follows from it, once: of several who try, the
// others are told how the incident stands.
func (s *Incidents) step(ctx context.Context, caller *model.Caller, id string, p model.Permission, m incidentStep) (IncidentView, error) {
	i, err := s.find(s.Store.View(ctx), caller, id, p)
	if err != nil {
		return IncidentView{}, err
	}
	var out IncidentView
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		// The conditional UPDATE comes first: what is read after it is the last word, and
		// what then may not be is undone with it.
		set := maps.Clone(m.set)
		set["due_at"] = s.nextDue(&i, m.to)
		moved, err := tx.MoveIncident(i.CommunityID, i.ID, m.from, m.to, set)
		if err != nil {
			return err
		}
		held, err := tx.Incident(i.ID)
		if err != nil {
			return err
		}
		if !moved {
			return stateOfIncident(&held)
		}
		if m.may != nil {
			if err := m.may(tx, &held); err != nil {
				return err
			}
		}
		if err := s.tellStep(tx, caller, &held, m); err != nil {
			return err
		}
		out, err = s.view(tx, held)
		return err
	})
	return out, err
}

// nextDue is until when the next step must be made. Whoever has just come in late is
// given as long again as the first step may take.
func (s *Incidents) nextDue(i *model.Incident, to model.IncidentState) int64 {
	limits := i.Severity.Limits()
	limit := limits.Limit(to)
	if limit == 0 {
		return 0
	}
	return max(i.RaisedAt+limit.Milliseconds(), s.now()+limits.Acknowledge.Milliseconds())
}

// tellStep writes a step into the timeline and the audit log, to the resident who
// reported it and to the community's recipients.
func (s *Incidents) tellStep(tx *store.Tx, caller *model.Caller, i *model.Incident, m incidentStep) error {
	if err := s.noteIncident(tx, caller, i, m.line); err != nil {
		return err
	}
	detail := map[string]string{"state": string(i.State), "kind": string(i.Kind)}
	if m.line.SubjectID != "" {
		detail["subject"] = m.line.SubjectID
	}
	if i.Resolution != "" {
		detail["resolution"] = string(i.Resolution)
	}
	if err := tx.Audit(caller, i.CommunityID, m.action, "incident", i.ID, detail); err != nil {
		return err
	}
	if err := s.tellReporter(tx, i); err != nil {
		return err
	}
	return s.emitIncident(tx, i)
}

// tellReporter tells the resident who reported it how it goes on.
func (s *Incidents) tellReporter(tx *store.Tx, i *model.Incident) error {
	switch i.State {
	case model.IncidentAcknowledged:
		return s.tellIncident(tx, i, "incident_taken", false, i.ReporterID)
	case model.IncidentOnSite:
		return s.tellIncident(tx, i, "incident_on_site", false, i.ReporterID)
	case model.IncidentResolved:
		return s.tellIncident(tx, i, "incident_resolved", false, i.ReporterID)
	}
	return nil
}
