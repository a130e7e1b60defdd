package service_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// life is somebody who has used everything, in an emergency, and a family member
// who stays.
type life struct {
	*ward
	tenant
	mate      tenant
	child     model.Person
	visits    *service.Visits
	closings  *service.Closings
	recipient string
	asked     service.Admitted // waits for who leaves
	invited   service.Invited
	appealed  service.AppealShown // against what holds the whole home
}

// What of others must not be in the export, and what of the own must be.
const (
	visitorName, visitorPhone, visitorPlate = "来访的人", "13900000009", "京A12345"
	visitPurpose                            = "送一盆花"
	handNote                                = "手机没电，认得她"
	ownAppeal                               = "我没有去过那里"
)

func newLife(t testing.TB) *life {
	t.Helper()
	w := newWard(t)
	l := &life{ward: w, visits: service.NewVisits(w.Deps, service.NewCodes(w.Deps), "https://pass.example"), closings: service.NewClosings(w.Deps, nil)}
	l.recipient = l.listens(t)
	l.tenant = w.tenant(t, w.Garden, "1", "101", true)
	l.moveIn(t)
	l.on(t, w.order(7))
	l.falls(t)
	l.receives(t)
	l.passesByHand(t)
	l.isTold(t)
	return l
}

// listens adds a recipient that is told all there is.
func (w *ward) listens(t testing.TB) string {
	t.Helper()
	id := w.Recipient(t, w.Garden)
	policy, types := map[string][]string{}, []string{}
	for name, fields := range model.EventFields {
		types, policy[name] = append(types, name), append(slices.Clone(fields.Default), fields.Optional...)
	}
	kinds, _ := json.Marshal(types)
	fields, _ := json.Marshal(policy)
	if _, err := w.Probe(t).Exec("UPDATE recipients SET event_types = ?, field_policy = ? WHERE id = ?", string(kinds), string(fields), id); err != nil {
		t.Fatal(err)
	}
	w.reload(t)
	return id
}

