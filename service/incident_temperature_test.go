package service_test

import (
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// A passage at which the temperature was too high is told once, with the passage, and
// however often the gate sends it again.
func TestATemperatureAtAGateIsAnIncident(t *testing.T) {
	t.Parallel()
	g := testkit.NewGatehouse(t)
	reader := g.Reader(t, g.Garden.Entrance)
	now := model.Millis(g.Clock.Now())
	var passage string
	for _, scan := range []string{"warm-1", "warm-1", "warm-2"} {
		r, err := g.Recorder.Record(t.Context(), store.Recording{ScanID: scan, Passage: model.Passage{CommunityID: g.Garden.ID, GateID: g.Garden.Entrance.ID,
			DeviceID: reader.AccountID, Kind: "resident", Direction: "in", Perimeter: "site", Decision: "refer", Reason: "temperature_high", Online: true,
			ScannedAt: now, ReceivedAt: now, Outcome: "decided"}})
		if err != nil {
			t.Fatal(err)
		}
		passage = r.Passage.ID
	}
	s := service.NewIncidents(g.Deps)
	if err := s.Consider(t.Context(), store.Lease{}); err != nil {
		t.Fatal(err)
	}
	found := mustDo[service.List[model.Incident]](t)(s.List(t.Context(), g.Manager(g.Garden), g.Garden.ID, service.IncidentQuery{}, service.Page{})).Items
	if len(found) != 1 || found[0].Kind != model.IncidentTemperature || found[0].Alarms != 2 || found[0].GateID != g.Garden.Entrance.ID {
		t.Fatalf("found %+v", found)
	}
	v := mustDo[service.IncidentView](t)(s.Get(t.Context(), g.Manager(g.Garden), found[0].ID))
	last := v.Timeline[len(v.Timeline)-1]
	if last.Evidence != model.EvidencePassage || last.Ref != passage {
		t.Errorf("the last line is %+v", last)
	}
}

func TestWhatDevicesSayMakesIncidents(t *testing.T) {
	t.Parallel()
	event := func(kind model.DeviceEventKind, state, what string) *model.DeviceEvent {
		return &model.DeviceEvent{Kind: kind, State: state, Detail: map[string]string{"what": what}}
	}
	for name, c := range map[string]struct {
		e       *model.DeviceEvent
		kind    model.IncidentKind
		cleared bool
		ok      bool
	}{
		"fire":                       {event(model.DeviceAlarm, "raised", "fire"), model.IncidentFire, false, true},
		"fire is over":               {event(model.DeviceAlarm, "cleared", "fire"), model.IncidentFire, true, true},
		"motion":                     {event(model.DeviceAlarm, "raised", "motion"), "", false, false},
		"an alarm without a word":    {event(model.DeviceAlarm, "raised", ""), model.IncidentOther, false, true},
		"a word of no table":         {event(model.DeviceAlarm, "raised", "blizzard"), model.IncidentOther, false, true},
		"a lock that is faulty":      {event(model.DeviceAlarm, "raised", "lock_fault"), model.IncidentFault, false, true},
		"a door left open":           {event(model.DeviceDoor, "left_open", ""), model.IncidentLeftOpen, false, true},
		"a door that was closed":     {event(model.DeviceDoor, "closed", ""), model.IncidentLeftOpen, true, true},
		"a door opened from afar":    {event(model.DeviceDoor, "opened", "opened_remotely"), "", false, false},
		"a device that went":         {event(model.DeviceStatus, "offline", ""), model.IncidentOffline, false, true},
		"a device that came back":    {event(model.DeviceStatus, "online", ""), model.IncidentOffline, true, true},
		"a battery that is low":      {event(model.DeviceStatus, "raised", "battery_low"), model.IncidentFault, false, true},
		"a status of no word":        {event(model.DeviceStatus, "", ""), "", false, false},
		"a usual temperature":        {event(model.DeviceReading, "", ""), "", false, false},
		"a high temperature":         {event(model.DeviceReading, "raised", "temperature_high"), model.IncidentTemperature, false, true},
		"a code":                     {event(model.DeviceCode, "admitted", ""), "", false, false},
		"what nobody has a word for": {event(model.DeviceUnknown, "raised", "fire"), "", false, false},
	} {
		kind, _, cleared, ok := model.IncidentOf(c.e)
		if ok != c.ok || ok && (kind != c.kind || cleared != c.cleared) {
			t.Errorf("%s makes %s, cleared %v, %v", name, kind, cleared, ok)
		}
	}
}
