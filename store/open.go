// Package store is the only place that speaks SQL. It keeps nouns of package
// model in SQLite (default) or MySQL, MariaDB and TiDB, and personal fields only
// as ciphertext.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"

	_ "github.com/glebarez/go-sqlite" // the driver that glebarez/sqlite opens, at the version go.mod pins
	"github.com/glebarez/sqlite"
	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Dialect is the family of the database.
type Dialect string

// Dialects.
const (
	SQLite Dialect = "sqlite"
	MySQL  Dialect = "mysql"
)

// Config says which database to open.
type Config struct {
	// DSN is a path of a file for SQLite, or "mysql://user:password@host:3306/name",
	// with "?tls=true" for a server whose certificate the system trusts.
	DSN string
	// MaxConnections bounds the pool; 0 means 16.
	MaxConnections int
}

// Store is an opened database.
type Store struct {
	db      *gorm.DB
	sql     *sql.DB
	record  *sql.DB // the recorder's own pool; see recordDSN
	dialect Dialect
	clock   model.Clock
	ring    atomic.Pointer[gm.Ring]
	keys    dataKeyCache
	// writing serialises writers of SQLite, which has one at a time anyway:
	// waiting on a mutex is fair and quick, waiting on SQLITE_BUSY is neither.
	writing sync.Mutex
}

// Open opens the database without changing its schema. It fails with
// model.CodeUnavailable when the database does not answer.
func Open(ctx context.Context, cfg Config, clock model.Clock) (*Store, error) {
	if cfg.MaxConnections == 0 {
		cfg.MaxConnections = 16
	}
	s := &Store{clock: clock}
	var dialector gorm.Dialector
	var recordDriver, recordDSN string
	if rest, ok := strings.CutPrefix(cfg.DSN, "mysql://"); ok {
		dsn, record, err := mysqlDSN(rest)
		if err != nil {
			return nil, err
		}
		s.dialect, dialector = MySQL, mysql.New(mysql.Config{DSN: dsn})
		recordDriver, recordDSN = "mysql", record
	} else {
		if err := privateFile(cfg.DSN); err != nil {
			return nil, model.Fail(model.CodeUnavailable, fmt.Errorf("data folder: %w", err))
		}
		dsn := sqliteDSN(cfg.DSN)
		s.dialect, dialector = SQLite, sqlite.Open(dsn)
		recordDriver, recordDSN = "sqlite", dsn
	}
	db, err := gorm.Open(dialector, &gorm.Config{
		TranslateError: true, SkipDefaultTransaction: true, DisableAutomaticPing: true,
		NowFunc: func() time.Time { return clock.Now().UTC() },
		// gorm's log would print statements with their values; errors travel as errors.
		Logger: logger.Discard,
	})
	if err != nil {
		return nil, model.Fail(model.CodeUnavailable, fmt.Errorf("open database: %w", err))
	}
	s.db = db
	if s.sql, err = db.DB(); err != nil {
		return nil, model.Fail(model.CodeUnavailable, err)
	}
	s.sql.SetMaxOpenConns(cfg.MaxConnections)
	s.sql.SetMaxIdleConns(cfg.MaxConnections)
	s.sql.SetConnMaxIdleTime(5 * time.Minute)
	if s.record, err = sql.Open(recordDriver, recordDSN); err != nil {
		return nil, model.Fail(model.CodeUnavailable, err)
	}
	s.record.SetMaxOpenConns(2)
	if err := s.Ping(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// privateFile makes a file that only this user reads, and its folder, unless they
// are there; SQLite would leave the file to the umask. Its log takes the same mode.
func privateFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// sqliteDSN asks for durable commits (synchronous FULL: NORMAL may lose the last
// commits at power loss) and for the write lock at BEGIN, without which two
// readers that turn writers fail with "database is locked".
func sqliteDSN(path string) string {
	return "file:" + url.PathEscape(path) + "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)" +
		"&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)&_txlock=immediate"
}

// tlsTrue is the one parameter that a MySQL address may have.
const tlsTrue = "tls=true"

// mysqlDSN turns user:password@host:port/name into the driver's form, twice (any
// parameter but tls=true is refused: one that is passed over, such as another
// spelling of tls, would connect in clear without a word):
// the pool's with clientFoundRows, so that an UPDATE that changes nothing still
// counts its row as SQLite does, and the recorder's without it, since there a
// row that was already present must count zero.
func mysqlDSN(rest string) (pool, record string, err error) {
	u, err := url.Parse("mysql://" + rest)
	if err != nil || u.Host == "" || len(u.Path) < 2 || u.RawQuery != "" && u.RawQuery != tlsTrue || u.Fragment != "" {
		return "", "", model.Fail(model.CodeInvalid, errors.New("the database address is not mysql://user:password@host:port/name"))
	}
	cfg := mysqldriver.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr = "tcp", u.Host
	if u.Port() == "" {
		cfg.Addr += ":3306"
	}
	cfg.DBName = strings.TrimPrefix(u.Path, "/")
	cfg.Loc, cfg.ParseTime, cfg.InterpolateParams = time.UTC, true, true
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = 3*time.Second, 10*time.Second, 10*time.Second
	cfg.Params = map[string]string{"charset": "utf8mb4"}
	if u.RawQuery == tlsTrue {
		cfg.TLSConfig = "true"
	}
	cfg.ClientFoundRows = true
	pool = cfg.FormatDSN()
	cfg.ClientFoundRows = false
	// The driver ends a COMMIT by these only, not by its context.
	cfg.ReadTimeout, cfg.WriteTimeout = commitLimit, commitLimit
	return pool, cfg.FormatDSN(), nil
}

// Dialect says which family of database is open.
func (s *Store) Dialect() Dialect { return s.dialect }

// UseRing hands in the key ring that personal fields are sealed with; it may be
// replaced while the store is in use.
func (s *Store) UseRing(r *gm.Ring) { s.ring.Store(r) }

// Ring is the key ring in use. It fails loudly when none was handed in.
func (s *Store) Ring() (*gm.Ring, error) {
	if r := s.ring.Load(); r != nil {
		return r, nil
	}
	return nil, model.Fail(model.CodeKeyMissing)
}

// Ping asks the database for a sign of life within two seconds.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := s.sql.PingContext(ctx); err != nil {
		return translate(err)
	}
	return nil
}

// Close closes both pools.
func (s *Store) Close() error {
	err := s.sql.Close()
	if s.record != nil {
		if e := s.record.Close(); err == nil {
			err = e
		}
	}
	return err
}
