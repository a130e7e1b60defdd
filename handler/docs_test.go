package handler_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"communitypass.cn/communitypass/handler"
	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"
)

func withDocs(t *testing.T) *rig {
	docs, err := handler.NewDocs()
	if err != nil {
		t.Fatal(err)
	}
	return newRig(t, func(r *rig) { maps.Copy(r.fake.raw, docs.Raw()) })
}

func TestTheContractIsServedAsItIs(t *testing.T) {
	w := withDocs(t).call("GET", "/openapi.yaml", "", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/yaml" || !bytes.Equal(w.Body.Bytes(), openapi.YAML) {
		t.Fatal(w.Code, w.Header())
	}
}

func TestThePageNamesOnlyItsOwnFiles(t *testing.T) {
	r := withDocs(t)
	page := r.call("GET", "/docs", "", "")
	if page.Code != 200 || page.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatal(page.Code, page.Header())
	}
	policy := page.Header().Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the policy is %q", policy)
	}
	if strings.Contains(page.Body.String(), "//") && regexp.MustCompile(`(src|href)="(https?:)?//`).MatchString(page.Body.String()) {
		t.Error("the page names another server")
	}
	files := regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(files) < 4 {
		t.Fatalf("the page names %d files", len(files))
	}
	for _, f := range files {
		w := r.call("GET", f[1], "", "")
		if w.Code != 200 || w.Body.Len() < 100 {
			t.Errorf("%s: %d, %d bytes", f[1], w.Code, w.Body.Len())
		}
	}
	if init := r.call("GET", "/docs/init.js", "", ""); !strings.Contains(init.Body.String(), "validatorUrl: null") {
		t.Error("Swagger UI would ask its validator on the Internet")
	}
}

func TestFilesAreCompressedForWhoCanRead(t *testing.T) {
	r := withDocs(t)
	plain, small := r.call("GET", "/docs/swagger-ui-bundle.js", "", ""), r.call("GET", "/docs/swagger-ui-bundle.js", "", "", "Accept-Encoding", "br, gzip")
	if plain.Header().Get("Content-Encoding") != "" || small.Header().Get("Content-Encoding") != "gzip" || small.Body.Len()*2 > plain.Body.Len() {
		t.Fatalf("%d bytes plain, %d small", plain.Body.Len(), small.Body.Len())
	}
	if !bytes.Equal(unzipped(t, small), plain.Body.Bytes()) {
		t.Error("they differ")
	}
}

func unzipped(t *testing.T, w *httptest.ResponseRecorder) []byte {
	t.Helper()
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNoOtherFileIsServed(t *testing.T) {
	r := withDocs(t)
	for _, name := range []string{"index.html", "swagger-ui.css.map", "..%2fdocs.go", "docs.go", "A", ".."} {
		r.problem(r.call("GET", "/docs/"+name, "", ""), 404, model.CodeNotFound)
	}
}
