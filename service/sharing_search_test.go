package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// ledger is a house in which recipients were told about a resident and of other things.
type ledger struct {
	*estate
	Deliveries *service.Deliveries
	who        *model.Caller
	residency  string
	one, other service.RecipientShown
	began      int64
}

// newLedger has, a minute apart: three lines about 王芳 to one recipient, two about
// nobody to another, and one about 王芳 that another community's recipient was told.
func newLedger(t testing.TB) *ledger {
	t.Helper()
	l := &ledger{estate: newEstate(t)}
	l.Deliveries = service.NewDeliveries(l.Deps, service.KeepDelivered, func(string) {})
	l.who = l.resident(t, "王芳", phoneWang)
	l.residency = l.mustClaim(t, l.who, l.wang(), "active").ID
	p := &post{House: l.House}
	p.Recipients = service.NewRecipients(l.Deps, &courier{}, func(string) {})
	l.one, l.other = p.recipient(t, l.Garden), p.recipient(t, l.Garden)
	abroad := p.recipient(t, l.Harbour)
	l.began = model.Millis(l.Clock.Now())
	for i := range 3 {
		l.line(t, l.one, model.EventResidencyChanged, l.residency, fmt.Sprint("a", i))
	}
	for i := range 2 {
		l.line(t, l.other, model.EventIncidentChanged, "i1", fmt.Sprint("b", i))
	}
	l.line(t, abroad, model.EventResidencyChanged, l.residency, "c")
	return l
}

// line adds a line a minute after the last.
func (l *ledger) line(t testing.TB, r service.RecipientShown, event, subject, sum string) {
	t.Helper()
	now := l.Clock.Now()
	l.Update(t, func(tx *store.Tx) error {
		return tx.CreateShared([]model.Shared{{ID: model.NewID(now), At: model.Millis(now), CommunityID: r.CommunityID, RecipientID: r.ID, RecipientKind: "property",
			RecipientName: "物业系统", EventID: model.NewID(now), EventType: event, Subject: subject, Fields: "residency_id,status", PolicyVersion: 1, Purpose: "门禁对账", Agreement: "A-1", SM3: sum}})
	})
	l.Clock.Advance(time.Minute)
}

// question asks about 王芳 for the hour in which the lines were written.
func (l *ledger) question() service.TrailQuestion {
	return service.TrailQuestion{ResidencyID: l.residency, Purpose: "dispute", Ticket: "GA-2026/9", From: l.began, Until: l.began + time.Hour.Milliseconds()}
}

func (l *ledger) looks(t testing.TB) []service.LookView {
	t.Helper()
	return mustDo[service.List[service.LookView]](t)(service.NewPrivacy(l.Deps).AccessLog(t.Context(), l.who, "", service.Page{})).Items
}

// TestTheLedgerIsSearchedByPersonForAReason: by the rules of a trail, page by page, of
// this community alone, and the person sees it.
func TestTheLedgerIsSearchedByPersonForAReason(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	manager := l.Manager(l.Garden)
	ask := func(who *model.Caller, change func(*service.TrailQuestion), p service.Page) (service.List[model.Shared], error) {
		q := l.question()
		if change != nil {
			change(&q)
		}
		return l.Deliveries.SharedAbout(t.Context(), who, l.Garden.ID, q, p)
	}
	for name, c := range map[string]struct {
		who    *model.Caller
		change func(*service.TrailQuestion)
		want   model.Code
	}{
		"no purpose":                             {manager, func(q *service.TrailQuestion) { q.Purpose = "" }, model.CodeInvalid},
		"a name, no case":                        {manager, func(q *service.TrailQuestion) { q.Ticket = "王芳的事" }, model.CodeInvalid},
		"nobody":                                 {manager, func(q *service.TrailQuestion) { q.ResidencyID = "" }, model.CodeInvalid},
		"two":                                    {manager, func(q *service.TrailQuestion) { q.PersonID = l.who.PersonID }, model.CodeInvalid},
		"too long":                               {manager, func(q *service.TrailQuestion) { q.Until = q.From + 31*24*3_600_000 + 1 }, model.CodeInvalid},
		"a stranger":                             {manager, func(q *service.TrailQuestion) { q.ResidencyID, q.PersonID = "", l.ID() }, model.CodeNotFound},
		"without consent":                        {manager, func(q *service.TrailQuestion) { q.Purpose = "resident_request" }, model.CodeConsentRequired},
		"the neighbours":                         {l.Manager(l.Harbour), nil, model.CodeNotFound},
		"a guard":                                {l.StaffCaller(model.RoleGuard, model.ScopeCommunity, l.Garden.ID), nil, model.CodeNotFound},
		"who may read recipients, but no trails": {l.StaffCaller(model.RoleStreetOfficer, model.ScopeStreet, l.Street.ID), nil, model.CodeNotFound},
	} {
		if _, err := ask(c.who, c.change, service.Page{}); model.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if got := l.looks(t); len(got) != 0 {
		t.Errorf("%d looks are logged that were refused", len(got))
	}
	first := mustDo[service.List[model.Shared]](t)(ask(manager, nil, service.Page{Limit: 2}))
	rest := mustDo[service.List[model.Shared]](t)(ask(manager, nil, service.Page{Limit: 2, Cursor: first.Next}))
	all := append(first.Items, rest.Items...)
	if len(first.Items) != 2 || first.Next == "" || len(rest.Items) != 1 || rest.Next != "" {
		t.Fatalf("%+v, then %+v", first, rest)
	}
	for i, s := range all {
		if s.SM3 != fmt.Sprint("a", 2-i) || s.RecipientID != l.one.ID {
			t.Errorf("line %d is %+v", i, s)
		}
	}
	late := mustDo[service.List[model.Shared]](t)(ask(manager, func(q *service.TrailQuestion) { q.From += 90_000 }, service.Page{}))
	early := mustDo[service.List[model.Shared]](t)(ask(manager, func(q *service.TrailQuestion) { q.Until = q.From + 90_000 }, service.Page{}))
	if len(late.Items) != 1 || late.Items[0].SM3 != "a2" || len(early.Items) != 2 || early.Items[0].SM3 != "a1" {
		t.Errorf("from: %+v, until: %+v", late.Items, early.Items)
	}
	looks := l.looks(t)
	if len(looks) != 4 || looks[3].What != "sharing" || looks[2].What != "sharing_page" || looks[3].Purpose != "dispute" || looks[3].Role != model.RolePropertyManager {
		t.Errorf("she sees %+v", looks)
	}
	entries := mustDo[[]model.AuditEntry](t)(l.Store.View(t.Context()).AuditPage(store.AuditFilter{Communities: []string{l.Garden.ID}, Action: "sharing.search"}, "", false, 10))
	if len(entries) != 4 {
		t.Fatalf("%d acts in the audit log", len(entries))
	}
	for _, e := range entries {
		written := fmt.Sprint(e)
		if e.ActorID != manager.AccountID || e.TargetID != l.who.PersonID || !strings.Contains(written, "dispute") || !strings.Contains(written, "GA-2026/9") ||
			strings.Contains(written, "residency_id") || strings.Contains(written, "物业系统") {
			t.Errorf("the audit log says %s", written)
		}
	}
}

// TestALookAtTheLedgerIsALook: too many at one person are found, its further pages not
// counted.
func TestALookAtTheLedgerIsALook(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	manager, officer := l.Manager(l.Garden), l.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, l.Committee.ID)
	look := func(p service.Page) service.List[model.Shared] {
		t.Helper()
		return mustDo[service.List[model.Shared]](t)(l.Deliveries.SharedAbout(t.Context(), manager, l.Garden.ID, l.question(), p))
	}
	findings := func() int {
		t.Helper()
		return len(mustDo[service.List[model.Finding]](t)(service.NewPrivacy(l.Deps).Findings(t.Context(), officer, l.Garden.ID, "", service.Page{})).Items)
	}
	var next string
	for range 10 {
		next = look(service.Page{Limit: 1}).Next
	}
	for range 5 {
		look(service.Page{Limit: 1, Cursor: next})
	}
	if n := findings(); n != 0 {
		t.Fatalf("ten looks are usual, %d findings", n)
	}
	if look(service.Page{}); findings() != 1 {
		t.Errorf("the eleventh look: %d findings", findings())
	}
}

