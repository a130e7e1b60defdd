package service_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// warns stores a public warning as the dialect of CAP tells it.
func (d *dutyRoom) warns(t testing.TB, key, level, what, state, replaces string) {
	t.Helper()
	d.Update(t, func(tx *store.Tx) error {
		return tx.CreateDeviceEvent(model.DeviceEvent{ID: d.ID(), CommunityID: d.Garden.ID, DeviceID: "cap", GateID: d.Garden.Entrance.ID, Kind: model.DeviceAlarm, State: state,
			Key: key, ReceivedAt: model.Millis(d.Clock.Now()), Detail: map[string]string{"what": what, "warning": level, "replaces": replaces}})
	})
	d.consider(t)
}

// warnings are the incidents of warnings by their word.
func (d *dutyRoom) warnings(t testing.TB) map[string]model.Incident {
	t.Helper()
	out := map[string]model.Incident{}
	for _, i := range mustDo[service.List[model.Incident]](t)(d.incidents.List(t.Context(), d.Manager(d.Garden), d.Garden.ID, service.IncidentQuery{}, service.Page{})).Items {
		if _, twice := out[i.What]; twice || i.Kind != model.IncidentWarning || i.Post != model.PostInformation {
			t.Errorf("raised %+v", i)
		}
		out[i.What] = i
	}
	return out
}

// A warning of fire in the hills is no fire in the house: it is an incident of its own
// kind, by its own severity.
func TestWarningsAreIncidentsBySeverity(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	d.warns(t, "a", "minor", "fire", "raised", "")
	d.warns(t, "b", "minor", "fire", "raised", "")
	d.warns(t, "c", "critical", "fire", "raised", "")
	d.warns(t, "d", "major", "weather", "raised", "")
	found := d.warnings(t)
	if len(found) != 3 || found["warning_minor_fire"].Alarms != 2 || found["warning_critical_fire"].Severity != model.Critical ||
		found["warning_major_weather"].Severity != model.Major || found["warning_minor_fire"].Severity != model.Minor {
		t.Fatalf("raised %+v", found)
	}
	if found["warning_critical_fire"].AssigneeID == "" {
		t.Error("nobody was given the critical one")
	}
}

// A cancellation need not say what it is about: it refers to what it cancels, and only
// that is over. An update of another level takes the place of what was there.
func TestWarningsAreTakenBackByReference(t *testing.T) {
	t.Parallel()
	d := newDutyRoom(t)
	d.warns(t, "a", "major", "weather", "raised", "")
	d.warns(t, "b", "major", "earthquake", "raised", "")
	d.warns(t, "c", "critical", "weather", "raised", "a unheard")
	found := d.warnings(t)
	if found["warning_major_weather"].ClearedAt == 0 || found["warning_critical_weather"].ClearedAt != 0 || found["warning_major_earthquake"].ClearedAt != 0 {
		t.Errorf("after the update %+v", found)
	}
	d.warns(t, "d", "minor", "warning", "cleared", "b")
	found = d.warnings(t)
	if len(found) != 3 || found["warning_major_earthquake"].ClearedAt == 0 || found["warning_critical_weather"].ClearedAt != 0 {
		t.Errorf("after the cancellation %+v", found)
	}
}
