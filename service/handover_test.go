package service_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/testkit"
)

// shiftRoom is a house whose gates work, with two guards who follow one another.
type shiftRoom struct {
	*dutyRoom
	gates     *testkit.Gatehouse
	handovers *service.Handovers
	next      *model.Caller
	gate      string
}

func newShiftRoom(t testing.TB) *shiftRoom {
	t.Helper()
	g := testkit.NewGatehouse(t)
	d := &dutyRoom{House: g.House, incidents: service.NewIncidents(g.Deps)}
	d.guard = d.staff(t, model.RoleGuard, model.ScopeCommunity, g.Garden.ID)
	d.manager = d.staff(t, model.RolePropertyManager, model.ScopeCommunity, g.Garden.ID)
	return &shiftRoom{d, g, service.NewHandovers(g.Deps), d.staff(t, model.RoleGuard, model.ScopeCommunity, g.Garden.ID), g.Garden.Entrance.ID}
}

func (r *shiftRoom) handOver(t testing.TB, who *model.Caller, note string) service.HandoverView {
	t.Helper()
	return mustDo[service.HandoverView](t)(r.handovers.HandOver(t.Context(), who, r.gate, note, 2))
}

func (r *shiftRoom) summary(t testing.TB) service.ShiftSummary {
	t.Helper()
	return mustDo[service.ShiftSummary](t)(r.handovers.Summary(t.Context(), r.next, r.gate))
}

// byHand lets somebody in by the guard's hand.
func (r *shiftRoom) byHand(t testing.TB, gateID string) {
	t.Helper()
	mustDo[service.ScanAnswer](t)(r.gates.Gates.Manual(t.Context(), r.guard, gateID, service.ManualEntry{Direction: admission.In, Reason: "no_phone", ScanID: r.ID()}))
}

func TestAShiftIsHandedOn(t *testing.T) {
	t.Parallel()
	r := newShiftRoom(t)
	ctx, s := t.Context(), r.handovers
	reader := r.gates.Reader(t, r.Garden.Entrance)
	r.gates.Scan(t, reader, r.gates.Code(t, r.Pass(t, r.Garden, r.Person(t, "张三", "")), r.Clock.Now()), admission.In)
	r.gates.Scan(t, reader, "NO CODE", admission.In)
	r.byHand(t, r.gate)
	mustDo[service.IncidentView](t)(r.incidents.Raise(ctx, r.guard, r.Garden.ID, service.NewIncident{Kind: model.IncidentFire, GateID: r.gate, Text: "烟"}))
	mustDo[service.IncidentView](t)(r.incidents.Raise(ctx, r.guard, r.Garden.ID, service.NewIncident{Kind: model.IncidentFire, Text: "别处的烟"}))

	want := model.HandoverNumbers{Admitted: 2, Refused: 1, ByHand: 1, IncidentsOpen: 1}
	if now := r.summary(t); now.Numbers != want || now.Since != r.Clock.Now().Add(-24*time.Hour).UnixMilli() || now.HolderID != "" || now.Waiting != nil {
		t.Fatalf("the shift so far is %+v", now)
	}
	r.Clock.Advance(time.Minute)
	r.byHand(t, r.gate) // in the very moment of the hand-over: of the next shift, and of it alone
	made := r.handOver(t, r.guard, "东侧灯坏，已报修")
	if made.HandoverNumbers != want || made.State != model.HandoverWaiting || made.Unsent != 2 || made.AuthorName != "某*" {
		t.Fatalf("handed over %+v of %q", made.HandoverNumbers, made.AuthorName)
	}
	refused(t, model.CodeConflict)(s.HandOver(ctx, r.next, r.gate, "", 0))
	seen := r.summary(t)
	if seen.Waiting == nil || seen.Waiting.Note != "东侧灯坏，已报修" || seen.HolderID != r.guard.AccountID {
		t.Fatalf("who comes next sees %+v", seen)
	}
	refused(t, model.CodeSelfApproval)(s.Accept(ctx, r.guard, made.ID))
	other := *r.next
	other.PersonID = r.guard.PersonID
	refused(t, model.CodeSelfApproval)(s.Accept(ctx, &other, made.ID))
	refused(t, model.CodeAnswerNotYours)(s.Withdraw(ctx, r.next, made.ID))

	r.Clock.Advance(time.Minute)
	r.byHand(t, r.gate) // while it waits: of the shift that begins
	r.byHand(t, r.Garden.Back.ID)
	r.Clock.Advance(time.Minute)
	done := mustDo[service.HandoverView](t)(s.Accept(ctx, r.next, made.ID))
	if done.State != model.HandoverAccepted || done.AcceptedBy != r.next.AccountID || done.EndedAt != r.Clock.Now().UnixMilli() || done.OpenGate != nil {
		t.Fatalf("accepted: %s by %s", done.State, done.AcceptedBy)
	}
	_, err := s.Withdraw(ctx, r.guard, made.ID)
	wantCode(t, err, model.CodeStateChanged, "accepted")
	if now := r.summary(t); now.HolderID != r.next.AccountID || now.HolderName != "某*" || now.Since != made.CreatedAt || now.Numbers.Admitted != 2 || now.Waiting != nil {
		t.Errorf("the next shift is %+v", now)
	}
	for _, action := range []string{"handover.make", "handover.accept"} {
		var n int
		if err := r.Probe(t).QueryRow("SELECT COUNT(*) FROM audit_log WHERE action = ? AND detail NOT LIKE '%灯%'", action).Scan(&n); err != nil || n != 1 {
			t.Errorf("%s is in the log %d times (%v)", action, n, err)
		}
	}
}

