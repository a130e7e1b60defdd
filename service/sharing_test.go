package service_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"

	"github.com/go-json-experiment/json"
)

// told reads a recipient's whole ledger, page by page, oldest first.
func (p *post) told(t testing.TB, r service.RecipientShown) []model.Shared {
	t.Helper()
	var out []model.Shared
	for page := (service.Page{Limit: 7}); ; {
		list, err := p.Deliveries.Shared(t.Context(), p.Manager(p.Garden), r.ID, 0, 0, page)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, list.Items...)
		if page.Cursor = list.Next; page.Cursor == "" {
			slices.Reverse(out)
			return out
		}
	}
}

// report queues n events about one subject, of which every third has one field less.
func (p *post) report(t testing.TB, r service.RecipientShown, subject string, n int) {
	t.Helper()
	var events []model.Delivery
	for i := range n {
		body := fmt.Sprintf(`{"visit_id":%q,"kind":"once","state":"no. %d"}`, subject, i)
		if i%3 == 0 {
			body = fmt.Sprintf(`{"visit_id":%q,"state":"no. %d"}`, subject, i)
		}
		events = append(events, model.Delivery{ID: p.ID(), RecipientID: r.ID, CommunityID: r.CommunityID, Type: model.EventVisitChanged,
			Subject: subject, OccurredAt: model.Millis(p.Clock.Now()), Body: body})
	}
	if err := p.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.Emit(events) }); err != nil {
		t.Fatal(err)
	}
}

// TestTheLedgerIsWhatArrived is P11: whatever fails, is tried again or is replayed,
// the ledger has one line for each event that was delivered, none for any other, and
// its fields are those of the body that arrived.
func TestTheLedgerIsWhatArrived(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	arrived := map[string]string{}
	first := map[int64]bool{}
	p.answer = func(_ context.Context, _ model.Recipient, d model.Delivery) service.DeliveryOutcome {
		p.mu.Lock()
		defer p.mu.Unlock()
		again := first[d.Sequence]
		first[d.Sequence] = true
		switch {
		case d.Sequence%5 == 0:
			return badRequest
		case d.Sequence%4 == 0 && !again:
			return unavailable
		}
		arrived[d.ID] = d.Body
		return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200, SM3: "sum of " + d.ID}
	}
	p.report(t, r, "v1", 40)
	p.emit(t, r, 5) // of devices: about nobody
	p.pass(t)
	if got := len(p.told(t, r)); got == 0 || got != len(arrivedVisits(arrived)) {
		t.Fatalf("%d lines after the first pass, %d arrived", got, len(arrivedVisits(arrived)))
	}
	p.Clock.Advance(time.Hour)
	p.pass(t)
	before := p.told(t, r)
	if _, err := p.Deliveries.Replay(t.Context(), p.Manager(p.Garden), r.ID, 1, 45); err != nil {
		t.Fatal(err)
	}
	p.Clock.Advance(time.Hour)
	p.attempts()
	p.pass(t)
	if n := len(p.attempts()); n < 40 {
		t.Fatalf("%d attempts, so nothing was replayed", n)
	}
	lines := p.told(t, r)
	if fmt.Sprint(lines) != fmt.Sprint(before) {
		t.Errorf("a replay of the same bytes changed the ledger: %d lines, then %d", len(before), len(lines))
	}
	visits := arrivedVisits(arrived)
	if len(visits) != 32 || len(lines) != len(visits) {
		t.Fatalf("%d arrived, %d lines", len(visits), len(lines))
	}
	seen := map[string]bool{}
	for _, l := range lines {
		var data map[string]any
		if err := json.Unmarshal([]byte(arrived[l.EventID]), &data); err != nil || seen[l.EventID] {
			t.Fatalf("%+v: %v", l, err)
		}
		seen[l.EventID] = true
		got := strings.Split(l.Fields, ",")
		for _, f := range got {
			if _, ok := data[f]; !ok {
				t.Errorf("%s did not leave with %s", f, arrived[l.EventID])
			}
		}
		if len(got) != len(data) || l.SM3 != "sum of "+l.EventID || l.RecipientName != "物业系统" || l.Agreement != "协议2026-7" ||
			l.PolicyVersion != 1 || l.At < 1 || strings.Contains(fmt.Sprint(l), "no. ") {
			t.Errorf("%+v of %s", l, arrived[l.EventID])
		}
	}
}

