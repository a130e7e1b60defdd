package store

import (
	"context"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"
)

var outboxColumns = []string{"id", "recipient_id", "sequence", "community_id", "type", "subject", "occurred_at", "body", "state", "next_at"}

// Emit queues events (recipient, type, subject, time, body) inside the
// transaction and gives each the next sequence of its recipient.
func (t *Tx) Emit(events []model.Delivery) error {
	pool, ok := t.db.Statement.ConnPool.(execer)
	if !ok {
		return model.Fail(model.CodeInternal)
	}
	return translate(t.store.writeOutbox(t.db.Statement.Context, pool, events, t.now()))
}

// writeOutbox takes one counter per recipient for the whole batch: sequences have
// no gap since the counter moves in the transaction that writes the rows.
func (s *Store) writeOutbox(ctx context.Context, tx execer, events []model.Delivery, now int64) error {
	if len(events) == 0 {
		return nil
	}
	// Counters are taken in one order, so that two batches cannot dead-lock.
	slices.SortStableFunc(events, func(a, b model.Delivery) int { return strings.Compare(a.RecipientID, b.RecipientID) })
	out := newRows("outbox", outboxColumns...)
	for from := 0; from < len(events); {
		to := from
		for to < len(events) && events[to].RecipientID == events[from].RecipientID {
			to++
		}
		last, ok, err := s.advance(ctx, tx, events[from].RecipientID, to-from)
		if err != nil {
			return err
		}
		for i := from; ok && i < to; i++ {
			e := &events[i]
			e.Sequence = last - int64(to-1-i)
			out.add(e.ID, e.RecipientID, e.Sequence, e.CommunityID, e.Type, e.Subject, e.OccurredAt, e.Body, model.DeliveryPending, now)
		}
		from = to
	}
	_, err := out.exec(ctx, tx, s.dialect, "")
	return err
}

// advance moves a recipient's counter by n and gives its new value; ok is false
// when the recipient is gone or disabled, whose events are then not kept.
func (s *Store) advance(ctx context.Context, tx execer, recipientID string, n int) (last int64, ok bool, err error) {
	if s.dialect == MySQL {
		r, err := tx.ExecContext(ctx, "UPDATE recipients SET sequence = LAST_INSERT_ID(sequence + ?) WHERE id = ? AND state <> ?",
			n, recipientID, model.StateDisabled)
		if err != nil {
			return 0, false, err
		}
		if rows, err := r.RowsAffected(); err != nil || rows == 0 {
			return 0, false, err
		}
		last, err = r.LastInsertId()
		return last, err == nil, err
	}
	err = tx.QueryRowContext(ctx, "UPDATE recipients SET sequence = sequence + ? WHERE id = ? AND state <> ? RETURNING sequence",
		n, recipientID, model.StateDisabled).Scan(&last)
	if err = translate(err); model.IsNotFound(err) {
		return 0, false, nil
	}
	return last, err == nil, err
}
