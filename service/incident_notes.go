package service

import (
	"context"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// notesOfIncident bounds the notes, and the evidence, of one incident.
const notesOfIncident = 200

// Note adds words to a timeline. Errors: not_found, limit_reached.
func (s *Incidents) Note(ctx context.Context, caller *model.Caller, id, text string) (IncidentView, error) {
	return s.add(ctx, caller, id, "incident.note", model.IncidentEntry{Kind: model.EntryNote, Text: text}, nil)
}

// Evidence adds where something can be looked up: a camera and an instant, a passage,
// or an event of a device. What is looked at there is never kept here. Errors:
// not_found, limit_reached, invalid for what is not of the community.
func (s *Incidents) Evidence(ctx context.Context, caller *model.Caller, id string, kind model.EvidenceKind, ref string, at int64, text string) (IncidentView, error) {
	line := model.IncidentEntry{Kind: model.EntryEvidence, Evidence: kind, Ref: ref, RefAt: at, Text: text}
	return s.add(ctx, caller, id, "incident.evidence", line, func(tx *store.Tx, i *model.Incident) error {
		if kind == model.EvidenceCamera && at == 0 {
			return model.Invalid(model.FieldError{Field: "/at", Code: "required"})
		}
		known, err := s.evidenceKnown(tx, i.CommunityID, kind, ref)
		if err == nil && !known {
			err = model.Invalid(model.FieldError{Field: "/ref", Code: "unknown"})
		}
		return err
	})
}

// evidenceKnown reports whether a community has what evidence points to.
func (s *Incidents) evidenceKnown(tx *store.Tx, communityID string, kind model.EvidenceKind, ref string) (bool, error) {
	switch kind {
	case model.EvidencePassage:
		found, err := tx.PassagesByID(communityID, []string{ref})
		return len(found) == 1, err
	case model.EvidenceDeviceEvent:
		return tx.HasDeviceEvent(communityID, ref)
	case model.EvidenceCamera:
		dev, ok := s.Directory.Device(ref)
		return ok && dev.CommunityID == communityID, nil
	}
	return false, nil
}

func (s *Incidents) add(ctx context.Context, caller *model.Caller, id, action string, line model.IncidentEntry, may func(*store.Tx, *model.Incident) error) (IncidentView, error) {
	i, err := s.find(s.Store.View(ctx), caller, id, permissionIncidentHandle)
	if err != nil {
		return IncidentView{}, err
	}
	var out IncidentView
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.HoldIncident(i.CommunityID, i.ID); err != nil {
			return err
		}
		if may != nil {
			if err := may(tx, &i); err != nil {
				return err
			}
		}
		n, err := tx.CountIncidentEntries(i.ID, line.Kind)
		if err != nil {
			return err
		}
		if n >= notesOfIncident {
			return model.Fail(model.CodeLimitReached)
		}
		if err := s.noteIncident(tx, caller, &i, line); err != nil {
			return err
		}
		if err := tx.Audit(caller, i.CommunityID, action, "incident", i.ID, nil); err != nil {
			return err
		}
		held, err := tx.Incident(i.ID)
		if err != nil {
			return err
		}
		out, err = s.view(tx, held)
		return err
	})
	return out, err
}
