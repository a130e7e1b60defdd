package service_test

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

func TestDeliveriesAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	p.emit(t, r, 5)
	p.pass(t)
	p.emit(t, r, 2)
	var got []int64
	page := service.Page{Limit: 3}
	for {
		found, err := p.Deliveries.List(t.Context(), caller, r.ID, "", page)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found.Items {
			if d.Body != "" {
				t.Error("a list carries what was sent")
			}
			got = append(got, d.Sequence)
		}
		if page.Cursor = found.Next; page.Cursor == "" {
			break
		}
	}
	for i, n := range []int64{7, 6, 5, 4, 3, 2, 1} {
		if len(got) != 7 || got[i] != n {
			t.Fatalf("listed %v", got)
		}
	}
	waiting, err := p.Deliveries.List(t.Context(), caller, r.ID, model.DeliveryPending, service.Page{Limit: 1})
	if err != nil || len(waiting.Items) != 1 || waiting.Items[0].Sequence != 7 || waiting.Next != "7" {
		t.Errorf("%+v, %v", waiting, err)
	}
	for _, cursor := range []string{"x", "0", "-1", "1e3"} {
		_, err = p.Deliveries.List(t.Context(), caller, r.ID, "", service.Page{Cursor: cursor})
		wantCode(t, err, model.CodeInvalid)
	}
}

func TestRetryByHand(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	p.emit(t, r, 1)
	p.answer = always(badRequest)
	p.pass(t)
	d := p.stream(t, r)[0]
	for i, from := range []string{model.DeliveryDead, model.DeliveryPending} {
		got, err := p.Deliveries.Retry(t.Context(), caller, d.ID)
		if err != nil || got.State != model.DeliveryPending || got.Attempts != 0 || got.NextAt != model.Millis(p.Clock.Now()) || got.Sequence != 1 {
			t.Errorf("%d from %s: %+v, %v", i, from, got, err)
		}
	}
	p.answer = nil
	p.pass(t)
	p.wantStates(t, r, map[string]int{"delivered": 1})
	// A recipient that lost it is sent it again.
	if got, err := p.Deliveries.Retry(t.Context(), caller, d.ID); err != nil || got.DeliveredAt != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	p.pass(t)
	sent := p.attempts()
	if len(sent) != 3 || sent[2].D.ID != sent[0].D.ID || sent[2].D.Body != sent[0].D.Body || sent[2].D.Sequence != 1 {
		t.Errorf("%+v", sent)
	}
	p.wantAudit(t, caller, "recipient.create", "delivery.retry", "delivery.retry", "delivery.retry")
}

func TestRetryLeavesWhatAWorkerHolds(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	p.emit(t, r, 1)
	until := model.Millis(p.Clock.Now().Add(time.Minute))
	if _, err := p.Store.ClaimDeliveries(t.Context(), r.ID, "worker", until, 1); err != nil {
		t.Fatal(err)
	}
	_, err := p.Deliveries.Retry(t.Context(), caller, p.stream(t, r)[0].ID)
	var e *model.Error
	if !errors.As(err, &e) || e.Code != model.CodeStateChanged || e.State != model.DeliveryLeased {
		t.Errorf("%v", err)
	}
	if n, err := p.Deliveries.Replay(t.Context(), caller, r.ID, 1, 1); n != 0 || err != nil {
		t.Errorf("replayed %d, %v", n, err)
	}
	p.wantStates(t, r, map[string]int{"leased": 1})
}

