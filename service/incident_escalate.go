package service

import (
	"context"
	"errors"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// incidentBatch bounds what one pass of the escalation takes on.
const incidentBatch = 100

// Escalate takes each incident up a level whose time has run out: from the property to
// the committee, the street and the city. It may run on several replicas at once: a
// conditional UPDATE says who does each, once.
func (s *Incidents) Escalate(ctx context.Context) error {
	due, err := s.Store.View(ctx).IncidentsDue(s.now(), incidentBatch)
	if err != nil {
		return err
	}
	var failed []error // one that cannot go on holds up no other
	for n := range due {
		err := s.Store.Update(ctx, func(tx *store.Tx) error {
			held := due[n]
			return s.takeUp(tx, &held)
		})
		if err != nil && !model.IsNotFound(err) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (s *Incidents) takeUp(tx *store.Tx, i *model.Incident) error {
	community, ok := s.Directory.Community(i.CommunityID)
	if !ok {
		return nil
	}
	level := i.Level + 1
	people, err := s.peopleAt(tx, community, i, level)
	if err != nil {
		return err
	}
	last := level >= model.LevelCity
	told := len(people) > 0
	if last {
		told = len(s.events(community, model.EventIncidentChanged, i.ID, 0, nil)) > 0 && i.Kind != model.IncidentLooking
	}
	dueAt := int64(0)
	switch {
	case last: // there is nobody above
	case told:
		dueAt = s.now() + i.Severity.Limits().Acknowledge.Milliseconds()
	default:
		dueAt = s.now() // nobody is there: the next pass goes on
	}
	first, err := tx.RaiseLevel(*i, dueAt)
	if err != nil || !first {
		return err
	}
	i.Level, i.DueAt = level, dueAt
	return s.tellTakenUp(tx, i, people, told)
}

// tellTakenUp says in the timeline and to those of the level that an incident was taken
// up to them, and also that nobody was there when that is so.
func (s *Incidents) tellTakenUp(tx *store.Tx, i *model.Incident, people []store.NamedStaff, told bool) error {
	line := model.IncidentEntry{Kind: model.EntryEscalated, Level: i.Level, Seat: model.IncidentLevels[i.Level]}
	if !told {
		line.Seat = model.SeatNobody
	} else if len(people) > 0 {
		line.SubjectID = people[0].ID
	}
	if err := s.noteIncident(tx, systemCaller, i, line); err != nil {
		return err
	}
	detail := map[string]string{"level": model.IncidentLevels[i.Level], "state": string(i.State), "told": line.Seat}
	if err := tx.Audit(systemCaller, i.CommunityID, "incident.escalate", "incident", i.ID, detail); err != nil {
		return err
	}
	for _, who := range people {
		if err := s.tellIncident(tx, i, "incident_escalated", true, who.PersonID); err != nil {
			return err
		}
	}
	return s.emitIncident(tx, i)
}

// peopleAt are those of a level; the city is an outside system and has none here.
func (s *Incidents) peopleAt(tx *store.Tx, c *CommunityView, i *model.Incident, level int) ([]store.NamedStaff, error) {
	if level >= model.LevelCity {
		return nil, nil
	}
	stand := standIns(c)[level]
	return tx.StaffHolding(stand.role, stand.kind, stand.scope, toldStaff)
}
