package middleware

import (
	"strings"
	"testing"

	"communitypass.cn/communitypass/openapi"

	"github.com/getkin/kin-openapi/openapi3"
)

func contractOf(t testing.TB) *Contract {
	t.Helper()
	doc, err := openapi.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, err := Compile(doc)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func operationOf(t testing.TB, id string) *Operation {
	t.Helper()
	for _, op := range contractOf(t).Operations() {
		if op.ID == id {
			return op
		}
	}
	t.Fatalf("no operation %s", id)
	return nil
}

func TestCompileRefusesOperationsWithoutAPolicy(t *testing.T) {
	for name, c := range map[string]struct{ operation, why string }{
		"neither":               {`{operationId: x, responses: {}}`, "neither"},
		"no permission":         {`{operationId: x, security: [{staff: []}], responses: {}}`, "neither"},
		"no scheme":             {`{operationId: x, x-permission: staff.read, responses: {}}`, "neither"},
		"open and permission":   {`{operationId: x, security: [], x-permission: staff.read, responses: {}}`, "open and asks"},
		"nobody holds it":       {`{operationId: x, security: [{staff: []}], x-permission: staff.raed, responses: {}}`, "ever holds"},
		"the scheme lacks it":   {`{operationId: x, security: [{person: []}], x-permission: staff.read, responses: {}}`, "ever holds"},
		"a scheme nobody meets": {`{operationId: x, security: [{wizard: []}], x-permission: staff.read, responses: {}}`, "ever holds"},
		"two schemes at once":   {`{operationId: x, security: [{staff: [], device: []}], x-permission: staff.read, responses: {}}`, "2 schemes"},
		"no id":                 {`{security: [], responses: {}}`, "operationId"},
	} {
		yaml := "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /v1/x:\n    post: " + c.operation + "\n"
		doc, err := openapi3.NewLoader().LoadFromData([]byte(yaml))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := Compile(doc); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
}

func TestClassesOfOperations(t *testing.T) {
	want := map[string]class{"createWechatSession": classSignIn, "createStaffSession": classSignIn, "refreshSession": classSignIn,
		"enrolGate": classEnrol, "bootstrap": classEnrol, "issueCodes": classCodes, "getPassQR": classQR,
		"recordScan": classDevice, "getBundle": classDevice, "createStaff": classWrites, "endSession": classWrites,
		"setFieldPolicy": classWrites, "listStaff": classNone, "getMe": classNone, "getHealth": classNone, "getJwks": classNone,
		"getEntry": classEntry, "askVisit": classAsk, "acceptInvitation": classAsk, "issueVisitCodes": classCodes, "leaveOwnVisit": classWrites}
	for id, class := range want {
		if got := operationOf(t, id).class; got != class {
			t.Errorf("%s is of class %d, want %d", id, got, class)
		}
	}
}

func TestGoodRequestID(t *testing.T) {
	for id, good := range map[string]bool{"abcdefgh": true, "A-b_9-xyz": true, "7": true, "a.b:c": true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "with space": false, "line\nbreak": false, "标识标识标识标识": false, "a;b;c;d;e": false} {
		if goodRequestID(id) != good {
			t.Errorf("%q: %v", id, !good)
		}
	}
}
