package e2e_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"

	"github.com/getkin/kin-openapi/openapi3"
)

// someone is a kind of caller in the matrix.
type someone struct {
	name   string
	kind   model.CallerKind
	role   model.Role
	client *client
	// garden says that the caller's scope covers the garden and its rows; for
	// residents and devices, that the rows tried are their own.
	garden bool
}

// callers are all kinds, each from a network of their own, from those who may
// nothing to those who may most.
func (w *world) callers() []someone {
	all := []someone{
		{name: "anonymous"}, {name: "garbage"},
		{"other resident", model.CallerPerson, model.RoleResident, w.person("何雨桐"), false},
		{"other manager", model.CallerStaff, model.RolePropertyManager, w.person(otherManager), false},
		{"guard", model.CallerStaff, model.RoleGuard, w.person(guard), true},
		{"street officer", model.CallerStaff, model.RoleStreetOfficer, w.person(street), true},
		{"resident", model.CallerPerson, model.RoleResident, w.person("林浩"), true},
		{"gate", model.CallerDevice, model.RoleGate, w.gate(east), true},
		{"committee officer", model.CallerStaff, model.RoleCommitteeOfficer, w.person(committee), true},
		{"auditor", model.CallerStaff, model.RoleAuditor, w.auditor(w.t), true},
		{"admin", model.CallerStaff, model.RoleSystemAdmin, w.person(admin), true},
		{"manager", model.CallerStaff, model.RolePropertyManager, w.person(manager), true},
	}
	if w.visitor != nil {
		all = append(all, someone{"visitor", model.CallerVisit, model.RoleVisitor, w.visitor, true})
	}
	for i := range all {
		token := "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."
		if c := all[i].client; c != nil {
			token = c.token
		} else if all[i].name == "anonymous" {
			token = ""
		}
		all[i].client = w.from(fmt.Sprintf("127.0.9.%d", i+1)).as(token)
	}
	return all
}

// expected is what the contract and the table of roles say of one cell: a status,
// or 200 for whatever comes after everybody who may not was turned away.
func expected(op *openapi3.Operation, o operation, s someone, path string) int {
	if o.always != 0 {
		return o.always
	}
	schemes := *op.Security
	if len(schemes) == 0 {
		return 200
	}
	if s.kind == "" {
		return 401
	}
	permission, _ := op.Extensions["x-permission"].(string)
	known := slices.ContainsFunc(schemes, func(r openapi3.SecurityRequirement) bool { _, ok := r[string(s.kind)]; return ok })
	switch {
	case !known || !s.role.Has(model.Permission(permission)):
		return 403
	case !s.garden && (ofGarden(path) || bodyOfGarden[op.OperationID]):
		return 404
	case o.only != "" && s.name != o.only:
		return 403
	case o.grants && !s.role.MayGrant(cmp.Or(o.role, model.RoleGuard)):
		return 403
	}
	return cmp.Or(o.lacking, 200)
}

// ofGarden says that a path names a row of the garden or its people.
func ofGarden(template string) bool {
	return strings.Contains(template, "{cid}") || strings.Contains(template, "{id}")
}

// bodyOfGarden are operations whose body names a place of the garden.
var bodyOfGarden = map[string]bool{"createGateEnrolment": true, "createStaff": true, "createRecipient": true,
	"createVisit": true, "setVisitDelegate": true, "addDependant": true, "reportIncident": true,
	"callLift": true, "grantLift": true, "setLiftPreference": true}

// TestRefusals tries every operation as every kind of caller.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := start(t)
	own, other := w.furnish(t, true), w.furnish(t, false)
	tried := operations()
	for _, r := range w.contract.routes {
		if _, ok := tried[r.Operation.OperationID]; !ok {
			t.Errorf("%s is not tried: add it to operations", r.Operation.OperationID)
		}
	}
	if len(tried) != len(w.contract.routes) {
		t.Errorf("%d operations are tried of %d", len(tried), len(w.contract.routes))
	}
	routes := slices.Clone(w.contract.routes)
	slices.SortStableFunc(routes, func(a, b route) int { return strings.Compare(a.Operation.OperationID, b.Operation.OperationID) })
	t.Run("rows of others", func(t *testing.T) { w.rowsOfOthers(t, routes, own, other) })
	t.Run("matrix", func(t *testing.T) { w.matrix(t, routes, own) })
}

