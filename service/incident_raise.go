package service

import (
	"cmp"
	"context"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	// sameMinutes is within how long two incidents of one gate are thought to belong
	// together.
	sameMinutes = 5 * time.Minute
	// openReports is how many reports of one resident may be open.
	openReports = 5
)

// NewIncident is what staff or a resident say has happened.
type NewIncident struct {
	Kind model.IncidentKind
	// Severity is empty for what is usual for the kind.
	Severity model.Severity
	GateID   string
	Text     string
}

// Raise raises an incident as staff. Errors: not_found out of scope, invalid for a
// gate that is elsewhere.
func (s *Incidents) Raise(ctx context.Context, caller *model.Caller, communityID string, in NewIncident) (IncidentView, error) {
	if err := s.Directory.Reach(caller, permissionIncidentRaise, communityID); err != nil {
		return IncidentView{}, err
	}
	return s.raise(ctx, caller, communityID, in, model.Incident{Origin: model.FromStaff, AuthorID: caller.AccountID})
}

// Report raises an incident as a resident of a community. Errors: not_found where the
// caller does not live, limit_reached while too many of theirs are open, invalid.
func (s *Incidents) Report(ctx context.Context, caller *model.Caller, communityID string, in NewIncident) (model.Incident, error) {
	tx := s.Store.View(ctx)
	homes, err := tx.ResidenciesOfPerson(caller.PersonID, model.ResidencyActive, ownResidencies)
	if err != nil {
		return model.Incident{}, err
	}
	lives := false
	for _, r := range homes {
		lives = lives || r.CommunityID == communityID && r.Lives(s.now())
	}
	if !lives {
		return model.Incident{}, model.NotFound()
	}
	open, err := tx.OpenReports(caller.PersonID)
	if err != nil {
		return model.Incident{}, err
	}
	if open >= openReports {
		return model.Incident{}, model.Fail(model.CodeLimitReached)
	}
	in.Severity = "" // how much it hurries is for staff to say
	v, err := s.raise(ctx, caller, communityID, in, model.Incident{Origin: model.FromResident, ReporterID: caller.PersonID})
	return v.Incident, err
}

// Reported lists what a resident has reported, newest first.
func (s *Incidents) Reported(ctx context.Context, caller *model.Caller, p Page) (List[model.Incident], error) {
	found, err := s.Store.View(ctx).IncidentsReportedBy(caller.PersonID, p.Cursor, p.Size()+1)
	return paged(found, p, func(i model.Incident) string { return i.ID }), err
}

func (s *Incidents) raise(ctx context.Context, caller *model.Caller, communityID string, in NewIncident, i model.Incident) (IncidentView, error) {
	if in.GateID != "" {
		if g, ok := s.Directory.Gate(in.GateID); !ok || g.CommunityID != communityID {
			return IncidentView{}, model.Invalid(model.FieldError{Field: "/gate_id", Code: "unknown"})
		}
	}
	i.CommunityID, i.Kind, i.Severity, i.GateID, i.Text, i.Alarms = communityID, in.Kind, in.Severity, in.GateID, in.Text, 1
	var out IncidentView
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		raised, err := s.raiseIncident(tx, caller, i)
		if err != nil {
			return err
		}
		out, err = s.view(tx, raised)
		return err
	})
	return out, err
}

// raiseIncident stores an incident and gives it to somebody by name, with all that
// follows from it, inside the transaction of what raised it.
func (d *Deps) raiseIncident(tx *store.Tx, caller *model.Caller, i model.Incident) (model.Incident, error) {
	return d.raiseAbout(tx, caller, i, "")
}

