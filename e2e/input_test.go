package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
)

// canary is a value that is sent in bad bodies and must not come back, or be kept.
const canary = "CANARY-金丝雀-7f3a9"

// TestBadBodies sends to every operation that takes a body what is none.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	w := start(t)
	own, sent := w.furnish(t, true), 0
	for _, r := range w.contract.routes {
		if r.Operation.RequestBody == nil || r.Operation.RequestBody.Value.Content["application/json"] == nil {
			continue // files have bad bodies of their own
		}
		sample := operations()[r.Operation.OperationID]
		body, ok := sample.body(w, own).(map[string]any)
		if !ok || len(body) == 0 {
			t.Fatalf("%s is tried with no body", r.Operation.OperationID)
		}
		c := w.permitted(r)
		for _, bad := range badBodies(body) {
			if bad.name == "empty" && !r.Operation.RequestBody.Value.Required {
				continue
			}
			q := request{method: r.Method, path: sample.path(r.Path, own), body: []byte(bad.text), header: bad.header, unsized: bad.unsized}
			if r.Operation.OperationID == "issueCodes" && len(bad.text) > 1<<10 {
				bad.status = 413 // a request for codes has no need of more
			}
			a := c(sent).do(t, q)
			if sent++; a.status != bad.status || a.status >= 500 {
				t.Errorf("%s with %s is answered %d %s instead of %d", r.Operation.OperationID, bad.name, a.status, a.code, bad.status)
			}
			if bytes.Contains(a.body, []byte("CANARY")) || bytes.Contains(a.body, []byte("金丝雀")) {
				t.Errorf("%s with %s says it again: %s", r.Operation.OperationID, bad.name, a.body)
			}
		}
	}
	w.hidden(t, []string{"CANARY", "金丝雀"})
	t.Logf("%d bad bodies", sent)
}

// permitted gives for each request a client that may make it, from a network of
// its own where nobody is known yet.
func (w *world) permitted(r route) func(int) *client {
	schemes := *r.Operation.Security
	c := w.home
	if len(schemes) == 0 {
		return func(n int) *client { return w.from(fmt.Sprintf("127.1.%d.%d", n/250, n%250+1)) }
	}
	for scheme := range schemes[0] {
		permission, _ := r.Operation.Extensions["x-permission"].(string)
		switch {
		case scheme == "person":
			c = w.person("林浩")
		case scheme == "visit":
			c = w.visitor
		case scheme == "device":
			c = w.gate(east)
		case !strings.HasPrefix(permission, "recipient.") && model.RoleSystemAdmin.Has(model.Permission(permission)) && permission != "staff.manage":
			// By turns, since what one account may write in a minute is limited.
			c = w.person(admin)
		case !model.RolePropertyManager.Has(model.Permission(permission)) && model.RoleCommitteeOfficer.Has(model.Permission(permission)):
			c = w.person(committee)
		default:
			c = w.person(manager)
		}
	}
	return func(int) *client { return c }
}

func kind(v string) map[string]string { return map[string]string{"Content-Type": v} }

// badBody is one way in which a body is wrong.
type badBody struct {
	name, text string
	header     map[string]string
	status     int
	unsized    bool
}

