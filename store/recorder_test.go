package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func passage(g *testkit.Gatehouse, reason string) model.Passage {
	return model.Passage{CommunityID: g.Garden.ID, GateID: g.Garden.Entrance.ID, DeviceID: g.ID(), Kind: "unknown",
		Direction: "in", Perimeter: "site", Decision: "refuse", Reason: reason, RuleVersion: 1, Online: true,
		ScannedAt: model.Millis(g.Clock.Now()), ReceivedAt: model.Millis(g.Clock.Now()), Outcome: "decided"}
}

// One row that the database will not take harms only itself.
func TestAPoisonRowHarmsOnlyItself(t *testing.T) {
	g := testkit.NewGatehouse(t)
	g.FailInserts(t, "passages", "reason", "poison")
	var all []store.Recording
	for i := range 50 {
		reason := "ok"
		if i%10 == 3 {
			reason = "poison"
		}
		all = append(all, store.Recording{Passage: passage(g, reason), ScanID: fmt.Sprintf("scan-%04d", i)})
	}
	recorded, errs := g.Recorder.RecordAll(t.Context(), all)
	for i := range all {
		poison := i%10 == 3
		if (errs[i] != nil) != poison {
			t.Errorf("row %d: %v", i, errs[i])
		}
		_, err := g.Store.View(t.Context()).Passage(g.Garden.ID, recorded[i].Passage.ID)
		if model.IsNotFound(err) != poison {
			t.Errorf("row %d found: %v", i, err)
		}
	}
	// What the poison row claimed was given back: the same scan id can be recorded.
	all[3].Passage.Reason = "ok"
	again, err := g.Recorder.Record(t.Context(), all[3])
	if err != nil || again.Duplicate {
		t.Fatalf("%+v, %v", again, err)
	}
}

// Events of many commits get sequences without a gap, and none for a failed one.
func TestSequencesHaveNoGap(t *testing.T) {
	g := testkit.NewGatehouse(t)
	g.FailInserts(t, "passages", "reason", "poison")
	recipient := g.Recipient(t, g.Garden)
	var wait sync.WaitGroup
	for i := range 60 {
		wait.Go(func() {
			p := passage(g, "ok")
			if i%7 == 0 {
				p.Reason = "poison"
			}
			_, _ = g.Recorder.Record(context.Background(), store.Recording{Passage: p, ScanID: fmt.Sprintf("scan-%04d", i),
				Events: func(p *model.Passage, _ *model.Conflict) []model.Delivery {
					return []model.Delivery{{ID: g.ID(), RecipientID: recipient, CommunityID: g.Garden.ID,
						Type: model.EventPassageRecorded, Subject: p.ID, OccurredAt: p.ReceivedAt, Body: "{}"}}
				}})
		})
	}
	wait.Wait()
	sequences := g.Sequences(t, recipient)
	if len(sequences) != 60-9 {
		t.Fatalf("%d events, want 51", len(sequences))
	}
	for i, s := range sequences {
		if s != int64(i+1) {
			t.Fatalf("sequence %d stands at place %d", s, i+1)
		}
	}
}

// Ids of one commit enclose no other passage, so that its seal is a range.
func TestBatchesAreRangesOfIDs(t *testing.T) {
	g := testkit.NewGatehouse(t)
	other := store.NewRecorder(g.Store)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { other.Run(ctx) })
	var wait sync.WaitGroup
	for i := range 200 {
		wait.Go(func() {
			r := []*store.Recorder{g.Recorder, other}[i%2]
			if _, err := r.Record(ctx, store.Recording{Passage: passage(g, "ok"), ScanID: fmt.Sprintf("scan-%04d", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	stop()
	running.Wait()
	batches := g.Batches(t)
	sum := 0
	for _, b := range batches {
		if n := g.CountPassages(t, b.ID, b.LastID); n != b.RowsCount {
			t.Errorf("batch %s counts %d, its range holds %d", b.ID, b.RowsCount, n)
		}
		sum += b.RowsCount
	}
	if sum != 200 {
		t.Errorf("batches hold %d passages, want 200", sum)
	}
}

func TestRecordGivesUpWithItsContext(t *testing.T) {
	h := testkit.NewHouse(t)
	r := store.NewRecorder(h.Store) // nobody runs it
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Record(ctx, store.Recording{}); model.CodeOf(err) != model.CodeTimeout {
		t.Fatal(err)
	}
}
