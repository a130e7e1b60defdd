package service_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// barrier is a visiting house with a way in and a way out for vehicles, and a camera
// at each.
type barrier struct {
	*visiting
	intake  *service.Intake
	in, out *service.DeviceView
	opened  []string
}

func (b *barrier) OpenBarrier(_ context.Context, _, _, passageID string) error {
	b.opened = append(b.opened, passageID)
	return errors.New("the line is cut")
}

func newBarrier(t testing.TB) *barrier {
	t.Helper()
	b := &barrier{visiting: newVisiting(t)}
	b.intake = service.NewIntake(b.Deps, b.Gates).WithOpener(b)
	b.in, b.out = b.camera(t, "in"), b.camera(t, "out")
	return b
}

func (b *barrier) camera(t testing.TB, direction string) *service.DeviceView {
	t.Helper()
	gate := model.Gate{ID: b.ID(), CommunityID: b.Garden.ID, Name: "道闸", Kind: model.GateBarrier, Direction: direction, Perimeter: "garage", Fallback: "ask_guard", Passback: "hard", CreatedAt: 1}
	b.Update(t, func(tx *store.Tx) error { return tx.CreateGate(gate) })
	if err := b.Directory.LoadPlaces(t.Context()); err != nil {
		t.Fatal(err)
	}
	made, err := service.NewDevices(b.Deps, nil, publicURL, "vzenith").Register(t.Context(), b.manager, b.Garden.ID, service.NewVendorDevice{GateID: gate.ID, Name: "相机", Protocol: "vzenith"})
	if err != nil {
		t.Fatal(err)
	}
	dev, ok := b.Directory.Device(made.Device.ID)
	if !ok {
		t.Fatal("the camera is not known")
	}
	return dev
}

// parks gives the home a vehicle, and its owner a pass.
func (b *barrier) parks(t testing.TB, plate string) model.Pass {
	t.Helper()
	r, err := b.Store.View(t.Context()).OpenResidency(b.Garden.ID, b.home.ID, b.owner.PersonID)
	if err != nil {
		t.Fatal(err)
	}
	now := model.Millis(b.Clock.Now())
	pass := model.Pass{ID: b.ID(), Number: model.NewPassNumber(), CommunityID: b.Garden.ID, PersonID: b.owner.PersonID, ResidencyID: r.ID, Kind: "resident",
		AccessGroup: 1, Building: "1", State: model.PassActive, ValidFrom: now, CreatedAt: now}
	b.Update(t, func(tx *store.Tx) error {
		if err := tx.AddPlates([]model.HouseholdPlate{{ID: b.ID(), CommunityID: b.Garden.ID, HouseholdID: b.home.ID, Plate: plate, CreatedAt: now}}); err != nil {
			return err
		}
		return tx.CreatePass(pass)
	})
	return pass
}

func (b *barrier) sees(t testing.TB, at *service.DeviceView, e model.DeviceEvent) model.DeviceAnswer {
	t.Helper()
	e.Kind, e.Native = model.DevicePlate, "test"
	answers, err := b.intake.Take(t.Context(), at, "", []model.DeviceEvent{e})
	if err != nil || len(answers) != 1 {
		t.Fatalf("%v, %v", answers, err)
	}
	return answers[0]
}

func (b *barrier) drives(t testing.TB, at *service.DeviceView, plate, want string) {
	t.Helper()
	a := b.sees(t, at, model.DeviceEvent{Key: b.ID(), Live: true, Plate: plate})
	if got := a.Decision + " " + a.Reason; got != want {
		t.Fatalf("%s at %s is %s, want %s", plate, at.Gate.Direction, got, want)
	}
}

