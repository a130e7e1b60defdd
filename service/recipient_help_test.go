package service_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// sent is one attempt as a courier saw it.
type sent struct {
	To model.Recipient
	D  model.Delivery
}

// courier is a stand-in for the outside: it keeps what it is given and answers as
// it is told.
type courier struct {
	answer func(ctx context.Context, to model.Recipient, d model.Delivery) service.DeliveryOutcome
	mu     sync.Mutex
	got    []sent
	made   int
}

func (c *courier) Send(ctx context.Context, to model.Recipient, d model.Delivery) service.DeliveryOutcome {
	c.mu.Lock()
	c.got = append(c.got, sent{to, d})
	c.mu.Unlock()
	if c.answer == nil {
		return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 204}
	}
	return c.answer(ctx, to, d)
}

func (c *courier) KeepAlive(context.Context, model.Recipient) service.DeliveryOutcome {
	return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200}
}

func (c *courier) SignOff(context.Context, model.Recipient) service.DeliveryOutcome {
	return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200}
}

func (c *courier) CheckURL(_ context.Context, url string) error {
	if strings.HasPrefix(url, "https://") {
		return nil
	}
	return model.Fail(model.CodeRecipientURLRefused)
}

func (c *courier) NewSecret() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	return fmt.Sprintf("whsec_number%d", c.made)
}

// attempts is what was sent since the last call.
func (c *courier) attempts() []sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.got
	c.got = nil
	return out
}

// always answers every attempt alike.
func always(o service.DeliveryOutcome) func(context.Context, model.Recipient, model.Delivery) service.DeliveryOutcome {
	return func(context.Context, model.Recipient, model.Delivery) service.DeliveryOutcome { return o }
}

var (
	unavailable = service.DeliveryOutcome{Class: service.OutcomeRetry, Status: 503, Detail: "status_503"}
	badRequest  = service.DeliveryOutcome{Class: service.OutcomePermanent, Status: 400, Detail: "status_400"}
)

// post is a house with what forwards.
type post struct {
	*testkit.House
	*courier
	Recipients *service.Recipients
	Deliveries *service.Deliveries
	Forwarder  *service.Forwarder
}

func newPost(t testing.TB) *post {
	p := &post{House: testkit.NewHouse(t), courier: &courier{}}
	p.Forwarder = service.NewForwarder(p.Deps, p.courier)
	p.Recipients = service.NewRecipients(p.Deps, p.courier, p.Forwarder.Nudge)
	p.Deliveries = service.NewDeliveries(p.Deps, service.KeepDelivered, p.Forwarder.Nudge)
	return p
}

func propertySystem(c testkit.Community) service.RecipientInput {
	return service.RecipientInput{CommunityID: c.ID, Kind: "property", Name: "物业系统", URL: "https://property.example/events",
		Purpose: "门禁对账", Agreement: "协议2026-7"}
}

// recipient registers a property system.
func (p *post) recipient(t testing.TB, c testkit.Community) service.RecipientShown {
	t.Helper()
	r, _, err := p.Recipients.Create(t.Context(), p.Manager(c), propertySystem(c))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// emit queues n events of a recipient.
func (p *post) emit(t testing.TB, r service.RecipientShown, n int) {
	t.Helper()
	for n > 0 {
		batch := min(n, 500)
		n -= batch
		events := make([]model.Delivery, batch)
		for i := range events {
			events[i] = model.Delivery{ID: p.ID(), RecipientID: r.ID, CommunityID: r.CommunityID, Type: model.EventDeviceStatus,
				Subject: "d1", OccurredAt: model.Millis(p.Clock.Now()), Body: `{"device_id":"d1","state":"active"}`}
		}
		if err := p.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.Emit(events) }); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *post) pass(t testing.TB) {
	t.Helper()
	if err := p.Forwarder.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// stream reads all deliveries of a recipient, oldest first.
func (p *post) stream(t testing.TB, r service.RecipientShown) []model.Delivery {
	t.Helper()
	var out []model.Delivery
	for before := int64(0); ; {
		page, err := p.Store.View(t.Context()).Deliveries(r.ID, "", before, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page {
			out = append(out, d)
			before = d.Sequence
		}
		if len(page) < 1000 {
			slices.Reverse(out)
			return out
		}
	}
}

// states counts a recipient's deliveries by state and holds law L2: together they
// are all that was ever numbered.
func (p *post) states(t testing.TB, r service.RecipientShown) map[string]int {
	t.Helper()
	out := map[string]int{}
	stream := p.stream(t, r)
	for i, d := range stream {
		out[d.State]++
		if d.Sequence != int64(i+1) {
			t.Fatalf("sequence %d at place %d", d.Sequence, i+1)
		}
	}
	now, err := p.Store.View(t.Context()).Recipient(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if now.Sequence != int64(len(stream)) {
		t.Fatalf("%d numbered, %d in the books", now.Sequence, len(stream))
	}
	return out
}

func (p *post) wantStates(t testing.TB, r service.RecipientShown, want map[string]int) {
	t.Helper()
	got := p.states(t, r)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("states %v, want %v", got, want)
	}
}
