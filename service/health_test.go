package service_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

func TestHealthIsOffInOrdinaryMode(t *testing.T) {
	w := newWard(t)
	who := w.tenant(t, w.Garden, "1", "101", true)
	for name, do := range map[string]func() error{
		"report": func() error {
			_, err := w.health.Report(t.Context(), who.Caller, service.NewReport{Answers: model.HealthAnswers{TemperatureTenths: 365}})
			return err
		},
		"list": func() error { _, err := w.health.Mine(t.Context(), who.Caller, service.Page{}); return err },
		"correct": func() error {
			_, err := w.health.Correct(t.Context(), who.Caller, w.ID(), service.Correction{})
			return err
		},
		"summary": func() error { _, err := w.health.Summary(t.Context(), w.author, w.Garden.ID); return err },
		"follow": func() error {
			_, err := w.health.FollowUps(t.Context(), w.author, w.Garden.ID, "随访", service.Page{})
			return err
		},
		"colour": func() error {
			_, err := w.restrictions.Propose(t.Context(), w.author, w.Garden.ID, w.against(who, model.EffectRed, time.Hour))
			return err
		},
	} {
		if err := do(); err == nil || model.CodeOf(err) != model.CodeNotInEmergency {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a := w.showsAt(t, who, 391); a.Passage.Reason != "ok" || a.Colour != "" || a.Passage.TemperatureTenths != 0 {
		t.Errorf("the gate says %+v", a)
	}
	if n := w.count(t, "SELECT COUNT(*) FROM temperature_readings"); n != 0 {
		t.Errorf("%d temperatures are kept", n)
	}
}

func TestAReportHoldsWhatIsAskedOfWhoAgreed(t *testing.T) {
	w := newWard(t)
	who, silent := w.tenant(t, w.Garden, "1", "101", true), w.tenant(t, w.Garden, "1", "102", false)
	w.on(t, w.order(7))
	well := model.HealthAnswers{TemperatureTenths: 365, Symptoms: []string{}}
	_, err := w.health.Report(t.Context(), silent.Caller, service.NewReport{Answers: well})
	wantCode(t, err, model.CodeConsentRequired)
	_, err = w.health.Report(t.Context(), who.Caller, service.NewReport{Answers: model.HealthAnswers{TemperatureTenths: 365, Travel: []string{"上海"}}})
	wantCode(t, err, model.CodeInvalid)
	_, err = w.health.Report(t.Context(), who.Caller, service.NewReport{})
	wantCode(t, err, model.CodeInvalid)
	_, err = w.health.Report(t.Context(), who.Caller, service.NewReport{PersonID: silent.PersonID, Answers: well})
	wantCode(t, err, model.CodeNotFound)
	_, err = w.health.Report(t.Context(), who.Caller, service.NewReport{CommunityID: w.Harbour.ID, Answers: well})
	wantCode(t, err, model.CodeNotFound)

	// A carer reports for a dependant by the carer's own consent.
	w.Update(t, func(tx *store.Tx) error {
		return tx.CreateDependant(model.Dependant{ID: w.ID(), CommunityID: w.Garden.ID, HouseholdID: silent.home.ID, CarerID: who.PersonID, PersonID: silent.PersonID, Relation: "elder", CreatedAt: 1})
	})
	r, err := w.health.Report(t.Context(), who.Caller, service.NewReport{PersonID: silent.PersonID, Answers: well})
	if err != nil || r.PersonID != silent.PersonID || r.AuthorID != who.PersonID {
		t.Fatalf("%+v, %v", r, err)
	}
	list, err := w.health.Mine(t.Context(), who.Caller, service.Page{})
	if err != nil || len(list.Items) != 1 || list.Items[0].TemperatureTenths != 365 || list.Items[0].Symptoms == nil {
		t.Fatalf("%+v, %v", list.Items, err)
	}
}

func TestAColourSaysWhyAndTheLastVersionCounts(t *testing.T) {
	w := newWard(t)
	who, stranger := w.tenant(t, w.Garden, "1", "101", true), w.tenant(t, w.Garden, "1", "102", true)
	in := w.order(7)
	in.Fields = []string{service.FieldTemperature, service.FieldTestResult}
	w.on(t, in)
	colour := func(want admission.Colour, rule string) {
		t.Helper()
		duties, err := w.health.Duties(t.Context(), who.Caller)
		if err != nil || len(duties) != 1 || duties[0].Colour != want || duties[0].Rule != rule || duties[0].Phrase.ZH == "" || duties[0].Phrase.EN == "" {
			t.Fatalf("%+v, %v; want %q by %s", duties, err, want, rule)
		}
		if a := w.shows(t, who); a.Colour != want {
			t.Fatalf("the gate shows %q, want %q", a.Colour, want)
		}
	}
	colour("", "no_report")
	r := w.report(t, who, model.HealthAnswers{TemperatureTenths: 372})
	colour(admission.Green, "nothing_found")
	w.report(t, who, model.HealthAnswers{TemperatureTenths: 373})
	colour(admission.Yellow, "fever")
	last := w.report(t, who, model.HealthAnswers{TestResult: "positive"})
	colour(admission.Red, "positive_test")
	w.wantReason(t, who, admission.ReasonHealthRed)

	_, err := w.health.Correct(t.Context(), stranger.Caller, last.RootID, service.Correction{Answers: model.HealthAnswers{TestResult: "negative"}})
	wantCode(t, err, model.CodeNotFound)
	// To correct an older report changes nothing of what counts.
	if _, err := w.health.Correct(t.Context(), who.Caller, r.RootID, service.Correction{Answers: model.HealthAnswers{TemperatureTenths: 365}}); err != nil {
		t.Fatal(err)
	}
	colour(admission.Red, "positive_test")
	_, err = w.health.Correct(t.Context(), w.author, last.RootID, service.Correction{Answers: model.HealthAnswers{TestResult: "negative"}})
	wantCode(t, err, model.CodeInvalid) // staff say why
	c, err := w.health.Correct(t.Context(), w.author, last.RootID, service.Correction{Answers: model.HealthAnswers{TestResult: "negative"}, Reason: "本人误填"})
	if err != nil || c.Version != 2 || c.RootID != last.RootID {
		t.Fatalf("%+v, %v", c, err)
	}
	colour(admission.Green, "nothing_found")
	_, err = w.health.Correct(t.Context(), w.Manager(w.Garden), last.RootID, service.Correction{Answers: model.HealthAnswers{TestResult: "negative"}, Reason: "代改"})
	wantCode(t, err, model.CodeNotFound)
	list, err := w.health.Mine(t.Context(), who.Caller, service.Page{})
	if err != nil || len(list.Items) != 3 || list.Items[0].TestResult != "negative" || list.Items[2].TemperatureTenths != 365 {
		t.Fatalf("%+v, %v", list.Items, err)
	}
}

func TestAReportIsDueAtTheInstant(t *testing.T) {
	w := newWard(t)
	who := w.tenant(t, w.Garden, "1", "101", true)
	e := w.on(t, w.order(7))
	at := func(instant int64, want admission.Reason) {
		t.Helper()
		w.Clock.Advance(model.FromMillis(instant).Sub(w.Clock.Now()) - 31*time.Second)
		w.wantReason(t, who, want)
	}
	due := e.StartedAt + 24*time.Hour.Milliseconds()
	at(due-1, admission.ReasonOK)
	at(due+31_000, admission.ReasonReportDue)
	r := w.report(t, who, model.HealthAnswers{TemperatureTenths: 365})
	w.wantReason(t, who, admission.ReasonOK)
	if r.DueAt != r.CreatedAt+24*time.Hour.Milliseconds() {
		t.Errorf("due at %d after %d", r.DueAt, r.CreatedAt)
	}
	w.Clock.Advance(model.FromMillis(r.DueAt).Sub(w.Clock.Now()))
	me, err := w.residents.Me(t.Context(), who.Caller)
	if err != nil || !slices.Contains(me.Duties, service.DutyHealthReport) || me.Colour != admission.Green {
		t.Errorf("%+v, %v", me, err)
	}
}

func TestAGatesTemperatureIsSealedAndChangesTheColour(t *testing.T) {
	w := newWard(t)
	who := w.tenant(t, w.Garden, "1", "101", true)
	w.on(t, w.order(7))
	there, feed := replica(t, w.House, w.Clock)
	if p, err := there.Pass(t.Context(), who.pass.Number); err != nil || p == nil {
		t.Fatal(err)
	}
	if a := w.showsAt(t, who, 373); a.Passage.Reason != string(admission.ReasonTemperatureHigh) || a.Passage.TemperatureTenths != 0 {
		t.Fatalf("the gate says %+v", a.Passage)
	}
	if a := w.shows(t, who); a.Colour != admission.Yellow || a.Passage.Reason != "ok" {
		t.Fatalf("afterwards it says %s, %+v", a.Colour, a.Passage)
	}
	if err := feed.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	duties, err := w.health.Duties(t.Context(), who.Caller)
	if err != nil || duties[0].Rule != "gate_fever" {
		t.Fatalf("%+v, %v", duties, err)
	}
	if a := w.showsAt(t, who, 366); a.Passage.Reason != "ok" {
		t.Fatalf("the gate says %+v", a.Passage)
	}
	if a := w.shows(t, who); a.Colour != "" {
		t.Fatalf("a later reading does not count: %s", a.Colour)
	}
	if found, err := service.NewSealer(w.Deps, 0).Seal(t.Context()); err != nil || found == 0 {
		t.Fatalf("sealed %d, %v", found, err)
	}
}

func TestStaffSeeWhoConcernsThemAndNumbers(t *testing.T) {
	w := newWard(t)
	var all []tenant
	for _, room := range []string{"101", "102", "103", "104", "105"} {
		all = append(all, w.tenant(t, w.Garden, "1", room, true))
	}
	few := w.tenant(t, w.Garden, "2", "101", true)
	w.on(t, w.order(7))
	if _, err := w.emergencies.Announce(t.Context(), store.Lease{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range append(slices.Clone(all[1:]), few) {
		w.report(t, p, model.HealthAnswers{TemperatureTenths: 365})
	}
	w.report(t, all[1], model.HealthAnswers{Symptoms: []string{"咳嗽"}})
	list, err := w.health.FollowUps(t.Context(), w.author, w.Garden.ID, "每日随访", service.Page{})
	if err != nil || len(list.Items) != 1 || list.Items[0].PersonID != all[1].PersonID || list.Items[0].Household.Room != "102" {
		t.Fatalf("%+v, %v", list.Items, err)
	}
	if n := w.count(t, "SELECT COUNT(*) FROM access_log WHERE person_id = ? AND what = 'health_follow_up' AND purpose = ?", all[1].PersonID, "每日随访"); n != 1 {
		t.Errorf("%d looks are in the log", n)
	}
	if n := w.count(t, "SELECT COUNT(*) FROM access_log"); n != 1 {
		t.Errorf("%d looks at all", n)
	}
	w.Clock.Advance(25 * time.Hour)
	var seen []string
	for p := (service.Page{Limit: 2}); ; {
		list, err := w.health.FollowUps(t.Context(), w.author, w.Garden.ID, "每日随访", p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list.Items {
			seen = append(seen, f.PersonID)
		}
		if p.Cursor = list.Next; p.Cursor == "" {
			break
		}
	}
	if len(seen) != 6 || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 6 {
		t.Errorf("overdue are %v", seen)
	}
	s, err := w.health.Summary(t.Context(), w.second, w.Garden.ID)
	if err != nil || s.People != 6 || s.Yellow != 1 || s.Green != 4 || s.Unknown != 1 || s.Overdue != 6 || s.BuildingsHidden != 2 || len(s.Buildings) != 0 {
		t.Errorf("the one person of building 2 is the difference: %+v, %v", s, err)
	}
	_, err = w.health.FollowUps(t.Context(), w.second, w.Garden.ID, "看看", service.Page{})
	wantCode(t, err, model.CodeNotFound) // the street has numbers only
}

func TestNoDifferenceOfASummaryStandsForFewerThanFive(t *testing.T) {
	for name, c := range map[string]struct {
		// people of the buildings, by their names 0, 1, 2…
		people []int
		shown  string
	}{
		"all of five":                     {[]int{5, 5}, "0 1"},
		"one hidden takes the next":       {[]int{9, 1, 6}, "0"},
		"two hidden that are enough":      {[]int{2, 3, 5}, "2"},
		"two hidden that are not":         {[]int{2, 2, 5, 7}, "3"},
		"nothing but one":                 {[]int{4}, ""},
		"the smallest of equals by name":  {[]int{5, 1, 5}, "2"},
		"nobody":                          {nil, ""},
		"one hidden, and nothing to take": {[]int{1, 3}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWard(t)
			for building, n := range c.people {
				for room := range n {
					w.tenant(t, w.Garden, strconv.Itoa(building), strconv.Itoa(101+room), true)
				}
			}
			w.on(t, w.order(7))
			if _, err := w.emergencies.Announce(t.Context(), store.Lease{}); err != nil {
				t.Fatal(err)
			}
			s, err := w.health.Summary(t.Context(), w.second, w.Garden.ID)
			var shown []string
			hidden := s.People
			for _, b := range s.Buildings {
				shown = append(shown, b.Building)
				hidden -= b.People
			}
			if err != nil || strings.Join(shown, " ") != c.shown || s.BuildingsHidden != len(c.people)-len(shown) || hidden > 0 && hidden < 5 && len(shown) > 0 {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}
