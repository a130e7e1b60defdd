package store

import (
	"cmp"
	"context"
	"slices"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

const tableOutbox = "outbox"

// Claim is what a worker may send: deliveries leased to it, and the recipient as
// it is now, with its secrets and its field policy.
type Claim struct {
	Recipient  model.Recipient
	Deliveries []model.Delivery
}

// claimTries bounds how often a worker that lost every row to another one looks
// for the next ones at once.
const claimTries = 3

// ClaimDeliveries leases at most limit deliveries of an active recipient that are
// due, in the order in which they fell due, until an instant (Unix milliseconds).
// The owner is a token made for this one claim: whoever holds an older lease on
// the same rows can no longer mark them.
//
// The conditional UPDATE decides who owns a row, on every database alike. A
// locking read would also lock the gap behind the last row, into which the gates
// are writing.
func (s *Store) ClaimDeliveries(ctx context.Context, recipientID, owner string, until int64, limit int) (Claim, error) {
	view := s.View(ctx)
	to, err := view.RecipientForSending(recipientID)
	if err != nil || to.State != model.StateActive {
		return Claim{}, err
	}
	for range claimTries {
		due, err := view.due(recipientID, limit)
		if err != nil || len(due) == 0 {
			return Claim{Recipient: to}, err
		}
		won, err := s.lease(ctx, due, owner, until)
		if err != nil || len(won) > 0 {
			return Claim{Recipient: to, Deliveries: won}, err
		}
	}
	return Claim{Recipient: to}, nil
}

// due reads candidates in the order in which they fell due, and of writing among
// equals: the key that ends the index's entries rises with it. Ordering by
// sequence would sort the whole backlog for each claim.
func (t *Tx) due(recipientID string, limit int) ([]model.Delivery, error) {
	order := "next_at, id"
	if t.store.dialect == SQLite {
		order = "next_at, rowid"
	}
	// Scanned by hand: a backlog comes through here row by row.
	rows, err := t.db.Raw("SELECT id, sequence, community_id, type, subject, occurred_at, body, attempts FROM outbox WHERE recipient_id = ? AND state = ? AND next_at <= ? ORDER BY "+order+" LIMIT ?",
		recipientID, model.DeliveryPending, t.now(), limit).Rows()
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var out []model.Delivery
	for rows.Next() {
		d := model.Delivery{RecipientID: recipientID}
		if err := rows.Scan(&d.ID, &d.Sequence, &d.CommunityID, &d.Type, &d.Subject, &d.OccurredAt, &d.Body, &d.Attempts); err != nil {
			return nil, translate(err)
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b model.Delivery) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return out, translate(rows.Err())
}

// lease takes those of the candidates that nobody else took meanwhile.
func (s *Store) lease(ctx context.Context, due []model.Delivery, owner string, until int64) ([]model.Delivery, error) {
	ids := make([]string, len(due))
	for i := range due {
		ids[i] = due[i].ID
		due[i].State, due[i].LeasedBy, due[i].LeasedUntil = model.DeliveryLeased, owner, until
	}
	var mine []string
	err := s.Update(ctx, func(tx *Tx) error {
		mine = ids
		r := tx.db.Table(tableOutbox).Where("id IN ? AND state = ?", ids, model.DeliveryPending).
			Updates(map[string]any{"state": model.DeliveryLeased, "leased_by": owner, "leased_until": until})
		if r.Error != nil || r.RowsAffected == int64(len(ids)) {
			return r.Error
		}
		mine = nil
		return tx.db.Table(tableOutbox).Where("id IN ? AND leased_by = ?", ids, owner).Pluck("id", &mine).Error
	})
	if err != nil || len(mine) == len(due) {
		return due, err
	}
	return slices.DeleteFunc(due, func(d model.Delivery) bool { return !slices.Contains(mine, d.ID) }), nil
}

// MarkDelivered marks deliveries of one lease as delivered with one status, and
// says how many were still the owner's: the others were taken over after the
// lease ran out. next_at becomes the time of delivery, by which they are purged.
func (t *Tx) MarkDelivered(owner string, ids []string, status int) (int64, error) {
	r := t.db.Exec("UPDATE outbox SET state = ?, delivered_at = ?, next_at = ?, attempts = attempts + 1, leased_by = '', leased_until = 0, last_status = ?, last_detail = '' WHERE id IN ? AND state = ? AND leased_by = ?",
		model.DeliveryDelivered, t.now(), t.now(), status, ids, model.DeliveryLeased, owner)
	return r.RowsAffected, translate(r.Error)
}

// MarkFailed stores what became of a failed attempt (state, attempts, next_at,
// status, detail), if the lease is still the one that d carries.
func (t *Tx) MarkFailed(d model.Delivery) (bool, error) {
	return changed(t.db.Table(tableOutbox).Where("id = ? AND state = ? AND leased_by = ?", d.ID, model.DeliveryLeased, d.LeasedBy).
		Updates(map[string]any{"state": d.State, "attempts": d.Attempts, "next_at": d.NextAt, "leased_by": "", "leased_until": 0,
			"last_status": d.LastStatus, "last_detail": d.LastDetail}))
}

// ReleaseDeliveries hands back what was leased and not sent.
func (t *Tx) ReleaseDeliveries(owner string, ids []string) (int64, error) {
	r := t.db.Table(tableOutbox).Where("id IN ? AND state = ? AND leased_by = ?", ids, model.DeliveryLeased, owner).
		Updates(map[string]any{"state": model.DeliveryPending, "leased_by": "", "leased_until": 0})
	return r.RowsAffected, translate(r.Error)
}

// RecipientsDue lists the active recipients that have something to be sent now.
func (t *Tx) RecipientsDue() ([]string, error) {
	var out []string
	// The first due row of each, from the index; EXISTS is sometimes turned into a
	// scan of the whole backlog.
	err := t.db.Raw(`SELECT id FROM (SELECT r.id AS id, (SELECT o.next_at FROM outbox o WHERE o.recipient_id = r.id AND o.state = ?
		ORDER BY o.next_at LIMIT 1) AS due_at FROM recipients r WHERE r.state = ?) firsts WHERE due_at <= ? ORDER BY id`,
		model.DeliveryPending, model.StateActive, t.now()).Scan(&out).Error
	return out, translate(err)
}

// ReapDeliveries takes back at most limit leases of some recipients that ran
// out, whoever held them.
func (t *Tx) ReapDeliveries(recipientIDs []string, limit int) (int64, error) {
	expired := func() *gorm.DB {
		return t.db.Table(tableOutbox).Where("state = ? AND leased_until < ?", model.DeliveryLeased, t.now())
	}
	var ids []string
	// The recipients are named so that the index is used: leased rows are few.
	err := expired().Where("recipient_id IN ?", recipientIDs).Limit(limit).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, translate(err)
	}
	r := expired().Where("id IN ?", ids).Updates(map[string]any{"state": model.DeliveryPending, "leased_by": "", "leased_until": 0})
	return r.RowsAffected, translate(r.Error)
}
