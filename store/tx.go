package store

import (
	"context"
	"math/rand/v2"
	"time"

	"communitypass.cn/communitypass/model"

	"gorm.io/gorm"
)

// Tx runs statements: inside one transaction (from Update) or each on its own
// (from View). Methods of the aggregates hang on it. Inside Update only the Tx
// handed in may be used: SQLite's single writer would wait for itself.
type Tx struct {
	db    *gorm.DB
	store *Store
}

// View gives a Tx for reads, each statement on its own.
func (s *Store) View(ctx context.Context) *Tx {
	return &Tx{db: s.db.WithContext(ctx), store: s}
}

// attempts bounds how often a transaction is tried when the database says that
// it fell victim to a deadlock or a lock's time-out.
const attempts = 5

// Update runs fn in one transaction and tries again after a deadlock, so fn must
// have no effect but on tx. Errors come back translated.
func (s *Store) Update(ctx context.Context, fn func(tx *Tx) error) error {
	for try := 1; ; try++ {
		err := s.once(ctx, fn)
		if err == nil || !retryable(err) || try == attempts {
			return translate(err)
		}
		pause := time.Duration(try*try)*5*time.Millisecond + rand.N(5*time.Millisecond)
		if model.Wait(ctx, pause) != nil {
			return translate(ctx.Err())
		}
	}
}

func (s *Store) once(ctx context.Context, fn func(tx *Tx) error) error {
	if s.dialect == SQLite {
		s.writing.Lock()
		defer s.writing.Unlock()
	}
	return s.db.WithContext(ctx).Transaction(func(db *gorm.DB) error {
		return fn(&Tx{db: db, store: s})
	})
}

// now is the store's clock in Unix milliseconds.
func (t *Tx) now() int64 { return model.Millis(t.store.clock.Now()) }

// changed turns the result of a conditional UPDATE into "it happened": exactly
// once is rows-affected, never read-then-write.
func changed(db *gorm.DB) (bool, error) {
	if db.Error != nil {
		return false, translate(db.Error)
	}
	return db.RowsAffected > 0, nil
}
