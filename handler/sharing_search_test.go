package handler_test

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/instant"
	"communitypass.cn/communitypass/openapi/server"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/store"
)

// TestTheLedgerOfACommunityFitsTheContract: each filter reaches the list, and a search
// by person gives what is about them alone.
func TestTheLedgerOfACommunityFitsTheContract(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	person := d.Person(t, "王芳", "")
	pass := d.Pass(t, d.Garden, person)
	recipient := d.create(t)
	now := d.Clock.Now()
	line := func(at time.Time, event, subject string) model.Shared {
		return model.Shared{ID: model.NewID(at), At: model.Millis(at), CommunityID: d.Garden.ID, RecipientID: recipient, RecipientKind: "property", RecipientName: "物业系统",
			EventID: model.NewID(at), EventType: event, Subject: subject, Fields: "direction,decision", PolicyVersion: 2, Purpose: "门禁对账", Agreement: "协议2026-7", SM3: "ab"}
	}
	about := d.ID()
	d.Update(t, func(tx *store.Tx) error {
		return tx.CreateShared([]model.Shared{line(now, model.EventLiftCalled, about), line(now.Add(time.Minute), model.EventIncidentChanged, "i")})
	})
	if _, err := d.Probe(t).Exec("UPDATE sharing_ledger SET person_id = '" + person.ID + "' WHERE subject = '" + about + "'"); err != nil {
		t.Fatal(err)
	}
	list := func(p wire.ListCommunitySharingParams) []any {
		t.Helper()
		answer, err := d.ListCommunitySharing(d.ctx, server.ListCommunitySharingRequestObject{Cid: d.Garden.ID, Params: p})
		if err != nil {
			t.Fatal(err)
		}
		_, body := shown(t, "SharingLedger", answer.VisitListCommunitySharingResponse)
		return body["items"].([]any)
	}
	event, later := wire.EventType(model.EventIncidentChanged), instant.Of(model.Millis(now.Add(30*time.Second)))
	for name, c := range map[string]struct {
		params wire.ListCommunitySharingParams
		want   int
	}{
		"all": {wire.ListCommunitySharingParams{}, 2}, "of the recipient": {wire.ListCommunitySharingParams{RecipientId: &recipient}, 2},
		"of a type": {wire.ListCommunitySharingParams{EventType: &event}, 1}, "from": {wire.ListCommunitySharingParams{From: &later}, 1},
		"until": {wire.ListCommunitySharingParams{Until: &later}, 1},
	} {
		if got := list(c.params); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	q := &wire.TrailRequest{PassId: &pass.ID, Purpose: "incident", Ticket: "T-2026/1", From: instant.Of(model.Millis(now.Add(-time.Hour))), Until: instant.Of(model.Millis(now.Add(time.Hour)))}
	answer, err := d.SearchSharing(d.ctx, server.SearchSharingRequestObject{Cid: d.Garden.ID, Body: q})
	if err != nil {
		t.Fatal(err)
	}
	w, body := shown(t, "SharingLedger", answer.VisitSearchSharingResponse)
	items := body["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["event_type"] != model.EventLiftCalled || body["next_cursor"] != nil {
		t.Errorf("%s", w.Body)
	}
	q.Ticket = "不是单号"
	if _, err := d.SearchSharing(d.ctx, server.SearchSharingRequestObject{Cid: d.Garden.ID, Body: q}); model.CodeOf(err) != model.CodeInvalid {
		t.Errorf("without a ticket: %v", err)
	}
}
