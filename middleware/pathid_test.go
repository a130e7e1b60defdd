package middleware

import (
	"regexp"
	"strings"
	"testing"

	"communitypass.cn/communitypass/openapi"
)

func TestIDsAreCheckedAsTheContractSays(t *testing.T) {
	const good = "01M81TQ374TJVMPP726MKN7SDG"
	pattern := regexp.MustCompile(idPattern)
	for b := range 256 {
		for _, text := range []string{good[:7] + string([]byte{byte(b)}) + good[8:], string([]byte{byte(b)}), good + string([]byte{byte(b)})} {
			if got, want := goodID(text), pattern.MatchString(text); got != want {
				t.Errorf("%q: %t, the pattern says %t", text, got, want)
			}
		}
	}
	for text, want := range map[string]bool{good: true, "": false, good[1:]: false, strings.ToLower(good): false, good + "\n": false} {
		if goodID(text) != want {
			t.Errorf("%q: not %t", text, want)
		}
	}
}

// Were the contract to write ids in another way, all would go the slow way.
func TestTheContractsIDsAreRecognised(t *testing.T) {
	doc, err := openapi.Load()
	if err != nil {
		t.Fatal(err)
	}
	if p := doc.Components.Parameters["ID"]; p == nil || !isID(p.Value) {
		t.Error("the contract's id is not recognised")
	}
	if p := doc.Components.Parameters["Cursor"]; p != nil && isID(p.Value) {
		t.Error("a cursor passes for an id")
	}
}
