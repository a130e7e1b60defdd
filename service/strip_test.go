package service_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"

	"github.com/emmansun/gmsm/sm2"
)

// signing is a gatehouse whose rules let phones sign codes, with a resident.
type signing struct {
	*testkit.Gatehouse
	codes  *service.Codes
	person model.Person
	who    *model.Caller
	pass   model.Pass
	reader *model.Caller
}

func newSigning(t testing.TB) *signing {
	t.Helper()
	g := testkit.NewGatehouse(t)
	s := &signing{Gatehouse: g, codes: service.NewCodes(g.Deps), person: g.Person(t, "王芳", phoneWang), reader: g.Reader(t, g.Garden.Entrance)}
	s.who, s.pass = &model.Caller{Kind: model.CallerPerson, PersonID: s.person.ID}, g.Pass(t, g.Garden, s.person)
	putRules(t, g, admission.Rules{PhoneStrips: true})
	return s
}

// handset is a phone with its own key, which holds the last strip it was given.
type handset struct {
	key    *sm2.PrivateKey
	public []byte
	*passcode.Phone
}

func newHandset(t testing.TB) *handset {
	t.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	return &handset{key: key, public: point.PublicKey().Bytes()}
}

// fetch gets a strip for the pass and puts it into the phone.
func (s *signing) fetch(t testing.TB, h *handset) service.IssuedStrip {
	t.Helper()
	issued, err := s.codes.Strip(t.Context(), s.who, s.pass.ID, h.public)
	if err != nil {
		t.Fatal(err)
	}
	strip, err := passcode.ParseStrip(issued.Strip)
	if err != nil {
		t.Fatal(err)
	}
	if h.Phone, err = passcode.NewPhone(h.key, strip); err != nil {
		t.Fatal(err)
	}
	return issued
}

// shows presents what the phone signs for an instant of its own clock.
func (s *signing) shows(t testing.TB, h *handset, at time.Time, d admission.Direction, decision, reason string) {
	t.Helper()
	text, err := h.Sign(passcode.WindowAt(at))
	if err != nil {
		t.Fatal(err)
	}
	a := s.Scan(t, s.reader, text, d)
	if a.Passage.Decision != decision || a.Passage.Reason != reason {
		t.Fatalf("%s %s, want %s %s", a.Passage.Decision, a.Passage.Reason, decision, reason)
	}
}

func TestAPhoneOpensTheGateByItself(t *testing.T) {
	s := newSigning(t)
	phone := newHandset(t)
	issued := s.fetch(t, phone)
	now := s.Clock.Now()
	starts := passcode.WindowStart(passcode.WindowAt(now))
	if issued.NotBefore != model.Millis(starts) || issued.ExpiresAt != model.Millis(starts.Add(24*time.Hour-30*time.Second)) || issued.Now != model.Millis(now) {
		t.Fatalf("the strip is %+v", issued)
	}
	s.shows(t, phone, now, admission.In, "admit", "ok")
	s.shows(t, phone, now, admission.In, "refuse", "used")
	// A code that the server signs for the same window is the same turn.
	if a := s.Scan(t, s.reader, s.Code(t, s.pass, now), admission.In); a.Passage.Reason != "used" {
		t.Errorf("the server's code of the same window: %s", a.Passage.Reason)
	}
	s.shows(t, phone, now, admission.Out, "admit", "ok")
	s.Clock.Advance(23 * time.Hour)
	s.shows(t, phone, s.Clock.Now(), admission.In, "admit", "ok")
	s.shows(t, phone, s.Clock.Now().Add(-time.Minute), admission.In, "refuse", "expired")
	s.shows(t, phone, s.Clock.Now().Add(time.Minute), admission.In, "refer", "clock_skew")
	last := time.UnixMilli(issued.ExpiresAt - 1)
	s.Clock.Advance(last.Sub(s.Clock.Now()) + 30*time.Second)
	s.shows(t, phone, last, admission.In, "admit", "ok")
	s.Clock.Advance(30 * time.Second)
	s.shows(t, phone, last, admission.Out, "refer", "expired")
}

func TestOnePhoneAtATime(t *testing.T) {
	s := newSigning(t)
	first, second := newHandset(t), newHandset(t)
	s.fetch(t, first)
	s.fetch(t, first) // the same phone again moves nothing
	if got := s.bundled(t); got != (admission.Pass{}) {
		t.Errorf("the bundle lists %+v for a pass that has had one phone", got)
	}
	s.fetch(t, second)
	s.shows(t, first, s.Clock.Now(), admission.In, "refuse", "revoked")
	s.shows(t, second, s.Clock.Now(), admission.In, "admit", "ok")
	if got := s.bundled(t); got.Phone == "" || got.Withdrawn {
		t.Errorf("the bundle lists %+v", got)
	}
	s.Clock.Advance(24*time.Hour + 2*time.Hour + 10*time.Minute)
	if got := s.bundled(t); got != (admission.Pass{}) {
		t.Errorf("when the last strip of the other phone is long dead, the bundle lists %+v", got)
	}
}

