package service

import (
	"context"
	"testing"
	"time"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
)

// sendFunc is a courier that only sends.
type sendFunc func(ctx context.Context, d model.Delivery) DeliveryOutcome

func (f sendFunc) Send(ctx context.Context, _ model.Recipient, d model.Delivery) DeliveryOutcome {
	return f(ctx, d)
}
func (sendFunc) KeepAlive(context.Context, model.Recipient) DeliveryOutcome {
	return DeliveryOutcome{Class: OutcomeDelivered}
}

func (sendFunc) SignOff(context.Context, model.Recipient) DeliveryOutcome {
	return DeliveryOutcome{Class: OutcomeDelivered}
}

func (sendFunc) CheckURL(context.Context, string) error { return nil }
func (sendFunc) NewSecret() string                      { return "" }

func newTurn(send sendFunc) *turn {
	d := Deps{Clock: model.FrozenClock(eventTime), Directory: NewDirectory(nil, gm.NewMaster())}
	return &turn{Forwarder: NewForwarder(d, send), circuit: new(circuit)}
}

func leased(body string) parcel {
	v := viewRecipient(model.Recipient{ID: "r1", EventTypes: []string{model.EventDeviceStatus}})
	return parcel{to: &v, d: model.Delivery{ID: "e1", Type: model.EventDeviceStatus, Body: body,
		LeasedUntil: model.Millis(eventTime.Add(leaseLife))}}
}

func TestAnAttemptCutOffByAStopDoesNotCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outcome DeliveryOutcome
		tried   bool
	}{
		"cut off":               {DeliveryOutcome{Class: OutcomeRetry, Detail: "cancelled"}, false},
		"answered all the same": {DeliveryOutcome{Class: OutcomeDelivered, Status: 200}, true},
		"refused all the same":  {DeliveryOutcome{Class: OutcomePermanent, Status: 400}, true},
	} {
		ctx, stop := context.WithCancel(t.Context())
		turn := newTurn(func(context.Context, model.Delivery) DeliveryOutcome {
			stop()
			return c.outcome
		})
		if r := turn.try(ctx, leased("{}")); r.tried != c.tried {
			t.Errorf("%s: %+v", name, r)
		}
		if !c.tried && !turn.circuit.healthy() {
			t.Errorf("%s: the recipient is blamed", name)
		}
	}
}

func TestAnAttemptEndsBeforeItsLease(t *testing.T) {
	t.Parallel()
	turn := newTurn(func(ctx context.Context, _ model.Delivery) DeliveryOutcome {
		if end, ok := ctx.Deadline(); !ok || time.Until(end) > sendLimit {
			t.Errorf("the attempt is not bounded: %v", end)
		}
		return DeliveryOutcome{Class: OutcomeDelivered}
	})
	p := leased("{}")
	p.d.LeasedUntil = model.Millis(eventTime.Add(sendLimit))
	if r := turn.try(t.Context(), p); !r.tried {
		t.Error("not sent although the lease is long enough")
	}
	p.d.LeasedUntil--
	if r := turn.try(t.Context(), p); r.tried {
		t.Error("sent although it may outlive its lease")
	}
}

func TestABodyThatIsNoObjectIsDead(t *testing.T) {
	t.Parallel()
	turn := newTurn(func(context.Context, model.Delivery) DeliveryOutcome {
		t.Error("sent")
		return DeliveryOutcome{}
	})
	if r := turn.try(t.Context(), leased("{")); !r.tried || r.outcome.Class != OutcomePermanent || r.outcome.Detail != "body_invalid" {
		t.Errorf("%+v", r)
	}
}

// A policy that was narrowed after events were claimed holds for those as well.
func TestANarrowedPolicyHoldsForWhatIsClaimed(t *testing.T) {
	t.Parallel()
	var sent string
	turn := newTurn(func(_ context.Context, d model.Delivery) DeliveryOutcome {
		sent = d.Body
		return DeliveryOutcome{Class: OutcomeDelivered}
	})
	p := leased(`{"device_id":"d","gate_id":"g"}`)
	p.to.CommunityID, p.to.PolicyVersion = "c1", 1
	narrowed := p.to.Recipient
	narrowed.PolicyVersion, narrowed.FieldPolicy = 2, map[string][]string{model.EventDeviceStatus: {"device_id"}}
	turn.Directory.places.Store(&placesView{communities: map[string]*CommunityView{
		"c1": {Recipients: []RecipientView{viewRecipient(narrowed)}}}})
	if r := turn.try(t.Context(), p); !r.tried || sent != `{"device_id":"d"}` {
		t.Errorf("sent %s", sent)
	}
}
