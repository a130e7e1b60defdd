package agent_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/agent"
	"communitypass.cn/communitypass/passcode"

	"github.com/emmansun/gmsm/sm2"
)

// phone is a phone of pass 1 with a strip from now on.
func (p *platform) phone(t testing.TB) (*passcode.Phone, passcode.Strip) {
	t.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	from := passcode.WindowAt(p.clock.Now())
	strip := passcode.Strip{Header: passcode.Header{Format: passcode.DoubleOffline, Kind: passcode.Resident, Key: 1, Community: community, Pass: 1, Group: 1, Window: from},
		Last: from + passcode.MaxStripWindows - 1}
	if strip.Phone, err = passcode.NewPhoneKey(point.PublicKey().Bytes()); err != nil {
		t.Fatal(err)
	}
	if strip, err = p.codes.SignStrip(strip); err != nil {
		t.Fatal(err)
	}
	phone, err := passcode.NewPhone(key, strip)
	if err != nil {
		t.Fatal(err)
	}
	return phone, strip
}

func shown(t testing.TB, phone *passcode.Phone, at time.Time) string {
	t.Helper()
	text, err := phone.Sign(passcode.WindowAt(at))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Neither the phone nor the gate has a network: the strip is hours old, and so is the
// bundle.
func TestBothSidesWithoutANetwork(t *testing.T) {
	p := newPlatform(t)
	rules := *p.bundle.Rules
	rules.PhoneStrips = true
	p.bundle.Rules = &rules
	phone, _ := p.phone(t)
	before, beforeStrip := p.phone(t)
	p.publish(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.cut(t, g)
	p.clock.Advance(6 * time.Hour)
	now := p.clock.Now()
	code := shown(t, phone, now)
	if got := agent.TidyCode("]Q1" + strings.ToLower(code)); got != code {
		t.Errorf("a reader's %q became %q", code, got)
	}
	g.show(t, code, in, admit, admission.ReasonOK)
	g.show(t, code, in, refuse, admission.ReasonUsed)
	g.show(t, p.code(t, 1), in, refuse, admission.ReasonUsed) // the same window, signed by the server
	other := "0"
	if strings.HasSuffix(code, other) {
		other = "1"
	}
	g.show(t, code[:len(code)-1]+other, in, refuse, admission.ReasonBadSignature)
	g.show(t, shown(t, phone, now.Add(-time.Minute)), in, refuse, admission.ReasonExpired)
	g.show(t, shown(t, phone, now.Add(time.Minute)), in, refer, admission.ReasonClockSkew)

	// A bundle later it is another phone that counts.
	p.set("*", 0)
	p.bundle.IssuedAt, p.bundle.ExpiresAt = now.UnixMilli(), now.Add(24*time.Hour).UnixMilli()
	p.bundle.Passes = []admission.BundleException{{Number: 1, Pass: admission.Pass{Phone: admission.PhoneDigest(beforeStrip.Phone)}}}
	p.publish(t)
	g.sync(t)
	p.cut(t, g)
	p.clock.Advance(time.Minute)
	g.show(t, shown(t, phone, p.clock.Now()), in, refuse, admission.ReasonRevoked)
	g.show(t, shown(t, before, p.clock.Now()), in, admit, admission.ReasonOK)
}

func TestAGateWhoseCommunityDoesNotAllowItRefuses(t *testing.T) {
	p := newPlatform(t)
	p.publish(t)
	g := p.gate(t, "east", 0)
	g.sync(t)
	p.cut(t, g)
	phone, _ := p.phone(t)
	g.show(t, shown(t, phone, p.clock.Now()), in, refuse, admission.ReasonUnknownCode)
}
