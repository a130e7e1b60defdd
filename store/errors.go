package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"communitypass.cn/communitypass/model"

	gosqlite "github.com/glebarez/go-sqlite"
	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
)

// Numbers of MySQL and MariaDB that we act upon. Both servers share them.
const (
	mysqlLockTimeout = 1205
	mysqlDeadlock    = 1213
	// mysqlChanged: since MariaDB 11.6 a row that somebody changed after our
	// snapshot is refused; the transaction goes well when it begins anew.
	mysqlChanged = 1020

	mysqlErrorOnWrite = 1026
	mysqlDiskFull     = 1021
	mysqlTableFull    = 1114
	mysqlReadOnly     = 1290
	mysqlReadOnlyMode = 1836
	mysqlNoSpace      = 3019 // undo log
)

// mysqlAway are numbers of a server that starts, stops, is too busy to listen, or
// has lost the connection. Beyond those of the server there are a few of clients,
// which proxies in between pass on.
var mysqlAway = map[uint16]bool{
	1040: true, // too many connections
	1053: true, // shutdown in progress
	1077: true, // normal shutdown
	1079: true, // shutdown complete
	1152: true, // aborted connection
	1156: true, // packets out of order
	1158: true, // read error on the network
	1159: true, // read time-out
	1160: true, // write error on the network
	1161: true, // write time-out
	1184: true, // aborted connection
	1203: true, // too many connections of this user
	1317: true, // query interrupted, as by a server that stops
	1927: true, // connection was killed
	1969: true, // statement time-out of MariaDB
	2002: true, // cannot connect
	2003: true,
	2006: true, // server has gone away
	2013: true, // lost connection during query
	2055: true,
	3024: true, // statement time-out of MySQL
	3169: true, // session was killed
	4031: true, // disconnected for being idle
}

// Result codes of SQLite, https://sqlite.org/rescode.html; the low byte is the
// primary code.
const (
	sqliteBusy      = 5
	sqliteLocked    = 6
	sqliteReadOnly  = 8
	sqliteInterrupt = 9
	sqliteIOErr     = 10
	sqliteFull      = 13
	sqliteCantOpen  = 14
	sqliteProtocol  = 15
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
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), interrupted(err):
		return model.FailLater(model.CodeTimeout, 1, err)
	case full(err):
		return model.FailLater(model.CodeStorageFull, 30, err)
	case away(err), retryable(err):
		return model.FailLater(model.CodeUnavailable, 1, err)
	}
	return err
}

// interrupted reports a statement that was ended with its context. ErrTxDone is
// what statements after it get: the context has rolled the transaction back.
func interrupted(err error) bool {
	var lite *gosqlite.Error
	return errors.Is(err, sql.ErrTxDone) || errors.As(err, &lite) && lite.Code()&0xff == sqliteInterrupt
}

// retryable reports a transaction that lost against another: a deadlock, a lock's
// time-out, a snapshot that has become old.
func retryable(err error) bool {
	var my *mysqldriver.MySQLError
	if errors.As(err, &my) {
		return my.Number == mysqlDeadlock || my.Number == mysqlLockTimeout || my.Number == mysqlChanged
	}
	var lite *gosqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqliteBusy, sqliteLocked, sqliteProtocol:
			return true
		}
	}
	return false
}

// full reports a disk without room, or one that takes no writes.
func full(err error) bool {
	var my *mysqldriver.MySQLError
	if errors.As(err, &my) {
		switch my.Number {
		case mysqlDiskFull, mysqlErrorOnWrite, mysqlTableFull, mysqlReadOnly, mysqlReadOnlyMode, mysqlNoSpace:
			return true
		}
		return false
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
		return mysqlAway[my.Number]
	}
	var lite *gosqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqliteCantOpen
	}
	for _, lost := range []error{driver.ErrBadConn, mysqldriver.ErrInvalidConn, mysqldriver.ErrPktSync, mysqldriver.ErrMalformPkt,
		mysqldriver.ErrBusyBuffer, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, lost) {
			return true
		}
	}
	var op net.Error
	return errors.As(err, &op)
}
