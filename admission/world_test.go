package admission

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"communitypass.cn/communitypass/passcode"
	"github.com/emmansun/gmsm/sm2"
	"pgregory.net/rapid"
)

// world is everything one decision depends on, as plain values, so that a test
// can change one of them and decide again. It answers as Facts, too: every
// question is about the one pass of the world.
type world struct {
	question  Question
	gate      Gate
	rules     Rules
	now       time.Time
	stale     bool
	verifier  *passcode.Verifier
	pass      Pass
	knowledge Knowledge
	group     *Group
	used      bool
	admitted  int
	inside    bool
}

func (w *world) Key(uint16) (*passcode.Verifier, bool) { return w.verifier, w.verifier != nil }
func (w *world) Pass(uint64) (Pass, Knowledge)         { return w.pass, w.knowledge }
func (w *world) Group(uint16) (*Group, bool)           { return w.group, w.group != nil }
func (w *world) Used(UseKey) bool                      { return w.used }
func (w *world) Admitted(QuotaKey) int                 { return w.admitted }
func (w *world) Inside(uint64, string) bool            { return w.inside }

func (w world) decide() Decision {
	return Decide(w.question, &w.gate, &w.rules, &w, w.now, w.stale)
}

// pair is a key of the community.
type pair struct {
	signer   *passcode.Signer
	verifier *passcode.Verifier
}

func newPair(t testing.TB) pair {
	t.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := passcode.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := passcode.NewVerifier(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return pair{signer, verifier}
}

var noon = time.Date(2026, time.November, 23, 4, 0, 10, 0, time.UTC)

// drawWorld draws a world in which each single fault is rare enough that the
// later rows are reached as well.
func drawWorld(t *rapid.T, ours, stranger pair) world {
	rarely := func(label string) bool { return rapid.IntRange(0, 11).Draw(t, label) == 0 }
	w := world{
		gate: Gate{
			ID: "g", Community: 1, Perimeter: "site",
			Passback: rapid.SampledFrom([]Passback{PassbackOff, PassbackSoft, PassbackHard}).Draw(t, "passback"),
			Fallback: rapid.SampledFrom([]Fallback{FallbackResidentsOnly, FallbackAskGuard, FallbackClosed, ""}).Draw(t, "fallback"),
		},
		rules:    Rules{Version: 3, ReportRequired: rapid.Bool().Draw(t, "report required")},
		now:      noon,
		stale:    rapid.Bool().Draw(t, "stale"),
		verifier: ours.verifier,
		group:    &Group{All: !rarely("wrong gate")},
		used:     rarely("used"),
		admitted: rapid.IntRange(0, 3).Draw(t, "admitted"),
		inside:   rapid.Bool().Draw(t, "inside"),
	}
	if rapid.Bool().Draw(t, "emergency") {
		w.rules.EmergencyUntil = noon.Add(time.Hour).UnixMilli()
	}
	if rarely("closed hours") {
		w.group.Hours = Hours{{Days: EveryDay, From: 1, To: 2}}
	}
	if rarely("unknown key") {
		w.verifier = nil
	}
	w.knowledge = rapid.SampledFrom([]Knowledge{Unlisted, Known, Known, Known, Known, Missing}).Draw(t, "knowledge")
	w.pass = Pass{
		Withdrawn: rarely("withdrawn"), Restricted: rarely("restricted"),
		ApprovalPending: rarely("pending"), ReportDue: rarely("report due"),
		Colour: rapid.SampledFrom([]Colour{"", Green, Green, Yellow, Red}).Draw(t, "colour"),
		Quota:  rapid.IntRange(0, 3).Draw(t, "quota"),
	}
	if rarely("not begun") {
		w.pass.ValidFrom = noon.UnixMilli() + 1
	}
	if rarely("ended") {
		w.pass.ValidUntil = noon.UnixMilli()
	}
	w.question = Question{
		Direction:         rapid.SampledFrom([]Direction{0, In, Out}).Draw(t, "direction"),
		TemperatureTenths: rapid.SampledFrom([]int{0, 365, 372, 373, 390}).Draw(t, "temperature"),
		Code:              drawCode(t, ours, stranger),
	}
	return w
}

func drawCode(t *rapid.T, ours, stranger pair) string {
	h := passcode.Header{
		Format:    rapid.SampledFrom([]passcode.Format{passcode.Rotating, passcode.Rotating, passcode.Card}).Draw(t, "format"),
		Kind:      passcode.Kind(rapid.IntRange(1, 5).Draw(t, "kind")),
		Community: rapid.SampledFrom([]uint32{1, 1, 1, 1, 1, 1, 1, 2}).Draw(t, "community"),
		Key:       1, Pass: 77, Group: 5,
	}
	if h.Format == passcode.Card {
		h.Window = passcode.DayAt(noon) + rapid.SampledFrom([]uint32{0, 1, 30}).Draw(t, "days left")
	} else {
		h.Window = passcode.WindowAt(noon) + rapid.SampledFrom([]uint32{0, 0, 0, ^uint32(0), 1, ^uint32(1)}).Draw(t, "window")
	}
	signer := rapid.SampledFrom([]pair{ours, ours, ours, ours, ours, stranger}).Draw(t, "signed by").signer
	text, err := signer.Sign(h)
	if err != nil {
		t.Fatal(err)
	}
	if rapid.IntRange(0, 15).Draw(t, "garbled") == 0 {
		return text[1:]
	}
	return text
}

// faults are changes that make one more check fail, as far as it is reached.
var faults = map[string]func(*world){
	"unknown code": func(w *world) { w.question.Code = "" },
	"unknown key":  func(w *world) { w.verifier = nil },
	"withdrawn":    func(w *world) { w.knowledge, w.pass.Withdrawn = Known, true },
	"missing":      func(w *world) { w.knowledge = Missing },
	"restricted":   func(w *world) { w.know().Restricted = true },
	"not begun":    func(w *world) { w.know().ValidFrom = noon.UnixMilli() + 1 },
	"ended":        func(w *world) { w.know().ValidUntil = noon.UnixMilli() },
	"pending":      func(w *world) { w.know().ApprovalPending = true },
	"no group":     func(w *world) { w.group = nil },
	"red":          func(w *world) { w.know().Colour = Red },
	"report due":   func(w *world) { w.know().ReportDue = true },
	"hot":          func(w *world) { w.question.TemperatureTenths = 373 },
	"quota":        func(w *world) { w.know().Quota, w.admitted = 1, 9 },
	"used":         func(w *world) { w.used = true },
	"inside":       func(w *world) { w.inside = true },
}

// know makes the pass a listed one without adding a fault of its own.
func (w *world) know() *Pass {
	if w.knowledge == Unlisted {
		w.knowledge, w.pass = Known, Pass{}
	}
	return &w.pass
}

func sortedNames() []string {
	names := make([]string, 0, len(faults))
	for name := range faults {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
