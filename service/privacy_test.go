package service_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// A text that people agreed to is never changed: another wording is a new version,
// with a line of its own here.
func TestConsentTextsStayAsTheyWere(t *testing.T) {
	hashes := map[string]string{
		"health_report 1": "d758d5339a0a3be3a5c38f7156bca193005a786e7e8c70d9b0c082430f490bd7",
		"gate_trail 1":    "6f1fa5f0e330dfe3ea8cab376185f988bc17775c2107a284dbe27d16cecda256",
		"sharing 1":       "6246c2b743ffc5acffbd95776e891251dcb4d7d3f73cf66e5a3266978a17bfd7",
	}
	seen := map[string]bool{}
	for _, text := range model.ConsentTexts {
		name := string(text.Purpose) + " " + text.Version
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
		if got := hex.EncodeToString(gm.SM3([]byte(text.Canonical()))); got != hashes[name] {
			t.Errorf("%s has the hash %s: give a changed text a new version", name, got)
		}
	}
	if len(seen) != len(hashes) {
		t.Errorf("%d texts, %d hashes", len(seen), len(hashes))
	}
}

func TestConsentIsGivenAndWithdrawn(t *testing.T) {
	e := newEstate(t)
	p := service.NewPrivacy(e.Deps)
	who := e.resident(t, "王芳", phoneWang)
	child, stranger := e.Person(t, "王小小", ""), e.Person(t, "张三", "")
	e.Update(t, func(tx *store.Tx) error {
		return tx.CreateDependant(model.Dependant{ID: e.ID(), CommunityID: e.Garden.ID, HouseholdID: e.home.ID, CarerID: who.PersonID, PersonID: child.ID, Relation: "child", CreatedAt: 1})
	})
	stands := func(person string) bool {
		t.Helper()
		return mustDo[bool](t)(e.Store.View(t.Context()).Consented(person, model.ConsentHealth))
	}
	gift := service.ConsentGift{Purpose: model.ConsentHealth, TextVersion: "1", Channel: "web"}
	old := gift
	old.TextVersion = "0"
	_, err := p.Consent(t.Context(), who, old)
	wantCode(t, err, model.CodeConsentTextOld, "1")
	var done sync.WaitGroup
	for range 6 {
		done.Go(func() {
			if v, err := p.Consent(t.Context(), who, gift); err != nil || v.State != service.ConsentGiven {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
	done.Wait()
	if n := rowsIn(t, e.Probe(t), "consents"); n != 1 || !stands(who.PersonID) {
		t.Errorf("%d consents of one person", n)
	}
	for _, other := range []string{stranger.ID, e.ID()} {
		forOther := gift
		forOther.PersonID = other
		_, err := p.Consent(t.Context(), who, forOther)
		refusedAs(t, err, model.CodeNotFound)
		refusedAs(t, p.Withdraw(t.Context(), who, model.ConsentHealth, other), model.CodeNotFound)
		_, err = p.Consents(t.Context(), who, other)
		refusedAs(t, err, model.CodeNotFound)
		_, err = p.AccessLog(t.Context(), who, other, service.Page{})
		refusedAs(t, err, model.CodeNotFound)
		_, err = p.Passages(t.Context(), who, other, service.Page{})
		refusedAs(t, err, model.CodeNotFound)
		_, err = p.Export(t.Context(), who, other, "json")
		refusedAs(t, err, model.CodeNotFound)
	}
	forChild := gift
	forChild.PersonID = child.ID
	mustDo[service.ConsentView](t)(p.Consent(t.Context(), who, forChild))
	for range 2 {
		if err := p.Withdraw(t.Context(), who, model.ConsentHealth, ""); err != nil {
			t.Fatal(err)
		}
	}
	if stands(who.PersonID) || !stands(child.ID) {
		t.Error("the withdrawal did not hold for one alone")
	}
	states := map[model.ConsentPurpose]string{}
	for _, v := range mustDo[[]service.ConsentView](t)(p.Consents(t.Context(), who, "")) {
		states[v.Purpose] = v.State
	}
	want := map[model.ConsentPurpose]string{model.ConsentHealth: "withdrawn", model.ConsentTrail: "none", model.ConsentSharing: "none"}
	if !maps.Equal(states, want) {
		t.Errorf("the consents are %v", states)
	}
}

// The notice says what the registry says, field by field, and nothing else.
func TestTheNoticeIsTheRegistry(t *testing.T) {
	n := mustDo[service.Notice](t)(service.NewPrivacy(service.Deps{}).Notice())
	var got, want []string
	for _, f := range n.Fields {
		got = append(got, fmt.Sprint(f.Table, f.Column, f.Purpose, f.Basis, f.Class, f.Days, f.Retention, f.Readers))
	}
	for _, f := range model.PersonalFields() {
		want = append(want, fmt.Sprint(f.Table, f.Column, f.Purpose, f.Basis, f.Class, f.Retention.Days, f.Retention.Until, f.Readers))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the notice has %d fields, the registry %d, or they differ", len(got), len(want))
	}
	if again := mustDo[service.Notice](t)(service.NewPrivacy(service.Deps{}).Notice()); again.Version != n.Version || len(n.Version) != 16 {
		t.Errorf("version %q, then %q", n.Version, again.Version)
	}
}

// A trail is read with a purpose and a ticket by whom it concerns, and the person
// sees it.
func TestATrailIsShownForAReasonAndSeen(t *testing.T) {
	g := testkit.NewGatehouse(t)
	passages, privacy := service.NewPassages(g.Deps), service.NewPrivacy(g.Deps)
	person, other := g.Person(t, "王芳", phoneWang), g.Person(t, "李雷", phoneLi)
	pass, otherPass := g.Pass(t, g.Garden, person), g.Pass(t, g.Garden, other)
	reader := g.Reader(t, g.Garden.Entrance)
	start := model.Millis(g.Clock.Now())
	for _, p := range []model.Pass{pass, otherPass} {
		for range 2 {
			g.Scan(t, reader, g.Code(t, p, g.Clock.Now()), admission.In)
			g.Clock.Advance(time.Minute)
		}
	}
	manager := g.Manager(g.Garden)
	q := service.TrailQuestion{PersonID: person.ID, Purpose: "incident", Ticket: "GA-2026/7", From: start, Until: start + 3_600_000}
	ask := func(change func(*service.TrailQuestion)) (service.List[service.PassageView], error) {
		asked := q
		if change != nil {
			change(&asked)
		}
		return passages.Trail(t.Context(), manager, g.Garden.ID, asked, service.Page{})
	}
	for name, c := range map[string]struct {
		change func(*service.TrailQuestion)
		want   model.Code
	}{
		"no purpose":        {func(q *service.TrailQuestion) { q.Purpose = "" }, model.CodeInvalid},
		"a made-up purpose": {func(q *service.TrailQuestion) { q.Purpose = "curious" }, model.CodeInvalid},
		"no ticket":         {func(q *service.TrailQuestion) { q.Ticket = "" }, model.CodeInvalid},
		"a name as ticket":  {func(q *service.TrailQuestion) { q.Ticket = "王芳的事" }, model.CodeInvalid},
		"nobody":            {func(q *service.TrailQuestion) { q.PersonID = "" }, model.CodeInvalid},
		"two":               {func(q *service.TrailQuestion) { q.PassID = pass.ID }, model.CodeInvalid},
		"backwards":         {func(q *service.TrailQuestion) { q.Until = q.From }, model.CodeInvalid},
		"too long":          {func(q *service.TrailQuestion) { q.Until = q.From + 31*24*3_600_000 + 1 }, model.CodeInvalid},
		"a stranger":        {func(q *service.TrailQuestion) { q.PersonID = g.ID() }, model.CodeNotFound},
		"a strange pass":    {func(q *service.TrailQuestion) { q.PersonID, q.PassID = "", g.ID() }, model.CodeNotFound},
		"without consent":   {func(q *service.TrailQuestion) { q.Purpose = "resident_request" }, model.CodeConsentRequired},
	} {
		if _, err := ask(c.change); model.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	_, err := passages.Trail(t.Context(), g.Manager(g.Harbour), g.Garden.ID, q, service.Page{})
	refusedAs(t, err, model.CodeNotFound)
	_, err = passages.Trail(t.Context(), g.Manager(g.Harbour), g.Harbour.ID, q, service.Page{})
	refusedAs(t, err, model.CodeNotFound)
	if n := rowsIn(t, g.Probe(t), "access_log"); n != 0 {
		t.Errorf("%d looks are logged that were refused", n)
	}
	for name, change := range map[string]func(*service.TrailQuestion){
		"by person": nil, "by pass": func(q *service.TrailQuestion) { q.PersonID, q.PassID = "", pass.ID },
		"31 days": func(q *service.TrailQuestion) { q.Until = q.From + 31*24*3_600_000 },
	} {
		list := mustDo[service.List[service.PassageView]](t)(ask(change))
		if len(list.Items) != 2 || list.Items[0].PassID != pass.ID {
			t.Errorf("%s: %d passages", name, len(list.Items))
		}
	}
	me := &model.Caller{Kind: model.CallerPerson, PersonID: person.ID}
	log := mustDo[service.List[service.LookView]](t)(privacy.AccessLog(t.Context(), me, "", service.Page{}))
	if len(log.Items) != 3 {
		t.Fatalf("%d looks", len(log.Items))
	}
	l := log.Items[0]
	if l.Role != model.RolePropertyManager || l.Purpose != "incident" || l.What != "trail" || l.CommunityName != g.Garden.Name ||
		len(l.ReaderRef) != 16 || strings.Contains(manager.AccountID, l.ReaderRef) || l.ReaderRef != log.Items[2].ReaderRef {
		t.Errorf("she sees %+v", l)
	}
	own := mustDo[service.List[service.OwnPassage]](t)(privacy.Passages(t.Context(), me, "", service.Page{Limit: 1}))
	if len(own.Items) != 1 || own.Next == "" || own.Items[0].GateName != g.Garden.Entrance.Name || !own.Items[0].Own {
		t.Errorf("her trail is %+v", own)
	}
	rest := mustDo[service.List[service.OwnPassage]](t)(privacy.Passages(t.Context(), me, "", service.Page{Limit: 1, Cursor: own.Next}))
	if len(rest.Items) != 1 || rest.Next != "" || rest.Items[0].ID >= own.Items[0].ID {
		t.Errorf("the rest is %+v", rest)
	}
}

// The twenty-first person within an hour, and the eleventh look at one within a
// day, raise one finding each; somebody else closes it.
func TestUnusualLookingIsFound(t *testing.T) {
	g := testkit.NewGatehouse(t)
	passages, privacy := service.NewPassages(g.Deps), service.NewPrivacy(g.Deps)
	manager := g.Manager(g.Garden)
	officer := g.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, g.Committee.ID)
	look := func(who *model.Caller, p model.Person) {
		t.Helper()
		now := model.Millis(g.Clock.Now())
		_, err := passages.Trail(t.Context(), who, g.Garden.ID, service.TrailQuestion{PersonID: p.ID, Purpose: "dispute", Ticket: "T-100", From: now - 1000, Until: now}, service.Page{})
		if err != nil {
			t.Fatal(err)
		}
	}
	var people []model.Person
	for range 22 {
		p := g.Person(t, "某某", "")
		g.Pass(t, g.Garden, p)
		people = append(people, p)
	}
	findings := func() []model.Finding {
		t.Helper()
		return mustDo[service.List[model.Finding]](t)(privacy.Findings(t.Context(), officer, g.Garden.ID, "", service.Page{})).Items
	}
	for _, p := range people[:20] {
		look(manager, p)
	}
	if found := findings(); len(found) != 0 {
		t.Fatalf("twenty are usual: %+v", found)
	}
	for _, p := range people[20:] {
		look(manager, p)
	}
	found := findings()
	if len(found) != 1 || found[0].Kind != model.FindingManyInHour || found[0].Looks != 22 || found[0].ReaderID != manager.AccountID {
		t.Fatalf("found %+v", found)
	}
	for range 10 {
		look(officer, people[0])
	}
	if n := len(findings()); n != 1 {
		t.Errorf("ten looks at one are usual: %d", n)
	}
	look(officer, people[0])
	found = findings()
	if len(found) != 2 || found[0].Kind != model.FindingSamePerson {
		t.Fatalf("found %+v", found)
	}
	_, err := privacy.CloseFinding(t.Context(), officer, g.Garden.ID, found[0].ID, "mine")
	refusedAs(t, err, model.CodeSelfApproval)
	_, err = privacy.CloseFinding(t.Context(), g.Manager(g.Garden), g.Garden.ID, found[0].ID, "no right")
	refusedAs(t, err, model.CodeNotFound)
	closed := mustDo[model.Finding](t)(privacy.CloseFinding(t.Context(), officer, g.Garden.ID, found[1].ID, "explained"))
	if closed.State != model.FindingClosed || closed.ClosedBy != officer.AccountID {
		t.Errorf("closed is %+v", closed)
	}
	_, err = privacy.CloseFinding(t.Context(), officer, g.Garden.ID, found[1].ID, "again")
	wantCode(t, err, model.CodeStateChanged, model.FindingClosed)
}

// A guard may look up sixty people within an hour and two hundred within a day, each
// of whom sees it; the next raises a finding. Looks of another kind are not drowned
// in them, nor do these add to those.
func TestABusyGateIsUsual(t *testing.T) {
	h := testkit.NewHouse(t)
	lookups, privacy := service.NewLookups(h.Deps), service.NewPrivacy(h.Deps)
	guard := h.StaffCaller(model.RoleGuard, model.ScopeCommunity, h.Garden.ID)
	guard.Grants = append(guard.Grants, h.Manager(h.Garden).Grants...)
	officer := h.StaffCaller(model.RoleCommitteeOfficer, model.ScopeCommittee, h.Committee.ID)
	var person model.Person
	asked := 0
	ask := func(n int, every time.Duration) {
		t.Helper()
		for range n {
			asked++
			person = h.Person(t, "单某", "")
			home := model.Household{ID: h.ID(), CommunityID: h.Garden.ID, Building: "9", Unit: "1", Room: fmt.Sprint(asked), CreatedAt: 1}
			h.Update(t, func(tx *store.Tx) error {
				if err := tx.CreateHousehold(home); err != nil {
					return err
				}
				return tx.CreateResidency(model.Residency{ID: h.ID(), CommunityID: h.Garden.ID, HouseholdID: home.ID, PersonID: person.ID,
					Relation: "owner", Status: model.ResidencyActive, CreatedAt: 1})
			})
			h.Clock.Advance(every)
			found := mustDo[[]service.FoundPerson](t)(lookups.Find(t.Context(), guard, h.Garden.ID, service.Doorstep{Building: "9", Unit: "1", Room: home.Room, Initial: 'S'}))
			if len(found) != 1 {
				t.Fatalf("found %+v", found)
			}
		}
	}
	kinds := func() string {
		t.Helper()
		var out []string
		for _, f := range mustDo[service.List[model.Finding]](t)(privacy.Findings(t.Context(), officer, h.Garden.ID, "", service.Page{})).Items {
			out = append(out, fmt.Sprint(f.Kind, f.Looks))
		}
		return strings.Join(out, " ")
	}
	ask(60, 20*time.Second)
	now := model.Millis(h.Clock.Now())
	h.Pass(t, h.Garden, person)
	_, err := service.NewPassages(h.Deps).Trail(t.Context(), guard, h.Garden.ID, service.TrailQuestion{PersonID: person.ID, Purpose: "dispute", Ticket: "T-1", From: now - 1000, Until: now}, service.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if got := kinds(); got != "" {
		t.Fatalf("sixty in twenty minutes are usual: %s", got)
	}
	ask(1, 20*time.Second)
	if got := kinds(); got != "many_people_hour61" {
		t.Fatalf("after sixty-one within the hour: %s", got)
	}
	h.Clock.Advance(time.Hour)
	ask(139, 2*time.Minute)
	if got := kinds(); got != "many_people_hour61" {
		t.Fatalf("two hundred within the day: %s", got)
	}
	ask(1, time.Minute)
	if got := kinds(); got != "many_people_day201 many_people_hour61" {
		t.Fatalf("two hundred and one within the day: %s", got)
	}
}

// An export holds what is stored, in clear, and of nobody else; four a day are one
// too many, and the fourth may come when the first is a day old.
func TestOwnDataIsExportedInClear(t *testing.T) {
	l := newLeaver(t)
	p := service.NewPrivacy(l.Deps)
	neighbour := l.resident(t, "李雷", phoneLi)
	claim := l.wang()
	claim.Name, claim.Relation = "李雷", "tenant"
	l.mustClaim(t, neighbour, claim, model.ResidencyActive)
	data := mustDo[service.OwnData](t)(p.Export(t.Context(), l.Caller, "", "json"))
	text := fmt.Sprintf("%v", data.Tables)
	for _, want := range []string{"王芳", phoneWang, leaverOpenID, `"who":"张三"`, l.residency.ID, "1201", "2026-11-22T04:00:00.000Z"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the export", want)
		}
	}
	for _, not := range []string{"李雷", phoneLi, neighbour.PersonID} {
		if strings.Contains(text, not) {
			t.Errorf("%q of somebody else is in the export", not)
		}
	}
	filled := map[string]int{}
	for _, table := range data.Tables {
		filled[table.Table] = len(table.Rows)
	}
	for _, table := range []string{"persons", "wechat_accounts", "sessions", "dependants", "residencies", "households", "roster_entries", "passes",
		"messages", "consents", "data_exports", "outbox", "audit_log"} {
		if filled[table] == 0 {
			t.Errorf("nothing of %s is in the export", table)
		}
	}
	for range 2 {
		mustDo[service.OwnData](t)(p.Export(t.Context(), l.Caller, "", "csv"))
	}
	_, err := p.Export(t.Context(), l.Caller, "", "json")
	refusedAs(t, err, model.CodeRateLimited)
	l.Clock.Advance(24*time.Hour - time.Millisecond)
	_, err = p.Export(t.Context(), l.Caller, "", "json")
	refusedAs(t, err, model.CodeRateLimited)
	l.Clock.Advance(time.Millisecond)
	mustDo[service.OwnData](t)(p.Export(t.Context(), l.Caller, "", "json"))
}
