package store_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

func TestConditionIsRead(t *testing.T) {
	h := testkit.NewHouse(t)
	before := model.Millis(model.SystemClock{}.Now())
	got, err := h.Store.View(t.Context()).Condition()
	if err != nil {
		t.Fatal(err)
	}
	want := "wal"
	if h.Store.Dialect() == store.MySQL {
		want = "innodb"
	} else if !got.Durable {
		t.Error("SQLite does not flush commits")
	}
	if got.Version == "" || got.Bytes < 100_000 || got.Journal != want {
		t.Errorf("read %+v", got)
	}
	if apart := got.Now - before; apart < -2000 || apart > 10_000 {
		t.Errorf("the database's clock is %d ms off", apart)
	}
}

func TestWritableLeavesNothing(t *testing.T) {
	h := testkit.NewHouse(t)
	if err := h.Store.Writable(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Store.View(t.Context()).Meta("doctor"); !model.IsNotFound(err) {
		t.Errorf("something was left: %v", err)
	}
}

func TestMetaIsSetAndReplaced(t *testing.T) {
	h := testkit.NewHouse(t)
	for _, value := range []string{"one", "two", "two"} {
		h.Update(t, func(tx *store.Tx) error { return tx.SetMeta(store.MetaDemo, value) })
		if got, err := h.Store.View(t.Context()).Meta(store.MetaDemo); err != nil || got != value {
			t.Errorf("read %q, %v", got, err)
		}
	}
}

func TestQueuesAreCounted(t *testing.T) {
	h := testkit.NewHouse(t)
	h.Update(t, func(tx *store.Tx) error {
		for _, r := range [][2]string{{"r1", model.StateActive}, {"r2", model.StateDisabled}} {
			err := tx.Plant("INSERT INTO recipients (id, community_id, kind, name, url, state, wants_sm2, secret_ct, event_types, field_policy, policy_version, purpose, agreement, created_by, created_at)"+
				" VALUES (?, ?, 'property', ?, 'https://a.example', ?, 0, 'x', '[]', '{}', 1, 'p', 'a', 'c', 1)", r[0], h.Garden.ID, "物业"+r[0], r[1])
			if err != nil {
				return err
			}
		}
		for i, row := range []struct {
			state, detail string
			at            int64
		}{{"delivered", "", 100}, {"pending", "", 300}, {"leased", "timeout", 200}, {"dead", "status_400", 50}, {"delivered", "dns", 900}} {
			err := tx.Plant("INSERT INTO outbox (id, recipient_id, sequence, community_id, type, subject, occurred_at, body, state, last_detail) VALUES (?, 'r1', ?, ?, 't', '', ?, '{}', ?, ?)",
				h.ID(), i+1, h.Garden.ID, row.at, row.state, row.detail)
			if err != nil {
				return err
			}
		}
		return nil
	})
	got, err := h.Store.View(t.Context()).Queues()
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Queue{
		{RecipientID: "r1", CommunityID: h.Garden.ID, Name: "物业r1", State: model.StateActive, Waiting: 2, Dead: 1, OldestAt: 200, LastDetail: "status_400"},
		{RecipientID: "r2", CommunityID: h.Garden.ID, Name: "物业r2", State: model.StateDisabled},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("counted %+v", got)
	}
}
