package admission_test

import (
	"os"
	"testing"

	"communitypass.cn/communitypass/admission"
	"communitypass.cn/communitypass/admission/golden"
)

// Issued spares the check of the signature and nothing else: over all golden
// decisions it changes only those that the signature made.
func TestIssuedChangesNothingButTheSignature(t *testing.T) {
	in, err := os.Open("testdata/decisions.json")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	file, err := golden.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	spared := 0
	for _, c := range file.Cases {
		before, err := file.Decide(&c.Scene)
		if err != nil {
			t.Fatal(err)
		}
		question, err := file.Question(&c.Scene)
		if err != nil {
			t.Fatal(err)
		}
		question.Issued = true
		after, err := file.Answer(&c.Scene, question)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case after.Reason == before.Reason && after.Outcome == before.Outcome:
		case before.Reason == admission.ReasonBadSignature:
			spared++
		default:
			t.Errorf("%s: %s %s became %s %s", c.Name, before.Outcome, before.Reason, after.Outcome, after.Reason)
		}
	}
	if spared == 0 {
		t.Error("no golden decision turns on the signature")
	}
}
