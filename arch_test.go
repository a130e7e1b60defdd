package communitypass_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "communitypass.cn/communitypass"

// rule says what the product code of a package may import.
type rule struct {
	// ours are folders of this module; "*" is any but commands and what only tests
	// and commands may use.
	ours []string
	// never are modules or packages of others, with what lies below them.
	never []string
	// only, when set, are the modules of others that may be imported at all.
	only []string
}

// house is the list of packages: what is not in it does not belong into the tree.
// A package of ours that is imported must be in the importer's list.
var house = map[string]rule{
	"model":               {only: []string{"github.com/oklog/ulid/v2"}},
	"passcode":            {only: []string{"github.com/emmansun/gmsm"}},
	"qr":                  {never: adapters},
	"sheet":               {ours: []string{"model"}, never: adapters},
	"gm":                  {ours: []string{"model"}, never: slices.Concat(web, sql)},
	"admission":           {ours: []string{"model", "passcode"}, only: []string{}},
	"admission/golden":    {ours: []string{"admission", "passcode"}, only: []string{"github.com/emmansun/gmsm"}},
	"anchor":              {ours: []string{"model", "gm"}, never: slices.Concat(web, sql)},
	"store":               {ours: []string{"model", "gm"}, never: web},
	"service":             {ours: []string{"model", "store", "passcode", "admission", "gm", "anchor"}, never: slices.Concat(web, sql)},
	"wechat":              {ours: []string{"model"}, never: sql},
	"sms":                 {never: sql},
	"ratelimit":           {ours: []string{"model"}, never: sql},
	"webhook":             {ours: []string{"model"}, never: sql},
	"device":              {ours: []string{"model"}, never: sql},
	"device/hc":           {ours: []string{"model", "device"}, never: sql},
	"device/hikvision":    {ours: []string{"model", "device"}, never: sql},
	"device/jsonpush":     {ours: []string{"model", "device"}, never: sql},
	"device/parkingcloud": {ours: []string{"model", "device"}, never: sql},
	"device/vzenith":      {ours: []string{"model", "device"}, never: sql},
	"device/zkteco":       {ours: []string{"model", "device"}, never: sql},
	"device/vguang":       {ours: []string{"model", "device"}, never: sql},
	"openapi":             {never: sql},
	"openapi/instant":     {only: []string{}},
	"openapi/wire":        {ours: []string{"openapi/instant"}, never: sql},
	"openapi/server":      {ours: []string{"openapi/wire", "openapi/instant"}, never: sql},
	"httpsig":             {never: sql, only: []string{"github.com/dunglas/httpsfv"}},
	"middleware":          {ours: []string{"model", "service", "httpsig", "openapi", "openapi/wire", "openapi/instant"}, never: sql},
	"outbound/hc":         {ours: []string{"model", "webhook"}, never: sql},
	"outbound/viid":       {ours: []string{"model", "webhook"}, never: sql},
	"mqtt":                {ours: []string{"model"}, never: sql},
	"device/sia":          {ours: []string{"model", "device"}, never: sql},
	"device/cap":          {ours: []string{"model", "device"}, never: sql},
	"device/gb28181":      {ours: []string{"model", "device"}, never: sql},
	"device/viid":         {ours: []string{"model", "device"}, never: sql},
	"device/lift":         {ours: []string{"model", "device"}, never: sql},
	"lift":                {ours: []string{"model"}, never: sql},
	"lift/kone":           {ours: []string{"model"}, never: sql},
	// Of admission the handler takes the words of decisions, which are part of the wire.
	"web":       {never: sql, only: []string{}},
	"handler":   {ours: []string{"middleware", "service", "model", "admission", "sheet", "device", "openapi", "openapi/wire", "openapi/server", "openapi/instant", "web"}, never: sql},
	"house":     {ours: []string{"*"}, never: sql},
	"testkit":   {ours: []string{"*"}},
	"simulator": {ours: []string{"*"}},
	"bench":     {ours: []string{"*", "testkit", "simulator"}},
	// The day knows the server by its contract alone. Of the simulator it has the
	// camera, which reads the symbol of a printed card, and systems that are told; of the
	// replay what speaks by sockets of its own.
	"day":     {ours: []string{"sheet", "passcode", "model", "gm", "simulator", "conformance"}, never: sql},
	"cmd/day": {ours: []string{"day", "scratch"}},
	// So it is with what cuts the network, and of the agent it has the status.
	"partition":     {ours: []string{"agent", "model", "passcode", "sheet", "simulator"}, never: sql},
	"cmd/partition": {ours: []string{"partition", "model", "scratch"}},
	// A database for one run of those.
	"scratch": {},
	// A replay knows the server by its contract alone. Devices that are called, lifts among
	// them, are the simulator's.
	"conformance":       {ours: []string{"model", "simulator", "lift", "device/lift"}, never: sql},
	"cmd/simulate":      {ours: []string{"conformance", "simulator", "model"}, never: sql},
	"cmd/communitypass": {ours: []string{"*", "testkit", "simulator"}},
	// The gate agent knows the server by its contract alone, and must stay small.
	"agent":         {ours: []string{"model", "passcode", "admission", "gm", "httpsig", "device", "device/vguang", "openapi/wire", "openapi/instant"}, never: slices.Concat(sql, []string{"github.com/gin-gonic/gin"})},
	"cmd/gateagent": {ours: []string{"agent", "model"}, never: slices.Concat(sql, []string{"github.com/gin-gonic/gin"})},
}

