package handler_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"

	"communitypass.cn/communitypass/model"

	"github.com/gin-gonic/gin"
)

// holder sets a caller who holds a pass and gives the path of the pass.
func (s *site) holder(t testing.TB) string {
	t.Helper()
	p := s.Person(t, "王芳", "13800000001")
	s.caller = &model.Caller{Kind: model.CallerPerson, PersonID: p.ID}
	return "/v1/me/passes/" + s.Pass(t, s.Garden, p).ID
}

func TestIssueCodes(t *testing.T) {
	s := newSite(t)
	pass := s.holder(t)
	for body, want := range map[string]int{"": 1, "{}": 1, `{"count":1}`: 1, `{"count":20}`: 20} {
		got := s.want(t, http.StatusOK, "Codes", "POST", pass+"/codes", body)
		if n := len(got["codes"].([]any)); n != want {
			t.Errorf("%q gives %d codes, want %d", body, n, want)
		}
	}
	w := s.call("POST", pass+"/codes", "")
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("the headers are %v", w.Header())
	}
	if again := s.call("POST", pass+"/codes", ""); again.Body.String() != w.Body.String() {
		t.Error("asked twice within a window, the answers differ")
	}
}

func TestCodesAndImagesAreRefusedAlike(t *testing.T) {
	s := newSite(t)
	others := s.holder(t)
	own := s.holder(t)
	s.wantError(t, model.CodeInvalid, "POST", own+"/codes", `{"count":21}`)
	s.wantError(t, model.CodeInvalid, "POST", own+"/codes", `{"COUNT":1}`)
	s.wantError(t, model.CodeMalformed, "POST", own+"/codes", `{"count":1}}`)
	for _, path := range []string{others, "/v1/me/passes/" + s.ID(), "/v1/me/passes/通行证", "/v1/me/passes/" + "01ARZ3NDEKTSV4RRFFQ69G5FAI", "/v1/me/passes/x"} {
		s.wantError(t, model.CodeNotFound, "POST", path+"/codes", "")
		s.wantError(t, model.CodeNotFound, "GET", path+"/qr", "")
	}
	for _, size := range []string{"127", "1025", "-320", "", "3e2", "320.0", "320&size=320"} {
		s.wantError(t, model.CodeInvalid, "GET", own+"/qr?size="+size, "")
	}
}

func TestGetPassQR(t *testing.T) {
	s := newSite(t)
	pass := s.holder(t)
	code := s.want(t, http.StatusOK, "Codes", "POST", pass+"/codes", "")["codes"].([]any)[0].(map[string]any)["code"]
	for _, c := range []struct{ accept, want string }{
		{"", "png"},
		{"*/*", "png"},
		{"image/*", "png"},
		{"image/png", "png"},
		{"image/svg+xml", "svg"},
		{"IMAGE/SVG+XML ; charset=utf-8", "svg"},
		{"text/html, image/svg+xml, */*;q=0.8", "svg"},
		{"image/svg+xml;q=0.5, image/png;q=0.9", "png"},
		{"image/svg+xml;q=0.9, image/png;q=0.5", "svg"},
		{"image/png;q=0, image/*", "svg"},
		{"image/avif,image/webp,image/apng,image/*,*/*;q=0.8", "png"},
		{"text/html", ""},
		{"application/json, text/*", ""},
		{"image/png;q=0", ""},
		{"image/png;q=2", ""},
		{"image/jpeg", ""},
	} {
		var headers []string
		if c.accept != "" {
			headers = []string{"Accept", c.accept}
		}
		if c.want == "" {
			s.wantError(t, model.CodeNotAcceptable, "GET", pass+"/qr", "", headers...)
			continue
		}
		w := s.call("GET", pass+"/qr", "", headers...)
		var got struct {
			Format, Text string
			Size         int
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%q: %d %s", c.accept, w.Code, w.Body)
		}
		media := map[string]string{"png": "image/png", "svg": "image/svg+xml"}[c.want]
		if got.Format != c.want || got.Text != code || got.Size != 320 ||
			w.Header().Get("Content-Type") != media || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %+v with %v", c.accept, got, w.Header())
		}
	}
	for _, size := range []int{128, 1024} {
		w := s.call("GET", pass+"/qr?size="+strconv.Itoa(size), "")
		var got struct{ Size int }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Size != size {
			t.Errorf("size %d: %s", size, w.Body)
		}
	}
}

// What a code fetch costs above a handler that does nothing, both without a
// network: the goal over loopback is 0.8 of the hellos.

func BenchmarkHello(b *testing.B) {
	s := newSite(b)
	s.engine.GET("/hello", func(c *gin.Context) { c.Data(http.StatusOK, "application/json", []byte(`{"hello":"world"}`)) })
	s.bench(b, "GET", "/hello")
}

func BenchmarkCodeFetch(b *testing.B) {
	s := newSite(b)
	s.bench(b, "POST", s.holder(b)+"/codes")
}

func (s *site) bench(b *testing.B, method, path string) {
	b.ReportAllocs()
	for b.Loop() {
		if w := s.call(method, path, ""); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
