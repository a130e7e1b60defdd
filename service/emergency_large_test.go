package service_test

import (
	"os"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/store"
)

// With COMMUNITYPASS_LARGE set: everything of 100,000 residents is destroyed within
// ten minutes, and the key at once.
func TestALargeEmergencyIsDestroyedInTime(t *testing.T) {
	if os.Getenv("COMMUNITYPASS_LARGE") == "" {
		t.Skip("takes minutes: set COMMUNITYPASS_LARGE")
	}
	w := newWard(t)
	e := w.on(t, w.order(7))
	const residents, chunk = 100_000, 1000
	for from := 0; from < residents; from += chunk {
		err := w.Store.Update(t.Context(), func(tx *store.Tx) error {
			standings := make([]model.Standing, chunk)
			for i := range standings {
				person := w.ID()
				standings[i] = model.Standing{EmergencyID: e.ID, PersonID: person, CommunityID: w.Garden.ID, DueAt: 1, UpdatedAt: 1}
				r := model.HealthReport{ID: w.ID(), EmergencyID: e.ID, CommunityID: w.Garden.ID, PersonID: person, Version: 1, AuthorID: person, CreatedAt: 1,
					HealthAnswers: model.HealthAnswers{TemperatureTenths: 365}}
				r.RootID = r.ID
				if err := tx.CreateHealthReport(r); err != nil {
					return err
				}
			}
			return tx.AddStandings(standings)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	if _, err := w.emergencies.End(t.Context(), w.first, e.ID, "结束"); err != nil {
		t.Fatal(err)
	}
	key := time.Since(begun)
	if n, err := w.emergencies.Destroy(t.Context(), store.Lease{}); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	all := time.Since(begun)
	if key > 5*time.Second || all > 10*time.Minute {
		t.Errorf("the key took %s, everything %s", key, all)
	}
	t.Logf("100,000 residents: key %s, everything %s", key, all)
}
