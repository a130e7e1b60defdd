package e2e_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/store"
)

// healthArea is emergencies, health reports, restrictions and appeals.
func healthArea() area { return area{operations: healthOperations, furnish: furnishHealth} }

func healthOperations() map[string]operation {
	on := orUnknown("emergency")
	temperature := sent(map[string]any{"temperature_c": 36.5, "symptoms": []string{}})
	return map[string]operation{
		"listEmergencies":         {},
		"declareEmergency":        {body: func(w *world, p places) any { return newEmergency(w) }},
		"getEmergency":            {id: on},
		"approveEmergency":        {id: more("waiting")},
		"renewEmergency":          {id: on, body: func(w *world, _ places) any { return renewal(w) }},
		"endEmergency":            {id: more("ending"), body: reason, last: true},
		"getEmergencyCertificate": {id: on, always: 404},
		"getMyEmergency":          {},
		"listMyHealthReports":     {},
		"reportHealth":            {body: temperature},
		"correctHealthReport":     {id: more("report"), body: sent(map[string]any{"temperature_c": 36.6, "reason": "misread"})},
		"getHealthSummary":        {},
		"listHealthFollowUps":     {query: "?purpose=rounds"},
		"listRestrictions":        {},
		"proposeRestriction": {body: func(w *world, p places) any {
			return newRestriction(w, p.more["resident"])
		}},
		"approveRestriction": {id: more("proposed")},
		"liftRestriction":    {id: more("lifting"), body: reason},
		"listMyRestrictions": {},
		"appealRestriction":  {id: more("standing"), body: sent(map[string]any{"text": "the test was negative"})},
		"decideAppeal":       {id: more("appeal"), body: sent(map[string]any{"decision": "uphold", "reason": "as the order says"})},
	}
}

// orUnknown is more, for worlds that were not furnished.
func orUnknown(name string) func(places) string {
	return func(p places) string {
		if id := p.more[name]; id != "" {
			return id
		}
		return unknownID
	}
}

func newEmergency(w *world) map[string]any {
	return map[string]any{"order_number": w.unique("order"), "reason": "influenza", "impact_assessment": "PIA-7", "ends_at": at(w.now(w.t).Add(7 * 24 * time.Hour))}
}

func renewal(w *world) map[string]any {
	return map[string]any{"ends_at": at(w.now(w.t).Add(20 * 24 * time.Hour)), "reason": "not over", "impact_assessment": "PIA-8"}
}

func newRestriction(w *world, person string) map[string]any {
	return map[string]any{"subject_kind": "person", "subject_id": person, "effect": "yellow", "basis": "order 7", "reason": "close contact",
		"expires_at": at(w.now(w.t).Add(24 * time.Hour))}
}

// officer is a new officer of the committee, signed in.
func (w *world) officer(t testing.TB) *client {
	t.Helper()
	name, password := "o."+w.unique("n"), "a long enough phrase 9"
	made := want[wire.StaffCreated](t, w.person(street).post(t, "/v1/staff", map[string]any{"username": name, "password": password, "name": "某某",
		"role": "committee_officer", "scope_kind": "committee", "scope_id": w.Demo.Communities[0].CommitteeID}), 201)
	code := totp(t, *made.TotpSecret, w.advance(t, 31*time.Second))
	in := w.from("127.3.0.1").post(t, sessions+"staff", map[string]any{"username": name, "password": password, "totp": code})
	return w.home.as(want[wire.Session](t, in, 201).AccessToken)
}

// agree stores a person's consent to health reports behind the program.
func (w *world) agree(t testing.TB, person string) {
	t.Helper()
	dsn := filepath.Join(w.data, "demo.db")
	if w.database != "" {
		dsn = w.database
	}
	s, err := store.Open(context.Background(), store.Config{DSN: dsn}, model.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Update(context.Background(), func(tx *store.Tx) error {
		return tx.CreateConsent(model.Consent{ID: model.NewID(time.Now()), PersonID: person, Purpose: model.ConsentHealth, TextVersion: "1",
			TextHash: make([]byte, 32), Channel: "miniprogram", GivenAt: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// furnishHealth puts the community into an emergency, with its resident's report and
// restrictions.
func furnishHealth(t testing.TB, w *world, garden bool, p *places) {
	t.Helper()
	resident := w.Demo.People["林浩"]
	if !garden {
		resident = w.Demo.People["何雨桐"]
	}
	me := w.home.as(resident.AccessToken)
	author, other := w.officer(t), w.officer(t)
	in := "/v1/communities/" + p.cid + "/"
	declare := func() string {
		return want[wire.Emergency](t, author.post(t, in+"emergencies", newEmergency(w)), 201).Id
	}
	p.more["resident"] = resident.PersonID
	p.more["waiting"], p.more["ending"], p.more["emergency"] = declare(), declare(), declare()
	for _, c := range []*client{other, w.person(committee)} {
		c.post(t, "/v1/emergencies/"+p.more["emergency"]+"/approve", nil).wants(t, 200)
	}
	w.agree(t, resident.PersonID)
	p.more["report"] = want[wire.HealthReported](t, me.post(t, "/v1/me/health-reports", map[string]any{"temperature_c": 36.5}), 201).Id
	propose := func() string {
		return want[wire.Restriction](t, author.post(t, in+"restrictions", newRestriction(w, resident.PersonID)), 201).Id
	}
	p.more["proposed"] = propose()
	for _, name := range []string{"lifting", "standing", "appealed"} {
		p.more[name] = propose()
		other.post(t, "/v1/restrictions/"+p.more[name]+"/approve", nil).wants(t, 200)
	}
	p.more["appeal"] = want[wire.Appeal](t, me.post(t, "/v1/me/restrictions/"+p.more["appealed"]+"/appeals", map[string]any{"text": "not me"}), 201).Id
}
