package handler

import (
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/service"
)

func incidentView(v service.IncidentView) wire.Incident {
	out := incident(v.Incident)
	lines := each(v.Timeline, incidentEntry)
	out.Timeline = &lines
	return out
}

func incident(i model.Incident) wire.Incident {
	return wire.Incident{Id: i.ID, CommunityId: i.CommunityID, Kind: wire.IncidentKind(i.Kind), Severity: wire.IncidentSeverity(i.Severity), State: wire.IncidentState(i.State),
		Origin: wire.IncidentOrigin(i.Origin), Post: wire.DutyPost(i.Post), GateId: optional(i.GateID), DeviceId: optional(i.DeviceID), What: optional(i.What),
		Alarms: i.Alarms, Level: wire.IncidentLevel(model.IncidentLevels[i.Level]), AssigneeId: optional(i.AssigneeID), AssignedAs: i.AssignedAs, RelatedId: optional(i.RelatedID),
		RaisedAt: instant.Of(i.RaisedAt), LastAt: instant.Of(i.LastAt), ClearedAt: instant.Maybe(i.ClearedAt), DueAt: instant.Maybe(i.DueAt), AuthorId: optional(i.AuthorID),
		AcknowledgedBy: optional(i.AcknowledgedBy), AcknowledgedAt: instant.Maybe(i.AcknowledgedAt), DispatchedTo: optional(i.DispatchedTo), DispatchedAt: instant.Maybe(i.DispatchedAt),
		ArrivedAt: instant.Maybe(i.ArrivedAt), ResolvedBy: optional(i.ResolvedBy), ResolvedAt: instant.Maybe(i.ResolvedAt), Resolution: optional(wire.IncidentResolution(i.Resolution)),
		MergedInto: optional(i.MergedInto), ReviewedBy: optional(i.ReviewedBy), ReviewedAt: instant.Maybe(i.ReviewedAt), Text: optional(i.Text)}
}

func incidentEntry(e model.IncidentEntry) wire.IncidentEntry {
	out := wire.IncidentEntry{Id: e.ID, At: instant.Of(e.At), Kind: wire.IncidentEntryKind(e.Kind), ActorKind: wire.IncidentEntryActorKind(e.ActorKind), ActorId: optional(e.ActorID),
		SubjectId: optional(e.SubjectID), Seat: optional(e.Seat), Evidence: optional(wire.EvidenceKind(e.Evidence)), Ref: optional(e.Ref), RefAt: instant.Maybe(e.RefAt), Note: optional(e.Text)}
	if e.Kind == model.EntryEscalated {
		out.Level = optional(wire.IncidentLevel(model.IncidentLevels[e.Level]))
	}
	return out
}

// ownIncident is an incident as who reported it sees it: no names of staff, no notes.
func ownIncident(i model.Incident) wire.OwnIncident {
	return wire.OwnIncident{Id: i.ID, CommunityId: i.CommunityID, Kind: wire.IncidentKind(i.Kind), State: wire.IncidentState(i.State), GateId: optional(i.GateID), Text: i.Text,
		RaisedAt: instant.Of(i.RaisedAt), AcknowledgedAt: instant.Maybe(i.AcknowledgedAt), DispatchedAt: instant.Maybe(i.DispatchedAt), ArrivedAt: instant.Maybe(i.ArrivedAt),
		ResolvedAt: instant.Maybe(i.ResolvedAt), Resolution: optional(wire.IncidentResolution(i.Resolution))}
}