func TestAHandOverIsTakenBackAndMadeAnew(t *testing.T) {
	t.Parallel()
	r := newShiftRoom(t)
	made := r.handOver(t, r.guard, "")
	gone := mustDo[service.HandoverView](t)(r.handovers.Withdraw(t.Context(), r.guard, made.ID))
	if gone.State != model.HandoverWithdrawn || gone.AcceptedBy != "" {
		t.Fatalf("taken back: %s", gone.State)
	}
	_, err := r.handovers.Accept(t.Context(), r.next, made.ID)
	wantCode(t, err, model.CodeStateChanged, "withdrawn")
	if again := r.handOver(t, r.next, ""); again.Since != r.Clock.Now().Add(-24*time.Hour).UnixMilli() {
		t.Error("what was taken back began a shift")
	}
}

// Of two who accept at the same moment one has the gate.
func TestAGateIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	r := newShiftRoom(t)
	made := r.handOver(t, r.guard, "")
	var accepted atomic.Int64
	var all sync.WaitGroup
	for _, who := range []*model.Caller{r.next, r.manager, r.next, r.manager} {
		all.Go(func() {
			if _, err := r.handovers.Accept(t.Context(), who, made.ID); err == nil {
				accepted.Add(1)
			} else if model.CodeOf(err) != model.CodeStateChanged {
				t.Errorf("refused as %v", err)
			}
		})
	}
	all.Wait()
	if accepted.Load() != 1 {
		t.Errorf("%d have the gate", accepted.Load())
	}
}

// A guard sees the last days, a manager all by pages, a stranger nothing.
func TestWhoSeesHandOvers(t *testing.T) {
	t.Parallel()
	r := newShiftRoom(t)
	ctx, s := t.Context(), r.handovers
	for range 3 {
		made := r.handOver(t, r.guard, "见交接本")
		mustDo[service.HandoverView](t)(s.Accept(ctx, r.next, made.ID))
		r.Clock.Advance(2 * 24 * time.Hour)
	}
	list := func(who *model.Caller, p service.Page) service.List[service.HandoverView] {
		return mustDo[service.List[service.HandoverView]](t)(s.List(ctx, who, r.gate, p))
	}
	if n := len(list(r.guard, service.Page{}).Items); n != 1 {
		t.Errorf("a guard sees %d", n)
	}
	first := list(r.manager, service.Page{Limit: 2})
	rest := list(r.manager, service.Page{Limit: 2, Cursor: first.Next})
	if len(first.Items) != 2 || len(rest.Items) != 1 || rest.Next != "" || rest.Items[0].Note != "见交接本" {
		t.Errorf("a manager sees %d and %d", len(first.Items), len(rest.Items))
	}
	stranger := r.staff(t, model.RoleGuard, model.ScopeCommunity, r.Harbour.ID)
	waiting := r.handOver(t, r.guard, "")
	_, err := s.Summary(ctx, stranger, r.gate)
	wantCode(t, err, model.CodeNotFound)
	_, err = s.List(ctx, stranger, r.gate, service.Page{})
	wantCode(t, err, model.CodeNotFound)
	refused(t, model.CodeNotFound)(s.HandOver(ctx, stranger, r.gate, "", 0))
	refused(t, model.CodeNotFound)(s.Accept(ctx, stranger, waiting.ID))
	refused(t, model.CodeNotFound)(s.Withdraw(ctx, stranger, waiting.ID))
}

// What a guard writes is ciphertext, and still read under a new data key.
func TestTheNoteOfAHandOverIsSealed(t *testing.T) {
	t.Parallel()
	r := newShiftRoom(t)
	made := r.handOver(t, r.guard, "东侧灯坏")
	var sealed []byte
	if err := r.Probe(t).QueryRow("SELECT note_ct FROM handovers WHERE id = ?", made.ID).Scan(&sealed); err != nil || len(sealed) == 0 || strings.Contains(string(sealed), "灯") {
		t.Fatalf("%d bytes (%v)", len(sealed), err)
	}
	keys := service.NewKeyRing(r.Deps)
	second := mustDo[model.Key](t)(keys.Create(t.Context(), model.KeyData, ""))
	mustDo[model.Key](t)(keys.Activate(t.Context(), second.ID, false))
	mustDo[int](t)(keys.Rewrap(t.Context(), 1000))
	if held := mustDo[model.Handover](t)(r.Store.View(t.Context()).Handover(made.ID)); held.Note != "东侧灯坏" {
		t.Errorf("it reads %q", held.Note)
	}
	var moved []byte
	if err := r.Probe(t).QueryRow("SELECT note_ct FROM handovers WHERE id = ?", made.ID).Scan(&moved); err != nil || string(moved[:2]) == string(sealed[:2]) {
		t.Errorf("it is sealed as before (%v)", err)
	}
}