func arrivedVisits(arrived map[string]string) []string {
	var out []string
	for id, body := range arrived {
		if strings.Contains(body, "visit_id") {
			out = append(out, id)
		}
	}
	return out
}

// TestANewContentIsANewLine: what a replay sends otherwise than before has left as well.
func TestANewContentIsANewLine(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	r := p.recipient(t, p.Garden)
	p.answer = func(_ context.Context, _ model.Recipient, d model.Delivery) service.DeliveryOutcome {
		return service.DeliveryOutcome{Class: service.OutcomeDelivered, Status: 200, SM3: d.Body}
	}
	p.report(t, r, "v1", 2)
	p.pass(t)
	manager := p.Manager(p.Garden)
	if _, err := p.Recipients.SetFieldPolicy(t.Context(), manager, r.ID, map[string][]string{model.EventVisitChanged: {"visit_id"}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Deliveries.Replay(t.Context(), manager, r.ID, 1, 2); err != nil {
		t.Fatal(err)
	}
	p.pass(t)
	lines := p.told(t, r)
	if len(lines) != 4 || lines[0].PolicyVersion != 1 || lines[3].PolicyVersion != 2 || lines[3].Fields != "visit_id" {
		t.Errorf("%+v", lines)
	}
	if _, err := p.Deliveries.Shared(t.Context(), p.Manager(p.Harbour), r.ID, 0, 0, service.Page{}); !model.IsNotFound(err) {
		t.Errorf("the neighbours' ledger: %v", err)
	}
	late := model.Millis(p.Clock.Now().Add(time.Hour))
	if list, err := p.Deliveries.Shared(t.Context(), manager, r.ID, late, 0, service.Page{}); err != nil || len(list.Items) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := p.Deliveries.Shared(t.Context(), manager, r.ID, 0, late, service.Page{}); err != nil || len(list.Items) != 4 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestAPersonSeesWhoWasTold: the ledger is theirs to read until they leave; the proof
// then stays without them.
func TestAPersonSeesWhoWasTold(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	who := e.resident(t, "王芳", phoneWang)
	residency := e.mustClaim(t, who, e.wang(), "active").ID
	out := &courier{}
	p := &post{House: e.House, courier: out, Forwarder: service.NewForwarder(e.Deps, out)}
	p.Recipients = service.NewRecipients(e.Deps, out, p.Forwarder.Nudge)
	p.Deliveries = service.NewDeliveries(e.Deps, service.KeepDelivered, p.Forwarder.Nudge)
	r := p.recipient(t, e.Garden)
	e.Update(t, func(tx *store.Tx) error {
		return tx.Emit([]model.Delivery{{ID: e.ID(), RecipientID: r.ID, CommunityID: e.Garden.ID, Type: model.EventResidencyChanged,
			Subject: residency, OccurredAt: 1, Body: `{"residency_id":"x","status":"active"}`}})
	})
	privacy := service.NewPrivacy(e.Deps)
	seen := func() []service.OwnShared {
		t.Helper()
		return mustDo[service.List[service.OwnShared]](t)(privacy.Shared(t.Context(), who, "", service.Page{})).Items
	}
	if n := len(seen()); n != 0 {
		t.Fatalf("%d lines before anything left", n)
	}
	p.pass(t)
	got := seen()
	if len(got) != 1 || got[0].Fields != "residency_id,status" || got[0].RecipientName != "物业系统" || got[0].CommunityName == "" {
		t.Fatalf("%+v", got)
	}
	stranger := e.Person(t, "张三", "")
	if _, err := privacy.Shared(t.Context(), who, stranger.ID, service.Page{}); !model.IsNotFound(err) {
		t.Errorf("somebody else's ledger: %v", err)
	}
	tables, err := e.Store.View(t.Context()).OwnData(who.PersonID)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(tables, func(o store.OwnTable) bool { return o.Table == "sharing_ledger" })
	if at < 0 || len(tables[at].Rows) != 1 {
		t.Errorf("the export: %+v", tables)
	}
	e.Update(t, func(tx *store.Tx) error {
		_, err := tx.Erase(who.PersonID, &store.Erased{})
		return err
	})
	if lines := p.told(t, r); len(lines) != 1 || lines[0].PersonID != "" {
		t.Errorf("after they left: %+v", lines)
	}
}
