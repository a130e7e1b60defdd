package store_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// A scan that is sent twice and comes into one commit is answered twice with what
// became of it, and not with what it asked for.
func TestARepetitionInTheSameCommitSaysWhatBecameOfTheFirst(t *testing.T) {
	g := testkit.NewGatehouse(t)
	use := model.Use{WindowNo: 7, PassNumber: 9, Direction: 1, Perimeter: "site"}
	admitted := func(scan string) store.Recording {
		r := store.Recording{Passage: passage(g, "ok"), ScanID: scan, Use: &use,
			Lost: func(p *model.Passage) { p.Decision, p.Reason = "refuse", "used" }}
		r.Passage.Decision, r.Passage.PassNumber, r.Passage.Kind = "admit", 9, "resident"
		return r
	}
	if first, err := g.Recorder.Record(t.Context(), admitted("first")); err != nil || first.Passage.Decision != "admit" {
		t.Fatal(first, err)
	}
	twice := admitted("twice")
	slow := store.NewRecorder(g.Store)
	var wait sync.WaitGroup
	var recorded []store.Recorded
	var errs []error
	wait.Go(func() { recorded, errs = slow.RecordAll(context.Background(), []store.Recording{twice, twice}) })
	for slow.Queued() < 2 {
		runtime.Gosched()
	}
	// A run whose context is over commits what is queued, as one batch, and ends.
	ctx, stop := context.WithCancel(context.Background())
	stop()
	slow.Run(ctx)
	wait.Wait()
	for i, r := range recorded {
		if errs[i] != nil || r.Passage.Decision != "refuse" || r.Passage.Reason != "used" || r.Passage.ID != recorded[0].Passage.ID || r.Duplicate != (i == 1) {
			t.Errorf("%d: %+v, %v", i, r, errs[i])
		}
	}
}
