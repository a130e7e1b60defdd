package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Templates of messages of an emergency.
const (
	templateEmergencyStarted = "emergency_started"
	templateReportDue        = "health_report_due"
)

// announceChunk is how many people one transaction tells.
const announceChunk = 200

// Announce tells every resident of the scope, once, that an emergency is on, and
// notes when the first report is due; who moves in later is told at the next pass.
// It says how many were told.
func (s *Emergencies) Announce(ctx context.Context, lease store.Lease) (int, error) {
	told := 0
	err := s.eachActive(ctx, func(e *EmergencyView) error {
		for _, community := range e.Scope {
			n, err := s.announce(ctx, lease, e, community)
			if told += n; err != nil {
				return err
			}
		}
		return nil
	})
	return told, err
}

// eachActive calls for each emergency that holds now, as the database has it.
func (s *Emergencies) eachActive(ctx context.Context, do func(e *EmergencyView) error) error {
	active, err := s.Store.View(ctx).EmergenciesIn(lapsePage, model.EmergencyActive)
	if err != nil {
		return err
	}
	for _, e := range active {
		if !e.Holds(s.now()) {
			continue
		}
		if err := do(&EmergencyView{Emergency: e}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Emergencies) announce(ctx context.Context, lease store.Lease, e *EmergencyView, community string) (int, error) {
	told := 0
	for after := ""; ; {
		var people []string
		err := s.Store.Update(ctx, func(tx *store.Tx) (err error) {
			// Nothing of it may come after the end; a lost lease stops a second replica.
			if held, err := tx.HoldEmergency(e.ID); err != nil || !held {
				people = nil
				return err
			}
			if err = tx.HoldLease(lease); err != nil {
				return err
			}
			if people, after, err = tx.Unannounced(community, e.ID, after, announceChunk); err != nil {
				return err
			}
			return s.welcome(tx, e, community, people)
		})
		if err != nil {
			return told, err
		}
		if told += len(people); len(people) == 0 {
			return told, nil
		}
	}
}

// welcome begins the standing of some people and tells them.
func (s *Emergencies) welcome(tx *store.Tx, e *EmergencyView, community string, people []string) error {
	now := s.now()
	standings := make([]model.Standing, len(people))
	for i, p := range people {
		standings[i] = model.Standing{EmergencyID: e.ID, PersonID: p, CommunityID: community, DueAt: e.firstDue(now), UpdatedAt: now}
	}
	if err := tx.AddStandings(standings); err != nil {
		return err
	}
	for _, p := range people {
		err := s.tell(tx, model.Message{PersonID: p, CommunityID: community, Template: templateEmergencyStarted,
			SubjectKind: "emergency", SubjectID: e.ID})
		if err != nil {
			return err
		}
	}
	return nil
}

// Remind tells whose health report is due, once per report, and whoever carries
// them; it says how many reports.
func (s *Emergencies) Remind(ctx context.Context, lease store.Lease) (int, error) {
	reminded := 0
	err := s.eachActive(ctx, func(e *EmergencyView) error {
		for {
			n, err := s.remind(ctx, lease, e)
			if reminded += n; err != nil || n < announceChunk {
				return err
			}
		}
	})
	return reminded, err
}

func (s *Emergencies) remind(ctx context.Context, lease store.Lease, e *EmergencyView) (int, error) {
	n := 0
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		n = 0
		if held, err := tx.HoldEmergency(e.ID); err != nil || !held {
			return err
		}
		if err := tx.HoldLease(lease); err != nil {
			return err
		}
		due, err := tx.DueStandings(e.ID, s.now(), announceChunk)
		if err != nil {
			return err
		}
		for _, standing := range due {
			did, err := tx.Remind(standing)
			if err == nil && did {
				err = s.tellWithCarers(tx, model.Message{PersonID: standing.PersonID, CommunityID: standing.CommunityID,
					Template: templateReportDue, SubjectKind: "emergency", SubjectID: e.ID})
			}
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// tellWithCarers tells a person and those who carry the person on their phones.
func (d *Deps) tellWithCarers(tx *store.Tx, m model.Message) error {
	carers, err := tx.Carers(m.PersonID)
	if err != nil {
		return err
	}
	for _, person := range append([]string{m.PersonID}, carers...) {
		m.PersonID = person
		if err := d.tell(tx, m); err != nil {
			return err
		}
	}
	return nil
}
