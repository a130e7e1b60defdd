package middleware

import (
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
)

func TestStructure(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for _, c := range []struct {
		name, body  string
		loose, good bool
		field       string
	}{
		{"an object", `{"a":1,"b":{"a":[1,2,{"a":null}]}}`, false, true, ""},
		{"space around it", " \n{}\t ", false, true, ""},
		{"a scalar", `1`, false, true, ""},
		{"nothing", ``, false, false, ""},
		{"space only", " \n", false, false, ""},
		{"no JSON", `a=1&b=2`, false, false, ""},
		{"cut off", `{"a":`, false, false, ""},
		{"a second value", `{} {}`, false, false, ""},
		{"trailing data", `{"a":1}x`, false, false, ""},
		{"a comment", `{"a":1/*x*/}`, false, false, ""},
		{"a trailing comma", `{"a":1,}`, false, false, ""},
		{"a name twice", `{"a":1,"b":2,"a":3}`, false, false, "/a"},
		{"a name twice by escape", `{"a":1,"\u0061":3}`, false, false, "/a"},
		{"a name twice inside", `{"x":[{"a/b":1,"a/b":1}]}`, false, false, "/x/0/a~1b"},
		{"an overlong name twice", `{"` + strings.Repeat("n", 200) + `":1,"` + strings.Repeat("n", 200) + `":2}`, false, false, ""},
		{"names in two cases", `{"a":1,"A":2}`, false, true, ""},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", false, false, ""},
		{"half a surrogate pair", `{"a":"\ud800"}`, false, false, ""},
		{"a byte order mark", "\xef\xbb\xbf{}", false, false, ""},
		{"not a number", `{"a":NaN}`, false, false, ""},
		{"as deep as allowed", nested(maxDepth), false, true, ""},
		{"too deep", nested(maxDepth + 1), false, false, ""},
		{"absurdly deep", strings.Repeat("[", 20_000), false, false, ""},
		{"loose: a name twice in an item", `{"passages":[{"a":1,"a":2}]}`, true, true, ""},
		{"loose: a name twice at the top", `{"passages":[],"passages":[]}`, true, false, "/passages"},
		{"loose: a value like a name", `{"passages":"passages"}`, true, true, ""},
		{"loose: an array of equal strings", `["a","a"]`, true, true, ""},
		{"loose: trailing data", `{"passages":[]}{}`, true, false, ""},
	} {
		err := checkStructure([]byte(c.body), c.loose)
		if (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err == nil {
			continue
		}
		if err.Code != model.CodeMalformed {
			t.Errorf("%s: code %s", c.name, err.Code)
		}
		if c.field != "" && (len(err.Fields) != 1 || err.Fields[0] != model.FieldError{Field: c.field, Code: "duplicate"}) {
			t.Errorf("%s: fields %+v, want %s", c.name, err.Fields, c.field)
		}
	}
}