var (
	web = []string{"net/http", "github.com/gin-gonic/gin", "github.com/silenceper/wechat/v2"}
	sql = []string{"database/sql", "gorm.io", "github.com/glebarez", "github.com/go-sql-driver/mysql", "modernc.org/sqlite"}
	// adapters are the ways out of the process.
	adapters = slices.Concat(web, sql)
	// mayReadClock are the packages where time begins: the clock itself, programs.
	mayReadClock = []string{"model", "bench", "cmd"}
	vagueNames   = []string{"util", "utils", "common", "base", "helper", "helpers", "misc", "impl"}
)

// source is one file of product code.
type source struct {
	path, pkg string
	*ast.File
}

// productCode parses every Go file that is not a test.
func productCode(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules" || name == "tools"):
			return filepath.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		out = append(out, source{name, path.Dir(name), file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(out, func(s source) bool { return s.pkg == "." })
}

func TestImportsGoOneWay(t *testing.T) {
	for _, s := range productCode(t) {
		r, known := house[s.pkg]
		if !known {
			t.Errorf("%s: package %s is not in the list of packages", s.path, s.pkg)
			continue
		}
		for _, imported := range s.Imports {
			what, _ := strconv.Unquote(imported.Path.Value)
			if why := r.refuses(what); why != "" {
				t.Errorf("%s imports %s: %s", s.path, what, why)
			}
		}
	}
}

// refuses says why a package may not be imported, or "".
func (r rule) refuses(what string) string {
	if what == module || strings.HasPrefix(what, module+"/") {
		name := strings.TrimPrefix(strings.TrimPrefix(what, module), "/")
		special := name == "testkit" || name == "simulator" || name == "bench" || within(name, []string{"cmd"})
		if slices.Contains(r.ours, name) || slices.Contains(r.ours, "*") && !special {
			return ""
		}
		return "not in its list of packages of ours"
	}
	if within(what, r.never) {
		return "its package must not know this"
	}
	if r.only != nil && strings.Contains(strings.Split(what, "/")[0], ".") && !within(what, r.only) {
		return "its package stands on the standard library and " + strings.Join(r.only, ", ")
	}
	return ""
}

// within says whether a path is one of the given or lies below one.
func within(what string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return what == root || strings.HasPrefix(what, root+"/") })
}

func TestTheClockIsHandedIn(t *testing.T) {
	for _, s := range productCode(t) {
		if within(s.pkg, mayReadClock) {
			continue
		}
		ast.Inspect(s.File, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && isPackage(sel.X, "time") && slices.Contains([]string{"Now", "Since", "Until", "Sleep"}, sel.Sel.Name) {
				t.Errorf("%s uses time.%s: take a model.Clock or an instant", s.path, sel.Sel.Name)
			}
			return true
		})
	}
}

func isPackage(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}

func TestNothingHappensAtImport(t *testing.T) {
	for _, s := range productCode(t) {
		for _, d := range s.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has an init function: make it a step of main", s.path)
			}
		}
	}
}

// TestPropertiesAreDrawnAlike: a package with properties sets the seed of what is drawn.
func TestPropertiesAreDrawnAlike(t *testing.T) {
	tests, err := filepath.Glob("*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	seeded, drawing := map[string]bool{}, map[string]bool{}
	for _, name := range tests {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		drawing[path.Dir(name)] = drawing[path.Dir(name)] || strings.Contains(string(text), `"pgregory.net/rapid"`)
		seeded[path.Dir(name)] = seeded[path.Dir(name)] || strings.Contains(string(text), `flag.Set("rapid.seed"`)
	}
	for pkg, draws := range drawing {
		if draws && !seeded[pkg] {
			t.Errorf("%s draws properties, and has no seed_test.go", pkg)
		}
	}
}

func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	for _, s := range productCode(t) {
		if slices.Contains(vagueNames, s.Name.Name) || slices.ContainsFunc(strings.Split(s.pkg, "/"), func(part string) bool { return slices.Contains(vagueNames, part) }) {
			t.Errorf("%s: the name of package %s says nothing", s.path, s.pkg)
		}
	}
}

// TestRulesRefuse holds the table itself to what it is for.
func TestRulesRefuse(t *testing.T) {
	for _, c := range []struct {
		pkg, imports string
		refused      bool
	}{
		{"handler", module + "/store", true},
		{"handler", module + "/service", false},
		{"handler", "gorm.io/gorm", true},
		{"service", "github.com/gin-gonic/gin", true},
		{"service", "gorm.io/gorm/clause", true},
		{"service", module + "/wechat", true},
		{"service", module + "/testkit", true},
		{"service", module + "/store", false},
		{"service", "net/netip", false},
		{"model", module + "/gm", true},
		{"model", "github.com/gin-gonic/gin", true},
		{"model", "github.com/oklog/ulid/v2", false},
		{"model", "time", false},
		{"passcode", module + "/model", true},
		{"passcode", "github.com/emmansun/gmsm/sm2", false},
		{"passcode", "github.com/emmansun/gmsmother", true},
		{"admission", "github.com/oklog/ulid/v2", true},
		{"store", "net/http", true},
		{"wechat", module + "/store", true},
		{"agent", module + "/service", true},
		{"agent", module + "/store", true},
		{"agent", module + "/admission", false},
		{"cmd/gateagent", "github.com/gin-gonic/gin", true},
		{"testkit", module + "/simulator", true},
		{"testkit", module + "/store", false},
		{"cmd/communitypass", module + "/simulator", false},
		{"simulator", module + "/cmd/communitypass", true},
	} {
		if got := house[c.pkg].refuses(c.imports) != ""; got != c.refused {
			t.Errorf("%s importing %s: refused is %t", c.pkg, c.imports, got)
		}
	}
}
