package store_test

import (
	"fmt"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func purgePassages(t testing.TB, g *testkit.Gatehouse, before time.Time, limit int) int64 {
	t.Helper()
	var n int64
	g.Update(t, func(tx *store.Tx) (err error) {
		n, err = tx.PurgePassages(model.Millis(before), limit)
		return err
	})
	return n
}

// A chunk never cuts a batch in two, and never goes beyond the instant.
func TestPurgeTakesWholeBatches(t *testing.T) {
	g := testkit.NewGatehouse(t)
	var all []store.Recording
	for range 40 {
		all = append(all, store.Recording{Passage: passage(g, "ok")})
	}
	for range 3 {
		if _, errs := g.Recorder.RecordAll(t.Context(), all); errs[0] != nil {
			t.Fatal(errs[0])
		}
		g.Clock.Advance(time.Second)
	}
	edge := testkit.Noon.Add(2 * time.Second) // the third round is not older than this
	var dropped int64
	for {
		n := purgePassages(t, g, edge, 7)
		if n == 0 {
			break
		}
		dropped += n
		for _, b := range g.Batches(t) {
			if left := g.CountPassages(t, b.ID, b.LastID); left != 0 && left != b.RowsCount {
				t.Fatalf("batch %s has %d of its %d passages", b.ID, left, b.RowsCount)
			}
		}
	}
	if left := g.CountPassages(t, "", "Z"); dropped != 80 || left != 40 {
		t.Errorf("dropped %d, left %d", dropped, left)
	}
}

func TestPurgeDropsNoMoreThanItsLimit(t *testing.T) {
	g := testkit.NewGatehouse(t)
	var all []store.Recording
	for i := range 10 {
		all = append(all, store.Recording{Passage: passage(g, "ok"), ScanID: fmt.Sprintf("scan-%04d", i)})
	}
	if _, errs := g.Recorder.RecordAll(t.Context(), all); errs[0] != nil {
		t.Fatal(errs[0])
	}
	for _, want := range []int64{4, 4, 2, 0} {
		g.Update(t, func(tx *store.Tx) error {
			n, err := tx.PurgeExpired(store.ExpiringScanIDs, model.Millis(testkit.Noon)+1, 4)
			if n != want {
				t.Errorf("dropped %d, want %d", n, want)
			}
			return err
		})
	}
}
