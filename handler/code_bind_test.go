package handler

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"
	"communitypass.cn/communitypass/openapi/instant"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

func TestCodesRequest(t *testing.T) {
	for _, c := range []struct {
		body, contentType string
		want              int
		code              model.Code
		field             string // field:code of the first refused field
	}{
		{body: "", want: 1},
		{body: "{}", want: 1},
		{body: ` { "count" : 20 } `, want: 20},
		{body: `{"count":2.0}`, want: 2},
		{body: `{"count":1e1}`, want: 10},
		{body: `{"c\u006funt":3}`, want: 3},
		{body: `{"count":4}`, contentType: "application/json; charset=utf-8", want: 4},

		{body: `{"count":0}`, code: model.CodeInvalid, field: "/count:range"},
		{body: `{"count":21}`, code: model.CodeInvalid, field: "/count:range"},
		{body: `{"count":-1}`, code: model.CodeInvalid, field: "/count:range"},
		{body: `{"count":1e400}`, code: model.CodeInvalid, field: "/count:range"},
		{body: `{"count":1.5}`, code: model.CodeInvalid, field: "/count:type"},
		{body: `{"count":"1"}`, code: model.CodeInvalid, field: "/count:type"},
		{body: `{"count":null}`, code: model.CodeInvalid, field: "/count:type"},
		{body: `{"count":[1]}`, code: model.CodeInvalid, field: "/count:type"},
		{body: `{"Count":1}`, code: model.CodeInvalid, field: "/Count:unknown"},
		{body: `{"a/b~":{"count":1}}`, code: model.CodeInvalid, field: "/a~1b~0:unknown"},
		{body: `{"count":1,"count":1}`, code: model.CodeInvalid, field: "/count:duplicate"},
		{body: `{"count":1,"c\u006funt":2}`, code: model.CodeInvalid, field: "/count:duplicate"},
		{body: `[]`, code: model.CodeInvalid, field: ":type"},
		{body: `null`, code: model.CodeInvalid, field: ":type"},
		{body: `3`, code: model.CodeInvalid, field: ":type"},
		{body: ` `, code: model.CodeMalformed},
		{body: `{`, code: model.CodeMalformed},
		{body: `{"count":01}`, code: model.CodeMalformed},
		{body: `{"count":1}{}`, code: model.CodeMalformed},
		{body: `{"count":1,}`, code: model.CodeMalformed},
		{body: "{\"\xff\":1}", code: model.CodeMalformed},
		{body: `{"count":1}`, contentType: "text/plain", code: model.CodeUnsupportedMedia},
		{body: `{"count":1}`, contentType: "none", code: model.CodeUnsupportedMedia},
		{body: `{"count":1}` + strings.Repeat(" ", codesBodyLimit-11), want: 1},
		{body: `{"count":1}` + strings.Repeat(" ", codesBodyLimit-10), code: model.CodeTooLarge},
	} {
		for _, chunked := range []bool{false, true} {
			r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
			switch c.contentType {
			case "":
				r.Header.Set("Content-Type", "application/json")
			case "none":
			default:
				r.Header.Set("Content-Type", c.contentType)
			}
			if chunked {
				r.ContentLength, r.Body = -1, io.NopCloser(strings.NewReader(c.body))
			}
			got, err := codesRequest(r)
			if c.code == "" && (err != nil || got != c.want) {
				t.Errorf("%.40q: %d (%v), want %d", c.body, got, err, c.want)
			}
			if c.code != "" && (err == nil || model.CodeOf(err) != c.code || firstField(err) != c.field) {
				t.Errorf("%.40q: %v with %q, want %s with %q", c.body, err, firstField(err), c.code, c.field)
			}
		}
	}
}

func TestInstantsAreWrittenAsEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(0, 4_102_444_800_000).Draw(t, "ms")
		if got, want := string(appendInstant([]byte("x"), ms)), "x"+instant.Of(ms).Format(instant.Layout); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

func firstField(err error) string {
	var e *model.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return ""
	}
	return e.Fields[0].Field + ":" + e.Fields[0].Code
}

// bySchema is the contract's verdict on a body: the schema's, on one JSON value
// without a field twice and with nothing behind it.
func bySchema(schema *openapi3.Schema, body []byte) bool {
	if !json.Valid(body) || twice(body) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	return d.Decode(&value) == nil && schema.VisitJSON(value) == nil
}

// twice reports whether the outermost object of valid JSON has a name twice. What
// is nested needs no look: nothing nested is allowed.
func twice(body []byte) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	seen := map[any]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil || seen[name] {
			return true
		}
		seen[name] = true
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return true
		}
	}
	return false
}

func codesSchema(t testing.TB) *openapi3.Schema {
	t.Helper()
	doc, err := openapi.Load()
	if err != nil {
		t.Fatal(err)
	}
	return doc.Components.Schemas["CodesRequest"].Value
}

func sameVerdict(t interface {
	Helper()
	Fatalf(string, ...any)
}, schema *openapi3.Schema, body []byte) {
	t.Helper()
	count, err := bindCodes(body)
	if want := bySchema(schema, body); want != (err == nil) {
		t.Fatalf("%q: the contract says %v, the binder %v", body, want, err)
	}
	if err == nil && (count < 1 || count > 20) {
		t.Fatalf("%q is taken for %d", body, count)
	}
}

// Bodies near the edge: parts of the right one, put together at random.
func TestTheBinderAgreesWithTheContract(t *testing.T) {
	schema := codesSchema(t)
	edges := rapid.SampledFrom([]string{`0`, `1`, `20`, `21`, `1.5`, `2.0`, `1e1`, `"1"`, `null`})
	pieces := rapid.SampledFrom([]string{`{`, `}`, `[`, `]`, `,`, `:`, `"count"`, `"Count"`, `""`, ` `, "\n", `-1`, `0.1e2`, `20E0`,
		`1e400`, `1e-400`, `01`, `true`, `{}`, `{"count":1}`, `20.0000000000000000000001`, "\xff", "\ufeff", `"\ud800"`})
	numbers := rapid.StringMatching(`-?[0-9]{1,2}(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?`)
	values := rapid.OneOf(edges, edges, pieces, numbers)
	names := rapid.SampledFrom([]string{`"count"`, `"count"`, `"count"`, `"c\u006funt"`, `"Count"`, `"x"`})
	object := rapid.Custom(func(t *rapid.T) string {
		var members []string
		for range rapid.IntRange(0, 2).Draw(t, "members") {
			members = append(members, names.Draw(t, "name")+":"+values.Draw(t, "value"))
		}
		return "{" + strings.Join(members, ",") + "}" + rapid.SampledFrom([]string{"", "", " ", "{}", "}"}).Draw(t, "behind")
	})
	rubble := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(pieces, 1, 6).Draw(t, "pieces"), "")
	})
	bodies := rapid.SliceOfN(rapid.OneOf(object, object, object, rubble), 40, 40)
	rapid.Check(t, func(t *rapid.T) {
		for _, body := range bodies.Draw(t, "bodies") {
			sameVerdict(t, schema, []byte(body))
		}
	})
}

func FuzzBindCodes(f *testing.F) {
	schema := codesSchema(f)
	for _, seed := range []string{`{}`, `{"count":1}`, `{"count":20,"count":1}`, `{"count":1.0}`, `{"count":1e400}`, `{"x":1}`, `[]`, `null`, `{"count":1} {}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) == 0 || len(body) > codesBodyLimit {
			return // judged before binding
		}
		sameVerdict(t, schema, body)
	})
}