// bundled is what the gate's bundle says of the pass.
func (s *signing) bundled(t testing.TB) admission.Pass {
	t.Helper()
	signed, err := s.Gates.Bundle(t.Context(), s.reader)
	if err != nil {
		t.Fatal(err)
	}
	var b admission.Bundle
	if err := json.Unmarshal(signed.Payload, &b); err != nil {
		t.Fatal(err)
	}
	if !b.Rules.PhoneStrips {
		t.Error("the bundle does not say that phones may sign")
	}
	for _, p := range b.Passes {
		if p.Number == s.pass.Number {
			return p.Pass
		}
	}
	return admission.Pass{}
}

func TestStripsAreRefused(t *testing.T) {
	s := newSigning(t)
	phone := newHandset(t)
	stranger := s.Person(t, "李雷", phoneLi)
	want := func(who *model.Caller, pass string, key []byte, code model.Code, state string) {
		t.Helper()
		_, err := s.codes.Strip(t.Context(), who, pass, key)
		if model.CodeOf(err) != code || stateOf(err) != state {
			t.Errorf("%v, want %s %s", err, code, state)
		}
	}
	want(&model.Caller{Kind: model.CallerPerson, PersonID: stranger.ID}, s.pass.ID, phone.public, model.CodeNotFound, "")
	want(s.who, s.ID(), phone.public, model.CodeNotFound, "")
	want(s.who, s.pass.ID, phone.public[1:], model.CodeInvalid, "")
	want(s.who, s.pass.ID, make([]byte, 33), model.CodeInvalid, "")
	s.fetch(t, phone)
	putRules(t, s.Gatehouse, admission.Rules{})
	want(s.who, s.pass.ID, phone.public, model.CodeStripsOff, "")
	s.shows(t, phone, s.Clock.Now(), admission.In, "refuse", "unknown_code")
	putRules(t, s.Gatehouse, admission.Rules{PhoneStrips: true})
	s.shows(t, phone, s.Clock.Now(), admission.In, "admit", "ok")
	withdrawn := model.Pass{ID: s.ID(), Number: model.NewPassNumber(), CommunityID: s.Garden.ID, PersonID: s.person.ID, Kind: "resident",
		AccessGroup: 1, State: model.PassWithdrawn}
	card := withdrawn
	card.ID, card.Number, card.State, card.Format = s.ID(), card.Number+1, model.PassActive, model.FormatCard
	s.Update(t, func(tx *store.Tx) error {
		if err := tx.CreatePass(card); err != nil {
			return err
		}
		return tx.CreatePass(withdrawn)
	})
	want(s.who, withdrawn.ID, phone.public, model.CodePassInvalid, service.PassWithdrawn)
	want(s.who, card.ID, phone.public, model.CodePassInvalid, "card")
}

func TestAStripEndsWithItsPass(t *testing.T) {
	s := newSigning(t)
	until := model.Millis(s.Clock.Now().Add(10 * time.Minute))
	brief := model.Pass{ID: s.ID(), Number: model.NewPassNumber(), CommunityID: s.Garden.ID, PersonID: s.person.ID, Kind: "visitor",
		AccessGroup: 1, State: model.PassActive, ValidUntil: until}
	s.Update(t, func(tx *store.Tx) error { return tx.CreatePass(brief) })
	issued, err := s.codes.Strip(t.Context(), s.who, brief.ID, newHandset(t).public)
	if err != nil || issued.ExpiresAt < until || issued.ExpiresAt > until+30_000 {
		t.Errorf("the strip ends at %d (%v), the pass at %d", issued.ExpiresAt, err, until)
	}
}

// Of phones that ask at the same moment each gets a strip or is told to ask again,
// and exactly one is left whose codes count.
func TestPhonesThatComeTogether(t *testing.T) {
	s := newSigning(t)
	var phones [6]*handset
	var got [len(phones)]service.IssuedStrip
	var done sync.WaitGroup
	for i := range phones {
		phones[i] = newHandset(t)
		done.Go(func() {
			var err error
			if got[i], err = s.codes.Strip(t.Context(), s.who, s.pass.ID, phones[i].public); err != nil && model.CodeOf(err) != model.CodeStateChanged {
				t.Errorf("phone %d: %v", i, err)
			}
		})
	}
	done.Wait()
	admitted := 0
	for i, h := range phones {
		if got[i].Strip == nil {
			continue
		}
		strip, err := passcode.ParseStrip(got[i].Strip)
		if err != nil {
			t.Fatal(err)
		}
		if h.Phone, err = passcode.NewPhone(h.key, strip); err != nil {
			t.Fatal(err)
		}
		text, err := h.Sign(strip.Window)
		if err != nil {
			t.Fatal(err)
		}
		if a := s.Scan(t, s.reader, text, admission.In); a.Passage.Decision == "admit" {
			admitted++
		}
	}
	if admitted != 1 {
		t.Errorf("%d phones are left", admitted)
	}
}

// stateOf is the state that an error tells, empty without one.
func stateOf(err error) string {
	var e *model.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.State
}
