package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"

	"communitypass.cn/communitypass/model"

	gosqlite "github.com/glebarez/go-sqlite"
	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
)

// Numbers of MySQL and MariaDB that we act upon.
const (
	mysqlLockTimeout = 1205
	mysqlDeadlock    = 1213
	mysqlDiskFull    = 1021
	mysqlTableFull   = 1114
	mysqlReadOnly    = 1290
	mysqlShutdown    = 1053
)

// Result codes of SQLite, https://sqlite.org/rescode.html; the low byte is the
// primary code.
const (
	sqliteBusy     = 5
	sqliteReadOnly = 8
	sqliteIOErr    = 10
	sqliteFull     = 13
	sqliteCantOpen = 14
)

// translate turns what the drivers say into model.Error by number, never by text.
func translate(err error) error {
	var known *model.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows):
		return model.Fail(model.CodeNotFound, err)
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return model.Fail(model.CodeConflict, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return model.FailLater(model.CodeTimeout, 1, err)
	case full(err):
		return model.FailLater(model.CodeStorageFull, 30, err)
	case away(err), retryable(err):
		return model.FailLater(model.CodeUnavailable, 1, err)
	}
	return err
}

// retryable reports a deadlock or a lock's time-out.
func retryable(err error) bool {
	var my *mysqldriver.MySQLError
	if errors.As(err, &my) {
		return my.Number == mysqlDeadlock || my.Number == mysqlLockTimeout
	}
	var lite *gosqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqliteBusy
}

// full reports a disk without room, or one that takes no writes.
func full(err error) bool {
	var my *mysqldriver.MySQLError
	if errors.As(err, &my) {
		return my.Number == mysqlDiskFull || my.Number == mysqlTableFull || my.Number == mysqlReadOnly
	}
	var lite *gosqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqliteFull, sqliteReadOnly, sqliteIOErr:
			return true
		}
	}
	return false
}

// away reports a database that does not answer.
func away(err error) bool {
	var my *mysqldriver.MySQLError
	if errors.As(err, &my) {
		return my.Number == mysqlShutdown
	}
	var lite *gosqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqliteCantOpen
	}
	var op net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysqldriver.ErrInvalidConn) ||
		errors.Is(err, sql.ErrConnDone) || errors.As(err, &op)
}
