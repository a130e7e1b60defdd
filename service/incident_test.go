package service_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// dutyRoom is a house with incidents and staff with accounts.
type dutyRoom struct {
	*testkit.House
	incidents                                *service.Incidents
	guard, manager, other, committee, street *model.Caller
}

func newDutyRoom(t testing.TB) *dutyRoom {
	t.Helper()
	h := testkit.NewHouse(t)
	d := &dutyRoom{House: h, incidents: service.NewIncidents(h.Deps)}
	d.guard = d.staff(t, model.RoleGuard, model.ScopeCommunity, h.Garden.ID)
	d.manager = d.staff(t, model.RolePropertyManager, model.ScopeCommunity, h.Garden.ID)
	d.other = d.staff(t, model.RolePropertyManager, model.ScopeCommunity, h.Garden.ID)
	d.committee = d.staff(t, model.RoleCommitteeOfficer, model.ScopeCommittee, h.Committee.ID)
	d.street = d.staff(t, model.RoleStreetOfficer, model.ScopeStreet, h.Street.ID)
	return d
}

// staff stores an account with one role and gives its caller.
func (d *dutyRoom) staff(t testing.TB, role model.Role, kind model.ScopeKind, scope string) *model.Caller {
	t.Helper()
	p, id := d.Person(t, "某某", ""), d.ID()
	d.Update(t, func(tx *store.Tx) error {
		return tx.CreateStaff(model.StaffAccount{ID: id, PersonID: p.ID, Username: id, PasswordHash: "x", State: model.StateActive, CreatedBy: id, CreatedAt: 1},
			[]model.StaffGrant{{StaffID: id, Role: role, ScopeKind: kind, ScopeID: scope, GrantedBy: id, GrantedAt: 1}})
	})
	return &model.Caller{Kind: model.CallerStaff, AccountID: id, PersonID: p.ID, SessionID: d.ID(), Grants: []model.Grant{{Role: role, ScopeKind: kind, ScopeID: scope}}}
}

func (d *dutyRoom) raise(t testing.TB, kind model.IncidentKind) service.IncidentView {
	t.Helper()
	return mustDo[service.IncidentView](t)(d.incidents.Raise(t.Context(), d.guard, d.Garden.ID, service.NewIncident{Kind: kind, Text: "楼道里有烟"}))
}

