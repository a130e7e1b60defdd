package openapi_test

import (
	"testing"

	"communitypass.cn/communitypass/openapi"
)

func TestEveryOperationDeclaresWhoMayCallIt(t *testing.T) {
	doc, err := openapi.Load()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			permission, _ := op.Extensions["x-permission"].(string)
			open := op.Security != nil && len(*op.Security) == 0
			if open == (permission != "") {
				t.Errorf("%s %s needs either x-permission or security: []", method, path)
			}
			if !open && (op.Security == nil || len(*op.Security) == 0) {
				t.Errorf("%s %s names no security scheme", method, path)
			}
			if op.Responses.Default() == nil {
				t.Errorf("%s %s has no problem as its default answer", method, path)
			}
		}
	}
}
