package service

import (
	"context"
	"errors"
	"strconv"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// SetLease moves the end of an active residency, or takes it away with 0; the pass
// ends at the same instant, and those who live there by this lease follow. Errors:
// not_found out of scope, invalid for an instant that is over, state_changed when
// the residency or its lease has ended.
func (r *Residencies) SetLease(ctx context.Context, caller *model.Caller, communityID, id string, until int64) (ResidencyView, error) {
	if err := r.Directory.Reach(caller, "residency.decide", communityID); err != nil {
		return ResidencyView{}, err
	}
	if until != 0 && until <= r.now() {
		return ResidencyView{}, model.Invalid(model.FieldError{Field: "/lease_until", Code: "range"})
	}
	var out ResidencyView
	var moved departed
	err := r.Store.Update(ctx, func(tx *store.Tx) (err error) {
		moved = departed{}
		out, err = r.setLease(tx, caller, communityID, id, until, &moved)
		return err
	})
	if err == nil {
		r.forget(moved)
	}
	return out, err
}

func (d *Deps) setLease(tx *store.Tx, caller *model.Caller, communityID, id string, until int64, moved *departed) (ResidencyView, error) {
	set, err := tx.SetLease(communityID, id, until)
	if err != nil {
		return ResidencyView{}, err
	}
	residency, err := tx.Residency(communityID, id)
	if err != nil {
		return ResidencyView{}, err
	}
	if !set {
		state := residency.Status
		if state == model.ResidencyActive {
			state = model.ResidencyEnded // its lease is over, the job has not come by
		}
		return ResidencyView{}, &model.Error{Code: model.CodeStateChanged, State: state}
	}
	if err := d.movePasses(tx, residency, moved); err != nil {
		return ResidencyView{}, err
	}
	if err := d.leaseFollows(tx, residency, moved); err != nil {
		return ResidencyView{}, err
	}
	view, err := residencyView(tx, residency)
	if err != nil {
		return ResidencyView{}, err
	}
	return view, d.tellResidency(tx, caller, "residency.lease", view)
}

// movePasses lets a residency's passes end with its lease.
func (d *Deps) movePasses(tx *store.Tx, r model.Residency, moved *departed) error {
	if err := tx.SetPassesEnd(r.CommunityID, r.ID, r.LeaseUntil); err != nil {
		return err
	}
	passes, err := tx.PassesOfResidency(r.CommunityID, r.ID)
	moved.passes = append(moved.passes, passes...)
	return err
}

// leaseFollows gives those who live in the household by somebody's lease its end:
// the family whom a tenant added, and no helper longer than that. Dependants have
// the longest lease of those who carry them.
func (d *Deps) leaseFollows(tx *store.Tx, lease model.Residency, moved *departed) error {
	if lease.Relation == relationTenant {
		if err := tx.SetAddedLease(lease.CommunityID, lease.HouseholdID, lease.PersonID, lease.LeaseUntil); err != nil {
			return err
		}
	}
	open, err := tx.OpenResidencies(lease.CommunityID, lease.HouseholdID)
	if err != nil {
		return err
	}
	carried, err := tx.DependantsOfHousehold(lease.CommunityID, lease.HouseholdID)
	if err != nil {
		return err
	}
	carriers := map[string]map[string]bool{} // person → who carries
	for _, c := range carried {
		if carriers[c.PersonID] == nil {
			carriers[c.PersonID] = map[string]bool{}
		}
		carriers[c.PersonID][c.CarerID] = true
	}
	for _, r := range open {
		until := r.LeaseUntil
		switch {
		case carriers[r.PersonID][lease.PersonID]:
			until = longest(open, carriers[r.PersonID])
		case r.AddedBy != lease.PersonID || len(carriers[r.PersonID]) > 0:
			continue
		case r.Relation == relationFamily && lease.Relation == relationTenant:
			until = lease.LeaseUntil
		case r.Relation == relationHelper && lease.LeaseUntil != 0 && (until == 0 || until > lease.LeaseUntil):
			until = lease.LeaseUntil
		}
		if until == r.LeaseUntil {
			continue
		}
		if _, err := tx.SetLease(r.CommunityID, r.ID, until); err != nil {
			return err
		}
		r.LeaseUntil = until
		if err := d.movePasses(tx, r, moved); err != nil {
			return err
		}
	}
	return nil
}

// longest is the latest end among the leases of some people of a household; 0, no
// end, is later than all.
func longest(open []model.Residency, of map[string]bool) int64 {
	var last int64
	for _, r := range open {
		if !of[r.PersonID] || r.Status != model.ResidencyActive {
			continue
		}
		if r.LeaseUntil == 0 {
			return 0
		}
		last = max(last, r.LeaseUntil)
	}
	return last
}

// leaseOfDependant gives a dependant the longest lease of those who carry now.
func (d *Deps) leaseOfDependant(tx *store.Tx, r model.Residency) error {
	carers, err := tx.CarersOf(r.HouseholdID, r.PersonID)
	if err != nil {
		return err
	}
	open, err := tx.OpenResidencies(r.CommunityID, r.HouseholdID)
	if err != nil {
		return err
	}
	of := map[string]bool{}
	for _, c := range carers {
		of[c.CarerID] = true
	}
	until := longest(open, of)
	if until == r.LeaseUntil {
		return nil
	}
	if _, err := tx.SetLease(r.CommunityID, r.ID, until); err != nil {
		return err
	}
	return tx.SetPassesEnd(r.CommunityID, r.ID, until)
}

// LeaseEnds ends what has run out and tells people before it does.
type LeaseEnds struct{ Deps }

// NewLeaseEnds makes the job.
func NewLeaseEnds(d Deps) *LeaseEnds { return &LeaseEnds{Deps: d} }

// leaseBatch bounds how many residencies one pass handles.
const leaseBatch = 200

// leaseNotices are how many days before the end people are told.
var leaseNotices = []int{30, 7}

// leaseClock is who ends a residency whose lease is over.
var leaseClock = model.Caller{Kind: model.CallerSystem, AccountID: "lease"}

// Pass ends at most leaseBatch residencies whose lease is over, each in a
// transaction of its own, and says how many. The gate refuses from the end of the
// lease on, whether or not this has run. One that cannot be ended does not keep the
// others.
func (l *LeaseEnds) Pass(ctx context.Context) (int, error) {
	over, err := l.Store.View(ctx).LapsedResidencies(l.now(), leaseBatch)
	if err != nil {
		return 0, err
	}
	var failed error
	done := 0
	for _, r := range over {
		err := l.end(ctx, r)
		switch model.CodeOf(err) {
		case model.CodeStateChanged: // extended, or ended by somebody else
		default:
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			done++
		}
	}
	return done, failed
}

func (l *LeaseEnds) end(ctx context.Context, r model.Residency) error {
	var gone departed
	err := l.Store.Update(ctx, func(tx *store.Tx) error {
		gone = departed{why: leaseEnded}
		_, err := l.move(tx, &leaseClock, "residency.lapse", r.CommunityID, r.ID, store.ResidencyMove{From: model.ResidencyActive,
			To: model.ResidencyEnded, By: leaseClock.AccountID, Reason: "租期届满 Lease ended", Lapsed: true}, &gone)
		return err
	})
	if err == nil {
		l.forget(gone)
	}
	return err
}

// Warn tells people whose lease ends soon, once per notice, and says how many.
func (l *LeaseEnds) Warn(ctx context.Context) (int, error) {
	told := 0
	const day = 24 * 60 * 60 * 1000
	now := l.now()
	for i, days := range leaseNotices {
		after := now
		if i+1 < len(leaseNotices) {
			after += int64(leaseNotices[i+1]) * day
		}
		soon, err := l.Store.View(ctx).LapsingResidencies(after, now+int64(days)*day, days, leaseBatch)
		if err != nil {
			return told, err
		}
		for _, r := range soon {
			if err := l.Store.Update(ctx, func(tx *store.Tx) error { return l.warn(tx, r, days) }); err != nil {
				return told, err
			}
			told++
		}
	}
	return told, nil
}

func (l *LeaseEnds) warn(tx *store.Tx, r model.Residency, days int) error {
	first, err := tx.TellLease(r, days)
	if err != nil || !first {
		return err
	}
	view, err := residencyView(tx, r)
	if err != nil {
		return err
	}
	return l.tellOf(tx, view, "lease_ending", map[string]string{"days": strconv.Itoa(days), "date": dayOf(r.LeaseUntil)})
}
