package store

import (
	"context"
	"errors"

	"communitypass.cn/communitypass/model"
)

// Condition is how the database is, for an operator's check-up.
type Condition struct {
	// Version is what the server or the library calls itself.
	Version string
	// Bytes is what tables and indexes take, as the database estimates it.
	Bytes int64
	// Now is the database's clock in Unix milliseconds; for SQLite the machine's.
	Now int64
	// Journal is SQLite's journal mode ("wal" is wanted), or "innodb".
	Journal string
	// Durable says that what was committed survives a loss of power.
	Durable bool
}

// Condition looks at the database; it changes nothing.
func (t *Tx) Condition() (Condition, error) {
	if t.store.dialect == MySQL {
		return t.mysqlCondition()
	}
	var c Condition
	var pages, size, synchronous int64
	err := errors.Join(
		t.value(&c.Version, "SELECT 'SQLite ' || sqlite_version()"),
		t.value(&pages, "PRAGMA page_count"),
		t.value(&size, "PRAGMA page_size"),
		t.value(&c.Now, "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)"),
		t.value(&c.Journal, "PRAGMA journal_mode"),
		t.value(&synchronous, "PRAGMA synchronous"))
	c.Bytes, c.Durable = pages*size, synchronous >= 2 // FULL
	return c, translate(err)
}

func (t *Tx) mysqlCondition() (Condition, error) {
	c := Condition{Journal: "innodb"}
	var flush int64
	err := errors.Join(
		t.value(&c.Version, "SELECT VERSION()"),
		t.value(&c.Bytes, "SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS SIGNED) FROM information_schema.tables WHERE table_schema = DATABASE()"),
		t.value(&c.Now, "SELECT CAST(ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000) AS SIGNED)"),
		t.value(&flush, "SELECT @@innodb_flush_log_at_trx_commit"))
	c.Durable = flush == 1
	return c, translate(err)
}

func (t *Tx) value(to any, query string) error {
	return t.db.Raw(query).Scan(to).Error
}

// errUndo makes a transaction roll back that has shown what it was to show.
var errUndo = errors.New("undo")

// Writable reports whether the database takes writes: storage_full or unavailable
// when not. What it writes is undone.
func (s *Store) Writable(ctx context.Context) error {
	err := s.Update(ctx, func(tx *Tx) error {
		if err := tx.SetMeta("doctor", "was here"); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

// Queue is what waits for one recipient.
type Queue struct {
	RecipientID, CommunityID, Name, State string
	// Waiting are events not delivered yet, the oldest of OldestAt (Unix ms, 0 for
	// none); Dead are those given up.
	Waiting, Dead, OldestAt int64
	// LastDetail is why the latest of them was not taken, as stable words.
	LastDetail string
}

// Queues looks at every recipient's queue, disabled recipients included.
func (t *Tx) Queues() ([]Queue, error) {
	var out []Queue
	err := t.db.Table("recipients").Select("id AS recipient_id, community_id, name, state").Order("id").Scan(&out).Error
	for i := range out {
		if err == nil {
			err = t.fillQueue(&out[i])
		}
	}
	return out, translate(err)
}

func (t *Tx) fillQueue(q *Queue) error {
	var counts []struct {
		State  string
		N      int64
		Oldest int64
	}
	undelivered := []string{model.DeliveryPending, model.DeliveryLeased, model.DeliveryDead}
	err := t.db.Table("outbox").Select("state, COUNT(*) AS n, MIN(occurred_at) AS oldest").
		Where("recipient_id = ? AND state IN ?", q.RecipientID, undelivered).Group("state").Scan(&counts).Error
	for _, c := range counts {
		if c.State == model.DeliveryDead {
			q.Dead = c.N
			continue
		}
		q.Waiting += c.N
		if q.OldestAt == 0 || c.Oldest < q.OldestAt {
			q.OldestAt = c.Oldest
		}
	}
	if err != nil || q.Waiting+q.Dead == 0 {
		return err
	}
	return t.db.Table("outbox").Select("last_detail").
		Where("recipient_id = ? AND state IN ? AND last_detail <> ''", q.RecipientID, undelivered).
		Order("sequence DESC").Limit(1).Scan(&q.LastDetail).Error
}
