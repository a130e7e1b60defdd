package golden

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"communitypass.cn/communitypass/passcode"
)

const scalar = "0f95dcbfdc2129323b0ab42f3fb99b4b99845c088e72b6a95e426f47b2f52cc3"

func fileOf(base, given string) string {
	return `{"about":"", "keys":{"1":"` + scalar + `"}, "base":` + base +
		`, "cases":[{"name":"a","given":` + given + `,"expect":{"outcome":"admit","reason":"ok"}}]}`
}

func TestReadRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	if _, err := Read(strings.NewReader(fileOf(`{"direction":"in"}`, `{"direction":"out"}`))); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"not JSON":                    `{`,
		"a misspelt field of a scene": fileOf(`{"direction":"in"}`, `{"gaet":{}}`),
		"a misspelt field of a pass":  fileOf(`{"direction":"in"}`, `{"passes":{"7":{"withdrwan":true}}}`),
		"a misspelt field of rules":   fileOf(`{"direction":"in"}`, `{"rules":{"cardquota":1}}`),
		"another direction":           fileOf(`{"direction":"in"}`, `{"direction":"up"}`),
		"a key that is none":          strings.Replace(fileOf(`{}`, `{}`), scalar, "00", 1),
		"a key that is not hex":       strings.Replace(fileOf(`{}`, `{}`), scalar, "xy", 1),
		"a field beside the cases":    `{"cases":[],"more":1}`,
	} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// The examples of RFC 7386, appendix A, that a scene can hold.
func TestMerge(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	} {
		var target, patch, want any
		for i, into := range []*any{&target, &patch, &want} {
			if err := json.Unmarshal([]byte(c[i]), into); err != nil {
				t.Fatal(err)
			}
		}
		if got := merge(target, patch); !reflect.DeepEqual(got, want) {
			t.Errorf("%s with %s became %v", c[0], c[1], got)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	file, err := Read(strings.NewReader(fileOf(`{"direction":"in"}`, `{}`)))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := passcode.NewVerifier(&file.Key(1).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	code := Code{Kind: "courier", Key: 1, Community: 3, Pass: 1<<48 - 2, Group: 4, WindowOf: &at}
	want, err := code.Header()
	if err != nil {
		t.Fatal(err)
	}
	for _, altered := range []bool{false, true} {
		code.Altered = altered
		text, err := file.Text(&code)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := passcode.Parse(text)
		if err != nil || parsed.Header != want {
			t.Fatalf("altered %v: parsed %+v, %v", altered, parsed.Header, err)
		}
		if verifier.Verify(&parsed) == altered {
			t.Errorf("altered %v, and genuine is no different", altered)
		}
	}
}

func TestTextRefuses(t *testing.T) {
	t.Parallel()
	file, err := Read(strings.NewReader(fileOf(`{"direction":"in"}`, `{}`)))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for name, code := range map[string]*Code{
		"no code":             nil,
		"no time":             {Kind: "staff", Key: 1},
		"a kind that is none": {Kind: "guest", Key: 1, WindowOf: &at},
		"a key that is none":  {Kind: "staff", Key: 9, WindowOf: &at},
		"a date that is none": {Kind: "staff", Key: 1, CardUntil: "2026-02-30"},
	} {
		if _, err := file.Text(code); err == nil {
			t.Errorf("%s was signed", name)
		}
	}
}
