package service_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// tenantOf makes a resident of a home in a community.
func tenantOf(t testing.TB, h *testkit.House, c testkit.Community, building, relation string) *model.Caller {
	t.Helper()
	p := h.Person(t, "某某", "")
	home := model.Household{ID: h.ID(), CommunityID: c.ID, Building: building, Unit: "1", Room: model.NewCode(8), CreatedAt: 1}
	h.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateHousehold(home); err != nil {
			return err
		}
		return tx.CreateResidency(model.Residency{ID: h.ID(), CommunityID: c.ID, HouseholdID: home.ID, PersonID: p.ID,
			Relation: relation, Status: model.ResidencyActive, CreatedAt: 1})
	})
	return &model.Caller{Kind: model.CallerPerson, AccountID: h.ID(), PersonID: p.ID}
}

func seen(t testing.TB, s *service.Notices, who *model.Caller) string {
	t.Helper()
	list, err := s.Mine(t.Context(), who, nil, "zh", service.Page{})
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for _, n := range list.Items {
		out += n.Title + " "
	}
	return strings.TrimSpace(out)
}

func TestNoticesReachTheirAudience(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	s := service.NewNotices(h.Deps)
	publish := func(c testkit.Community, title string, a model.NoticeAudience, values ...string) {
		t.Helper()
		if _, err := s.Publish(t.Context(), h.Manager(c), c.ID, model.Notice{TitleZH: title, BodyZH: "x", Audience: a, Values: values}); err != nil {
			t.Fatal(err)
		}
	}
	publish(h.Garden, "all", model.AudienceAll)
	publish(h.Garden, "three", model.AudienceBuilding, "3号楼", "4")
	publish(h.Garden, "owners", model.AudienceRelation, "owner")
	publish(h.Harbour, "harbour", model.AudienceAll)
	for _, c := range []struct {
		name, building, relation, want string
		community                      testkit.Community
	}{
		{"owner in three", "3", "owner", "owners three all", h.Garden},
		{"tenant in four", "4", "tenant", "three all", h.Garden},
		{"tenant in five", "5", "tenant", "all", h.Garden},
		{"owner of the harbour's three", "3", "owner", "harbour", h.Harbour},
	} {
		who := tenantOf(t, h, c.community, c.building, c.relation)
		if got := seen(t, s, who); got != c.want {
			t.Errorf("%s sees %q, want %q", c.name, got, c.want)
		}
	}
	gone := tenantOf(t, h, h.Garden, "3", "tenant")
	end := model.Millis(h.Clock.Now().Add(time.Hour))
	h.Update(t, func(tx *store.Tx) error {
		all, err := tx.ResidenciesOfPerson(gone.PersonID, "", 1)
		if err != nil {
			return err
		}
		_, err = tx.SetLease(h.Garden.ID, all[0].ID, end)
		return err
	})
	h.Clock.Advance(time.Hour - time.Millisecond)
	if got := seen(t, s, gone); got != "three all" {
		t.Errorf("in the last moment of the lease somebody sees %q", got)
	}
	h.Clock.Advance(time.Millisecond)
	if got := seen(t, s, gone); got != "" {
		t.Errorf("somebody whose lease is over sees %q", got)
	}
	p := h.Person(t, "无家", "")
	if got := seen(t, s, &model.Caller{Kind: model.CallerPerson, PersonID: p.ID}); got != "" {
		t.Errorf("somebody without a home sees %q", got)
	}
}

