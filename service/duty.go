package service

import (
	"context"
	"slices"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

const (
	permissionDutyRead   model.Permission = "duty.read"
	permissionDutyManage model.Permission = "duty.manage"

	// longestShift bounds one shift; shiftsShown a list of them.
	longestShift = 24 * time.Hour
	shiftsShown  = 500
)

// responsible is who an incident is given to: the one on duty at its post, else the
// property manager, the committee, the street. What is about staff begins with the
// committee, and is never given to the account that it is about. The seat is nobody
// where there is none.
func (d *Deps) responsible(tx *store.Tx, i *model.Incident, about string) (store.NamedStaff, string, error) {
	community, ok := d.Directory.Community(i.CommunityID)
	if !ok {
		return store.NamedStaff{}, "", model.NotFound()
	}
	if i.Kind != model.IncidentLooking {
		found, err := tx.OnDuty(community.ID, community.CommitteeID, i.Post, d.now())
		if err != nil || len(found) > 0 {
			return first(found), model.SeatDuty, err
		}
	}
	for _, stand := range standIns(community) {
		if i.Kind == model.IncidentLooking && stand.role == model.RolePropertyManager {
			continue
		}
		found, err := tx.StaffHolding(stand.role, stand.kind, stand.scope, 2)
		found = slices.DeleteFunc(found, func(s store.NamedStaff) bool { return s.ID == about })
		if err != nil || len(found) > 0 {
			return first(found), string(stand.role), err
		}
	}
	return store.NamedStaff{}, model.SeatNobody, nil
}

type standIn struct {
	role  model.Role
	kind  model.ScopeKind
	scope string
}

// standIns are who stands in at each level, from the property up to the street.
func standIns(c *CommunityView) []standIn {
	return []standIn{{model.RolePropertyManager, model.ScopeCommunity, c.ID}, {model.RoleCommitteeOfficer, model.ScopeCommittee, c.CommitteeID},
		{model.RoleStreetOfficer, model.ScopeStreet, c.StreetID}}
}

func first(found []store.NamedStaff) store.NamedStaff {
	if len(found) == 0 {
		return store.NamedStaff{}
	}
	return found[0]
}

// DutyNow is who has a post at this moment, and in which seat.
type DutyNow struct {
	Post    model.Post
	StaffID string
	Seat    string
}

// Now says for each post of a community to whom an incident would go. Errors:
// not_found out of scope.
func (s *Incidents) Now(ctx context.Context, caller *model.Caller, communityID string) ([]DutyNow, error) {
	if err := s.Directory.Reach(caller, permissionDutyRead, communityID); err != nil {
		return nil, err
	}
	var out []DutyNow
	for _, post := range model.Posts {
		who, seat, err := s.responsible(s.Store.View(ctx), &model.Incident{CommunityID: communityID, Post: post}, "")
		if err != nil {
			return nil, err
		}
		out = append(out, DutyNow{Post: post, StaffID: who.ID, Seat: seat})
	}
	return out, nil
}

// Shifts lists a community's shifts between two instants (Unix milliseconds); 0 is a
// day ago and a month ahead. Errors: not_found out of scope.
func (s *Incidents) Shifts(ctx context.Context, caller *model.Caller, communityID string, from, until int64) ([]model.DutyShift, error) {
	if err := s.Directory.Reach(caller, permissionDutyRead, communityID); err != nil {
		return nil, err
	}
	if from == 0 {
		from = s.now() - day.Milliseconds()
	}
	if until == 0 {
		until = from + 31*day.Milliseconds()
	}
	return s.Store.View(ctx).Shifts(communityID, from, until, shiftsShown)
}

// PutShift puts somebody on duty; the shift takes the place of the one that begins at
// the same post and time. Errors: not_found out of scope; invalid for a time that is
// no shift, and for whoever does not work in the community.
func (s *Incidents) PutShift(ctx context.Context, caller *model.Caller, communityID string, shift model.DutyShift) (model.DutyShift, error) {
	if err := s.Directory.Reach(caller, permissionDutyManage, communityID); err != nil {
		return shift, err
	}
	if shift.EndsAt <= max(shift.StartsAt, s.now()) || shift.EndsAt-shift.StartsAt > longestShift.Milliseconds() {
		return shift, model.Invalid(model.FieldError{Field: "/ends_at", Code: "range", Limit: "24h"})
	}
	community, _ := s.Directory.Community(communityID)
	shift.ID, shift.CommunityID, shift.CreatedBy, shift.CreatedAt = model.NewID(s.Clock.Now()), communityID, caller.AccountID, s.now()
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.StaffWorking(communityID, community.CommitteeID, shift.StaffID); err != nil {
			if model.IsNotFound(err) {
				return model.Invalid(model.FieldError{Field: "/staff_id", Code: "unknown"})
			}
			return err
		}
		if err := tx.PutShift(shift); err != nil {
			return err
		}
		return tx.Audit(caller, communityID, "duty.put", "duty_shift", shift.ID, map[string]string{"post": string(shift.Post), "staff_id": shift.StaffID})
	})
	return shift, err
}

// DropShift takes a shift off the roster. Errors: not_found.
func (s *Incidents) DropShift(ctx context.Context, caller *model.Caller, communityID, id string) error {
	if err := s.Directory.Reach(caller, permissionDutyManage, communityID); err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		ok, err := tx.DropShift(communityID, id)
		if err != nil {
			return err
		}
		if !ok {
			return model.NotFound()
		}
		return tx.Audit(caller, communityID, "duty.drop", "duty_shift", id, nil)
	})
}
