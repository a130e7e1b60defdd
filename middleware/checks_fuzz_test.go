package middleware

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"communitypass.cn/communitypass/openapi/wire"

	"github.com/go-json-experiment/json/jsontext"
)

// canary is in every seed; what comes back must not hold it.
const canary = "13800000001"

// FuzzBody throws bodies at the checker: no panic, what passes is JSON of one
// reading, what is refused is refused without a value of it.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"username":"guard1","password":"correct horse","name":"13800000001","role":"guard","scope_kind":"community"}`,
		`{"username":"13800000001","ROLE":"guard"}`, `{"role":"guard","role":"system_admin"}`, `[]`, `null`, `{`, ``, `{"phone":13800000001}`,
		`{"username":{"a":["13800000001"]}}`, "{\"name\":\"\xff\"}", strings.Repeat("[", 40), `{"role":1e999}`, `{"\u0000":"13800000001"}`,
	} {
		f.Add([]byte(seed))
	}
	op := operationOf(f, "createStaff")
	f.Fuzz(func(t *testing.T, body []byte) {
		refused := checkStructure(body, false)
		if loose := checkStructure(body, true); refused == nil && loose != nil {
			t.Fatalf("the loose check refuses what the strict one accepts: %v", loose)
		}
		if (refused == nil) != jsontext.Value(body).IsValid() && depth(body) <= maxDepth {
			t.Fatalf("structure: %v, though jsontext says the opposite", refused)
		}
		if refused != nil {
			return
		}
		bad, err := checkSchema(op.body, op.options.SchemaValidationOptions, body)
		if err != nil {
			t.Fatalf("the structure is sound and the schema cannot read it: %v", err)
		}
		for _, field := range bad {
			for _, language := range []string{Chinese, English} {
				if strings.Contains(fieldSentence(field, language), canary) {
					t.Fatalf("a value came back: %+v", field)
				}
			}
		}
		if len(bad) > 0 {
			return
		}
		var bound wire.StaffRequest
		strict := json.NewDecoder(bytes.NewReader(body))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&bound); err != nil {
			t.Fatalf("it fits the contract and not the type: %v", err)
		}
	})
}

// depth counts brackets, strings left out; it need only be right for valid JSON.
func depth(body []byte) int {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	deepest := 0
	for {
		if _, err := d.ReadToken(); err != nil {
			return deepest
		}
		deepest = max(deepest, d.StackDepth())
	}
}