func TestAHomesVehicleOpensTheBarrier(t *testing.T) {
	t.Parallel()
	b := newBarrier(t)
	pass := b.parks(t, "京AD06888")
	b.drives(t, b.in, "京A·D0 6888", "admit ok")
	// A plate is no code that is spent, and nobody knows who of the home is inside.
	b.drives(t, b.in, "京ad06888", "admit ok")
	b.drives(t, b.out, "京AD06888", "admit ok")
	b.drives(t, b.in, "京AD06889", "refuse unknown_plate")
	b.drives(t, b.in, "_无_", "refuse unknown_plate")
	b.drives(t, b.out, "沪A99999", "refer unknown_plate") // an exit never locks
	reader := b.Reader(t, b.Garden.Entrance)
	if a := b.Scan(t, reader, b.Code(t, pass, b.Clock.Now()), admission.In); a.Passage.Decision != "admit" {
		t.Errorf("the owner on foot is told %s: the vehicle spent the code", a.Passage.Reason)
	}
	b.Update(t, func(tx *store.Tx) error {
		_, err := tx.WithdrawPasses(b.Garden.ID, pass.ResidencyID, "moved")
		return err
	})
	b.drives(t, b.in, "京AD06888", "refuse unknown_plate")
}

func TestAVehicleIsRecordedOnce(t *testing.T) {
	t.Parallel()
	b := newBarrier(t)
	pass := b.parks(t, "京AD06888")
	e := model.DeviceEvent{Key: "S1|7", Live: true, Commanded: true, Plate: "京AD06888"}
	var wait sync.WaitGroup
	answers := make([]model.DeviceAnswer, 6)
	first := b.sees(t, b.in, e)
	for n := range answers {
		wait.Go(func() { answers[n] = b.sees(t, b.in, e) })
	}
	wait.Wait()
	for _, a := range answers {
		if a.PassageID != first.PassageID || !a.Admitted() || !a.Duplicate {
			t.Errorf("the same again is answered %+v", a)
		}
	}
	if len(b.opened) != 1 || b.opened[0] != first.PassageID {
		t.Errorf("opened for %v", b.opened)
	}
	b.Clock.Advance(11 * time.Second) // it is another vehicle that stands there now
	if a := b.sees(t, b.in, e); a.Admitted() || a.PassageID != first.PassageID {
		t.Errorf("a late repetition is answered %+v", a)
	}
	list, err := b.intake.Events(t.Context(), b.manager, b.Garden.ID, service.DeviceEventFilter{DeviceID: b.in.ID}, service.Page{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Plate != "京AD06888" || list.Items[0].PassageID != first.PassageID || list.Items[0].State != "admit" {
		t.Errorf("kept %+v, %v", list.Items, err)
	}
	p, err := b.Store.View(t.Context()).Passage(b.Garden.ID, first.PassageID)
	if err != nil || p.PassNumber != pass.Number || p.Kind != "vehicle" || p.Way != model.WayPlate || p.Direction != "in" {
		t.Errorf("the passage is %+v, %v", p, err)
	}
}

// What is told afterwards opens nothing, and what is no barrier asks nobody.
func TestWhatIsToldAfterwardsAsksNothing(t *testing.T) {
	t.Parallel()
	b := newBarrier(t)
	b.parks(t, "京AD06888")
	if a := b.sees(t, b.in, model.DeviceEvent{Key: "off", Plate: "京AD06888"}); a.Decision != "" || a.PassageID != "" {
		t.Errorf("a record is answered %+v", a)
	}
	at := model.Millis(b.Clock.Now().Add(-time.Hour))
	a := b.sees(t, b.in, model.DeviceEvent{Key: "cloud", State: model.DeviceAdmitted, Direction: "out", DeviceAt: at, Plate: "京AD06888", Commanded: true})
	if a.Decision != "" || a.PassageID == "" || len(b.opened) != 0 {
		t.Fatalf("a cloud's record is answered %+v, opened %v", a, b.opened)
	}
	p, err := b.Store.View(t.Context()).Passage(b.Garden.ID, a.PassageID)
	if err != nil || p.Online || p.Direction != "out" || p.Decision != "admit" || p.Outcome != model.OutcomePassed || p.ScannedAt != at {
		t.Errorf("the passage is %+v, %v", p, err)
	}
	if again := b.sees(t, b.in, model.DeviceEvent{Key: "cloud", State: model.DeviceAdmitted, Direction: "out", DeviceAt: at, Plate: "京AD06888"}); again.PassageID != a.PassageID || !again.Duplicate {
		t.Errorf("told again it is %+v", again)
	}
	entrance := *b.in
	gate := *b.in.Gate
	gate.Kind = "entrance"
	entrance.Gate = &gate
	if a := b.sees(t, &entrance, model.DeviceEvent{Key: "seen", Live: true, Plate: "京AD06888"}); a.Decision != "" {
		t.Errorf("at an entrance it is answered %+v", a)
	}
}

// comes asks for a visit of the home in a vehicle, and lets the house know what its
// pass opens.
func (b *barrier) comes(t testing.TB) service.Admitted {
	t.Helper()
	a, _ := b.ask(t, model.VisitVehicle, "101")
	if err := b.Directory.LoadPlaces(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAVisitorsVehicle(t *testing.T) {
	t.Parallel()
	b := newBarrier(t)
	a := b.comes(t)
	b.drives(t, b.in, "京A12345", "refuse approval_pending")
	if _, err := b.visits.Approve(t.Context(), b.owner, a.ID); err != nil {
		t.Fatal(err)
	}
	b.drives(t, b.in, "京A12345", "admit ok")
	b.after(t, time.Second)
	b.stands(t, a.ID, model.VisitArrived)
	b.drives(t, b.out, "京A12345", "admit ok")
	b.after(t, time.Second)
	b.stands(t, a.ID, model.VisitLeft)
	b.drives(t, b.in, "京A12345", "refuse unknown_plate")
}

func TestAVisitEndsWhenACloudTellsThatItLeft(t *testing.T) {
	t.Parallel()
	b := newBarrier(t)
	a := b.comes(t)
	if _, err := b.visits.Approve(t.Context(), b.owner, a.ID); err != nil {
		t.Fatal(err)
	}
	record := func(key, way string) {
		b.Clock.Advance(time.Minute)
		b.sees(t, b.in, model.DeviceEvent{Key: key, State: model.DeviceAdmitted, Direction: way, DeviceAt: model.Millis(b.Clock.Now()), Plate: "京A12345"})
		b.after(t, time.Second)
	}
	record("enter", "in")
	b.stands(t, a.ID, model.VisitArrived)
	record("leave", "out")
	b.stands(t, a.ID, model.VisitLeft)
}

// Recipients are told of vehicles that went through, and of plates the mask alone.
func TestRecipientsAreToldOfVehicles(t *testing.T) {
	t.Parallel()
	b := newBarrier(t)
	b.parks(t, "京AD06888")
	r := model.Recipient{ID: b.ID(), CommunityID: b.Garden.ID, Kind: "parking", Name: "停车", URL: "https://x.example", State: model.StateActive, Secret: "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
		EventTypes: []string{model.EventVehiclePassed}, FieldPolicy: map[string][]string{model.EventVehiclePassed: {"direction", "plate_masked", "kind"}}, CreatedAt: 1}
	b.Update(t, func(tx *store.Tx) error { return tx.CreateRecipient(r) })
	if err := b.Directory.LoadPlaces(t.Context()); err != nil {
		t.Fatal(err)
	}
	dev, _ := b.Directory.Device(b.in.ID)
	b.drives(t, dev, "京AD06888", "admit ok")
	b.drives(t, dev, "沪A99999", "refuse unknown_plate")
	rows, err := b.Probe(t).Query("SELECT body FROM outbox WHERE recipient_id = ?", r.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var bodies []string
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	if !slices.Equal(bodies, []string{`{"direction":"in","kind":"vehicle","plate_masked":"京A****88"}`}) {
		t.Errorf("told %v", bodies)
	}
}