func TestANoticeHasItsTime(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	s := service.NewNotices(h.Deps)
	who := tenantOf(t, h, h.Garden, "3", "owner")
	now := model.Millis(h.Clock.Now())
	n, err := s.Publish(t.Context(), h.Manager(h.Garden), h.Garden.ID, model.Notice{TitleZH: "later", BodyZH: "x", Audience: model.AudienceAll,
		PublishAt: now + 1000, ExpiresAt: now + 3000, Urgent: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   time.Duration
		want string
	}{{999, ""}, {1000, "later"}, {2999, "later"}, {3000, ""}} {
		h.Clock.Advance(c.at*time.Millisecond - h.Clock.Now().Sub(testkit.Noon))
		if got := seen(t, s, who); got != c.want {
			t.Errorf("at %d ms: %q, want %q", c.at, got, c.want)
		}
		if err := s.Read(t.Context(), who, n.ID); (err == nil) != (c.want != "") {
			t.Errorf("at %d ms reading gives %v", c.at, err)
		}
	}
	// An urgent notice that expired before anybody was told, is told nobody.
	if err := s.TellUrgent(t.Context(), store.Lease{}); err != nil {
		t.Fatal(err)
	}
	in, err := service.NewMessages(h.Deps).List(t.Context(), who, false, "zh", service.Page{})
	if err != nil || len(in.Items) != 0 {
		t.Error(in, err)
	}
}

func TestReadsAreCountedAndNoticesWithdrawn(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	s := service.NewNotices(h.Deps)
	staff := h.Manager(h.Garden)
	n, err := s.Publish(t.Context(), staff, h.Garden.ID, model.Notice{TitleZH: "a", BodyZH: "x", TitleEN: "A", BodyEN: "X", Audience: model.AudienceAll})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 3 {
		who := tenantOf(t, h, h.Garden, "3", "owner")
		for range 3 {
			all.Go(func() {
				if err := s.Read(t.Context(), who, n.ID); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	wantCode(t, s.Read(t.Context(), tenantOf(t, h, h.Harbour, "3", "owner"), n.ID), model.CodeNotFound)
	who := tenantOf(t, h, h.Garden, "3", "owner")
	mine, err := s.Mine(t.Context(), who, nil, "en", service.Page{})
	if err != nil || mine.Items[0].Title != "A" || mine.Items[0].Body != "X" || mine.Items[0].ReadAt != 0 {
		t.Error(mine, err)
	}
	list, err := s.List(t.Context(), staff, h.Garden.ID, service.Page{})
	if err != nil || list.Items[0].Reads != 3 {
		t.Fatal(list, err)
	}
	_, err = s.Withdraw(t.Context(), h.Manager(h.Harbour), h.Garden.ID, n.ID)
	wantCode(t, err, model.CodeNotFound)
	_, err = s.Withdraw(t.Context(), h.Manager(h.Harbour), h.Harbour.ID, n.ID)
	wantCode(t, err, model.CodeNotFound)
	_, err = s.Withdraw(t.Context(), h.StaffCaller(model.RoleGuard, model.ScopeCommunity, h.Garden.ID), h.Garden.ID, n.ID)
	wantCode(t, err, model.CodeNotFound)
	var won, lost int
	var mu sync.Mutex
	for range 5 {
		all.Go(func() {
			_, err := s.Withdraw(t.Context(), staff, h.Garden.ID, n.ID)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if model.CodeOf(err) == model.CodeStateChanged {
				lost++
			}
		})
	}
	all.Wait()
	if won != 1 || lost != 4 {
		t.Errorf("%d withdrew it, %d heard that it was", won, lost)
	}
	if got := seen(t, s, who); got != "" {
		t.Errorf("a withdrawn notice is seen: %q", got)
	}
	wantCode(t, s.Read(t.Context(), who, n.ID), model.CodeNotFound)
}

func TestBadNotices(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	s := service.NewNotices(h.Deps)
	now := model.Millis(h.Clock.Now())
	good := model.Notice{TitleZH: "题", BodyZH: "第一行\n第二行", Audience: model.AudienceAll}
	for name, spoil := range map[string]func(n *model.Notice){
		"no title":           func(n *model.Notice) { n.TitleZH = " \t" },
		"a line in a title":  func(n *model.Notice) { n.TitleZH = "a\nb" },
		"long title":         func(n *model.Notice) { n.TitleZH = strings.Repeat("字", 61) },
		"long body":          func(n *model.Notice) { n.BodyZH = strings.Repeat("字", 4001) },
		"escape":             func(n *model.Notice) { n.BodyZH = "a\x1b[31mb" },
		"nul":                func(n *model.Notice) { n.BodyZH = "a\x00b" },
		"delete":             func(n *model.Notice) { n.BodyZH = "a\x7fb" },
		"next line":          func(n *model.Notice) { n.BodyZH = "a\u0085b" },
		"turned around":      func(n *model.Notice) { n.BodyZH = "a\u202eb" },
		"isolated":           func(n *model.Notice) { n.BodyZH = "a\u2066b" },
		"not UTF-8":          func(n *model.Notice) { n.BodyZH = "a\xffb" },
		"half English":       func(n *model.Notice) { n.TitleEN = "Title" },
		"other half":         func(n *model.Notice) { n.BodyEN = "Body" },
		"long ago":           func(n *model.Notice) { n.PublishAt = now - 61_000 },
		"ends as it begins":  func(n *model.Notice) { n.PublishAt, n.ExpiresAt = now, now },
		"too long":           func(n *model.Notice) { n.ExpiresAt = now + 3*365*86_400_000 },
		"all with values":    func(n *model.Notice) { n.Values = []string{"3"} },
		"building without":   func(n *model.Notice) { n.Audience = model.AudienceBuilding },
		"unknown relation":   func(n *model.Notice) { n.Audience, n.Values = model.AudienceRelation, []string{"king"} },
		"too many buildings": func(n *model.Notice) { n.Audience, n.Values = model.AudienceBuilding, make([]string, 101) },
	} {
		n := good
		spoil(&n)
		_, err := s.Publish(t.Context(), h.Manager(h.Garden), h.Garden.ID, n)
		if model.CodeOf(err) != model.CodeInvalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Publish(t.Context(), h.Manager(h.Garden), h.Garden.ID, good); err != nil {
		t.Error(err)
	}
	_, err := s.Publish(t.Context(), h.Manager(h.Harbour), h.Garden.ID, good)
	wantCode(t, err, model.CodeNotFound)
	_, err = s.Publish(t.Context(), h.StaffCaller(model.RoleGuard, model.ScopeCommunity, h.Garden.ID), h.Garden.ID, good)
	wantCode(t, err, model.CodeNotFound)
}

// However many replicas tell at once, and wherever one is cut off, each person of
// the audience has one message.
func TestAnUrgentNoticeIsToldOnce(t *testing.T) {
	t.Parallel()
	h := testkit.NewHouse(t)
	s := service.NewNotices(h.Deps)
	var people []*model.Caller
	for range 120 { // more than one transaction takes
		people = append(people, tenantOf(t, h, h.Garden, "3", "owner"))
	}
	stranger := tenantOf(t, h, h.Garden, "4", "owner")
	_, err := s.Publish(t.Context(), h.Manager(h.Garden), h.Garden.ID, model.Notice{TitleZH: "a", BodyZH: "x", Audience: model.AudienceBuilding,
		Values: []string{"3"}, Urgent: true})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := s.TellUrgent(t.Context(), store.Lease{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := s.TellUrgent(t.Context(), store.Lease{}); err != nil {
		t.Fatal(err)
	}
	inbox := service.NewMessages(h.Deps)
	for _, who := range people {
		if in, err := inbox.List(t.Context(), who, true, "zh", service.Page{}); err != nil || len(in.Items) != 1 {
			t.Fatalf("%d messages, %v", len(in.Items), err)
		}
	}
	if in, err := inbox.List(t.Context(), stranger, true, "zh", service.Page{}); err != nil || len(in.Items) != 0 {
		t.Fatal(in, err)
	}
}

func TestTheInboxIsOnesOwn(t *testing.T) {
	t.Parallel()
	m := newMailroom(t, false)
	for range 5 {
		m.urgent(t)
		m.Clock.Advance(time.Second)
	}
	other := tenantOf(t, m.House, m.Harbour, "3", "owner")
	id := m.inbox(t).Items[2].ID
	wantCode(t, m.messages.Read(t.Context(), other, id), model.CodeNotFound)
	if n, err := m.messages.ReadAll(t.Context(), other, ""); err != nil || n != 0 {
		t.Error(n, err)
	}
	for range 2 {
		if err := m.messages.Read(t.Context(), m.who, id); err != nil {
			t.Fatal(err)
		}
	}
	first := m.inbox(t).Items[2].ReadAt
	m.Clock.Advance(time.Hour)
	if err := m.messages.Read(t.Context(), m.who, id); err != nil || m.inbox(t).Items[2].ReadAt != first {
		t.Error("the first time counts", err)
	}
	if n, err := m.messages.ReadAll(t.Context(), m.who, m.inbox(t).Items[1].ID); err != nil || n != 3 {
		t.Error("up to the second newest:", n, err)
	}
	if in := m.inbox(t); in.Unread != 1 || len(in.Items) != 5 || in.Items[0].ReadAt != 0 {
		t.Errorf("%d unread of %d", in.Unread, len(in.Items))
	}
	var got []string
	p := service.Page{Limit: 2}
	for {
		in, err := m.messages.List(t.Context(), m.who, false, "zh", p)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range in.Items {
			got = append(got, v.ID)
		}
		if p.Cursor = in.Next; p.Cursor == "" {
			break
		}
	}
	if len(got) != 5 {
		t.Errorf("%d messages in pages", len(got))
	}
	for _, ids := range [][]string{{"NOBODY"}, {"TPL", "TPL"}} {
		_, err := m.messages.Allow(t.Context(), m.who, ids)
		wantCode(t, err, model.CodeInvalid)
	}
	if m.allowance(t) != 0 {
		t.Error("a refused report counted")
	}
}