func (w *ward) reload(t testing.TB) {
	t.Helper()
	if err := w.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// moveIn gives the home another member, a child, and somebody on the roster.
func (l *life) moveIn(t testing.TB) {
	t.Helper()
	now := model.Millis(l.Clock.Now())
	l.mate = l.ward.tenant(t, l.Garden, "1", "102", true)
	l.child = l.Person(t, "住户小小", "")
	l.Update(t, func(tx *store.Tx) error {
		for _, err := range []error{
			tx.CreateWechatAccount(model.WechatAccount{ID: l.AccountID, AppID: "wx", OpenID: leaverOpenID, PersonID: l.PersonID, CreatedAt: now}),
			tx.CreateSession(model.Session{ID: l.SessionID, Kind: string(model.CallerPerson), AccountID: l.AccountID, PersonID: l.PersonID, CreatedAt: now, ExpiresAt: now + 1e9}),
			tx.CreateResidency(model.Residency{ID: l.ID(), CommunityID: l.Garden.ID, HouseholdID: l.home.ID, PersonID: l.mate.PersonID, Relation: "family",
				Status: model.ResidencyActive, AddedBy: l.PersonID, CreatedAt: now}),
			tx.CreateResidency(model.Residency{ID: l.ID(), CommunityID: l.Garden.ID, HouseholdID: l.home.ID, PersonID: l.child.ID, Relation: "family",
				Status: model.ResidencyActive, AddedBy: l.PersonID, CreatedAt: now}),
			tx.CreateDependant(model.Dependant{ID: l.ID(), CommunityID: l.Garden.ID, HouseholdID: l.home.ID, CarerID: l.PersonID, PersonID: l.child.ID, Relation: "child", CreatedAt: now}),
			tx.CreateRosterEntry(model.RosterEntry{ID: l.ID(), CommunityID: l.Garden.ID, HouseholdID: l.home.ID, Name: "表妹", Phone: "13700000001", Relation: "family", AddedBy: l.PersonID, CreatedAt: now}),
			tx.CreateRosterEntry(model.RosterEntry{ID: l.ID(), CommunityID: l.Garden.ID, HouseholdID: l.home.ID, Name: "住户102", Relation: "family", AddedBy: l.PersonID, ClaimedBy: l.mate.PersonID, ClaimedAt: now, CreatedAt: now}),
		} {
			if err != nil {
				return err
			}
		}
		homes, err := tx.ResidenciesOfPerson(l.PersonID, "", 1)
		if err != nil {
			return err
		}
		return tx.IndexName(homes[0], "住户101")
	})
}

// falls is what an emergency asks of the person and does to her.
func (l *life) falls(t testing.TB) {
	t.Helper()
	l.report(t, l.tenant, model.HealthAnswers{TemperatureTenths: 371})
	mustDo[service.Reported](t)(l.health.Report(t.Context(), l.Caller, service.NewReport{PersonID: l.child.ID, Answers: model.HealthAnswers{TemperatureTenths: 366}}))
	l.showsAt(t, l.tenant, 384)
	own := l.standing(t, l.against(l.tenant, model.EffectRed, 100*time.Hour))
	mustDo[service.AppealShown](t)(l.restrictions.Appeal(t.Context(), l.Caller, own.ID, ownAppeal))
	pass := l.against(l.tenant, model.EffectBan, 100*time.Hour)
	pass.SubjectKind, pass.SubjectID = service.SubjectPass, l.tenant.pass.ID
	l.standing(t, pass)
	home := l.against(l.tenant, model.EffectBan, 100*time.Hour)
	home.SubjectKind, home.SubjectID = service.SubjectHousehold, l.home.ID
	l.appealed = mustDo[service.AppealShown](t)(l.restrictions.Appeal(t.Context(), l.Caller, l.standing(t, home).ID, ownAppeal))
}

// receives is visits: invited, let in, and waiting.
func (l *life) receives(t testing.TB) {
	t.Helper()
	entry := model.NewCode(22)
	l.Update(t, func(tx *store.Tx) error {
		return tx.CreateEntryCode(model.EntryCode{Code: entry, CommunityID: l.Garden.ID, GateID: l.Garden.Entrance.ID, CreatedAt: 1})
	})
	until := model.Millis(l.Clock.Now().Add(4 * time.Hour))
	l.invited = mustDo[service.Invited](t)(l.visits.Invite(t.Context(), l.Caller, service.Invitation{HouseholdID: l.home.ID, Kind: model.VisitOnce, Until: until,
		Name: visitorName, Phone: visitorPhone, Purpose: visitPurpose, Plate: visitorPlate}))
	asking := service.Asking{Kind: model.VisitOnce, Name: visitorName, Phone: visitorPhone, Purpose: visitPurpose, Building: "1", Unit: "1", Room: "101"}
	let := mustDo[service.Admitted](t)(l.visits.Ask(t.Context(), entry, asking))
	mustDo[service.VisitView](t)(l.visits.Approve(t.Context(), l.Caller, let.ID))
	no := mustDo[service.Admitted](t)(l.visits.Ask(t.Context(), entry, asking))
	mustDo[service.VisitView](t)(l.visits.Decline(t.Context(), l.Caller, no.ID, "不认识"))
	l.asked = mustDo[service.Admitted](t)(l.visits.Ask(t.Context(), entry, asking))
	mustDo[service.Delegation](t)(l.visits.SetDelegate(t.Context(), l.Caller, l.home.ID, l.mate.PersonID, 0))
	mustDo[service.Delegation](t)(l.visits.SetDelegate(t.Context(), l.mate.Caller, l.home.ID, l.PersonID, 0))
}

// passesByHand is a card, a number that is said, and a guard's hand.
func (l *life) passesByHand(t testing.TB) {
	t.Helper()
	homes, err := l.Store.View(t.Context()).ResidenciesOfPerson(l.PersonID, model.ResidencyActive, 1)
	if err != nil {
		t.Fatal(err)
	}
	mustDo[service.CardView](t)(service.NewCards(l.Deps).Issue(t.Context(), l.Manager(l.Garden), l.Garden.ID,
		service.NewCard{ResidencyID: homes[0].ID, GateIDs: []string{l.Garden.Entrance.ID}, LastDay: l.Clock.Now().AddDate(0, 0, 9).Format(time.DateOnly)}))
	second := l.Pass(t, l.Garden, model.Person{ID: l.PersonID}) // the other is banned
	mustDo[service.IssuedSpoken](t)(service.NewSpoken(l.Deps).Issue(t.Context(), l.Caller, second.ID, l.Garden.Entrance.ID, ""))
	guard := l.StaffCaller(model.RoleGuard, model.ScopeCommunity, l.Garden.ID)
	mustDo[service.ScanAnswer](t)(l.Gates.Manual(t.Context(), guard, l.Garden.Entrance.ID, service.ManualEntry{PassID: l.tenant.pass.ID,
		Direction: admission.In, Reason: "no_phone", Note: handNote, Override: true}))
	mustDo[[]service.FoundPerson](t)(service.NewLookups(l.Deps).Find(t.Context(), guard, l.Garden.ID, service.Doorstep{Building: "1", Unit: "1", Room: "101", Initial: 'z'}))
}

// isTold is what the person was told, read and agreed to be told.
func (l *life) isTold(t testing.TB) {
	t.Helper()
	notices := service.NewNotices(l.Deps)
	n := mustDo[service.StaffNotice](t)(notices.Publish(t.Context(), l.Manager(l.Garden), l.Garden.ID, model.Notice{TitleZH: "停水", BodyZH: "x", Audience: model.AudienceAll}))
	if err := notices.Read(t.Context(), l.Caller, n.ID); err != nil {
		t.Fatal(err)
	}
	now := model.Millis(l.Clock.Now())
	l.Update(t, func(tx *store.Tx) error {
		id := l.ID()
		for _, err := range []error{
			tx.CreateMessage(model.Message{ID: id, PersonID: l.PersonID, Template: "t", Params: map[string]string{"who": "张三"}, CreatedAt: now}),
			tx.CreatePush(model.Push{MessageID: id, PersonID: l.PersonID, Way: "wechat", State: model.PushPending, CreatedAt: now}),
			tx.AddAllowance(l.PersonID, "template", 5),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, told := range []bool{true, false} {
		other := mustDo[service.StaffNotice](t)(notices.Publish(t.Context(), l.Manager(l.Garden), l.Garden.ID, model.Notice{TitleZH: "停电", BodyZH: "x", Audience: model.AudienceAll}))
		if _, err := l.Probe(t).Exec("UPDATE notices SET told = ?, told_after = ? WHERE id = ?", told, l.PersonID, other.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// tables is an export by table, each row as text.
func (l *life) tables(t testing.TB, person string) map[string]string {
	t.Helper()
	data := mustDo[service.OwnData](t)(service.NewPrivacy(l.Deps).Export(t.Context(), l.Caller, person, "json"))
	out := map[string]string{}
	for _, table := range data.Tables {
		if len(table.Rows) > 0 {
			out[table.Table] = fmt.Sprint(table.Rows)
		}
	}
	return out
}

// An export in an emergency holds the own health in clear, and of a visit nothing
// that is the visitor's.
func TestOwnDataOfARichLife(t *testing.T) {
	l := newLife(t)
	got := l.tables(t, "")
	for table, want := range map[string]string{
		"health_reports": `"temperature_tenths":371`, "temperature_readings": "384", "health_standings": "371", "restrictions": "密切接触者",
		"appeals": ownAppeal, "manual_passages": handNote, "visits": l.invited.ID, "cards": "last_day", "spoken_codes": "pass_id",
		"visit_delegates": l.mate.PersonID, "message_pushes": "wechat", "message_allowances": "template", "notice_reads": "notice_id", "access_log": "lookup",
		"outbox": l.invited.ID, "messages": `"who":"张三"`, "consents": "health", "approvals": "host", "passages": "manual",
	} {
		if !strings.Contains(got[table], want) {
			t.Errorf("%q is not in %s: %s", want, table, got[table])
		}
	}
	if n := strings.Count(got["visits"], "host_id"); n != 3 { // the one that waits is not hers yet
		t.Errorf("%d visits", n)
	}
	all := fmt.Sprint(got)
	for _, not := range []string{visitorName, visitorPhone, visitorPlate, visitPurpose, l.author.AccountID, l.first.AccountID, "表妹", "住户102"} {
		if strings.Contains(all, not) {
			t.Errorf("%q of somebody else is in the export", not)
		}
	}
	visit := mustDo[model.Visit](t)(l.Store.View(t.Context()).Visit(l.invited.ID))
	for name, not := range map[string]string{"visitor": visit.VisitorID, "invitation": *visit.InviteHash} {
		if strings.Contains(all, not) {
			t.Errorf("the %s is in the export", name)
		}
	}
	child := l.tables(t, l.child.ID)
	if !strings.Contains(child["health_reports"], `"temperature_tenths":366`) || strings.Contains(child["health_reports"], "371") {
		t.Errorf("the child's reports: %s", child["health_reports"])
	}
}

// mayName are the columns that still name somebody who is gone: proof, logs by law,
// and machinery. The id leads nowhere.
var mayName = []string{"access_log.person_id", "audit_log.target_id", "changes.ref", "consents.person_id", "data_keys.subject_id", "persons.id", "tombstones.subject_id"}

func TestClosingLeavesNothingOfARichLife(t *testing.T) {
	l := newLife(t)
	db, mysql := l.Probe(t), l.Store.Dialect() == store.MySQL
	ids := map[string]string{"person": l.PersonID, "child": l.child.ID}
	if before := keeps(t, db, mysql, l.PersonID); len(before) < 30 {
		t.Fatalf("the life is not rich: %v", before)
	}
	health := l.count(t, "SELECT COUNT(*) FROM health_reports WHERE person_id = ?", l.PersonID)
	if health == 0 {
		t.Fatal("nothing was reported")
	}
	if err := l.closings.Close(t.Context(), l.Caller); err != nil {
		t.Fatal(err)
	}
	for who, id := range ids {
		for _, column := range keeps(t, db, mysql, id) {
			if column == "outbox.body" || slices.Contains(mayName, column) {
				continue
			}
			t.Errorf("the %s is named in %s", who, column)
		}
	}
	// The one event that names a person is the word to delete there as well.
	if n := l.count(t, "SELECT COUNT(*) FROM outbox WHERE body LIKE ? AND NOT (type = ? AND body LIKE '%\"ended\"%')", "%"+l.PersonID+"%", model.EventResidencyChanged); n != 0 {
		t.Errorf("%d other events name her", n)
	}
	for query, want := range map[string]int64{
		"SELECT COUNT(*) FROM health_reports": 0, "SELECT COUNT(*) FROM temperature_readings": 0, "SELECT COUNT(*) FROM cards": 0,
		"SELECT COUNT(*) FROM spoken_codes": 0, "SELECT COUNT(*) FROM visit_delegates": 0, "SELECT COUNT(*) FROM message_allowances": 0,
		"SELECT COUNT(*) FROM restrictions": 1, "SELECT COUNT(*) FROM appeals": 1, "SELECT COUNT(*) FROM notice_reads": 0,
		"SELECT COUNT(*) FROM manual_passages WHERE note_ct IS NOT NULL": 0, "SELECT COUNT(*) FROM roster_entries WHERE claimed_at = 0": 0,
		"SELECT COUNT(*) FROM visits WHERE state IN ('approved', 'arrived')": 0,
		"SELECT COUNT(*) FROM residency_names":                               0,
		"SELECT COUNT(*) FROM outbox WHERE type LIKE '%visit%' AND (body LIKE '%room%' OR body LIKE '%household_id%') AND body NOT LIKE '%" + l.asked.ID + "%'": 0,
	} {
		if n := l.count(t, query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	stays := mustDo[model.Appeal](t)(l.Store.View(t.Context()).Appeal(l.appealed.ID))
	if stays.State != model.AppealOpen || stays.Text != "" {
		t.Errorf("the appeal for the home is %s: %q", stays.State, stays.Text)
	}
	// The visitor at the gate is not forgotten with the host: the next is asked.
	if err := l.visits.Climb(t.Context()); err != nil {
		t.Fatal(err)
	}
	waiting := mustDo[map[string][]model.Approval](t)(l.Store.View(t.Context()).PendingApprovals([]string{l.asked.ID}))
	if !slices.ContainsFunc(waiting[l.asked.ID], func(a model.Approval) bool { return a.PersonID == l.mate.PersonID }) {
		t.Errorf("nobody is asked: %+v", waiting)
	}
	if _, err := l.visits.Approve(t.Context(), l.mate.Caller, l.asked.ID); err != nil {
		t.Error(err)
	}
}

// A visitor who asks for it is deleted at once; the home still sees that somebody
// came, and the token is good for nothing.
func TestAVisitorIsDeletedByTheToken(t *testing.T) {
	l := newLife(t)
	who := visitCaller(l.asked)
	if err := l.closings.CloseVisit(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	for _, column := range keeps(t, l.Probe(t), l.Store.Dialect() == store.MySQL, who.PersonID) {
		if !slices.Contains(mayName, column) {
			t.Errorf("the visitor is named in %s", column)
		}
	}
	v := mustDo[model.Visit](t)(l.Store.View(t.Context()).Visit(l.asked.ID))
	if v.State != model.VisitCancelled || v.Purpose != "" || v.TokenHash != nil || v.HouseholdID != l.home.ID {
		t.Errorf("the visit is %s %q %v", v.State, v.Purpose, v.TokenHash)
	}
	refusedAs(t, l.closings.CloseVisit(t.Context(), who), model.CodeNotFound)
	if _, err := l.Store.View(t.Context()).Person(who.PersonID); !model.IsNotFound(err) {
		t.Error(err)
	}
}
