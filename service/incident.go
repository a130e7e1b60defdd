package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// Incidents are what needs a person: raised by devices, staff and residents, and
// somebody's by name until they are resolved and another one has reviewed them.
type Incidents struct{ Deps }

// NewIncidents makes the use cases of incidents.
func NewIncidents(d Deps) *Incidents { return &Incidents{Deps: d} }

const (
	permissionIncidentRead   model.Permission = "incident.read"
	permissionIncidentRaise  model.Permission = "incident.raise"
	permissionIncidentHandle model.Permission = "incident.handle"
	permissionIncidentReview model.Permission = "incident.review"
	// permissionIncidentSensitive is for incidents that are about staff themselves.
	permissionIncidentSensitive model.Permission = "incident.sensitive"
)

// timelineLines bounds what is shown of one timeline.
const timelineLines = 500

// IncidentView is one incident with its timeline.
type IncidentView struct {
	model.Incident
	Timeline []model.IncidentEntry
}

// IncidentQuery narrows the list of a community's incidents; empty fields do not.
type IncidentQuery struct {
	State model.IncidentState
	Kind  model.IncidentKind
}

// List gives a community's incidents, newest first. Errors: not_found out of scope.
func (s *Incidents) List(ctx context.Context, caller *model.Caller, communityID string, q IncidentQuery, p Page) (List[model.Incident], error) {
	if err := s.Directory.Reach(caller, permissionIncidentRead, communityID); err != nil {
		return List[model.Incident]{}, err
	}
	filter := store.IncidentFilter{State: q.State, Kind: q.Kind, But: s.hiddenFrom(caller, communityID)}
	found, err := s.Store.View(ctx).Incidents(communityID, filter, p.Cursor, p.Size()+1)
	return paged(found, p, func(i model.Incident) string { return i.ID }), err
}

// hiddenFrom is the kind of incidents that a caller is not shown; empty for none.
func (s *Incidents) hiddenFrom(caller *model.Caller, communityID string) model.IncidentKind {
	if s.Directory.Reach(caller, permissionIncidentSensitive, communityID) == nil {
		return ""
	}
	return model.IncidentLooking
}

// Get shows one incident with its timeline. Errors: not_found out of scope.
func (s *Incidents) Get(ctx context.Context, caller *model.Caller, id string) (IncidentView, error) {
	tx := s.Store.View(ctx)
	i, err := s.find(tx, caller, id, permissionIncidentRead)
	if err != nil {
		return IncidentView{}, err
	}
	return s.view(tx, i)
}

func (s *Incidents) view(tx *store.Tx, i model.Incident) (IncidentView, error) {
	lines, err := tx.IncidentEntries(i.ID, timelineLines)
	return IncidentView{Incident: i, Timeline: lines}, err
}

// find reads an incident upon which the caller may act by a permission; whatever else
// it is, it is not_found.
func (s *Incidents) find(tx *store.Tx, caller *model.Caller, id string, p model.Permission) (model.Incident, error) {
	i, err := tx.Incident(id)
	if err != nil {
		return model.Incident{}, err
	}
	if err := s.Directory.Reach(caller, p, i.CommunityID); err != nil {
		return model.Incident{}, err
	}
	if i.Kind == s.hiddenFrom(caller, i.CommunityID) {
		return model.Incident{}, model.NotFound()
	}
	return i, nil
}

// Follow follows what happens to a community's incidents: each is given as it is after
// a line was added to its timeline, under the line's id. Errors: not_found out of
// scope, then and later.
func (s *Incidents) Follow(caller *model.Caller, communityID string) *Tail[IncidentNews] {
	return &Tail[IncidentNews]{clock: s.Clock,
		ids: func(ctx context.Context, after string, limit int) ([]string, error) {
			if err := s.Directory.Reach(caller, permissionIncidentRead, communityID); err != nil {
				return nil, err
			}
			return s.Store.View(ctx).IncidentEntryIDsAfter(communityID, after, limit)
		},
		read: func(ctx context.Context, ids []string) ([]IncidentNews, error) {
			return s.news(s.Store.View(ctx), communityID, ids, s.hiddenFrom(caller, communityID))
		}}
}

// IncidentNews is an incident after a line was added.
type IncidentNews struct {
	Entry    model.IncidentEntry
	Incident model.Incident
}

func (s *Incidents) news(tx *store.Tx, communityID string, ids []string, hidden model.IncidentKind) ([]IncidentNews, error) {
	lines, err := tx.IncidentEntriesByID(communityID, ids)
	if err != nil {
		return nil, err
	}
	var of []string
	for _, e := range lines {
		of = append(of, e.IncidentID)
	}
	incidents, err := tx.IncidentsByID(communityID, of)
	if err != nil {
		return nil, err
	}
	var out []IncidentNews
	for _, e := range lines {
		if i, ok := incidents[e.IncidentID]; ok && i.Kind != hidden {
			out = append(out, IncidentNews{Entry: e, Incident: i})
		}
	}
	return out, nil
}

// stateOfIncident is the answer to whoever was not the first.
func stateOfIncident(i *model.Incident) error {
	return &model.Error{Code: model.CodeStateChanged, State: string(i.State)}
}
