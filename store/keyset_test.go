package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"communitypass.cn/communitypass/store"
	"communitypass.cn/communitypass/testkit"
)

// page is how long the pages are that are asked for.
const page = 10

// list is one page in the middle of a list.
type list struct {
	// method of Tx, and what the question has beside the cursor.
	method, with string
	read         func(tx *store.Tx) error
	// most is how many rows MySQL may touch for it: by default some six per row.
	most int
	// sorts says why SQLite may sort what is found, which must be bounded in another
	// way than by the page; walks why it may go through a table.
	sorts, walks string
}

func (l list) name() string { return strings.TrimSpace(l.method + " " + l.with) }

// A page in the middle of a list costs what the first one does: the database goes
// to the cursor and reads on from there.
func TestAPageInTheMiddleTouchesAFewRows(t *testing.T) {
	h := testkit.NewHouse(t)
	w := ofWhom{h.Person(t, "王伟", "13800000001").ID, h.ID(), h.ID(), h.ID()}
	db := h.Probe(t)
	word, err := h.Store.View(t.Context()).SearchWord(w[0], "王伟")
	if err != nil {
		t.Fatal(err)
	}
	for table, with := range fillings(w, word) {
		plant(t, h, db, table, many, with)
	}
	for _, l := range lists(w) {
		t.Run(l.name(), func(t *testing.T) {
			if h.Store.Dialect() == store.MySQL {
				l.touches(t, h)
			} else {
				l.plans(t, h)
			}
		})
	}
}

func (l list) touches(t *testing.T, h *testkit.House) {
	most := l.most
	if most == 0 {
		most = 6 * page
	}
	h.Update(t, func(tx *store.Tx) error {
		if err := l.read(tx); err != nil { // fills what is cached
			return err
		}
		before, err := tx.RowsRead()
		if err != nil {
			return err
		}
		between, err := tx.RowsRead()
		if err != nil {
			return err
		}
		if err := l.read(tx); err != nil {
			return err
		}
		after, err := tx.RowsRead()
		asking := between - before
		if touched := after - between - asking; touched > most || touched < page {
			t.Errorf("touches %d rows for %d, at most %d may be", touched, page, most)
		}
		return err
	})
}

func (l list) plans(t *testing.T, h *testkit.House) {
	plan, err := h.Store.Plans(t.Context(), l.read)
	if err != nil || len(plan) == 0 {
		t.Fatal(plan, err)
	}
	for _, line := range plan {
		scan := strings.HasPrefix(line, "SCAN ") && !strings.HasPrefix(line, "SCAN walk")
		if scan && l.walks == "" || strings.Contains(line, "TEMP B-TREE") && l.sorts == "" {
			t.Errorf("%s\nin\n%s", line, strings.Join(plan, "\n"))
		}
	}
}

// A list that nobody has put into the table above fails here.
func TestEveryListWithACursorIsMeasured(t *testing.T) {
	measured := map[string]bool{}
	for _, l := range lists(ofWhom{}) {
		measured[l.method] = true
	}
	found := listsOfStore(t)
	if len(found) < 40 {
		t.Errorf("the test sees only %d lists", len(found))
	}
	for _, name := range found {
		if !measured[name] {
			t.Errorf("%s has a cursor and is not among the lists that are measured", name)
		}
	}
	for name := range measured {
		if !slices.Contains(found, name) {
			t.Errorf("there is no list %s", name)
		}
	}
}

// listsOfStore are the methods of Tx that give rows behind a cursor.
func listsOfStore(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && isList(f) {
				out = append(out, f.Name.Name)
			}
		}
	}
	return out
}

func isList(f *ast.FuncDecl) bool {
	if f.Recv == nil || !f.Name.IsExported() || f.Type.Results == nil {
		return false
	}
	if _, ok := f.Type.Results.List[0].Type.(*ast.ArrayType); !ok {
		return false
	}
	for _, p := range f.Type.Params.List {
		for _, n := range p.Names {
			if slices.Contains([]string{"before", "after", "cursor"}, n.Name) {
				return true
			}
		}
	}
	return false
}
