package admission

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/passcode"
)

// busyWorld is a usual scan in a community with hours, quota, passback and an
// emergency, so that every row is judged and none fails.
func busyWorld(b testing.TB) (*world, *passcode.Code) {
	b.Helper()
	ours := newPair(b)
	text, err := ours.signer.Sign(passcode.Header{
		Format: passcode.Rotating, Kind: passcode.Resident, Key: 1, Community: 1, Pass: 7, Group: 1,
		Window: passcode.WindowAt(noon),
	})
	if err != nil {
		b.Fatal(err)
	}
	code, err := passcode.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	always := Hours{{Days: EveryDay, From: 22 * 60, To: 6 * 60}, {Days: EveryDay, From: 6 * 60, To: 22 * 60}}
	return &world{
		question: Question{Code: text, Direction: In, ScannedAt: noon, ClockOffsetKnown: true, TemperatureTenths: 365},
		gate:     Gate{ID: "g8", Community: 1, Perimeter: "site", Passback: PassbackHard},
		rules: Rules{
			Version: 1, ReportRequired: true, EmergencyUntil: noon.Add(time.Hour).UnixMilli(),
			Kinds: KindRules{Resident: KindRule{Quota: 9, Hours: always}},
		},
		now: noon, verifier: ours.verifier, knowledge: Known, pass: Pass{Colour: Green},
		group: &Group{Gates: []string{"g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8"}, Hours: always},
	}, &code
}

// BenchmarkRawVerify is what BenchmarkDecide is measured against: the signature
// alone. BenchmarkDecide is reading the text, verifying and every row.
func BenchmarkRawVerify(b *testing.B) {
	w, code := busyWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		if !w.verifier.Verify(code) {
			b.Fatal("not genuine")
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	w, _ := busyWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		if d := Decide(w.question, &w.gate, &w.rules, w, w.now, false); d.Reason != ReasonOK {
			b.Fatal(d.Reason)
		}
	}
}

// BenchmarkRules is the same without a code: rows 7 to 16.
func BenchmarkRules(b *testing.B) {
	w, _ := busyWorld(b)
	w.question.Identified = Identity{Kind: passcode.Resident, Pass: 7, Group: 1}
	b.ReportAllocs()
	for b.Loop() {
		if d := Decide(w.question, &w.gate, &w.rules, w, w.now, false); d.Reason != ReasonOK {
			b.Fatal(d.Reason)
		}
	}
}

// The engine itself allocates nothing: a decision costs the allocations of the
// signature's check and no more.
func TestDecideAllocatesNothingOfItsOwn(t *testing.T) {
	w, code := busyWorld(t)
	verify := testing.AllocsPerRun(200, func() { w.verifier.Verify(code) })
	decide := testing.AllocsPerRun(200, func() { Decide(w.question, &w.gate, &w.rules, w, w.now, false) })
	w.question.Identified = Identity{Kind: passcode.Resident, Pass: 7, Group: 1}
	rules := testing.AllocsPerRun(200, func() { Decide(w.question, &w.gate, &w.rules, w, w.now, false) })
	if decide > verify || rules != 0 {
		t.Errorf("verify allocates %v, decide %v, the rows alone %v", verify, decide, rules)
	}
}
