package handler

import (
	"embed"
	"fmt"
	"io/fs"

	"communitypass.cn/communitypass/model"
	"communitypass.cn/communitypass/openapi"
	"communitypass.cn/communitypass/web"

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
	page, contract *web.Document
	assets         map[string]*web.Document
}

// NewDocs collects the files.
func NewDocs() (*Docs, error) {
	d := &Docs{contract: web.DocumentOf("application/yaml", openapi.YAML), assets: map[string]*web.Document{}}
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
		read, err := web.NewDocument(file.from, file.path)
		if err != nil {
			return nil, fmt.Errorf("docs: %w", err)
		}
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
func (d *Docs) Contract(c *gin.Context) { send(c, d.contract, "no-cache") }

// Page is GET /docs.
func (d *Docs) Page(c *gin.Context) {
	c.Header("Content-Security-Policy", docsPolicy)
	send(c, d.page, "no-cache")
}

// Asset is GET /docs/{asset}.
func (d *Docs) Asset(c *gin.Context) {
	asset, ok := d.assets[c.Param("asset")]
	if !ok {
		fail(c, model.NotFound())
		return
	}
	send(c, asset, "public, max-age=3600")
}

func send(c *gin.Context, d *web.Document, caching string) {
	c.Header("Cache-Control", caching)
	d.Send(c.Writer, c.Request)
}