// TestTheLedgerOfACommunity is over all of its recipients and no other's.
func TestTheLedgerOfACommunity(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	list := func(f service.SharedFilter, p service.Page) (service.List[model.Shared], error) {
		return l.Deliveries.SharedIn(t.Context(), l.Manager(l.Garden), l.Garden.ID, f, p)
	}
	minute := time.Minute.Milliseconds()
	for name, c := range map[string]struct {
		filter service.SharedFilter
		want   string
	}{
		"all":                    {service.SharedFilter{}, "b1 b0 a2 a1 a0"},
		"of a recipient":         {service.SharedFilter{RecipientID: l.other.ID}, "b1 b0"},
		"of a type":              {service.SharedFilter{EventType: model.EventResidencyChanged}, "a2 a1 a0"},
		"of both":                {service.SharedFilter{RecipientID: l.one.ID, EventType: model.EventResidencyChanged}, "a2 a1 a0"},
		"of both, none":          {service.SharedFilter{RecipientID: l.other.ID, EventType: model.EventResidencyChanged}, ""},
		"from":                   {service.SharedFilter{From: l.began + 3*minute}, "b1 b0"},
		"until":                  {service.SharedFilter{Until: l.began + 2*minute}, "a1 a0"},
		"of a type, in a minute": {service.SharedFilter{EventType: model.EventResidencyChanged, From: l.began + minute, Until: l.began + 2*minute}, "a1"},
	} {
		var got []string
		for page := (service.Page{Limit: 2}); ; {
			found := mustDo[service.List[model.Shared]](t)(list(c.filter, page))
			for _, s := range found.Items {
				got = append(got, s.SM3)
			}
			if page.Cursor = found.Next; page.Cursor == "" {
				break
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
	abroad := mustDo[service.List[model.Shared]](t)(l.Deliveries.SharedIn(t.Context(), l.Manager(l.Harbour), l.Harbour.ID, service.SharedFilter{}, service.Page{}))
	if len(abroad.Items) != 1 || abroad.Items[0].SM3 != "c" {
		t.Errorf("the neighbours' is %+v", abroad.Items)
	}
	_, err := list(service.SharedFilter{RecipientID: abroad.Items[0].RecipientID}, service.Page{})
	refusedAs(t, err, model.CodeNotFound)
	_, err = l.Deliveries.SharedIn(t.Context(), l.Manager(l.Harbour), l.Garden.ID, service.SharedFilter{}, service.Page{})
	refusedAs(t, err, model.CodeNotFound)
	_, err = l.Deliveries.SharedIn(t.Context(), l.StaffCaller(model.RoleGuard, model.ScopeCommunity, l.Garden.ID), l.Garden.ID, service.SharedFilter{}, service.Page{})
	refusedAs(t, err, model.CodeNotFound)
	if n := len(l.looks(t)); n != 0 {
		t.Errorf("a list that names nobody left %d looks", n)
	}
}
