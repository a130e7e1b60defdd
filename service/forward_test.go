package service_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
)

func TestForwardDeliversInOrderOfFallingDue(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	a, b := p.recipient(t, p.Garden), p.recipient(t, p.Harbour)
	p.emit(t, a, 3)
	p.emit(t, b, 450)
	p.pass(t)
	p.wantStates(t, a, map[string]int{"delivered": 3})
	p.wantStates(t, b, map[string]int{"delivered": 450})
	ids := map[string]bool{}
	for _, s := range p.attempts() {
		if s.To.ID != s.D.RecipientID || s.To.Secret == "" || s.To.PreviousSecret != "" || ids[s.D.ID] {
			t.Fatalf("%+v", s)
		}
		ids[s.D.ID] = true
	}
	if len(ids) != 453 {
		t.Errorf("%d sent", len(ids))
	}
	d := p.stream(t, a)[0]
	if d.Attempts != 1 || d.LastStatus != 204 || d.DeliveredAt != model.Millis(p.Clock.Now()) || d.LeasedBy != "" {
		t.Errorf("%+v", d)
	}
}

// TestForwardKeepsTheSchedule is F31: every wait is that of the schedule plus at
// most 10 %, and after the tenth attempt the event is dead.
func TestForwardKeepsTheSchedule(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 1)
	p.answer = always(unavailable)
	began := p.Clock.Now()
	for i, wait := range []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
		5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour} {
		p.pass(t)
		d := p.stream(t, r)[0]
		got := time.Duration(d.NextAt-model.Millis(p.Clock.Now())) * time.Millisecond
		if d.State != model.DeliveryPending || d.Attempts != i+1 || d.LastStatus != 503 || d.LastDetail != "status_503" || got < wait || got > wait*11/10 {
			t.Fatalf("after attempt %d: waits %v, want %v: %+v", i+1, got, wait, d)
		}
		p.Clock.Advance(got - time.Millisecond)
		p.pass(t)
		if n := len(p.attempts()); n != 1 {
			t.Fatalf("%d attempts before the next was due", n)
		}
		p.Clock.Advance(time.Millisecond)
	}
	p.pass(t)
	p.wantStates(t, r, map[string]int{"dead": 1})
	if all := p.Clock.Now().Sub(began); all < 72*time.Hour {
		t.Errorf("given up after %v", all)
	}
}

func TestForwardWaitsAsLongAsItIsAsked(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 1)
	asked := unavailable
	asked.RetryAfter = time.Hour
	p.answer = always(asked)
	p.pass(t)
	if wait := p.stream(t, r)[0].NextAt - model.Millis(p.Clock.Now()); wait < 3_600_000 || wait > 3_960_000 {
		t.Errorf("waits %d ms", wait)
	}
	p.emit(t, r, 10)
	p.attempts()
	p.pass(t)
	if n := len(p.attempts()); n != 0 {
		t.Errorf("%d attempts although the recipient asked to wait", n)
	}
	p.Clock.Advance(66 * time.Minute)
	p.answer = nil
	p.pass(t)
	p.wantStates(t, r, map[string]int{"delivered": 11})
}

// TestForwardGoesOnPastBadEvents is F34: what the recipient refuses is dead at
// once, visible with its reason, and holds nothing up.
func TestForwardGoesOnPastBadEvents(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 500)
	p.answer = func(_ context.Context, _ model.Recipient, d model.Delivery) service.DeliveryOutcome {
		if d.Sequence%10 == 0 {
			return badRequest
		}
		return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200}
	}
	p.pass(t)
	p.wantStates(t, r, map[string]int{"delivered": 450, "dead": 50})
	for _, d := range p.stream(t, r) {
		if dead := d.Sequence%10 == 0; dead != (d.State == model.DeliveryDead) || dead && (d.LastStatus != 400 || d.LastDetail != "status_400") {
			t.Fatalf("%+v", d)
		}
	}
	shown, err := p.Recipients.Get(t.Context(), p.Manager(p.Garden), r.ID)
	if err != nil || shown.Dead != 50 || shown.Waiting != 0 || shown.Sequence != 500 {
		t.Errorf("%+v, %v", shown, err)
	}
}

// TestForwardStopsAtGone is F35: 410 disables the recipient; what waits stays, and
// leaves when staff resume it.
func TestForwardStopsAtGone(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 300)
	p.answer = always(service.DeliveryOutcome{Class: service.OutcomeGone, Status: 410, Detail: "status_410"})
	p.pass(t)
	if n := len(p.attempts()); n == 0 || n > 80 {
		t.Errorf("%d attempts, want those under way only", n)
	}
	p.wantStates(t, r, map[string]int{"pending": 300})
	shown, err := p.Recipients.Get(t.Context(), p.Manager(p.Garden), r.ID)
	if err != nil || shown.State != model.StateDisabled || shown.Waiting != 300 {
		t.Fatalf("%+v, %v", shown, err)
	}
	if c, _ := p.Directory.Community(p.Garden.ID); len(c.Recipients) != 0 {
		t.Error("this replica still makes events for it")
	}
	p.emit(t, r, 5)
	p.pass(t)
	if n := len(p.attempts()); n != 0 {
		t.Errorf("%d attempts at a disabled recipient", n)
	}
	p.wantStates(t, r, map[string]int{"pending": 300})
	p.answer = nil
	if _, err := p.Recipients.Resume(t.Context(), p.Manager(p.Garden), r.ID); err != nil {
		t.Fatal(err)
	}
	p.Clock.Advance(time.Minute)
	p.emit(t, r, 5)
	p.pass(t)
	p.wantStates(t, r, map[string]int{"delivered": 305})
}