// badBodies makes all that is wrong out of a body that is right.
func badBodies(good map[string]any) []badBody {
	key := slices.Sorted(maps.Keys(good))[0]
	whole := encode(good)
	unknown := maps.Clone(good)
	unknown["no_such_field"] = canary
	upper := maps.Clone(good)
	delete(upper, key)
	upper[strings.ToUpper(key)] = good[key]
	long := `{"` + key + `":"` + strings.Repeat(canary, 2<<20/len(canary)) + `"}`
	out := []badBody{
		{name: "nothing closed", text: `{"` + key + `":"` + canary, status: 400},
		{name: "empty", text: "", status: 400},
		{name: "blanks", text: " \n ", status: 400},
		{name: "an array", text: `["` + canary + `"]`, status: 400},
		{name: "a string", text: `"` + canary + `"`, status: 400},
		{name: "a number", text: `17`, status: 400},
		{name: "null", text: `null`, status: 400},
		{name: "two bodies", text: whole + whole, status: 400},
		{name: "an unknown field", text: encode(unknown), status: 400},
		{name: "a field twice", text: `{"` + key + `":` + encode(good[key]) + "," + whole[1:], status: 400},
		{name: "an upper-case key", text: encode(upper), status: 400},
		{name: "invalid UTF-8", text: `{"` + key + `":"` + canary + "\xff\xfe" + `"}`, status: 400},
		{name: "half a surrogate", text: `{"` + key + `":"\ud800` + canary + `"}`, status: 400},
		{name: "a number that is none", text: `{"` + key + `":NaN}`, status: 400},
		{name: "a number too large", text: `{"` + key + `":1e9999}`, status: 400},
		{name: "deep nesting", text: `{"` + key + `":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}", status: 400},
		{name: "deep objects, open", text: strings.Repeat(`{"`+key+`":`, 2_000), status: 400},
		{name: "two megabytes", text: long, header: map[string]string{"Expect": "100-continue"}, status: 413},
		{name: "plain text", text: whole, header: kind("text/plain"), status: 415},
		{name: "a form", text: key + "=" + canary, header: kind("application/x-www-form-urlencoded"), status: 415},
		{name: "another charset", text: whole, header: kind("application/json; charset=gbk"), status: 415},
		{name: "no type", text: whole, header: kind(""), status: 415},
		{name: "packed", text: whole, header: map[string]string{"Content-Encoding": "gzip"}, status: 415},
		{name: "in chunks, nothing closed", text: `{"` + key + `":"` + canary, unsized: true, status: 400},
	}
	for _, field := range slices.Sorted(maps.Keys(good)) {
		wrong := maps.Clone(good)
		wrong[field] = any(map[string]any{canary: canary})
		if _, object := good[field].(map[string]any); object {
			wrong[field] = canary // names of fields may be said again, values never
		}
		out = append(out, badBody{name: "an object for " + field, text: encode(wrong), status: 400})
		wrong[field] = nil
		out = append(out, badBody{name: "null for " + field, text: encode(wrong), status: 400})
	}
	return out
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestUndeclaredMethods: what the contract does not list on a path is 405, and
// says what is allowed; other paths are not found.
func TestUndeclaredMethods(t *testing.T) {
	t.Parallel()
	w := start(t)
	own := places{cid: w.garden(), pass: unknownID, passage: unknownID, pending: unknownID, claimed: unknownID, active: unknownID,
		device: unknownID, staff: unknownID, recipient: unknownID, delivery: unknownID, imported: unknownID}
	for _, path := range w.contract.doc.Paths.InMatchingOrder() {
		item := w.contract.doc.Paths.Value(path)
		declared := slices.Collect(maps.Keys(item.Operations()))
		slices.Sort(declared)
		var sample operation
		for _, op := range item.Operations() {
			sample = operations()[op.OperationID]
		}
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "BREW"} {
			if slices.Contains(declared, method) {
				continue
			}
			a := w.person(manager).do(t, request{method: method, path: sample.path(path, own)})
			allowed := strings.Split(strings.ReplaceAll(a.header.Get("Allow"), " ", ""), ",")
			slices.Sort(allowed)
			if a.status != 405 || !slices.Equal(allowed, declared) {
				t.Errorf("%s %s is answered %d, allowed are %v of %v", method, path, a.status, allowed, declared)
			}
		}
	}
	for _, path := range []string{"/", "/v1", "/v1/", "/v1/me/", "//v1/me", "/V1/me", "/v1/me/passes/", "/metrics", "/debug/pprof/", "/demo/clock", "/docs/../openapi.yaml", "/docs/%2e%2e/x", "/v1/%00"} {
		w.home.get(t, path).wants(t, 404, "not_found")
	}
}
