package handler_test

import (
	"net/http"
	"testing"

	"communitypass.cn/communitypass/model"
)

// onePage is a site of a single page at /guard.
type onePage struct{}

func (onePage) Serve(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path != "/guard" && r.URL.Path != "/v1/me" {
		return false
	}
	w.Header().Set("Content-Security-Policy", "of the page")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte("page"))
	return true
}

func TestPagesAreServedWhereTheContractHasNothing(t *testing.T) {
	r := newRig(t, func(r *rig) { r.options.Pages = onePage{} })
	w := r.call("GET", "/guard", "", "")
	if w.Code != 200 || w.Body.String() != "page" || w.Header().Get("Content-Security-Policy") != "of the page" {
		t.Fatal(w.Code, w.Body, w.Header())
	}
	r.problem(r.call("GET", "/elsewhere", "", ""), 404, model.CodeNotFound)
	// A page never takes the place of an operation.
	r.problem(r.call("GET", "/v1/me", "", ""), 401, model.CodeUnauthenticated)
}

func TestWithoutPagesNothingIsThere(t *testing.T) {
	r := newRig(t, func(*rig) {})
	r.problem(r.call("GET", "/guard", "", ""), 404, model.CodeNotFound)
}