// alarm stores an event of a device as the intake does.
func (d *dutyRoom) alarm(t testing.TB, device, what, state string, n int) {
	t.Helper()
	d.Update(t, func(tx *store.Tx) error {
		for range n {
			e := model.DeviceEvent{ID: d.ID(), CommunityID: d.Garden.ID, DeviceID: device, GateID: d.Garden.Entrance.ID, Kind: model.DeviceAlarm, State: state,
				ReceivedAt: model.Millis(d.Clock.Now()), Detail: map[string]string{"what": what}}
			e.Key = e.ID
			if err := tx.CreateDeviceEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *dutyRoom) consider(t testing.TB) {
	t.Helper()
	if err := d.incidents.Consider(t.Context(), store.Lease{}); err != nil {
		t.Fatal(err)
	}
}

func (d *dutyRoom) all(t testing.TB) []model.Incident {
	t.Helper()
	return mustDo[service.List[model.Incident]](t)(d.incidents.List(t.Context(), d.committee, d.Garden.ID, service.IncidentQuery{}, service.Page{})).Items
}

// inbox is what somebody was told, by template.
func (d *dutyRoom) inbox(t testing.TB, who *model.Caller) map[string]int {
	t.Helper()
	out := map[string]int{}
	found, err := d.Store.View(t.Context()).MessagesOf(who.PersonID, "", false, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range found {
		out[m.Template]++
	}
	return out
}

func kindsOf(lines []model.IncidentEntry) string {
	out := ""
	for _, e := range lines {
		out += string(e.Kind) + " "
	}
	return out
}

func TestTheWholeLifeOfAnIncident(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	ctx, s := t.Context(), d.incidents
	recipient := d.Recipient(t, d.Garden)
	if _, err := d.Probe(t).Exec(`UPDATE recipients SET event_types = '["cn.communitypass.incident.changed"]'`); err != nil {
		t.Fatal(err)
	}
	d.Update(t, func(*store.Tx) error { return nil }) // the directory is told
	v := d.raise(t, model.IncidentFire)
	if v.State != model.IncidentRaised || v.AssigneeID != d.manager.AccountID || v.AssignedAs != "property_manager" || v.Severity != model.Critical {
		t.Fatalf("raised as %s %s %s", v.State, v.AssignedAs, v.Severity)
	}
	refused(t, model.CodeStateChanged)(s.Dispatch(ctx, d.manager, v.ID, d.guard.AccountID, ""))
	mustDo[service.IncidentView](t)(s.Acknowledge(ctx, d.manager, v.ID))
	refused(t, model.CodeInvalid)(s.Dispatch(ctx, d.manager, v.ID, d.ID(), ""))
	mustDo[service.IncidentView](t)(s.Dispatch(ctx, d.manager, v.ID, d.guard.AccountID, "带灭火器"))
	stranger := d.staff(t, model.RoleGuard, model.ScopeCommunity, d.Garden.ID)
	refused(t, model.CodeAnswerNotYours)(s.Arrive(ctx, stranger, v.ID))
	mustDo[service.IncidentView](t)(s.Arrive(ctx, d.guard, v.ID))
	mustDo[service.IncidentView](t)(s.Note(ctx, d.guard, v.ID, "是烧纸"))
	refused(t, model.CodeInvalid)(s.Evidence(ctx, d.guard, v.ID, model.EvidencePassage, d.ID(), 0, ""))
	refused(t, model.CodeInvalid)(s.Resolve(ctx, d.manager, v.ID, model.ResolutionMerged, "", "x"))
	mustDo[service.IncidentView](t)(s.Resolve(ctx, d.manager, v.ID, model.ResolutionDone, "", "已扑灭"))
	refused(t, model.CodeSelfApproval)(s.Review(ctx, d.manager, v.ID, "好"))
	refused(t, model.CodeNotFound)(s.Review(ctx, d.guard, v.ID, "好"))
	refused(t, model.CodeNotFound)(s.Get(ctx, d.Manager(d.Harbour), v.ID))
	done := mustDo[service.IncidentView](t)(s.Review(ctx, d.committee, v.ID, "处置得当"))
	if got := kindsOf(done.Timeline); got != "raised assigned acknowledged dispatched arrived note resolved reviewed " {
		t.Errorf("the timeline is %s", got)
	}
	if done.Text != "楼道里有烟" || done.Timeline[5].Text != "是烧纸" || done.DueAt != 0 {
		t.Errorf("kept %q %q %d", done.Text, done.Timeline[5].Text, done.DueAt)
	}
	want := []string{"incident.raise", "incident.acknowledge", "incident.dispatch", "incident.arrive", "incident.note", "incident.resolve", "incident.review"}
	slices.Reverse(want)
	if got := actions(t, d.House, v.ID); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the log says %v", got)
	}
	if got := len(d.Sequences(t, recipient)); got != 6 {
		t.Errorf("the recipient was told %d times, want 6", got)
	}
	if d.inbox(t, d.guard)["incident_dispatched"] != 1 || d.inbox(t, d.manager)["incident_raised"] != 1 {
		t.Error("somebody was not told")
	}
}

func TestOfAHundredOneTakesIt(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	v := d.raise(t, model.IncidentLift)
	var won, late atomic.Int64
	var wg sync.WaitGroup
	for n := range 100 {
		wg.Go(func() {
			_, err := d.incidents.Acknowledge(t.Context(), []*model.Caller{d.guard, d.manager, d.committee}[n%3], v.ID)
			switch {
			case err == nil:
				won.Add(1)
			case model.CodeOf(err) == model.CodeStateChanged:
				late.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || late.Load() != 99 {
		t.Errorf("%d took it, %d came late", won.Load(), late.Load())
	}
	if got := actions(t, d.House, v.ID); len(got) != 2 {
		t.Errorf("the log says %v", got)
	}
}

// Two replicas look at what devices said: each event counts once.
func TestAStormIsOneIncident(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	const storm = 10_000
	device := d.ID()
	d.alarm(t, device, "forced", "raised", storm)
	twin := service.NewIncidents(d.Deps)
	var wg sync.WaitGroup
	for _, s := range []*service.Incidents{d.incidents, twin} {
		wg.Go(func() {
			for range storm/500 + 40 {
				if err := s.Consider(t.Context(), store.Lease{}); err != nil {
					t.Error(err)
					return
				}
				left, err := d.Store.View(t.Context()).UnconsideredEvents(1)
				if err != nil || len(left) == 0 {
					return
				}
			}
		})
	}
	wg.Wait()
	d.consider(t)
	found := d.all(t)
	if len(found) != 1 || found[0].Alarms != storm || found[0].Kind != model.IncidentForced {
		t.Fatalf("%d incidents, %+v", len(found), found)
	}
	v := mustDo[service.IncidentView](t)(d.incidents.Get(t.Context(), d.manager, found[0].ID))
	if len(v.Timeline) > 30 || d.inbox(t, d.manager)["incident_raised"] != 1 {
		t.Errorf("the timeline has %d lines, the manager was told %v", len(v.Timeline), d.inbox(t, d.manager))
	}
}

// A transaction that dies takes the mark of the event with it.
func TestNothingIsLostWhenRaisingFails(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	d.alarm(t, d.ID(), "duress", "raised", 1)
	d.FailInserts(t, "incident_entries", "kind", "assigned")
	if err := d.incidents.Consider(t.Context(), store.Lease{}); err == nil {
		t.Fatal("it did not fail")
	}
	if left, err := d.Store.View(t.Context()).UnconsideredEvents(10); err != nil || len(left) != 1 {
		t.Fatalf("%d events wait, %v", len(left), err)
	}
	if found := d.all(t); len(found) != 0 {
		t.Errorf("half an incident is there: %v", found)
	}
}

func TestAlarmsBelongTogether(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	device := d.ID()
	d.alarm(t, device, "forced", "raised", 2)
	d.alarm(t, device, "motion", "raised", 5)
	d.consider(t)
	d.alarm(t, device, "left_open", "raised", 1)
	d.alarm(t, device, "forced", "cleared", 1)
	d.consider(t)
	found := d.all(t)
	if len(found) != 2 || found[0].Kind != model.IncidentLeftOpen || found[0].RelatedID != found[1].ID || found[1].ClearedAt == 0 || found[1].State != model.IncidentRaised {
		t.Fatalf("found %+v", found)
	}
	ctx, first := t.Context(), found[1].ID
	mustDo[service.IncidentView](t)(d.incidents.Acknowledge(ctx, d.guard, first))
	mustDo[service.IncidentView](t)(d.incidents.Resolve(ctx, d.guard, first, model.ResolutionMerged, found[0].ID, "同一扇门"))
	d.Clock.Advance(10 * time.Minute)
	d.alarm(t, device, "forced", "raised", 1)
	d.consider(t)
	if found = d.all(t); len(found) != 3 || found[0].RelatedID != "" || found[0].Alarms != 1 {
		t.Errorf("after it was resolved the same is %+v", found[0])
	}
	numbers := mustDo[[]service.IncidentNumbers](t)(d.incidents.Numbers(ctx, d.committee, d.Garden.ID, 0, 0))
	if len(numbers) != 2 || numbers[0].Kind != model.IncidentForced || numbers[0].Raised != 2 || numbers[0].Alarms != 3 || numbers[0].Resolved != 1 {
		t.Errorf("in numbers %+v", numbers)
	}
}

func TestWhoeverIsOnDutyHasIt(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	ctx, now := t.Context(), model.Millis(d.Clock.Now())
	shift := model.DutyShift{Post: model.PostPlatform, StaffID: d.guard.AccountID, StartsAt: now - 1000, EndsAt: now + 3_600_000}
	refused(t, model.CodeNotFound)(d.incidents.PutShift(ctx, d.guard, d.Garden.ID, shift))
	elsewhere := d.staff(t, model.RoleGuard, model.ScopeCommunity, d.Harbour.ID)
	wrong := shift
	wrong.StaffID = elsewhere.AccountID
	refused(t, model.CodeInvalid)(d.incidents.PutShift(ctx, d.manager, d.Garden.ID, wrong))
	wrong.StaffID, wrong.EndsAt = d.guard.AccountID, now+25*3_600_000
	refused(t, model.CodeInvalid)(d.incidents.PutShift(ctx, d.manager, d.Garden.ID, wrong))
	mustDo[model.DutyShift](t)(d.incidents.PutShift(ctx, d.manager, d.Garden.ID, shift))
	shift = mustDo[model.DutyShift](t)(d.incidents.PutShift(ctx, d.manager, d.Garden.ID, shift)) // in its own place
	if got := mustDo[[]model.DutyShift](t)(d.incidents.Shifts(ctx, d.guard, d.Garden.ID, 0, 0)); len(got) != 1 {
		t.Errorf("the roster is %+v", got)
	}
	if v := d.raise(t, model.IncidentFire); v.AssigneeID != d.guard.AccountID || v.AssignedAs != model.SeatDuty {
		t.Errorf("it went to %s as %s", v.AssigneeID, v.AssignedAs)
	}
	if v := d.raise(t, model.IncidentNoise); v.AssignedAs != "property_manager" {
		t.Errorf("at an empty post it went to %s", v.AssignedAs)
	}
	d.Clock.Advance(2 * time.Hour)
	if got := mustDo[[]service.DutyNow](t)(d.incidents.Now(ctx, d.guard, d.Garden.ID)); len(got) != 3 || got[1].Seat != "property_manager" {
		t.Errorf("after the shift %+v", got)
	}
	if err := d.incidents.DropShift(ctx, d.manager, d.Garden.ID, shift.ID); err != nil {
		t.Error(err)
	}
	if err := d.incidents.DropShift(ctx, d.manager, d.Garden.ID, shift.ID); !model.IsNotFound(err) {
		t.Errorf("dropped twice: %v", err)
	}
	nobody := mustDo[[]service.DutyNow](t)(d.incidents.Now(ctx, d.Manager(d.Harbour), d.Harbour.ID))
	if nobody[0].Seat != "committee_officer" {
		t.Errorf("without a manager it goes to %s", nobody[0].Seat)
	}
}

func TestSilenceIsTakenUp(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	v := d.raise(t, model.IncidentFire)
	climb := func(want int) {
		t.Helper()
		for range 3 { // each once, however often it is asked
			if err := d.incidents.Escalate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := mustDo[service.IncidentView](t)(d.incidents.Get(t.Context(), d.committee, v.ID)); got.Level != want {
			t.Fatalf("it is at level %d, want %d", got.Level, want)
		}
	}
	climb(0)
	d.Clock.Advance(2 * time.Minute)
	climb(1)
	if d.inbox(t, d.committee)["incident_escalated"] != 1 || d.inbox(t, d.street)["incident_escalated"] != 0 {
		t.Error("the committee was not told, or the street too early")
	}
	d.Clock.Advance(2 * time.Minute)
	climb(2)
	mustDo[service.IncidentView](t)(d.incidents.Acknowledge(t.Context(), d.street, v.ID))
	d.Clock.Advance(5 * time.Minute)
	climb(2)
	d.Clock.Advance(time.Minute)
	climb(3)
	d.Clock.Advance(time.Hour)
	climb(3)
	got := mustDo[service.IncidentView](t)(d.incidents.Get(t.Context(), d.committee, v.ID))
	last := got.Timeline[len(got.Timeline)-1]
	if last.Kind != model.EntryEscalated || last.Level != model.LevelCity || last.Seat != model.SeatNobody {
		t.Errorf("without a recipient the city was told: %+v", last)
	}
	if d.inbox(t, d.street)["incident_escalated"] != 1 {
		t.Error("the street was told again")
	}
}

func TestAResidentReports(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	ctx, s := t.Context(), d.incidents
	who, neighbour := tenantOf(t, d.House, d.Garden, "3", "tenant"), tenantOf(t, d.House, d.Garden, "4", "tenant")
	report := service.NewIncident{Kind: model.IncidentNoise, Severity: model.Critical, Text: "楼上装修"}
	refused(t, model.CodeNotFound)(s.Report(ctx, who, d.Harbour.ID, report))
	i := mustDo[model.Incident](t)(s.Report(ctx, who, d.Garden.ID, report))
	if i.Severity != model.Minor || i.ReporterID != who.PersonID {
		t.Errorf("reported as %s", i.Severity)
	}
	for range 4 {
		mustDo[model.Incident](t)(s.Report(ctx, who, d.Garden.ID, report))
	}
	refused(t, model.CodeLimitReached)(s.Report(ctx, who, d.Garden.ID, report))
	mustDo[service.IncidentView](t)(s.Acknowledge(ctx, d.guard, i.ID))
	mustDo[service.IncidentView](t)(s.Resolve(ctx, d.guard, i.ID, model.ResolutionFalseAlarm, "", "没有声音"))
	mine := mustDo[service.List[model.Incident]](t)(s.Reported(ctx, who, service.Page{})).Items
	// All five are of one instant, so their order is not said.
	at := slices.IndexFunc(mine, func(m model.Incident) bool { return m.ID == i.ID })
	if len(mine) != 5 || at < 0 || mine[at].State != model.IncidentResolved || mine[at].Text != "楼上装修" {
		t.Errorf("own list %+v", mine)
	}
	if theirs := mustDo[service.List[model.Incident]](t)(s.Reported(ctx, neighbour, service.Page{})).Items; len(theirs) != 0 {
		t.Error("a neighbour sees them")
	}
	if got := d.inbox(t, who); got["incident_taken"] != 1 || got["incident_resolved"] != 1 {
		t.Errorf("the reporter was told %v", got)
	}
}

// What is about staff is not shown to the property, whose manager it may be about.
func TestUnusualLookingIsNotThePropertys(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	now := model.Millis(d.Clock.Now())
	passages := service.NewPassages(d.Deps)
	person := d.Person(t, "某某", "")
	d.Pass(t, d.Garden, person)
	for range 12 {
		q := service.TrailQuestion{PersonID: person.ID, Purpose: "dispute", Ticket: "T-100", From: now - 1000, Until: now}
		if _, err := passages.Trail(t.Context(), d.manager, d.Garden.ID, q, service.Page{}); err != nil {
			t.Fatal(err)
		}
	}
	found := d.all(t)
	if len(found) != 1 || found[0].Kind != model.IncidentLooking || found[0].AssigneeID != d.committee.AccountID {
		t.Fatalf("found %+v", found)
	}
	refused(t, model.CodeNotFound)(d.incidents.Get(t.Context(), d.manager, found[0].ID))
	list := mustDo[service.List[model.Incident]](t)(d.incidents.List(t.Context(), d.manager, d.Garden.ID, service.IncidentQuery{}, service.Page{}))
	if len(list.Items) != 0 {
		t.Error("the property sees it")
	}
}

// refused expects an error of a code.
func refused(t testing.TB, code model.Code) func(any, error) {
	return func(_ any, err error) {
		t.Helper()
		wantCode(t, err, code)
	}
}
