//go:build bench && scale

package bench

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// pageRounds is how often each page is asked for, first, middle and last in turn;
// pageSize is how long it is.
const (
	pageRounds = 21
	pageSize   = 50
)

// askedList is one list as a handler asks for it.
type askedList struct {
	// read gives a page's length and the cursor behind it.
	read func(ctx context.Context, p service.Page) (int, string, error)
	// cursors names the column of the cursor and what the list is over, in the order
	// of the list; empty when the cursors are found by leafing through the list.
	cursor, from, order string
}

func listOf[V any](read func(ctx context.Context, p service.Page) (service.List[V], error)) func(context.Context, service.Page) (int, string, error) {
	return func(ctx context.Context, p service.Page) (int, string, error) {
		l, err := read(ctx, p)
		return len(l.Items), l.Next, err
	}
}

// lists are those that grow with a town.
func (n *town) lists() map[string]askedList {
	s, cid := n.server.Services, n.Garden.ID
	manager, officer := n.Manager(n.Garden), n.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, n.Committee.ID)
	auditor := n.StaffCaller(model.RoleAuditor, model.ScopePlatform, "")
	walker := &model.Caller{Kind: model.CallerPerson, PersonID: n.walker.PersonID, AccountID: n.ID()}
	search := func(q service.ResidencySearch) askedList {
		return askedList{read: listOf(func(ctx context.Context, p service.Page) (service.List[service.ResidencyView], error) {
			return s.Residencies.Search(ctx, manager, cid, q, p)
		})}
	}
	of := func(table string) (string, string, string) {
		return "id", table + " WHERE community_id = '" + cid + "'", "id DESC"
	}
	out := map[string]askedList{
		"residents by name":     search(service.ResidencySearch{Name: commonName}),
		"residents by initials": search(service.ResidencySearch{Initials: commonInitials}),
		"residents by building": search(service.ResidencySearch{Building: "1"}),
	}
	add := func(name string, read func(context.Context, service.Page) (int, string, error), cursor, from, order string) {
		out[name] = askedList{read, cursor, from, order}
	}
	passages := func(f store.PassageFilter) func(context.Context, service.Page) (int, string, error) {
		return listOf(func(ctx context.Context, p service.Page) (service.List[service.PassageView], error) {
			return s.Passages.List(ctx, manager, cid, f, p)
		})
	}
	id, from, order := of("passages")
	add("passages", passages(store.PassageFilter{}), id, from, order)
	add("passages of a gate", passages(store.PassageFilter{GateID: n.Garden.Back.ID}), id, from+" AND gate_id = '"+n.Garden.Back.ID+"'", order)
	add("own passages", listOf(func(ctx context.Context, p service.Page) (service.List[service.OwnPassage], error) {
		return s.Privacy.Passages(ctx, walker, "", p)
	}), "id", "passages WHERE pass_number = "+strconv.FormatUint(n.walker.Number, 10), "id DESC")
	id, from, order = of("residencies")
	add("residencies", listOf(func(ctx context.Context, p service.Page) (service.List[service.ResidencyView], error) {
		return s.Residencies.List(ctx, manager, cid, "", p)
	}), id, from, order)
	add("residencies of a status", listOf(func(ctx context.Context, p service.Page) (service.List[service.ResidencyView], error) {
		return s.Residencies.List(ctx, manager, cid, model.ResidencyActive, p)
	}), id, from, order)
	add("households", listOf(func(ctx context.Context, p service.Page) (service.List[service.HouseholdView], error) {
		return s.Households.List(ctx, manager, cid, "", p)
	}), "id", "households WHERE community_id = '"+cid+"'", "building, unit, room")
	id, from, order = of("visits")
	add("visits", listOf(func(ctx context.Context, p service.Page) (service.List[service.VisitView], error) {
		return s.Visits.List(ctx, manager, service.VisitQuery{CommunityID: cid}, p)
	}), id, from, order)
	id, from, order = of("approvals")
	add("approvals", listOf(func(ctx context.Context, p service.Page) (service.List[model.Approval], error) {
		return s.Visits.Approvals(ctx, officer, cid, "", "", p)
	}), id, from, order)
	id, from, order = of("audit_log")
	add("audit log", listOf(func(ctx context.Context, p service.Page) (service.List[model.AuditEntry], error) {
		return s.Audit.List(ctx, auditor, service.AuditQuery{CommunityID: cid}, p)
	}), id, from, order)
	add("deliveries", listOf(func(ctx context.Context, p service.Page) (service.List[model.Delivery], error) {
		return s.Deliveries.List(ctx, n.integrator, n.recipientID, "", p)
	}), "sequence", "outbox WHERE recipient_id = '"+n.recipientID+"'", "sequence DESC")
	return out
}

// pages measures each list.
func (n *town) pages(t *testing.T) map[string]depth {
	lists := n.lists()
	out := map[string]depth{}
	for i, name := range sortedNames(lists) {
		l := lists[name]
		middle, last := n.cursors(t, name, l)
		var d depth
		places := []struct {
			cursor string
			into   *[]float64
		}{{"", &d.first}, {middle, &d.middle}, {last, &d.last}}
		for round := range pageRounds + 1 {
			for i := range places {
				at := places[(i+round)%len(places)]
				began := time.Now()
				got, _, err := l.read(t.Context(), service.Page{Cursor: at.cursor, Limit: pageSize})
				if err != nil || got != pageSize {
					t.Fatalf("a page of %s has %d items: %v", name, got, err)
				}
				if round > 0 { // the first one warms up
					*at.into = append(*at.into, float64(time.Since(began).Microseconds())/1000)
				}
			}
		}
		out[name] = d
		n.tell("lists", i+1, len(lists))
	}
	return out
}

// cursors are those before the page in the middle of a list and before its last
// full one.
func (n *town) cursors(t *testing.T, name string, l askedList) (middle, last string) {
	t.Helper()
	if l.from == "" {
		return n.leafed(t, name, l)
	}
	var rows int
	if err := n.db.QueryRow("SELECT COUNT(*) FROM " + l.from).Scan(&rows); err != nil || rows < 3*pageSize {
		t.Fatalf("%s has %d rows: %v", name, rows, err)
	}
	for _, at := range []struct {
		offset int
		into   *string
	}{{rows / 2, &middle}, {rows - pageSize - 1, &last}} {
		if err := n.db.QueryRow("SELECT " + l.cursor + " FROM " + l.from + " ORDER BY " + l.order + " LIMIT 1 OFFSET " + strconv.Itoa(at.offset)).Scan(at.into); err != nil {
			t.Fatal(err)
		}
	}
	return middle, last
}

// leafed goes through a list page by page.
func (n *town) leafed(t *testing.T, name string, l askedList) (middle, last string) {
	var cursors []string
	cursor := ""
	for {
		got, next, err := l.read(t.Context(), service.Page{Cursor: cursor, Limit: pageSize})
		if err != nil {
			t.Fatal(name, err)
		}
		if got == pageSize {
			cursors = append(cursors, cursor)
		}
		if next == "" {
			break
		}
		cursor = next
	}
	if len(cursors) < 2 {
		t.Fatalf("%s has %d pages", name, len(cursors))
	}
	fmt.Printf("scale %s has %d pages\n", name, len(cursors))
	return cursors[len(cursors)/2], cursors[len(cursors)-1]
}
