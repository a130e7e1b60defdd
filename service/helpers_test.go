package service_test

import (
	"errors"
	"testing"

	"communitypass.cn/communitypass/gm"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/service"
	"communitypass.cn/communitypass/store"
)

var storeFilter store.PassageFilter

func verifies(key *gm.SM2Key, b service.SignedBundle) bool {
	return gm.VerifySM2(key.Public(), b.Payload, b.Signature)
}

// wantCode insists on an error of a code and, where given, of a state.
func wantCode(t testing.TB, err error, code model.Code, state ...string) {
	t.Helper()
	var e *model.Error
	if err == nil || model.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	if len(state) > 0 && (!errors.As(err, &e) || e.State != state[0]) {
		t.Fatalf("got %+v, want the state %s", err, state[0])
	}
}

func asError(err error, into **model.Error) bool { return errors.As(err, into) }
