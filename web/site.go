// Package web holds the pages: the visitor's, the guard's, the staff console and, when
// they are built, the resident's for a browser. They are built by npm into dist, which is embedded; a clone that was
// not built says so in their place and serves everything else.
package web

import (
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
)

//go:embed all:dist
var built embed.FS

// page is one entry of the build, with the paths at which it opens.
type page struct {
	file   string
	policy string
	// camera says that the page may ask for the camera.
	camera bool
}

// Policies: files and calls of this server alone, and no inline script. zxing is
// WebAssembly, which needs a word of its own; a component library sets styles inline.
const (
	policyBase = "default-src 'none'; connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; worker-src 'self'; " +
		"media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
	policyVisitor = policyBase + "script-src 'self'; style-src 'self'"
	policyGuard   = policyBase + "script-src 'self' 'wasm-unsafe-eval'; style-src 'self'"
	policyConsole = policyBase + "script-src 'self'; style-src 'self' 'unsafe-inline'"
)

var pages = map[string]page{
	"visitor": {file: "visitor.html", policy: policyVisitor},
	"guard":   {file: "guard.html", policy: policyGuard, camera: true},
	"console": {file: "console.html", policy: policyConsole},
	"app":     {file: "app/index.html", policy: policyVisitor},
}

// Site serves the pages of one build.
type Site struct{ files map[string]*Document }

// NewSite reads the embedded build, which may be empty.
func NewSite() (*Site, error) {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		return nil, err
	}
	return SiteOf(dist)
}

// SiteOf is NewSite of a build that lies elsewhere.
func SiteOf(dist fs.FS) (*Site, error) {
	s := &Site{files: map[string]*Document{}}
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == ".keep" {
			return err
		}
		s.files[name], err = NewDocument(dist, name)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return s, err
}

// liftPage is where the resident's pages call a lift; the code goes behind #, so that no
// server and no log on the way gets it a second time.
const liftPage = "/app/#/pages/lift/lift?sticker="

var stickerCode = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)

// Serve answers when the path is one of a page or of its files, and reports whether
// it did. Paths: /e/{entry_code} and /visit (visitor), /guard, /console with all that
// lies below it, /web/… for what these load, /app/ (resident) with what it loads, and
// /l/{code} of a lift's sticker, which leads to the resident's page for lifts.
func (s *Site) Serve(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	asked := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	first, rest, deeper := strings.Cut(asked, "/")
	switch first {
	case "e":
		if rest == "" || strings.Contains(rest, "/") {
			return false
		}
		s.page(w, r, pages["visitor"])
	case "visit":
		if deeper {
			return false
		}
		s.page(w, r, pages["visitor"])
	case "l":
		if !stickerCode.MatchString(rest) {
			return false
		}
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		// The resident's pages may lie beside this program instead of in it.
		http.Redirect(w, r, liftPage+rest, http.StatusFound)
	case "guard", "console":
		if len(s.files) > 0 && s.files[pages[first].file] == nil {
			return false // this build has pages, and not this one
		}
		s.page(w, r, pages[first])
	case "app":
		if rest != "" {
			return s.asset(w, r, asked)
		}
		if s.files[pages[first].file] == nil {
			return false // built on its own, where it is wanted
		}
		s.page(w, r, pages[first])
	case "web":
		return s.asset(w, r, rest)
	default:
		return false
	}
	return true
}

// page sends the document of a page. It is asked for anew each time, so that a new
// build shows at once; what it names has a hash in its name.
func (s *Site) page(w http.ResponseWriter, r *http.Request, p page) {
	h := w.Header()
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions(p.camera))
	h.Set("Cache-Control", "no-cache")
	f, ok := s.files[p.file]
	if !ok {
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(notBuilt))
		return
	}
	f.Send(w, r)
}

func permissions(camera bool) string {
	allowed := "camera=()"
	if camera {
		allowed = "camera=(self)"
	}
	return allowed + ", microphone=(), geolocation=(), payment=(), usb=()"
}

// asset sends a file that pages load. Those below assets/ carry a hash of what is in
// them and never change; the others, such as the service worker, do.
func (s *Site) asset(w http.ResponseWriter, r *http.Request, name string) bool {
	f, ok := s.files[name]
	if !ok || strings.HasSuffix(name, ".html") {
		return false
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(strings.TrimPrefix(name, "app/"), "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.HasSuffix(name, "guard-sw.js") {
		// It lies below /web/ and looks after /guard.
		h.Set("Service-Worker-Allowed", "/guard")
		h.Set("Content-Security-Policy", policyGuard)
	}
	f.Send(w, r)
	return true
}

// notBuilt stands in the place of a page that this program was built without.
const notBuilt = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>CommunityPass 社区通行</title>
<h1>这个页面没有构建 · This page was not built</h1>
<p>程序里没有网页。装好 Node.js 后运行 <code>make web</code>，再重新编译；接口照常工作。</p>
<p>This program was built without its web pages. With Node.js installed, run <code>make web</code> and build again; the API works as it is.</p>
</html>
`
