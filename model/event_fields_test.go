package model_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"communitypass.cn/communitypass/model"
)

// The console offers the fields that a recipient may be sent: all of them, and none
// that no event has.
func TestTheConsoleKnowsTheFieldsOfEvents(t *testing.T) {
	page, err := os.ReadFile("../web/console/event-fields.ts")
	if err != nil {
		t.Fatal(err)
	}
	list := func(text []byte) []string {
		var out []string
		for _, m := range regexp.MustCompile(`'(\w+)'`).FindAllSubmatch(text, -1) {
			out = append(out, string(m[1]))
		}
		return out
	}
	rows := regexp.MustCompile(`'(cn\.[\w.]+)': \{ usual: \[(.*?)\], more: \[(.*?)\] \}`).FindAllSubmatch(page, -1)
	if len(rows) != len(model.EventFields) {
		t.Errorf("%d types on the page, %d in the model", len(rows), len(model.EventFields))
	}
	for _, row := range rows {
		want := model.EventFields[string(row[1])]
		if got := list(row[2]); !slices.Equal(got, want.Default) {
			t.Errorf("%s: the page says %v, the model %v", row[1], got, want.Default)
		}
		if got := list(row[3]); !slices.Equal(got, want.Optional) {
			t.Errorf("%s: the page says %v, the model %v", row[1], got, want.Optional)
		}
	}
}
