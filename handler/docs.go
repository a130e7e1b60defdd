package handler

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"

	"github.com/gin-gonic/gin"
	swaggerui "github.com/swaggo/files/v2"
)

//go:embed docsui
var docsPage embed.FS

// docsPolicy lets the page load its own files and call this server, and nothing
// else anywhere; data: images are the icons within Swagger UI's style sheet.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Docs serves the contract, and a page of Swagger UI that shows it.
type Docs struct {
	page, contract *document
	assets         map[string]*document
}

// document is a file with its compressed form, which is made when first wanted.
type document struct {
	kind  string
	plain []byte
	small func() []byte
}

// NewDocs collects the files.
func NewDocs() (*Docs, error) {
	d := &Docs{contract: newDocument("application/yaml", openapi.YAML), assets: map[string]*document{}}
	for _, file := range []struct {
		from fs.FS
		path string
		as   string
	}{
		{docsPage, "docsui/index.html", ""},
		{docsPage, "docsui/init.js", "init.js"},
		{swaggerui.FS, "swagger-ui-bundle.js", "swagger-ui-bundle.js"},
		{swaggerui.FS, "swagger-ui.css", "swagger-ui.css"},
		{swaggerui.FS, "favicon-32x32.png", "favicon.png"},
	} {
		content, err := fs.ReadFile(file.from, file.path)
		if err != nil {
			return nil, fmt.Errorf("docs: %w", err)
		}
		read := newDocument(kindOf(file.path), content)
		if file.as == "" {
			d.page = read
		} else {
			d.assets[file.as] = read
		}
	}
	return d, nil
}

// Raw are the handlers by operation.
func (d *Docs) Raw() map[string]gin.HandlerFunc {
	return map[string]gin.HandlerFunc{"getContract": d.Contract, "getDocs": d.Page, "getDocsAsset": d.Asset}
}

// Contract is GET /openapi.yaml.
func (d *Docs) Contract(c *gin.Context) { d.contract.send(c, "no-cache") }

// Page is GET /docs.
func (d *Docs) Page(c *gin.Context) {
	c.Header("Content-Security-Policy", docsPolicy)
	d.page.send(c, "no-cache")
}

// Asset is GET /docs/{asset}.
func (d *Docs) Asset(c *gin.Context) {
	asset, ok := d.assets[c.Param("asset")]
	if !ok {
		fail(c, model.NotFound())
		return
	}
	asset.send(c, "public, max-age=3600")
}

func newDocument(kind string, content []byte) *document {
	return &document{kind: kind, plain: content, small: sync.OnceValue(func() []byte { return compressed(content) })}
}

func (d *document) send(c *gin.Context, caching string) {
	c.Header("Cache-Control", caching)
	c.Header("Vary", "Accept-Encoding")
	if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		c.Header("Content-Encoding", "gzip")
		c.Data(200, d.kind, d.small())
		return
	}
	c.Data(200, d.kind, d.plain)
}

func compressed(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	// Writing to memory does not fail.
	_, _ = w.Write(content)
	_ = w.Close()
	return b.Bytes()
}

// kindOf names the few types there are; what mime knows depends on the machine.
func kindOf(file string) string {
	switch path.Ext(file) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".png":
		return "image/png"
	}
	return "text/html; charset=utf-8"
}
