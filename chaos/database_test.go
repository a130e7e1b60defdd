package chaos_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
)

// budget is how long a scan may take at most (3 s), with something for a busy machine.
const budget = 5 * time.Second

// TestDatabaseKilled: while the database is gone every request is told so at once,
// the process lives and says that it is not ready; afterwards the gates' second
// tries find what was stored, once.
func TestDatabaseKilled(t *testing.T) {
	m := newMaria(t)
	w := newWorld(t, t.TempDir(), m.dsn(m.address))
	before := w.figure("go_goroutines")
	l := w.begin(true)
	w.reach(100, 30*time.Second)
	l.amid()
	m.kill()
	w.outage(t)
	m.start()
	up := time.Now()
	w.reach(1, 10*time.Second)
	_, first := w.book.count()
	t.Logf("first success %v after the database was up", first.Sub(up))
	w.reach(100, 30*time.Second)
	l.end()
	w.afterOutage(t, before)
}

// TestDatabaseFrozen: a database that takes connections and answers nothing costs
// a request its budget and no more.
func TestDatabaseFrozen(t *testing.T) {
	m := newMaria(t)
	w := newWorld(t, t.TempDir(), m.dsn(m.address))
	before := w.figure("go_goroutines")
	l := w.begin(true)
	w.reach(100, 30*time.Second)
	l.amid()
	m.signal(syscall.SIGSTOP)
	w.outage(t)
	m.signal(syscall.SIGCONT)
	w.reach(100, 20*time.Second)
	l.end()
	w.afterOutage(t, before)
}

// outage looks at the process while its database is away.
func (w *world) outage(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for w.status(ctx, "/readyz") != http.StatusServiceUnavailable {
		if model.Wait(ctx, 50*time.Millisecond) != nil {
			t.Fatal("/readyz does not turn red")
		}
	}
	for range 20 {
		if got := w.status(ctx, "/healthz"); got != http.StatusOK {
			t.Errorf("/healthz answers %d", got)
		}
		_ = model.Wait(ctx, 50*time.Millisecond)
	}
	// Other operations say the same as the gates'.
	var wait sync.WaitGroup
	place := "/v1/communities/" + w.community()
	for _, path := range []string{place + "/passages", place + "/households", place + "/residencies", place + "/conflicts",
		"/v1/recipients", "/v1/recipients/" + w.recipientID + "/deliveries", "/v1/staff"} {
		wait.Go(func() {
			if got := w.statusAs(path, w.staff()); got != http.StatusServiceUnavailable {
				t.Errorf("GET %s answers %d", path, got)
			}
		})
	}
	wait.Wait()
}

// afterOutage: nothing is lost or doubled, and nothing is left over in the process.
func (w *world) afterOutage(t *testing.T, goroutines float64) {
	t.Helper()
	if len(w.book.refusals) == 0 {
		t.Error("nobody was refused: the fault did not strike")
	}
	w.book.allowRefusals(t, outage...)
	p99 := w.book.slowest(0.99)
	t.Logf("refused: %v, without an answer: %d, p50 %v, p99 %v", w.book.refusals, len(w.book.cut), w.book.slowest(0.5), p99)
	if p99 > budget {
		t.Errorf("p99 of what was refused: %v", p99)
	}
	if len(w.book.cut) > 0 {
		t.Errorf("%d requests without an answer: %v", len(w.book.cut), w.book.cut[0])
	}
	w.resolve()
	w.again(0)
	if got := w.status(context.Background(), "/readyz"); got != http.StatusOK {
		t.Errorf("/readyz answers %d afterwards", got)
	}
	w.obey()
	w.calm(goroutines)
	w.sealed()
}

// calm waits until the program has no more goroutines than before the load, but
// for those of connections that stay open.
func (w *world) calm(before float64) {
	w.t.Helper()
	w.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for {
		after := w.figure("go_goroutines")
		if after <= before+pooled {
			w.t.Logf("goroutines: %v before, %v after", before, after)
			return
		}
		if model.Wait(ctx, 100*time.Millisecond) != nil {
			w.t.Errorf("%v goroutines, %v before", after, before)
			return
		}
	}
}

// pooled are the goroutines of connections that stay open: one for each to the
// database, two for each of eight to either property system, one more where that is
// in the same process, and a few.
const pooled = 16 + 2 + 2*8*2 + 8 + 6

// statusAs asks for a page in a name.
func (w *world) statusAs(path, token string) int {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base()+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Error(err)
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// fetch reads a page.
func fetch(t *testing.T, url string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
