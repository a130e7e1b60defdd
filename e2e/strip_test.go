package e2e_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"communitypass.cn/communitypass/openapi/wire"
	"communitypass.cn/communitypass/passcode"

	"github.com/emmansun/gmsm/sm2"
)

// TestPhonesSignCodes: a community allows it, a phone gets a strip and signs its codes
// without asking again, and loses that right in each of the ways there are.
func TestPhonesSignCodes(t *testing.T) {
	t.Parallel()
	w := start(t)
	me, passID := w.person("欧阳小燕"), w.Demo.People["欧阳小燕"].PassID
	mine, other := newHandset(t), newHandset(t)
	path := "/v1/me/passes/" + passID + "/strips"
	me.post(t, path, mine.request()).wants(t, 409, "phone_strips_off")
	w.allowStrips(t)
	for _, bad := range []string{"", "00", "02" + strings.Repeat("f", 64), "04" + hex.EncodeToString(make([]byte, 64))} {
		me.post(t, path, map[string]string{"public_key": bad}).wants(t, 400, "invalid")
	}
	w.person("林浩").post(t, path, mine.request()).wants(t, 404, "not_found")

	w.newWindow(t)
	w.fetch(t, me, path, mine)
	code := mine.code(t, w)
	decided(t, w.gate(east).decide(t, w.scan(t, code, "in")), "admit", "ok")
	decided(t, w.gate(east).decide(t, w.scan(t, code, "in")), "refuse", "used")
	decided(t, w.gate(west).decide(t, w.scan(t, me.code(t, passID), "in")), "refuse", "used")
	decided(t, w.gate(west).decide(t, w.scan(t, code, "out")), "admit", "ok")
	decided(t, w.gate(harbourEast).decide(t, w.scan(t, code, "in")), "refuse", "unknown_code") // it does not allow them
	w.newWindow(t)
	w.newWindow(t)
	decided(t, w.gate(east).decide(t, w.scan(t, code, "in")), "refuse", "expired")

	w.fetch(t, me, path, other)
	w.both(t, east, mine.code(t, w), "refuse", "revoked")
	decided(t, w.gate(east).decide(t, w.scan(t, other.code(t, w), "in")), "admit", "ok")
	var bundle struct {
		Rules struct {
			PhoneStrips bool `json:"phone_strips"`
		} `json:"rules"`
		Exceptions []struct{ Phone string }
	}
	signed := want[wire.SignedBundle](t, w.gate(east).get(t, "/v1/gate/bundle"), 200)
	payload, err := base64.StdEncoding.DecodeString(signed.Payload)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &bundle); err != nil {
		t.Fatal(err)
	}
	if !bundle.Rules.PhoneStrips || len(bundle.Exceptions) != 1 || bundle.Exceptions[0].Phone != other.public[:26] {
		t.Errorf("the bundle says %+v", bundle)
	}

	w.newWindow(t)
	last := other.code(t, w)
	residency := w.residencyOf(t, "欧阳小燕")
	want[wire.Residency](t, w.person(manager).post(t, w.in("residencies/"+residency+"/end"), map[string]string{"reason": "moved out"}), 200)
	w.both(t, east, last, "refuse", "revoked")
	me.post(t, path, other.request()).wants(t, 409, "pass_invalid")
}

// allowStrips puts rules in force by which phones may sign codes.
func (w *world) allowStrips(t *testing.T) {
	t.Helper()
	rules := map[string]any{"rules": map[string]any{"kinds": map[string]any{}, "phone_strips": true}}
	proposed := want[wire.RuleVersion](t, w.person(manager).do(t, request{method: "PUT", path: w.in("rules"), body: rules}), 201)
	want[wire.RuleVersion](t, w.person(committee).post(t, w.in("rule-versions/"+proposed.Id+"/advance"), map[string]string{"to": "enforce"}), 200)
	shown := want[wire.Rules](t, w.person(manager).get(t, w.in("rules")), 200)
	if shown.Rules.PhoneStrips == nil || !*shown.Rules.PhoneStrips {
		t.Fatalf("in force are %+v", shown.Rules)
	}
}

// handset is a phone with its own key.
type handset struct {
	key    *sm2.PrivateKey
	public string
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
	compressed, err := passcode.NewPhoneKey(point.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return &handset{key: key, public: hex.EncodeToString(compressed[:])}
}

func (h *handset) request() map[string]string { return map[string]string{"public_key": h.public} }

func (w *world) fetch(t testing.TB, me *client, path string, h *handset) {
	t.Helper()
	issued := want[wire.Strip](t, me.post(t, path, h.request()), 201)
	raw, err := hex.DecodeString(issued.Strip)
	if err != nil {
		t.Fatal(err)
	}
	strip, err := passcode.ParseStrip(raw)
	if err != nil {
		t.Fatal(err)
	}
	if h.Phone, err = passcode.NewPhone(h.key, strip); err != nil {
		t.Fatal(err)
	}
}

// code is what the phone shows now.
func (h *handset) code(t testing.TB, w *world) string {
	t.Helper()
	text, err := h.Sign(passcode.WindowAt(w.now(t)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
