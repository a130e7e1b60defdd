//lint:file-ignore SA1019 it is the binder that the generated server calls

package instant_test

import (
	"net/url"
	"testing"
	"time"

	"communitypass.cn/communitypass/openapi/instant"

	"github.com/oapi-codegen/runtime"
)

// TestParameter: the generated binder reads an instant from a query, required or
// not, in any zone.
func TestParameter(t *testing.T) {
	want := time.Date(2026, 11, 22, 4, 0, 0, int(5*time.Millisecond), time.UTC)
	for _, text := range []string{"2026-11-22T04:00:00.005Z", "2026-11-22T12:00:00.005+08:00"} {
		query := url.Values{"at": {text}}
		var required instant.Time
		if err := bind(true, query, &required); err != nil || !required.Equal(want) {
			t.Errorf("%s is read as %v: %v", text, required, err)
		}
		var optional *instant.Time
		if err := bind(false, query, &optional); err != nil || optional == nil || !optional.Equal(want) {
			t.Errorf("%s is read as %v: %v", text, optional, err)
		}
	}
	var absent *instant.Time
	if err := bind(false, url.Values{}, &absent); err != nil || absent != nil {
		t.Errorf("none is read as %v: %v", absent, err)
	}
	if err := bind(true, url.Values{}, new(instant.Time)); err == nil {
		t.Error("a missing instant is taken")
	}
	if err := bind(true, url.Values{"at": {"yesterday"}}, new(instant.Time)); err == nil {
		t.Error("yesterday is taken for an instant")
	}
}

// bind binds the parameter "at" as generated code does.
func bind(required bool, query url.Values, into any) error {
	return runtime.BindQueryParameterWithOptions("form", true, required, "at", query, into,
		runtime.BindQueryParameterOptions{Type: "string", Format: "date-time"})
}