func TestReplayARange(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, other, caller := p.recipient(t, p.Garden), p.recipient(t, p.Garden), p.Manager(p.Garden)
	p.emit(t, r, 1300)
	p.emit(t, other, 10)
	p.pass(t)
	first := map[string]string{}
	for _, s := range p.attempts() {
		first[s.D.ID] = s.D.Body
	}
	p.emit(t, r, 1)
	if n, err := p.Deliveries.Replay(t.Context(), caller, r.ID, 101, 5000); n != 1200 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	p.wantStates(t, r, map[string]int{"delivered": 100, "pending": 1201})
	p.wantStates(t, other, map[string]int{"delivered": 10})
	stream := p.stream(t, r)
	for i := 101; i < 1300; i++ {
		if stream[i].NextAt < stream[i-1].NextAt || stream[i].NextAt > model.Millis(p.Clock.Now()) {
			t.Fatalf("sequence %d is due at %d, the one before it at %d", stream[i].Sequence, stream[i].NextAt, stream[i-1].NextAt)
		}
	}
	p.pass(t)
	p.wantStates(t, r, map[string]int{"delivered": 1301})
	again := p.attempts()
	for _, s := range again {
		if body, before := first[s.D.ID]; before && body != s.D.Body || !before && s.D.Sequence != 1301 {
			t.Fatalf("%+v", s)
		}
	}
	if len(again) != 1201 {
		t.Errorf("%d sent again", len(again))
	}
	for _, c := range [][2]int64{{0, 5}, {5, 4}, {1, 100_001}, {-3, -1}} {
		_, err := p.Deliveries.Replay(t.Context(), caller, r.ID, c[0], c[1])
		wantCode(t, err, model.CodeInvalid)
	}
	if n, err := p.Deliveries.Replay(t.Context(), caller, r.ID, 9_000, 9_000+99_999); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestDigestOfAnHour(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, caller := p.recipient(t, p.Garden), p.Manager(p.Garden)
	p.emit(t, r, 3)
	p.Clock.Advance(time.Hour - time.Millisecond)
	p.emit(t, r, 1200)
	p.Clock.Advance(time.Millisecond)
	p.emit(t, r, 4)
	p.pass(t)
	var text []byte
	for _, d := range p.stream(t, r)[:1203] {
		text = append(append(text, d.ID...), '\n')
	}
	noon := p.Clock.Now().Add(-time.Hour)
	want := service.DeliveryDigest{Hour: model.Millis(noon), Count: 1203, FirstSequence: 1, LastSequence: 1203, SM3: hex.EncodeToString(gm.SM3(text))}
	for _, at := range []time.Time{noon, noon.Add(time.Hour - time.Millisecond), noon.In(time.FixedZone("CST", 8*3600))} {
		if got, err := p.Deliveries.Digest(t.Context(), caller, r.ID, at); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	empty, err := p.Deliveries.Digest(t.Context(), caller, r.ID, noon.Add(-time.Minute))
	if err != nil || empty.Count != 0 || empty.FirstSequence != 0 || empty.SM3 != hex.EncodeToString(gm.SM3()) {
		t.Errorf("%+v, %v", empty, err)
	}
	_, err = p.Deliveries.Digest(t.Context(), caller, r.ID, p.Clock.Now().Add(-service.KeepDelivered-time.Hour))
	wantCode(t, err, model.CodeNotFound)
}

func TestPurgeDropsWhatWasDeliveredLongAgo(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r, other, caller := p.recipient(t, p.Garden), p.recipient(t, p.Harbour), p.Manager(p.Garden)
	p.emit(t, r, 1203)
	p.emit(t, other, 7)
	p.pass(t)
	before := model.Millis(p.Clock.Now()) + 1
	p.Clock.Advance(time.Minute)
	p.emit(t, r, 3)
	p.pass(t)
	if _, err := p.Deliveries.Replay(t.Context(), caller, r.ID, 1, 2); err != nil {
		t.Fatal(err)
	}
	p.answer = always(badRequest)
	p.pass(t)
	p.emit(t, r, 1)
	p.attempts()
	if n, err := p.Deliveries.PurgeDelivered(t.Context(), before); n != 1208 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	left := p.stream(t, r)
	if len(left) != 6 || left[0].State != model.DeliveryDead || left[1].State != model.DeliveryDead || left[2].Sequence != 1204 || left[5].State != model.DeliveryPending {
		t.Errorf("%+v", left)
	}
	if n, err := p.Deliveries.PurgeDelivered(t.Context(), before); n != 0 || err != nil {
		t.Errorf("again %d, %v", n, err)
	}
}

func TestAnEventOfADisabledRecipientIsNotKept(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	err := p.Store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.MoveRecipient(p.Garden.ID, r.ID, []string{model.StateActive}, model.StateDisabled)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.emit(t, r, 3)
	p.wantStates(t, r, map[string]int{})
}
