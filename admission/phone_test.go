package admission_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/passcode"

	"github.com/emmansun/gmsm/sm2"
)

// oneKey are facts of a community of which nothing is known but one key and a group
// that opens every gate.
type oneKey struct {
	admission.Facts
	number   uint16
	verifier *passcode.Verifier
}

func (f oneKey) Key(number uint16) (*passcode.Verifier, bool) {
	return f.verifier, number == f.number
}
func (oneKey) Pass(uint64) (admission.Pass, admission.Knowledge) {
	return admission.Pass{}, admission.Unlisted
}
func (oneKey) Group(uint16) (*admission.Group, bool) { return &admission.Group{All: true}, true }
func (oneKey) Used(admission.UseKey) bool            { return false }

// The published codes of phones: in their window the current ones are admitted, and
// one whose strip does not cover the window is expired, however genuine.
func TestThePublishedCodesOfPhones(t *testing.T) {
	raw, err := os.ReadFile("../passcode/testdata/offline.json")
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []struct {
			Community uint32 `json:"community"`
			Key       uint16 `json:"key"`
			Public    string `json:"public_hex"`
		} `json:"keys"`
		Valid []struct {
			Name      string `json:"name"`
			Text      string `json:"text"`
			Community uint32 `json:"community"`
			Window    uint32 `json:"window"`
			Current   bool   `json:"current"`
		} `json:"valid"`
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		t.Fatal(err)
	}
	keys := map[uint32]oneKey{}
	for _, k := range set.Keys {
		public, err := hex.DecodeString(k.Public)
		if err != nil {
			t.Fatal(err)
		}
		pub, err := sm2.NewPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		v, err := passcode.NewVerifier(pub)
		if err != nil {
			t.Fatal(err)
		}
		keys[k.Community] = oneKey{number: k.Key, verifier: v}
	}
	rules := &admission.Rules{Version: 1, PhoneStrips: true}
	expired := 0
	for _, v := range set.Valid {
		gate := &admission.Gate{ID: "g", Community: v.Community, Perimeter: "site"}
		d := admission.Decide(admission.Question{Code: v.Text, Direction: admission.In}, gate, rules, keys[v.Community],
			passcode.WindowStart(v.Window).Add(time.Second), false)
		want := admission.ReasonOK
		if !v.Current {
			want = admission.ReasonExpired
			expired++
		}
		if d.Reason != want || !d.Genuine || d.Use.Window != v.Window {
			t.Errorf("%s: %+v, want %s", v.Name, d, want)
		}
	}
	if expired < 2 {
		t.Errorf("only %d published codes are beyond their strips", expired)
	}
}