func (w *world) matrix(t *testing.T, routes []route, own places) {
	tried, callers := operations(), w.callers()
	slices.SortStableFunc(routes, func(a, b route) int { return w.order(tried, a) - w.order(tried, b) })
	cells := 0
	for _, r := range routes {
		o := tried[r.Operation.OperationID]
		succeeded := false
		for _, s := range callers {
			if o.stranger && s.kind == model.CallerPerson {
				s.client = w.signIn(t, "wx-stranger")
			}
			if o.stranger && s.kind == model.CallerVisit {
				s.client = w.anotherVisitor(t, own)
			}
			before := w.actBefore(t, r, s, succeeded)
			a := s.client.do(t, o.request(w, r, own))
			wanted := expected(r.Operation, o, s, r.Path)
			fits := a.status == wanted || wanted == 200 && (a.status < 300 || a.status == 409)
			if cells++; !fits {
				t.Errorf("%s as %s is answered %d %s instead of %d", r.Operation.OperationID, s.name, a.status, a.code, wanted)
			}
			if a.status < 300 && !succeeded && s.kind == model.CallerStaff && r.Method != "GET" {
				w.wasAudited(t, r.Operation.OperationID, s.client, before)
			}
			succeeded = succeeded || a.status < 300
		}
		if !succeeded && o.always == 0 && o.lacking == 0 {
			t.Errorf("%s succeeded for nobody: the matrix does not show what it refuses", r.Operation.OperationID)
		}
	}
	t.Logf("%d cells", cells)
}

// order puts what ends things last, and of that the sign-outs.
func (w *world) order(tried map[string]operation, r route) int {
	switch {
	case r.Operation.OperationID == "endSession":
		return 2
	case tried[r.Operation.OperationID].last:
		return 1
	}
	return 0
}

func (o operation) request(w *world, r route, p places) request {
	q := request{method: r.Method, path: o.path(r.Path, p)}
	if o.body != nil {
		q.body = o.body(w, p)
	}
	if o.kind != "" {
		q.header = kind(o.kind)
	}
	return q
}

// unknownID has the form of an id and is none.
const unknownID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

// rowsOfOthers: whoever may do something among the own rows finds nothing among
// those of others, as if they did not exist.
func (w *world) rowsOfOthers(t *testing.T, routes []route, own, other places) {
	neighbour := own
	neighbour.pass, neighbour.more = w.Demo.People["王芳"].PassID, maps.Clone(own.more)
	for name, row := range own.more {
		if of, ok := strings.CutPrefix(name, "neighbour "); ok {
			neighbour.more[of] = row
		}
	}
	tried, count := operations(), 0
	for _, s := range w.callers() {
		for _, r := range routes {
			o := tried[r.Operation.OperationID]
			if o.always != 0 || expected(r.Operation, o, s, r.Path) != 200 || !ofGarden(r.Path) {
				continue
			}
			for what, path := range otherPaths(o, r.Path, s, own, other, neighbour) {
				q := o.request(w, r, own)
				q.path = path
				count++
				if a := s.client.do(t, q); a.status != 404 || a.code != "not_found" {
					t.Errorf("%s as %s with %s is answered %d %s: %.200s", r.Operation.OperationID, s.name, what, a.status, a.code, a.body)
				}
			}
		}
	}
	t.Logf("%d strangers' rows", count)
}

// otherPaths are the paths of an operation with rows that are not the caller's.
func otherPaths(o operation, template string, s someone, own, other, neighbour places) map[string]string {
	out := map[string]string{}
	narrow := s.role == model.RoleGuard || s.role == model.RolePropertyManager || s.kind != model.CallerStaff
	if strings.Contains(template, "{cid}") {
		elsewhere := own
		elsewhere.cid = unknownID
		out["an unknown community"] = o.path(template, elsewhere)
		if narrow {
			elsewhere.cid = other.cid
			out["another community and an own row"] = o.path(template, elsewhere)
			out["another community"] = o.path(template, other)
		}
	}
	if strings.Contains(template, "{id}") {
		out["an unknown row"] = strings.ReplaceAll(strings.ReplaceAll(template, "{cid}", own.cid), "{id}", unknownID) + o.query
		out["an id that is none"] = strings.ReplaceAll(strings.ReplaceAll(template, "{cid}", own.cid), "{id}", "nonsense-'%22") + o.query
		foreign := other
		foreign.cid = own.cid
		if narrow || strings.Contains(template, "{cid}") {
			out["a row of another community"] = o.path(template, foreign)
		}
		if path := o.path(template, neighbour); s.role == model.RoleResident && path != o.path(template, own) {
			out["a row of another household"] = path
		}
	}
	return out
}
