package store_test

import (
	"fmt"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func recipientOf(h *testkit.House, c testkit.Community, state string) model.Recipient {
	return model.Recipient{ID: h.ID(), CommunityID: c.ID, Kind: "property", Name: "物业系统", URL: "https://property.example/events", State: state,
		Secret: "whsec_open", EventTypes: []string{model.EventDeviceStatus}, FieldPolicy: map[string][]string{}, PolicyVersion: 1, CreatedAt: 1}
}

// queue stores a recipient and n events for it, a millisecond apart.
func queue(t *testing.T, h *testkit.House, r model.Recipient, n int) {
	t.Helper()
	h.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateRecipient(r); err != nil {
			return err
		}
		for range n {
			h.Clock.Advance(time.Millisecond)
			e := model.Delivery{ID: h.ID(), RecipientID: r.ID, CommunityID: r.CommunityID, Type: model.EventDeviceStatus, OccurredAt: 1, Body: "{}"}
			if err := tx.Emit([]model.Delivery{e}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestClaimTakesWhatIsDueOfAnActiveRecipient(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	active, paused, idle := recipientOf(h, h.Garden, model.StateActive), recipientOf(h, h.Garden, model.StatePaused), recipientOf(h, h.Garden, model.StateActive)
	queue(t, h, active, 5)
	queue(t, h, paused, 5)
	queue(t, h, idle, 0)
	view := h.Store.View(t.Context())
	if due, err := view.RecipientsDue(); err != nil || fmt.Sprint(due) != fmt.Sprint([]string{active.ID}) {
		t.Fatalf("due %v, %v", due, err)
	}
	until := model.Millis(h.Clock.Now().Add(time.Minute))
	claim, err := h.Store.ClaimDeliveries(t.Context(), active.ID, "w1", until, 3)
	if err != nil || len(claim.Deliveries) != 3 || claim.Recipient.Secret != "whsec_open" {
		t.Fatalf("%+v, %v", claim, err)
	}
	for i, d := range claim.Deliveries {
		if d.Sequence != int64(i+1) || d.State != model.DeliveryLeased || d.LeasedBy != "w1" || d.LeasedUntil != until || d.Body != "{}" || d.CommunityID != h.Garden.ID {
			t.Errorf("%+v", d)
		}
	}
	if claim, err := h.Store.ClaimDeliveries(t.Context(), paused.ID, "w1", until, 3); err != nil || len(claim.Deliveries) != 0 {
		t.Errorf("of a paused one: %+v, %v", claim, err)
	}
	if _, err := h.Store.ClaimDeliveries(t.Context(), h.ID(), "w1", until, 3); !model.IsNotFound(err) {
		t.Errorf("of none: %v", err)
	}
	// Put off by a second, the first is no longer due before the others.
	d := claim.Deliveries[0]
	d.State, d.Attempts, d.NextAt, d.LastStatus, d.LastDetail = model.DeliveryPending, 1, model.Millis(h.Clock.Now())+1000, 503, "status_503"
	h.Update(t, func(tx *store.Tx) error {
		did, err := tx.MarkFailed(d)
		if !did {
			t.Error("not marked")
		}
		return err
	})
	claim, err = h.Store.ClaimDeliveries(t.Context(), active.ID, "w2", until, 10)
	if err != nil || len(claim.Deliveries) != 2 || claim.Deliveries[0].Sequence != 4 {
		t.Fatalf("%+v, %v", claim, err)
	}
	h.Clock.Advance(time.Second)
	claim, err = h.Store.ClaimDeliveries(t.Context(), active.ID, "w3", until, 10)
	if err != nil || len(claim.Deliveries) != 1 || claim.Deliveries[0].Sequence != 1 || claim.Deliveries[0].Attempts != 1 {
		t.Fatalf("%+v, %v", claim, err)
	}
}

func TestSecretsAreSealedAtRest(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	a, b := recipientOf(h, h.Garden, model.StateActive), recipientOf(h, h.Garden, model.StateActive)
	queue(t, h, a, 0)
	queue(t, h, b, 0)
	view := h.Store.View(t.Context())
	plain, err := view.Recipient(a.ID)
	if err != nil || plain.Secret != "" {
		t.Fatalf("%+v, %v", plain, err)
	}
	h.Update(t, func(tx *store.Tx) error {
		did, err := tx.RotateSecret(h.Garden.ID, a.ID, "whsec_second", model.Millis(h.Clock.Now())+10)
		if !did {
			t.Error("not rotated")
		}
		return err
	})
	for _, c := range []struct {
		after            time.Duration
		secret, previous string
	}{{0, "whsec_second", "whsec_open"}, {9 * time.Millisecond, "whsec_second", "whsec_open"}, {time.Millisecond, "whsec_second", ""}} {
		h.Clock.Advance(c.after)
		got, err := view.RecipientForSending(a.ID)
		if err != nil || got.Secret != c.secret || got.PreviousSecret != c.previous {
			t.Errorf("%v later: %q and %q, %v", c.after, got.Secret, got.PreviousSecret, err)
		}
	}
	h.Store.UseRing(nil)
	if got, err := view.RecipientForSending(b.ID); model.CodeOf(err) != model.CodeKeyMissing || err == nil || got.Secret != "" {
		t.Errorf("without the ring: %+v, %v", got, err)
	}
}

// TestWritesNameTheCommunity: the community of a write is part of its condition.
func TestWritesNameTheCommunity(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	r := recipientOf(h, h.Garden, model.StateActive)
	queue(t, h, r, 1)
	d, err := h.Store.View(t.Context()).Deliveries(r.ID, "", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	h.Update(t, func(tx *store.Tx) error {
		for name, write := range map[string]func(communityID string) (bool, error){
			"rotate": func(c string) (bool, error) { return tx.RotateSecret(c, r.ID, "whsec_x", 1) },
			"policy": func(c string) (bool, error) { return tx.SetFieldPolicy(c, r.ID, nil, nil) },
			"retry":  func(c string) (bool, error) { return tx.RetryDelivery(c, d[0].ID) },
			"move": func(c string) (bool, error) {
				return tx.MoveRecipient(c, r.ID, []string{model.StateActive}, model.StatePaused)
			},
		} {
			if did, err := write(h.Harbour.ID); did || err != nil {
				t.Errorf("%s in another community: %v, %v", name, did, err)
			}
			if did, err := write(h.Garden.ID); !did || err != nil {
				t.Errorf("%s: %v, %v", name, did, err)
			}
		}
		return nil
	})
}

func TestReapIsBounded(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	r := recipientOf(h, h.Garden, model.StateActive)
	queue(t, h, r, 5)
	if _, err := h.Store.ClaimDeliveries(t.Context(), r.ID, "w", model.Millis(h.Clock.Now()), 5); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(time.Millisecond)
	for _, want := range []int64{3, 2, 0} {
		h.Update(t, func(tx *store.Tx) error {
			n, err := tx.ReapDeliveries([]string{r.ID}, 3)
			if n != want {
				t.Errorf("%d taken back, want %d", n, want)
			}
			return err
		})
	}
}

// More events than one statement of SQLite has room for, as a batch of passages
// makes them in a community with many recipients.
func TestManyEventsAreWrittenAtOnce(t *testing.T) {
	t.Parallel()
	const many = 5_000
	h := testkit.NewHouse(t)
	r := recipientOf(h, h.Garden, model.StateActive)
	events := make([]model.Delivery, many)
	for i := range events {
		events[i] = model.Delivery{ID: h.ID(), RecipientID: r.ID, CommunityID: r.CommunityID, Type: model.EventDeviceStatus, OccurredAt: 1, Body: "{}"}
	}
	queue(t, h, r, 0)
	h.Update(t, func(tx *store.Tx) error { return tx.Emit(events) })
	found, err := h.Store.View(t.Context()).EventsOfTime(r.ID, 1, 2, 0, many+1)
	if err != nil || len(found) != many || found[many-1].Sequence != many {
		t.Errorf("%d events, %v", len(found), err)
	}
}
