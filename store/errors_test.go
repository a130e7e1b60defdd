package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"communitypass.cn/communitypass/model"

	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
)

func TestErrorsOfTheDriversAreNamed(t *testing.T) {
	number := func(n uint16) error { return fmt.Errorf("insert: %w", &mysqldriver.MySQLError{Number: n}) }
	for _, c := range []struct {
		name      string
		err       error
		code      model.Code
		again     bool // worth another try at once
		alike     bool // would hit every row alike
		hasToWait bool // names when to come again
	}{
		{"deadlock", number(1213), model.CodeUnavailable, true, false, true},
		{"lock time-out", number(1205), model.CodeUnavailable, true, false, true},
		{"snapshot too old", number(1020), model.CodeUnavailable, true, false, true},
		{"disk full", number(1021), model.CodeStorageFull, false, true, true},
		{"table full", number(1114), model.CodeStorageFull, false, true, true},
		{"server read-only", number(1290), model.CodeStorageFull, false, true, true},
		{"too many connections", number(1040), model.CodeUnavailable, false, true, true},
		{"shutdown", number(1053), model.CodeUnavailable, false, true, true},
		{"aborted connection", number(1152), model.CodeUnavailable, false, true, true},
		{"killed connection", number(1927), model.CodeUnavailable, false, true, true},
		{"lost connection", number(2013), model.CodeUnavailable, false, true, true},
		{"connection refused", &net.OpError{Op: "dial", Err: errors.New("refused")}, model.CodeUnavailable, false, true, true},
		{"bad connection", driver.ErrBadConn, model.CodeUnavailable, false, true, true},
		{"invalid connection", mysqldriver.ErrInvalidConn, model.CodeUnavailable, false, true, true},
		{"cut in a packet", io.ErrUnexpectedEOF, model.CodeUnavailable, false, true, true},
		{"packets out of step", mysqldriver.ErrPktSync, model.CodeUnavailable, false, true, true},
		{"budget used up", context.DeadlineExceeded, model.CodeTimeout, false, true, true},
		{"rolled back with its context", sql.ErrTxDone, model.CodeTimeout, false, true, true},
		{"no row", sql.ErrNoRows, model.CodeNotFound, false, false, false},
		{"duplicate", gorm.ErrDuplicatedKey, model.CodeConflict, false, false, false},
		{"our own fault", number(1064), model.CodeInternal, false, false, false},
		{"a row too long", number(1406), model.CodeInternal, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := translate(c.err)
			if got := model.CodeOf(err); got != c.code {
				t.Errorf("code %s, want %s", got, c.code)
			}
			var e *model.Error
			if errors.As(err, &e) && (e.RetryAfterSeconds > 0) != c.hasToWait {
				t.Errorf("come again after %d s", e.RetryAfterSeconds)
			}
			if got := retryable(c.err); got != c.again {
				t.Errorf("another try: %t", got)
			}
			if got := hopeless(c.err); got != c.alike {
				t.Errorf("hopeless: %t", got)
			}
		})
	}
}
