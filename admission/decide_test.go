package admission

import (
	"testing"
	"time"

	"communitypass.cn/communitypass/passcode"
	"pgregory.net/rapid"
)

func TestJudgedAtStaysNearTheServer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ms := func(label string) time.Duration {
			return time.Duration(rapid.Int64Range(-400_000, 400_000).Draw(t, label)) * time.Millisecond
		}
		scanned, offset := noon.Add(ms("scanned")), ms("offset")
		known := rapid.Bool().Draw(t, "known")
		at := JudgedAt(scanned, offset, known, noon)
		corrected := scanned.Add(-offset)
		want := noon
		if known && corrected.Sub(noon).Abs() <= 120*time.Second {
			want = corrected
		}
		if !at.Equal(want) {
			t.Fatalf("judged at %s, want %s", at, want)
		}
	})
}

// A device may send any instant; a difference that overflows a Duration must not
// come out as a small one.
func TestJudgedAtWithAbsurdClocks(t *testing.T) {
	t.Parallel()
	for _, scanned := range []time.Time{{}, time.Unix(1<<40, 0), time.Unix(-1<<40, 0)} {
		for _, offset := range []time.Duration{0, 1<<63 - 1, -1 << 63} {
			if at := JudgedAt(scanned, offset, true, noon); !at.Equal(noon) {
				t.Errorf("scanned %s with offset %s was judged at %s", scanned, offset, at)
			}
		}
	}
}

func TestManual(t *testing.T) {
	t.Parallel()
	d := Manual(&Rules{Version: 12}, noon)
	if d.Outcome != Admit || d.Reason != ReasonManual || d.RuleVersion != 12 || !d.JudgedAt.Equal(noon) {
		t.Errorf("by hand: %+v", d)
	}
	if d.Genuine || d.Parsed || d.Use != (UseKey{}) {
		t.Errorf("a guard's hand vouches for no code: %+v", d)
	}
}

// What the caller stores is exactly what the next decision asks the facts for.
func TestDecisionNamesWhatToSpend(t *testing.T) {
	t.Parallel()
	ours := newPair(t)
	header := passcode.Header{
		Format: passcode.Rotating, Kind: passcode.Courier, Key: 1, Community: 1, Pass: 5, Group: 8,
		Window: passcode.WindowAt(noon) - 1,
	}
	w := world{
		gate: Gate{ID: "g", Community: 1, Perimeter: "unit-2"}, rules: Rules{Version: 1}, now: noon,
		verifier: ours.verifier, group: &Group{All: true}, knowledge: Known, pass: Pass{Group: 6},
	}
	w.question.Direction = Out
	var err error
	if w.question.Code, err = ours.signer.Sign(header); err != nil {
		t.Fatal(err)
	}
	d := w.decide()
	if d.Outcome != Admit || !d.Parsed || !d.Genuine || d.Header != header || d.Group != 6 {
		t.Fatalf("decided %+v", d)
	}
	if want := (UseKey{Window: header.Window, Pass: 5, Direction: Out, Perimeter: "unit-2"}); d.Use != want {
		t.Errorf("spends %+v, want %+v", d.Use, want)
	}
	if want := (QuotaKey{Day: w.rules.DayAt(noon), Pass: 5, Direction: Out, Perimeter: "unit-2"}); d.Quota != want {
		t.Errorf("counts %+v, want %+v", d.Quota, want)
	}
}

// A forged code names somebody's pass: nothing of it may be taken for that pass's.
func TestForgedCodeSpendsNothing(t *testing.T) {
	t.Parallel()
	ours, stranger := newPair(t), newPair(t)
	text, err := stranger.signer.Sign(passcode.Header{
		Format: passcode.Card, Kind: passcode.Resident, Key: 1, Community: 1, Pass: 5, Window: passcode.DayAt(noon),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := world{gate: Gate{ID: "g", Community: 1}, now: noon, verifier: ours.verifier, question: Question{Code: text}}
	d := w.decide()
	if d.Reason != ReasonBadSignature || !d.Parsed || d.Genuine || d.Use != (UseKey{}) || d.Quota != (QuotaKey{}) {
		t.Errorf("decided %+v", d)
	}
}

func TestDirectionText(t *testing.T) {
	t.Parallel()
	for _, d := range []Direction{In, Out} {
		text, err := d.MarshalText()
		var back Direction
		if err == nil {
			err = back.UnmarshalText(text)
		}
		if err != nil || back != d || d.String() != string(text) {
			t.Errorf("%d became %s, then %d, %v", d, text, back, err)
		}
	}
	var d Direction
	if d.UnmarshalText([]byte("IN")) == nil || d.UnmarshalText(nil) == nil {
		t.Error("other text was taken for a direction")
	}
	if _, err := Direction(0).MarshalText(); err == nil || Direction(3).String() != "" {
		t.Error("no direction was written")
	}
}
