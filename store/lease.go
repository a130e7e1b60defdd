package store

import (
	"communitypass.cn/communitypass/model"
)

// Lease is the right to run a job until it ends. Fence rises with each holder, so
// that one who was paused beyond the end can be told from the one after.
type Lease struct {
	Name  string
	Fence int64
}

// TakeLease takes a job for an owner (at most 64 characters) until an instant
// (Unix milliseconds). ok is false while somebody holds it, the owner included:
// a lease that runs is not taken twice.
func (t *Tx) TakeLease(name, owner string, until int64) (lease Lease, ok bool, err error) {
	took, err := changed(t.db.Exec("UPDATE job_leases SET owner = ?, fence = fence + 1, until = ? WHERE name = ? AND until <= ?",
		owner, until, name, t.now()))
	if err != nil {
		return Lease{}, false, err
	}
	lease.Name = name
	found := t.db.Table("job_leases").Select("fence").Where("name = ?", name).Limit(1).Scan(&lease.Fence)
	if found.Error != nil || took {
		return lease, took, translate(found.Error)
	}
	if found.RowsAffected > 0 {
		return Lease{}, false, nil
	}
	// The first time; of two, the primary key lets one in.
	lease.Fence = 1
	err = translate(t.db.Exec("INSERT INTO job_leases (name, owner, fence, until) VALUES (?, ?, 1, ?)", name, owner, until).Error)
	if model.CodeOf(err) == model.CodeConflict {
		return Lease{}, false, nil
	}
	return lease, err == nil, err
}

// HoldLease makes sure, until the transaction ends, that the lease is still the
// last one given out and has not run out; else it answers state_changed, and the
// transaction must fail. The zero Lease holds nothing and always passes: it is
// for jobs that a person runs by hand.
func (t *Tx) HoldLease(l Lease) error {
	if l == (Lease{}) {
		return nil
	}
	// An UPDATE locks the row against the next owner, which a read would not.
	held, err := changed(t.db.Exec("UPDATE job_leases SET fence = fence WHERE name = ? AND fence = ? AND until > ?", l.Name, l.Fence, t.now()))
	if err == nil && !held {
		return model.Fail(model.CodeStateChanged)
	}
	return err
}
