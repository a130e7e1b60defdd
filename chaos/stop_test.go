package chaos_test

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/simulator"
)

// stopWithin is the time that container engines give.
const stopWithin = 10 * time.Second

// TestStoppedUnderLoad: what is under way is answered, what comes later finds the
// door shut, and deliveries under way are handed back.
func TestStoppedUnderLoad(t *testing.T) {
	w := newWorld(t, t.TempDir(), "")
	l := w.begin(false)
	w.reach(100, 30*time.Second)
	// Deliveries that hang are in flight when the program stops.
	w.property.Fail(simulator.PropertyFault{Hang: true})
	w.reach(50, 30*time.Second)
	l.amid()
	begun := time.Now()
	code := w.program.Stop(t)
	took := time.Since(begun)
	_ = model.Wait(context.Background(), 100*time.Millisecond)
	l.end()
	if code != 0 || took > stopWithin+time.Second {
		t.Errorf("exit code %d after %v\n%s", code, took, w.program.Log())
	}
	for _, err := range w.book.cut {
		if !shut(err) {
			t.Errorf("a request was cut: %v", err)
		}
	}
	w.book.allowRefusals(t)
	if n := w.countLeased(); n > 0 {
		t.Errorf("%d deliveries are still leased", n)
	}
	t.Logf("stopped in %v: %d answered, %d found the door shut", took, len(w.book.answered), len(w.book.cut))
	w.property.Fail(simulator.PropertyFault{})
	w.start()
	w.resolve()
	w.again(0)
	w.obey()
	w.sealed()
}

// shut says that nobody was there: the connection was refused, or reset in the
// kernel's queue before the program had seen it. An answer that broke off is
// neither.
func shut(err error) bool {
	var dial *net.OpError
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.As(err, &dial) && dial.Op == "dial"
}

// countLeased looks into the file of a program that is not running.
func (w *world) countLeased() (n int) {
	w.t.Helper()
	db := w.openFile()
	defer db.Close()
	if err := db.QueryRow("SELECT COUNT(*) FROM outbox WHERE state = ?", model.DeliveryLeased).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
