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
	w.hanging(w.property.Requests())
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
	// Whatever was carried out was answered: those without an answer left no trace.
	if n := w.count("SELECT COUNT(*) FROM passages"); n != len(w.book.answered) {
		t.Errorf("%d passages stored, %d answered", n, len(w.book.answered))
	}
	if n := w.count("SELECT COUNT(*) FROM outbox WHERE state = ?", model.DeliveryLeased); n > 0 {
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

// hanging waits until a delivery has come in that will not be answered.
func (w *world) hanging(before int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for w.property.Requests() < before+8 {
		if model.Wait(ctx, 10*time.Millisecond) != nil {
			w.t.Fatal("nothing is delivered")
		}
	}
}

// shut says that the door was shut: the connection was refused, or closed before
// the first byte of an answer. An answer that broke off is neither.
func shut(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.As(err, &op) && op.Op == "dial"
}

// count looks into the file of a program that is not running.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	db := w.openFile()
	defer db.Close()
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