// raiseAbout is raiseIncident for one that is about an account of staff.
func (d *Deps) raiseAbout(tx *store.Tx, caller *model.Caller, i model.Incident, about string) (model.Incident, error) {
	now, rule := d.now(), i.Kind.Rule()
	i.ID, i.State, i.RaisedAt, i.LastAt = model.NewID(d.Clock.Now()), model.IncidentRaised, now, now
	i.Severity, i.Post = cmp.Or(i.Severity, rule.Severity), rule.Post
	i.DueAt = now + i.Severity.Limits().Acknowledge.Milliseconds()
	if i.GateID != "" {
		near, err := tx.NearIncident(i.CommunityID, i.GateID, now-sameMinutes.Milliseconds())
		if err != nil && !model.IsNotFound(err) {
			return i, err
		}
		i.RelatedID = near.ID
	}
	who, seat, err := d.responsible(tx, &i, about)
	if err != nil {
		return i, err
	}
	i.AssigneeID, i.AssignedAs = who.ID, seat
	if err := tx.CreateIncident(i); err != nil {
		return i, err
	}
	if err := d.noteRaised(tx, caller, &i); err != nil {
		return i, err
	}
	detail := map[string]string{"kind": string(i.Kind), "severity": string(i.Severity), "origin": string(i.Origin), "assigned_to": i.AssigneeID, "as": i.AssignedAs}
	if err := tx.Audit(caller, i.CommunityID, "incident.raise", "incident", i.ID, detail); err != nil {
		return i, err
	}
	if err := d.tellIncident(tx, &i, "incident_raised", i.Severity != model.Minor, who.PersonID); err != nil {
		return i, err
	}
	return i, d.emitIncident(tx, &i)
}

// noteRaised writes the first lines of a timeline: that it was raised, who has it, and
// what it may belong to.
func (d *Deps) noteRaised(tx *store.Tx, caller *model.Caller, i *model.Incident) error {
	lines := []model.IncidentEntry{{Kind: model.EntryRaised}, {Kind: model.EntryAssigned, SubjectID: i.AssigneeID, Seat: i.AssignedAs}}
	if i.RelatedID != "" {
		lines = append(lines, model.IncidentEntry{Kind: model.EntryLinked, SubjectID: i.RelatedID})
	}
	for _, e := range lines {
		if err := d.noteIncident(tx, caller, i, e); err != nil {
			return err
		}
	}
	if i.RelatedID == "" {
		return nil
	}
	other := *i
	other.ID = i.RelatedID
	return d.noteIncident(tx, caller, &other, model.IncidentEntry{Kind: model.EntryLinked, SubjectID: i.ID})
}

// noteIncident adds a line to a timeline.
func (d *Deps) noteIncident(tx *store.Tx, caller *model.Caller, i *model.Incident, e model.IncidentEntry) error {
	now := d.Clock.Now()
	e.ID, e.IncidentID, e.CommunityID, e.At, e.ActorKind = model.NewID(now), i.ID, i.CommunityID, model.Millis(now), string(caller.Kind)
	if caller.Kind == model.CallerStaff {
		e.ActorID = caller.AccountID
	}
	return tx.CreateIncidentEntry(e)
}

// tellIncident tells people of an incident; nobody is "".
func (d *Deps) tellIncident(tx *store.Tx, i *model.Incident, template string, urgent bool, people ...string) error {
	name := i.Kind.Rule().Name
	params := map[string]string{"kind": name.ZH, "kind_en": name.EN, "place": "小区", "place_en": "the community"}
	if g, ok := d.Directory.Gate(i.GateID); ok {
		params["place"], params["place_en"] = g.Name, g.Name
	}
	for _, person := range people {
		if person == "" {
			continue
		}
		err := d.tell(tx, model.Message{PersonID: person, CommunityID: i.CommunityID, Template: template, SubjectKind: "incident", SubjectID: i.ID,
			Params: params, Urgent: urgent})
		if err != nil {
			return err
		}
	}
	return nil
}

// emitIncident tells the community's recipients how an incident stands; what is about
// staff is told to none.
func (d *Deps) emitIncident(tx *store.Tx, i *model.Incident) error {
	community, ok := d.Directory.Community(i.CommunityID)
	if !ok {
		return model.NotFound()
	}
	if i.Kind == model.IncidentLooking {
		return nil
	}
	now := d.now()
	data := map[string]any{"incident_id": i.ID, "kind": string(i.Kind), "severity": string(i.Severity), "state": string(i.State), "level": model.IncidentLevels[i.Level],
		"raised_at": model.FromMillis(i.RaisedAt), "changed_at": model.FromMillis(now), "alarms": i.Alarms, "origin": string(i.Origin), "post": string(i.Post)}
	for name, value := range map[string]string{"gate_id": i.GateID, "device_id": i.DeviceID, "resolution": string(i.Resolution)} {
		if value != "" {
			data[name] = value
		}
	}
	return tx.Emit(d.events(community, model.EventIncidentChanged, i.ID, now, data))
}
