package service_test

import (
	"context"
	"testing"
	"time"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/passcode"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

// holder is a resident with a pass in the garden.
func (e *estate) holder(t testing.TB) (*model.Caller, model.Pass) {
	t.Helper()
	p := e.Person(t, "王芳", phoneWang)
	return &model.Caller{Kind: model.CallerPerson, PersonID: p.ID}, e.Pass(t, e.Garden, p)
}

func TestCodesAreGenuineAndConsecutive(t *testing.T) {
	e := newEstate(t)
	who, pass := e.holder(t)
	e.Clock.Advance(7 * time.Second)
	issued, err := e.codes.Issue(t.Context(), who, pass.ID, service.MaxCodes)
	if err != nil || len(issued.Codes) != service.MaxCodes {
		t.Fatalf("%d codes (%v)", len(issued.Codes), err)
	}
	key, _ := e.Directory.Ring().PassSigner(e.Garden.ID)
	verifier, err := passcode.NewVerifier(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	now := model.Millis(e.Clock.Now())
	first := passcode.WindowAt(e.Clock.Now())
	if issued.Now != now || issued.Codes[0].NotBefore != now-7000 {
		t.Fatalf("at %d: %+v", now, issued.Codes[0])
	}
	for i, c := range issued.Codes {
		code, err := passcode.Parse(c.Text)
		if err != nil || !verifier.Verify(&code) {
			t.Fatalf("code %d is not genuine (%v)", i, err)
		}
		want := passcode.Header{Format: passcode.Rotating, Kind: passcode.Resident, Key: key.Number,
			Community: e.Garden.Number, Pass: pass.Number, Group: 1, Window: first + uint32(i)}
		if code.Header != want {
			t.Fatalf("code %d says %+v, want %+v", i, code.Header, want)
		}
		if c.NotBefore != issued.Codes[0].NotBefore+int64(i)*30_000 || c.ExpiresAt != c.NotBefore+60_000 {
			t.Fatalf("code %d is good from %d until %d", i, c.NotBefore, c.ExpiresAt)
		}
	}
}

func TestACodeStandsStillForItsWindow(t *testing.T) {
	e := newEstate(t)
	who, pass := e.holder(t)
	fetch := func(count int) service.Issued {
		t.Helper()
		issued, err := e.codes.Issue(t.Context(), who, pass.ID, count)
		if err != nil || len(issued.Codes) != count {
			t.Fatalf("%d codes of %d (%v)", len(issued.Codes), count, err)
		}
		return issued
	}
	ahead := fetch(20)
	for i := range ahead.Codes {
		if got := fetch(1).Codes[0]; got != ahead.Codes[i] {
			t.Fatalf("the code of window %d is not the one fetched ahead", i)
		}
		e.Clock.Advance(29_999 * time.Millisecond)
		if got := fetch(2); got.Codes[0] != ahead.Codes[i] || i < 19 && got.Codes[1] != ahead.Codes[i+1] {
			t.Fatalf("the code of window %d has changed", i)
		}
		e.Clock.Advance(time.Millisecond)
	}
	if got := fetch(1).Codes[0]; got.NotBefore != ahead.Codes[19].NotBefore+30_000 {
		t.Fatalf("after the last comes %+v", got)
	}
}

func TestConcurrentFetchesGetOneCode(t *testing.T) {
	e := newEstate(t)
	who, pass := e.holder(t)
	texts := make([]string, 8)
	fns := make([]func() error, len(texts))
	for i := range texts {
		fns[i] = func() error {
			issued, err := e.codes.Issue(context.Background(), who, pass.ID, 1)
			if err == nil {
				texts[i] = issued.Codes[0].Text
			}
			return err
		}
	}
	for i, err := range atOnce(fns...) {
		if err != nil || texts[i] != texts[0] {
			t.Fatalf("fetch %d got another code (%v)", i, err)
		}
	}
}

func TestCodesOfAKnownPassNeedNoDatabase(t *testing.T) {
	e := newEstate(t)
	who, pass := e.holder(t)
	if _, err := e.codes.Issue(t.Context(), who, pass.ID, 1); err != nil {
		t.Fatal(err)
	}
	if err := e.Store.Close(); err != nil {
		t.Fatal(err)
	}
	e.Clock.Advance(time.Hour)
	if issued, err := e.codes.Issue(t.Context(), who, pass.ID, 20); err != nil || len(issued.Codes) != 20 {
		t.Fatalf("%d codes (%v)", len(issued.Codes), err)
	}
	// Nor does memory serve a stranger: whom somebody carries is asked each time.
	if issued, err := e.codes.Issue(t.Context(), &model.Caller{Kind: model.CallerPerson, PersonID: e.ID()}, pass.ID, 1); err == nil {
		t.Fatalf("a stranger has %d codes", len(issued.Codes))
	}
}

func TestCodesAreForTheHolderAlone(t *testing.T) {
	e := newEstate(t)
	who, pass := e.holder(t)
	stranger, _ := e.holder(t)
	for _, known := range []bool{false, true} {
		_, err := e.codes.Issue(t.Context(), stranger, pass.ID, 1)
		wantCode(t, err, model.CodeNotFound)
		_, err = e.codes.Issue(t.Context(), who, e.ID(), 1)
		wantCode(t, err, model.CodeNotFound)
		if _, err := e.codes.Issue(t.Context(), who, pass.ID, 1); err != nil {
			t.Fatalf("known %v: %v", known, err)
		}
	}
}

func TestAnInvalidPassGetsNoCode(t *testing.T) {
	e := newEstate(t)
	who, _ := e.holder(t)
	now := model.Millis(e.Clock.Now())
	for want, p := range map[string]model.Pass{
		service.PassWithdrawn:   {State: model.PassWithdrawn, ValidFrom: now},
		service.PassNotYetValid: {State: model.PassActive, ValidFrom: now + 1},
		service.PassExpired:     {State: model.PassActive, ValidFrom: now - 1, ValidUntil: now},
	} {
		p.ID, p.Number, p.CommunityID, p.PersonID, p.Kind, p.AccessGroup = e.ID(), model.NewPassNumber(), e.Garden.ID, who.PersonID, "resident", 1
		e.Update(t, func(tx *store.Tx) error { return tx.CreatePass(p) })
		_, err := e.codes.Issue(t.Context(), who, p.ID, 1)
		wantCode(t, err, model.CodePassInvalid, want)
	}
}

func TestNoCodeBeginsAfterTheEndOfThePass(t *testing.T) {
	e := newEstate(t)
	who, _ := e.holder(t)
	now := model.Millis(e.Clock.Now())
	for _, c := range []struct{ end, want int64 }{{1, 1}, {30_000, 1}, {30_001, 2}, {60_000, 2}, {299_999, 10}, {600_000, 20}, {1 << 40, 20}} {
		p := model.Pass{ID: e.ID(), Number: model.NewPassNumber(), CommunityID: e.Garden.ID, PersonID: who.PersonID,
			Kind: "visitor", AccessGroup: 1, State: model.PassActive, ValidFrom: now, ValidUntil: now + c.end}
		e.Update(t, func(tx *store.Tx) error { return tx.CreatePass(p) })
		issued, err := e.codes.Issue(t.Context(), who, p.ID, 20)
		if err != nil || int64(len(issued.Codes)) != c.want {
			t.Errorf("end in %d ms: %d codes, want %d (%v)", c.end, len(issued.Codes), c.want, err)
			continue
		}
		if last := issued.Codes[len(issued.Codes)-1]; last.ExpiresAt > p.ValidUntil || last.NotBefore >= p.ValidUntil {
			t.Errorf("end in %d ms: the last code is good until %d ms", c.end, last.ExpiresAt-now)
		}
	}
}

func TestACommunityWithoutAKeyIssuesNothing(t *testing.T) {
	e := newEstate(t)
	who, pass := e.holder(t)
	keys, err := e.Store.View(t.Context()).Keys()
	if err != nil {
		t.Fatal(err)
	}
	e.Update(t, func(tx *store.Tx) error {
		for _, k := range keys {
			if k.CommunityID == e.Garden.ID {
				_, err := tx.MoveKey(k.ID, model.KeyActive, model.KeyRetiring)
				return err
			}
		}
		return nil
	})
	_, err = e.codes.Issue(t.Context(), who, pass.ID, 1)
	wantCode(t, err, model.CodeKeyMissing)
}
