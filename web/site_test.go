package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"communitypass.cn/communitypass/web"
)

func siteOf(t *testing.T, files fstest.MapFS) *web.Site {
	t.Helper()
	s, err := web.SiteOf(files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(s *web.Site, method, path string, header ...string) (*httptest.ResponseRecorder, bool) {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	return w, s.Serve(w, r)
}

var small = fstest.MapFS{
	"visitor.html":         {Data: []byte("visitor")},
	"guard.html":           {Data: []byte("guard")},
	"guard-sw.js":          {Data: []byte("sw")},
	"assets/guard-abc.js":  {Data: []byte(strings.Repeat("let a = 1;\n", 100))},
	"assets/read-abc.wasm": {Data: []byte("\x00asm")},
	".keep":                {},
}

func TestPagesOpenAtTheirPaths(t *testing.T) {
	s := siteOf(t, small)
	for path, want := range map[string]string{"/e/ABC234": "visitor", "/visit": "visitor", "/guard": "guard", "/guard/scan": "guard", "/web/guard-sw.js": "sw"} {
		w, served := ask(s, "GET", path)
		if !served || w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %v %d %q", path, served, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/", "/e", "/e/", "/e/a/b", "/visit/x", "/guards", "/web", "/web/", "/web/guard.html", "/web/.keep", "/web/nothing.js", "/console", "/web/../guard.html", "/v1/me"} {
		if w, served := ask(s, "GET", path); served {
			t.Errorf("%s is served: %d %q", path, w.Code, w.Body)
		}
	}
	if _, served := ask(s, "POST", "/guard"); served {
		t.Error("a page takes a POST")
	}
}

func TestAStickerLeadsToTheResidentsLift(t *testing.T) {
	s := siteOf(t, small)
	w, served := ask(s, "GET", "/l/AbC_123-def_4567")
	if !served || w.Code != http.StatusFound || w.Header().Get("Location") != "/app/#/pages/lift/lift?sticker=AbC_123-def_4567" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v %d %v", served, w.Code, w.Header())
	}
	for _, path := range []string{"/l", "/l/", "/l/short", "/l/AbC_123-def_4567/x", "/l/AbC_123-def_4567%0d%0aX", "/l/AbC_123-def_4567%22"} {
		if _, served := ask(s, "GET", path); served {
			t.Errorf("%s is served", path)
		}
	}
}

// The resident's pages lie below an address of their own, when they were built.
func TestTheResidentsPagesAreBelowApp(t *testing.T) {
	files := fstest.MapFS{"app/index.html": {Data: []byte("app")}, "app/assets/index-abc.js": {Data: []byte("1")}}
	s := siteOf(t, files)
	for _, path := range []string{"/app", "/app/"} {
		w, served := ask(s, "GET", path)
		if !served || w.Body.String() != "app" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "script-src 'self';") {
			t.Errorf("%s: %v %q %v", path, served, w.Body, w.Header())
		}
	}
	if w, served := ask(s, "GET", "/app/assets/index-abc.js"); !served || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("its script: %v %v", served, w.Header())
	}
	for _, path := range []string{"/app/index.html", "/app/nothing.js", "/app/../visitor.html"} {
		if _, served := ask(s, "GET", path); served {
			t.Errorf("%s is served", path)
		}
	}
	if _, served := ask(siteOf(t, small), "GET", "/app/"); served {
		t.Error("a build without them serves them")
	}
}

func TestPagesMayDoLittle(t *testing.T) {
	s := siteOf(t, small)
	for path, camera := range map[string]string{"/e/ABC234": "camera=()", "/guard": "camera=(self)"} {
		w, _ := ask(s, "GET", path)
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "http") || strings.Contains(policy, "'unsafe-eval'") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
		if got := w.Header().Get("Permissions-Policy"); !strings.Contains(got, camera) {
			t.Errorf("%s: %q", path, got)
		}
		if w.Header().Get("Cache-Control") != "no-cache" || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, w.Header())
		}
	}
}

func TestFilesWithAHashAreKept(t *testing.T) {
	s := siteOf(t, small)
	w, _ := ask(s, "GET", "/web/assets/guard-abc.js", "Accept-Encoding", "gzip, br")
	if h := w.Header(); !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Content-Encoding") != "gzip" || w.Body.Len() > 200 {
		t.Errorf("%v, %d bytes", h, w.Body.Len())
	}
	if w, _ := ask(s, "GET", "/web/assets/read-abc.wasm", "Accept-Encoding", "gzip"); w.Header().Get("Content-Type") != "application/wasm" || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("%v", w.Header())
	}
	if w, _ := ask(s, "GET", "/web/guard-sw.js"); w.Header().Get("Cache-Control") != "no-cache" || w.Header().Get("Service-Worker-Allowed") != "/guard" {
		t.Errorf("%v", w.Header())
	}
	if w, _ := ask(s, "HEAD", "/guard"); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("HEAD: %d %q", w.Code, w.Body)
	}
}

func TestAnEmptyBuildSaysSo(t *testing.T) {
	s := siteOf(t, fstest.MapFS{".keep": {}})
	w, served := ask(s, "GET", "/e/ABC234")
	if !served || w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "make web") || !strings.Contains(w.Body.String(), "没有构建") {
		t.Fatalf("%v %d %s", served, w.Code, w.Body)
	}
}

func TestWhatIsEmbeddedOpens(t *testing.T) {
	s, err := web.NewSite()
	if err != nil {
		t.Fatal(err)
	}
	w, served := ask(s, "GET", "/guard")
	if !served || w.Code != 200 && !strings.Contains(w.Body.String(), "make web") {
		t.Fatalf("%v %d", served, w.Code)
	}
}
