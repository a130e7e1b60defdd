package middleware

import (
	"testing"

	"communitypass.cn/communitypass/model"
)

func TestThePermissionAloneIsNotEnough(t *testing.T) {
	op := &Operation{kinds: []model.CallerKind{model.CallerStaff}, permission: "session.end"}
	guard := []model.Grant{{Role: model.RoleGuard}}
	for name, c := range map[string]struct {
		caller *model.Caller
		code   model.Code
	}{
		"staff":                  {&model.Caller{Kind: model.CallerStaff, Grants: guard}, ""},
		"a person who holds it":  {&model.Caller{Kind: model.CallerPerson}, model.CodeForbidden},
		"a device with a grant":  {&model.Caller{Kind: model.CallerDevice, Grants: guard}, model.CodeForbidden},
		"staff without a role":   {&model.Caller{Kind: model.CallerStaff}, model.CodeForbidden},
		"the system":             {&model.Caller{Kind: model.CallerSystem, Grants: guard}, model.CodeForbidden},
		"nobody, without an err": {nil, model.CodeUnauthenticated},
	} {
		err := op.permits(c.caller)
		if c.code == "" && err != nil || c.code != "" && (err == nil || model.CodeOf(err) != c.code) {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
}
