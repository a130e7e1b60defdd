package admission

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/passcode"
)

// shown is a world whose code is still to be signed.
type shown struct {
	world
	header passcode.Header
	by     pair
	text   string
}

// TestEarlierFaultWins puts every two faults together, so that the order of the
// whole table is held, not only of neighbours.
func TestEarlierFaultWins(t *testing.T) {
	t.Parallel()
	ours, stranger := newPair(t), newPair(t)
	rows := []struct {
		reason Reason
		fault  func(*shown)
	}{
		{ReasonUnknownCode, func(s *shown) { s.text = "not a code" }},
		{ReasonWrongCommunity, func(s *shown) { s.header.Community = 9 }},
		{ReasonGateStale, func(s *shown) { s.verifier, s.stale = nil, true }},
		{ReasonBadSignature, func(s *shown) { s.by = stranger }},
		{ReasonExpired, func(s *shown) { s.header.Window -= 2 }},
		{ReasonClockSkew, func(s *shown) { s.header.Window += 100 }},
		{ReasonRevoked, func(s *shown) { s.pass.Withdrawn = true }},
		{ReasonRestricted, func(s *shown) { s.pass.Restricted = true }},
		{ReasonNotYetValid, func(s *shown) { s.pass.ValidFrom = noon.UnixMilli() + 1 }},
		{ReasonPassExpired, func(s *shown) { s.pass.ValidUntil = noon.UnixMilli() }},
		{ReasonApprovalPending, func(s *shown) { s.pass.ApprovalPending = true }},
		{ReasonWrongGate, func(s *shown) { s.group.Gates = nil }},
		{ReasonOutsideHours, func(s *shown) { s.rules.Kinds.Resident.Hours = Hours{{Days: EveryDay, From: 0, To: 1}} }},
		{ReasonHealthRed, func(s *shown) { s.pass.Colour = Red }},
		{ReasonReportDue, func(s *shown) { s.pass.ReportDue = true }},
		{ReasonTemperatureHigh, func(s *shown) { s.question.TemperatureTenths = 380 }},
		{ReasonQuotaReached, func(s *shown) { s.admitted = 1 }},
		{ReasonUsed, func(s *shown) { s.used = true }},
		{ReasonPassback, func(s *shown) { s.inside = true }},
	}
	clean := func() *shown {
		return &shown{
			by: ours,
			header: passcode.Header{
				Format: passcode.Rotating, Kind: passcode.Resident, Key: 1, Community: 1,
				Pass: 7, Group: 1, Window: passcode.WindowAt(noon),
			},
			world: world{
				gate: Gate{ID: "g", Community: 1, Perimeter: "site", Passback: PassbackHard},
				rules: Rules{
					Version: 1, ReportRequired: true, EmergencyUntil: noon.Add(time.Hour).UnixMilli(),
				},
				now: noon, verifier: ours.verifier, knowledge: Known, pass: Pass{Quota: 1},
				group: &Group{Gates: []string{"g"}},
			},
		}
	}
	decide := func(s *shown) Decision {
		text, err := s.by.signer.Sign(s.header)
		if err != nil {
			t.Fatal(err)
		}
		s.question.Code = text
		if s.text != "" {
			s.question.Code = s.text
		}
		return s.decide()
	}
	if d := decide(clean()); d.Reason != ReasonOK {
		t.Fatalf("the world without faults is %s", d.Reason)
	}
	for i, first := range rows {
		for j, second := range rows[i:] {
			if first.reason == ReasonExpired && second.reason == ReasonClockSkew {
				continue // a window is not old and ahead at once
			}
			s := clean()
			second.fault(s)
			if j > 0 {
				first.fault(s)
			}
			if d := decide(s); d.Reason != first.reason {
				t.Errorf("%s together with %s was %s", first.reason, second.reason, d.Reason)
			}
		}
	}
}
