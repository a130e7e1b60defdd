package service_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

// run starts a forwarder and gives what stops it and waits for its end.
func (p *post) run(t testing.TB) func() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Forwarder.Run(ctx)
	}()
	stop := sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	t.Cleanup(stop)
	return stop
}

func receive(t testing.TB, events <-chan model.Delivery) model.Delivery {
	t.Helper()
	select {
	case d := <-events:
		return d
	case <-time.After(20 * time.Second):
		t.Fatal("no event came")
		return model.Delivery{}
	}
}

// until asks again and again, for twenty seconds at most.
func until(t testing.TB, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for !done() {
		if model.Wait(ctx, 5*time.Millisecond) != nil {
			t.Fatal("it did not come about")
		}
	}
}

// TestAHangingRecipientDelaysNobody is F32: while one recipient hangs with all its
// senders, another one is told at once.
func TestAHangingRecipientDelaysNobody(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	hangs, works := p.recipient(t, p.Garden), p.recipient(t, p.Harbour)
	hanging, told, release := make(chan model.Delivery, 100), make(chan model.Delivery, 100), make(chan struct{})
	p.answer = func(ctx context.Context, to model.Recipient, d model.Delivery) service.DeliveryOutcome {
		if to.ID == hangs.ID {
			hanging <- d
			<-release
			return service.DeliveryOutcome{Class: service.OutcomeRetry, Detail: "timeout"}
		}
		told <- d
		return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200}
	}
	p.emit(t, hangs, 50)
	stop := p.run(t)
	for range 8 {
		receive(t, hanging)
	}
	for range 3 {
		p.emit(t, works, 1)
		p.Forwarder.Nudge(works.ID)
		receive(t, told)
	}
	select {
	case d := <-hanging:
		t.Errorf("a ninth event is under way: %d", d.Sequence)
	default:
	}
	close(release)
	stop()
	p.wantStates(t, works, map[string]int{"delivered": 3})
	p.wantStates(t, hangs, map[string]int{"pending": 50})
}

// TestOneSlowEventHoldsNothingUp: the events after it are claimed and sent while
// it is still under way.
func TestOneSlowEventHoldsNothingUp(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	told, release := make(chan model.Delivery, 1000), make(chan struct{})
	p.answer = func(_ context.Context, _ model.Recipient, d model.Delivery) service.DeliveryOutcome {
		told <- d
		if d.Sequence == 1 {
			<-release
		}
		return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200}
	}
	p.emit(t, r, 500)
	stop := p.run(t)
	for range 500 {
		receive(t, told)
	}
	p.emit(t, r, 1)
	if d := receive(t, told); d.Sequence != 501 {
		t.Errorf("sequence %d", d.Sequence)
	}
	close(release)
	stop()
	p.wantStates(t, r, map[string]int{"delivered": 501})
}

// TestAStopHandsBack: what is under way ends and counts, what was leased and not
// begun is pending again.
func TestAStopHandsBack(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	begun, release := make(chan model.Delivery, 1000), make(chan struct{})
	p.answer = func(ctx context.Context, _ model.Recipient, d model.Delivery) service.DeliveryOutcome {
		begun <- d
		<-release
		if ctx.Err() != nil {
			t.Error("cut off although it ended in time")
		}
		return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200}
	}
	p.emit(t, r, 250)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Forwarder.Run(ctx)
	}()
	for range 8 {
		receive(t, begun)
	}
	until(t, func() bool { return p.states(t, r)["leased"] == 250 })
	cancel()
	// The stop is noticed when the queue is handed back; what is on its way to the
	// senders follows when they are free.
	until(t, func() bool { return p.states(t, r)["pending"] > 0 })
	close(release)
	<-ended
	if n := len(begun); n != 0 {
		t.Errorf("%d events begun after the stop", n)
	}
	p.wantStates(t, r, map[string]int{"delivered": 8, "pending": 242})
}
