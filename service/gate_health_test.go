package service_test

import (
	"context"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

func (w *ward) guard() *model.Caller {
	return w.StaffCaller(model.RoleGuard, model.ScopeCommunity, w.Garden.ID)
}

// A hand is warned of what stands against somebody in an emergency and outside of one.
func TestAHandIsWarnedOfRestrictionsAndColours(t *testing.T) {
	w := newWard(t)
	banned, red, late := w.tenant(t, w.Garden, "1", "101", true), w.tenant(t, w.Garden, "1", "102", true), w.tenant(t, w.Garden, "1", "103", true)
	hand := func(who tenant, state string) {
		t.Helper()
		_, err := w.Gates.Manual(t.Context(), w.guard(), w.Garden.Entrance.ID, service.ManualEntry{PassID: who.pass.ID, Direction: admission.In, Reason: "no_phone"})
		if state == "" {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		wantCode(t, err, model.CodeOverrideRequired, state)
	}
	hand(banned, "")
	w.standing(t, w.against(banned, model.EffectBan, 48*time.Hour))
	hand(banned, "restricted")
	w.on(t, w.order(7))
	w.standing(t, w.against(red, model.EffectRed, 48*time.Hour))
	w.standing(t, w.against(late, model.EffectRed, 48*time.Hour))
	hand(banned, "restricted")
	hand(red, "health_red")
	var night admission.Rules
	night.Kinds.Resident.Hours = admission.Hours{{Days: admission.EveryDay, From: 0, To: 60}}
	putRules(t, w.Gatehouse, night)
	if err := w.Directory.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantReason(t, late, admission.ReasonOutsideHours)
	hand(late, "health_red") // the hour comes first at the gate, and hides it
}

// measures are the ways in which a guard or a gate measures a temperature.
func (w *ward) measures(t *testing.T, who tenant, said string, tenths int) map[string]func() (service.ScanAnswer, error) {
	ctx, guard := t.Context(), w.guard()
	return map[string]func() (service.ScanAnswer, error){
		"code": func() (service.ScanAnswer, error) {
			return w.Gates.Scan(ctx, w.reader, service.Scan{ScanID: "code", Code: w.Code(t, who.pass, w.Clock.Now()), Direction: admission.In,
				ScannedAt: w.Clock.Now(), TemperatureTenths: tenths})
		},
		"spoken": func() (service.ScanAnswer, error) {
			return w.Gates.RedeemByGuard(ctx, guard, w.Garden.Entrance.ID, service.SpokenEntry{Code: said, Direction: admission.In, ScanID: "spoken", TemperatureTenths: tenths})
		},
		"manual": func() (service.ScanAnswer, error) {
			return w.Gates.Manual(ctx, guard, w.Garden.Entrance.ID, service.ManualEntry{PassID: who.pass.ID, Direction: admission.In, Reason: "no_phone",
				ScanID: "manual", TemperatureTenths: tenths})
		},
	}
}

// A temperature counts whichever way the pass was shown; the scan at which it was
// measured says the same colour as often as it is sent, and keeps nothing of it.
func TestATemperatureCountsWhicheverWay(t *testing.T) {
	for _, way := range []string{"code", "spoken", "manual"} {
		t.Run(way, func(t *testing.T) {
			w := newWard(t)
			who := w.tenant(t, w.Garden, "1", "101", true)
			w.on(t, w.order(7))
			issued, err := service.NewSpoken(w.Deps).Issue(t.Context(), who.Caller, who.pass.ID, w.Garden.Entrance.ID, "")
			if err != nil {
				t.Fatal(err)
			}
			send := w.measures(t, who, issued.Code, 389)[way]
			first, err := send()
			if err != nil || first.Colour != admission.Yellow {
				t.Fatalf("%s, %v", first.Colour, err)
			}
			again, err := send()
			if err != nil || again.Passage.ID != first.Passage.ID || again.Colour != first.Colour {
				t.Errorf("again: %s, %+v, %v", again.Colour, again.Passage, err)
			}
			if n := w.count(t, "SELECT COUNT(*) FROM temperature_readings"); n != 1 {
				t.Errorf("%d readings", n)
			}
			if n := w.count(t, "SELECT COUNT(*) FROM passages WHERE temperature_tenths <> 0"); n != 0 {
				t.Errorf("%d passages with a temperature", n)
			}
			if a := w.shows(t, who); a.Colour != admission.Yellow {
				t.Errorf("afterwards: %s", a.Colour)
			}
		})
	}
}

// offline uploads one passage that a gate decided alone.
func (w *ward) offline(t *testing.T, who tenant, at time.Time, tenths int) {
	t.Helper()
	results, err := w.Gates.Upload(context.Background(), w.reader, []service.OfflinePassage{{
		Scan:     service.Scan{ScanID: w.ID(), Code: w.Code(t, who.pass, at), Direction: admission.In, ScannedAt: at, TemperatureTenths: tenths},
		Decision: admission.Admit, Reason: admission.ReasonOK, RuleVersion: 1, Outcome: "passed"}})
	if err != nil || results[0].Status != "stored" {
		t.Fatal(results, err)
	}
	feed, err := service.NewFeed(t.Context(), w.Deps)
	if err == nil {
		err = feed.Poll(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What a gate measured alone counts from when it measured, not from when it told.
func TestATemperatureMeasuredOfflineCountsFromItsInstant(t *testing.T) {
	w := newWard(t)
	who := w.tenant(t, w.Garden, "1", "101", true)
	before := w.Clock.Now()
	w.Clock.Advance(time.Hour)
	w.on(t, w.order(7))
	w.offline(t, who, before, 389)
	if n := w.count(t, "SELECT COUNT(*) FROM temperature_readings"); n != 0 {
		t.Fatalf("%d readings from before the emergency", n)
	}
	w.Clock.Advance(time.Minute)
	normal := w.Clock.Now()
	w.Clock.Advance(time.Minute)
	if a := w.showsAt(t, who, 389); a.Colour != admission.Yellow {
		t.Fatalf("measured at the gate: %s", a.Colour)
	}
	w.offline(t, who, normal, 365)
	if a := w.shows(t, who); a.Colour != admission.Yellow {
		t.Errorf("an older reading that came later gives %q", a.Colour)
	}
	w.Clock.Advance(time.Minute)
	fever := w.Clock.Now()
	w.Clock.Advance(12 * time.Hour)
	w.offline(t, who, fever, 390)
	w.Clock.Advance(12*time.Hour - 31*time.Second - time.Millisecond)
	if a := w.shows(t, who); a.Colour != admission.Yellow {
		t.Errorf("just within a day: %q", a.Colour)
	}
	w.Clock.Advance(time.Millisecond - 31*time.Second)
	if a := w.shows(t, who); a.Colour != "" {
		t.Errorf("a day after it was measured: %q", a.Colour)
	}
}

// A second fever moves the end of the colour, though the colour is the same.
func TestALaterFeverLastsFromItsOwnInstant(t *testing.T) {
	w := newWard(t)
	who := w.tenant(t, w.Garden, "1", "101", true)
	w.on(t, w.order(7))
	w.showsAt(t, who, 380)
	w.Clock.Advance(12 * time.Hour)
	w.showsAt(t, who, 381)
	w.Clock.Advance(13 * time.Hour)
	if a := w.shows(t, who); a.Colour != admission.Yellow {
		t.Errorf("13 hours after the second: %q", a.Colour)
	}
}

// The key of an emergency that was only declared is not taken for a destroyed one.
func TestAnEmergencysKeyStaysOpenedWhileItLasts(t *testing.T) {
	w := newWard(t)
	who := w.tenant(t, w.Garden, "1", "101", true)
	e := w.on(t, w.order(7))
	w.showsAt(t, who, 365)
	if _, err := w.Probe(t).ExecContext(t.Context(), "UPDATE data_keys SET destroyed_at = 1 WHERE subject_id = ?", e.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.SealReading(t.Context(), e.ID, 365); err != nil {
		t.Errorf("the key is opened anew for each reading: %v", err)
	}
}

// Who lives in two communities of an emergency has one standing; the gates of both
// know of it, also alone.
func TestABundleKnowsOfWhoReportedInAnotherCommunity(t *testing.T) {
	w := newWard(t)
	who := w.tenant(t, w.Garden, "1", "101", true)
	now := model.Millis(w.Clock.Now())
	home := model.Household{ID: w.ID(), CommunityID: w.Harbour.ID, Building: "9", Unit: "1", Room: "901", CreatedAt: now}
	r := model.Residency{ID: w.ID(), CommunityID: w.Harbour.ID, HouseholdID: home.ID, PersonID: who.PersonID, Relation: "owner", Status: model.ResidencyActive, CreatedAt: now}
	pass := who.pass
	pass.ID, pass.Number, pass.CommunityID, pass.ResidencyID = w.ID(), model.NewPassNumber(), w.Harbour.ID, r.ID
	w.Update(t, func(tx *store.Tx) error {
		if err := tx.CreateHousehold(home); err != nil {
			return err
		}
		if err := tx.CreateResidency(r); err != nil {
			return err
		}
		return tx.CreatePass(pass)
	})
	order := w.order(7)
	order.Scope = []string{w.Garden.ID, w.Harbour.ID}
	order.Fields = []string{service.FieldTestResult}
	w.on(t, order)
	if _, err := w.health.Report(t.Context(), who.Caller, service.NewReport{CommunityID: w.Garden.ID, Answers: model.HealthAnswers{TestResult: "positive"}}); err != nil {
		t.Fatal(err)
	}
	for _, gate := range []model.Gate{w.Garden.Entrance, w.Harbour.Entrance} {
		b, err := w.Gates.Bundle(t.Context(), w.Reader(t, gate))
		if err != nil || !jsonHas(b.Payload, `"colour":"red"`) {
			t.Errorf("the bundle of %s is %s (%v)", gate.ID, b.Payload, err)
		}
	}
}
