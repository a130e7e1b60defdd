package middleware

import (
	"fmt"
	"slices"
	"strings"

	"communitypass.cn/communitypass/model"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is one operation of the contract, compiled: everything that the way
// of a request through the house depends on.
type Operation struct {
	ID     string
	Method string
	// Route is the path as the contract has it, "/v1/staff/{id}"; it stands in
	// logs and metrics, never the path that was asked for.
	Route string
	// Path is the same as gin has it, "/v1/staff/:id".
	Path string
	// Raw says that the operation is bound by hand.
	Raw bool

	number     int
	open       bool
	kinds      []model.CallerKind
	permission model.Permission
	deviceOnly bool
	private    bool
	cookie     bool
	community  bool
	idempotent bool
	// stream says that the answer is a stream of events, which lasts.
	stream bool
	class  class
	checks
}

// Contract is the table of operations, compiled from the description.
type Contract struct {
	operations []*Operation
	byRoute    map[routeKey]*Operation
}

type routeKey struct{ method, path string }

// Compile builds the table. It fails for an operation that says neither who may
// call it nor that anybody may, so that such a server does not start.
func Compile(doc *openapi3.T) (*Contract, error) {
	k := &Contract{byRoute: map[routeKey]*Operation{}}
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		for method, described := range item.Operations() {
			op, err := compile(doc, path, method, item, described)
			if err != nil {
				return nil, fmt.Errorf("contract: %s %s: %w", method, path, err)
			}
			k.operations = append(k.operations, op)
			k.byRoute[routeKey{op.Method, op.Path}] = op
		}
	}
	slices.SortFunc(k.operations, func(a, b *Operation) int { return strings.Compare(a.Route+a.Method, b.Route+b.Method) })
	for i, op := range k.operations {
		op.number = i
	}
	return k, nil
}

// Operations are all operations, by route and method.
func (k *Contract) Operations() []*Operation { return slices.Clone(k.operations) }

func (k *Contract) find(method, path string) *Operation { return k.byRoute[routeKey{method, path}] }

func compile(doc *openapi3.T, path, method string, item *openapi3.PathItem, described *openapi3.Operation) (*Operation, error) {
	op := &Operation{ID: described.OperationID, Method: method, Route: path, Path: ginPath(path),
		Raw: slices.Contains(described.Tags, "raw")}
	if op.ID == "" {
		return nil, fmt.Errorf("it has no operationId")
	}
	if err := op.compilePolicy(described); err != nil {
		return nil, err
	}
	op.private = strings.HasPrefix(path, "/v1/")
	op.cookie = strings.HasPrefix(path, "/v1/sessions/")
	op.community = strings.Contains(path, "{cid}")
	if op.community && op.open {
		return nil, fmt.Errorf("it is of one community and open to anybody")
	}
	op.compileChecks(doc, item, described)
	op.idempotent = described.Parameters.GetByInAndName(openapi3.ParameterInHeader, idempotencyHeader) != nil
	if ok := described.Responses.Status(200); ok != nil && ok.Value != nil {
		op.stream = ok.Value.Content["text/event-stream"] != nil
	}
	if ok := described.Responses.Status(200); ok != nil && ok.Value != nil {
		op.stream = ok.Value.Content["text/event-stream"] != nil
	}
	op.class = classOf(op)
	return op, nil
}

// compilePolicy reads security and x-permission.
func (op *Operation) compilePolicy(described *openapi3.Operation) error {
	name, _ := described.Extensions["x-permission"].(string)
	op.permission = model.Permission(name)
	op.open = described.Security != nil && len(*described.Security) == 0
	switch {
	case op.open && name != "":
		return fmt.Errorf("it is open and asks for a permission")
	case op.open:
		return nil
	case described.Security == nil || name == "":
		return fmt.Errorf("it says neither security: [] nor who may call it with which permission")
	}
	for _, requirement := range *described.Security {
		if len(requirement) != 1 {
			return fmt.Errorf("a security requirement names %d schemes, not one", len(requirement))
		}
		for scheme := range requirement {
			kind := model.CallerKind(scheme)
			if !anybodyHolds(kind, op.permission) {
				return fmt.Errorf("no caller of the scheme %s ever holds %s", scheme, name)
			}
			op.kinds = append(op.kinds, kind)
		}
	}
	op.deviceOnly = len(op.kinds) == 1 && op.kinds[0] == model.CallerDevice
	return nil
}

// anybodyHolds reports whether some role of a kind of callers has the permission;
// it finds misspelt ones.
func anybodyHolds(kind model.CallerKind, p model.Permission) bool {
	return slices.ContainsFunc(model.RoleTable, func(row model.RoleRow) bool {
		c := &model.Caller{Kind: kind, Grants: []model.Grant{{Role: row.Role}}}
		return c.Holds(p)
	})
}

// ginPath turns "/v1/staff/{id}" into "/v1/staff/:id".
func ginPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}