// TestForwardProbesWhatDoesNotAnswer: a recipient that is down is tried with one
// event at a time, and the rest keep their attempts for when it is back (F36).
func TestForwardProbesWhatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 600)
	p.answer = always(unavailable)
	p.pass(t)
	if n := len(p.attempts()); n < 5 || n > 13 {
		t.Errorf("%d attempts before the circuit opened", n)
	}
	p.pass(t)
	if n := len(p.attempts()); n != 0 {
		t.Errorf("%d attempts while it is open", n)
	}
	for _, wait := range []time.Duration{6 * time.Second, 331 * time.Second, 331 * time.Second} {
		p.Clock.Advance(wait)
		p.pass(t)
		if n := len(p.attempts()); n != 1 {
			t.Errorf("%d attempts, want one probe", n)
		}
	}
	p.Clock.Advance(72 * time.Hour)
	p.answer = nil
	p.pass(t)
	p.wantStates(t, r, map[string]int{"delivered": 600})
	tried := 0
	for _, d := range p.stream(t, r) {
		if d.Attempts != 1 {
			tried++
		}
	}
	if tried > 16 {
		t.Errorf("%d events had spent an attempt while it was down", tried)
	}
}

func TestForwardTriesAgainWhenStaffSaySo(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 50)
	p.answer = always(service.DeliveryOutcome{Class: service.OutcomeRefused, Detail: "address_refused"})
	p.pass(t)
	tried := 0
	for _, d := range p.stream(t, r) {
		if d.State == model.DeliveryPending && d.LastDetail == "address_refused" && d.LastStatus == 0 {
			tried++
		}
	}
	if tried != len(p.attempts()) || tried == 0 {
		t.Errorf("%d events carry the reason", tried)
	}
	p.answer = nil
	if _, err := p.Recipients.Test(t.Context(), p.Manager(p.Garden), r.ID); err != nil {
		t.Fatal(err)
	}
	p.pass(t)
	p.Clock.Advance(time.Minute)
	p.pass(t)
	p.wantStates(t, r, map[string]int{"delivered": 50})
}

func TestForwardHoldsAPause(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 20)
	var once sync.Once
	// Paused by staff while the first events are on their way.
	p.answer = func(context.Context, model.Recipient, model.Delivery) service.DeliveryOutcome {
		once.Do(func() {
			if _, err := p.Recipients.Pause(context.Background(), p.Manager(p.Garden), r.ID); err != nil {
				t.Error(err)
			}
		})
		return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200}
	}
	p.emit(t, r, 180)
	p.pass(t)
	p.emit(t, r, 7)
	p.pass(t)
	sentBefore := len(p.attempts())
	got := p.states(t, r)
	if got["delivered"] != sentBefore || got["delivered"]+got["pending"] != 207 || got["pending"] < 7 {
		t.Fatalf("%d sent, states %v", sentBefore, got)
	}
	p.pass(t)
	if n := len(p.attempts()); n != 0 {
		t.Errorf("%d attempts at a paused recipient", n)
	}
	if _, err := p.Recipients.Resume(t.Context(), p.Manager(p.Garden), r.ID); err != nil {
		t.Fatal(err)
	}
	p.pass(t)
	p.wantStates(t, r, map[string]int{"delivered": 207})
}

// TestForwardCutsToThePolicyOfNow: a field that was taken out of the policy does
// not leave with what waited, nor with a replay (rule 13).
func TestForwardCutsToThePolicyOfNow(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 1)
	p.pass(t)
	p.emit(t, r, 1)
	caller := p.Manager(p.Garden)
	if _, err := p.Recipients.SetFieldPolicy(t.Context(), caller, r.ID, map[string][]string{model.EventDeviceStatus: {"state"}}, nil); err != nil {
		t.Fatal(err)
	}
	if n, err := p.Deliveries.Replay(t.Context(), caller, r.ID, 1, 2); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	p.pass(t)
	got := p.attempts()
	if len(got) != 3 || got[0].D.Body != `{"device_id":"d1","state":"active"}` || got[1].D.Body != `{"state":"active"}` || got[2].D.Body != `{"state":"active"}` {
		t.Errorf("%+v", got)
	}
}

// TestForwardSignsWithBothSecrets is F40.
func TestForwardSignsWithBothSecrets(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.emit(t, r, 1)
	_, secret, err := p.Recipients.RotateSecret(t.Context(), p.Manager(p.Garden), r.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	p.pass(t)
	p.Clock.Advance(24*time.Hour - time.Millisecond)
	p.emit(t, r, 1)
	p.pass(t)
	p.Clock.Advance(time.Millisecond)
	p.emit(t, r, 1)
	p.pass(t)
	got := p.attempts()
	if len(got) != 3 || secret == "whsec_number1" {
		t.Fatalf("%d sent, new secret %s", len(got), secret)
	}
	for i, previous := range []string{"whsec_number1", "whsec_number1", ""} {
		if to := got[i].To; to.Secret != secret || to.PreviousSecret != previous {
			t.Errorf("attempt %d: signed with %q and %q", i, to.Secret, to.PreviousSecret)
		}
	}
}
