package service

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// TombstoneBook is the list of deleted people outside the database and its
// backups. Add returns when they are on the disk.
type TombstoneBook interface {
	Add(stones ...model.Tombstone) error
	All() ([]model.Tombstone, error)
}

// Closings is the end of people's data: asked for by themselves, at the end of its
// time, or once more after a restored backup.
type Closings struct {
	Deps
	book TombstoneBook

	mu sync.Mutex
	// copied is up to when the book has what the database has.
	copied int64
}

// NewClosings makes the use cases; without a book, the database alone remembers.
func NewClosings(d Deps, book TombstoneBook) *Closings { return &Closings{Deps: d, book: book} }

// accountClosed is why the residencies of a closed account ended.
const accountClosed = "account_closed"

// Close deletes the caller for good: residencies end and recipients are told,
// passes and sign-ins end at once, the data key is destroyed, and whoever only he
// carried goes with him. The property company's roster stays, and its entries can
// be claimed anew. Errors: not_found for a person who is gone, conflict for one who
// is staff as well.
func (c *Closings) Close(ctx context.Context, caller *model.Caller) error {
	var gone store.Erased
	var left departed
	err := c.Store.Update(ctx, func(tx *store.Tx) error {
		gone, left = store.Erased{}, departed{}
		if err := tx.LockPerson(caller.PersonID); err != nil {
			return err
		}
		staff, err := tx.HoldsStaffAccount(caller.PersonID)
		if err != nil {
			return err
		}
		if staff {
			return model.Fail(model.CodeConflict)
		}
		carried, err := tx.SoleDependants(caller.PersonID)
		if err != nil {
			return err
		}
		for _, person := range append(carried, caller.PersonID) {
			if err := c.close(tx, caller, person, &gone, &left); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.forget(gone)
	c.Deps.forget(left)
	return c.write(c.stones(gone))
}

// close ends one person's residencies and visits, tells of them without an address,
// and erases the person.
func (c *Closings) close(tx *store.Tx, caller *model.Caller, person string, gone *store.Erased, left *departed) error {
	homes, err := tx.ResidenciesOfPerson(person, "", ownResidencies)
	if err != nil {
		return err
	}
	for _, r := range homes {
		if err := c.depart(tx, caller, r, left); err != nil {
			return err
		}
	}
	if erased, err := tx.Erase(person, gone); err != nil || !erased {
		return err
	}
	if err := tx.KeepTombstone(model.Tombstone{SubjectID: person, At: c.now()}); err != nil {
		return err
	}
	for _, r := range homes {
		if r.Status != model.ResidencyPending && r.Status != model.ResidencyActive {
			continue
		}
		if err := c.tellClosed(tx, caller, r); err != nil {
			return err
		}
	}
	return tx.Audit(caller, "", "person.close", "person", person, nil)
}

// depart ends a residency with all that stands on it, as a move-out does, and the
// visits that the person invited to the home or let in. What the person's leaving
// means for others is told to them; the person is told nothing any more.
func (c *Closings) depart(tx *store.Tx, caller *model.Caller, r model.Residency, left *departed) error {
	if err := (&Visits{Deps: c.Deps}).EndOfHost(tx, caller, r, left); err != nil {
		return err
	}
	if r.Status != model.ResidencyPending && r.Status != model.ResidencyActive {
		return nil
	}
	moved, err := tx.MoveResidency(r.CommunityID, r.ID, store.ResidencyMove{From: r.Status, To: model.ResidencyEnded, By: caller.AccountID, Reason: accountClosed})
	if err != nil || !moved {
		return err
	}
	if err := tx.AnswerSubject(r.CommunityID, r.ID, model.ApprovalCancelled, caller.AccountID, accountClosed); err != nil {
		return err
	}
	return c.leave(tx, caller, r, left)
}

// tellClosed says that a residency ended, with the pseudonym by which a recipient
// knows the person, so that it can delete as well, and without the address.
func (c *Closings) tellClosed(tx *store.Tx, caller *model.Caller, r model.Residency) error {
	err := tx.Audit(caller, r.CommunityID, "residency.end", "residency", r.ID, map[string]string{"status": model.ResidencyEnded, "reason": accountClosed})
	if err != nil {
		return err
	}
	community, ok := c.Directory.Community(r.CommunityID)
	if !ok {
		return nil // this replica has not heard of it, so no recipient of it has heard of the person
	}
	now := c.now()
	return tx.Emit(c.events(community, model.EventResidencyChanged, r.ID, now, map[string]any{
		"residency_id": r.ID, "status": model.ResidencyEnded, "changed_at": model.FromMillis(now), "person_id": r.PersonID}))
}

// forget drops from this replica's memory who was erased; the feed tells the
// others.
func (c *Closings) forget(gone store.Erased) {
	for _, id := range gone.PersonIDs {
		c.Store.ForgetDataKey(id)
	}
	for _, n := range gone.PassNumbers {
		c.Directory.passes.forget(n)
	}
	for _, id := range gone.SessionIDs {
		c.Directory.SessionEnded(id, c.now())
	}
}

func (c *Closings) stones(gone store.Erased) []model.Tombstone {
	out := make([]model.Tombstone, len(gone.PersonIDs))
	for i, id := range gone.PersonIDs {
		out[i] = model.Tombstone{SubjectID: id, At: c.now()}
	}
	return out
}

// write puts tombstones into the book. The deletion has happened: when the book
// cannot be written, Copy tries again, and the log says so.
func (c *Closings) write(stones []model.Tombstone) error {
	if c.book == nil || len(stones) == 0 {
		return nil
	}
	if err := c.book.Add(stones...); err != nil {
		c.Log.LogAttrs(context.Background(), slog.LevelError, "tombstones are not on the disk beside the database yet", slog.String("cause", err.Error()))
	}
	return nil
}

// looseAge is how long somebody without any tie to a community is kept; loosePage
// bounds one look for them.
const (
	looseAge  = 30 * 24 * time.Hour
	loosePage = 200
)

// EraseLoose deletes people whom nothing ties to a community any more, nor did for
// thirty days, and says how many. It goes on from where it was when run again.
func (c *Closings) EraseLoose(ctx context.Context) (int, error) {
	edge, after, count := model.Millis(c.Clock.Now().Add(-looseAge)), "", 0
	for {
		ids, err := c.Store.View(ctx).LoosePersons(edge, after, loosePage)
		if err != nil || len(ids) == 0 {
			return count, err
		}
		for _, id := range ids {
			now := c.now()
			if err := c.erase(ctx, id, now); err != nil {
				return count, err
			}
			if err := c.write([]model.Tombstone{{SubjectID: id, At: now}}); err != nil {
				return count, err
			}
			after = id
			count++
		}
	}
}
