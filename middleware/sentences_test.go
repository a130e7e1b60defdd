package middleware

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"communitypass.cn/communitypass/model"
)

// codesOfModel reads the constants of type Code from the source.
func codesOfModel(t *testing.T) []model.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../model/error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []model.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			for _, v := range spec.Values {
				code, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, model.Code(code))
			}
		}
		return true
	})
	if len(out) < 30 {
		t.Fatalf("found only %d codes", len(out))
	}
	return out
}

func TestEveryCodeHasAStatusAndSentencesInBothLanguages(t *testing.T) {
	known := map[model.Code]bool{}
	for _, code := range codesOfModel(t) {
		known[code] = true
		r, ok := table[code]
		if !ok {
			t.Errorf("%s has no row", code)
			continue
		}
		if r.status < 400 || r.status > 599 {
			t.Errorf("%s has the status %d", code, r.status)
		}
		for _, s := range []text{r.title, r.detail} {
			if !chinese(s.zh) {
				t.Errorf("%s: %q is not Chinese", code, s.zh)
			}
			if s.en == "" || chinese(s.en) {
				t.Errorf("%s: %q is not English", code, s.en)
			}
		}
		if !strings.HasSuffix(r.detail.zh, "。") || !strings.HasSuffix(r.detail.en, ".") {
			t.Errorf("%s: the details are not sentences", code)
		}
	}
	for code := range table {
		if !known[code] {
			t.Errorf("%s has a row and is no code of model", code)
		}
	}
}

func chinese(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0
}

func TestFieldSentences(t *testing.T) {
	for _, c := range []struct {
		field  model.FieldError
		zh, en string
	}{
		{model.FieldError{Code: "required"}, "必填。", "This is required."},
		{model.FieldError{Code: "length", Limit: "≥8"}, "长度不能少于 8。", "This must not be shorter than 8."},
		{model.FieldError{Code: "length", Limit: "≤64"}, "长度不能超过 64。", "This must not be longer than 64."},
		{model.FieldError{Code: "range", Limit: "≤60"}, "不能大于 60。", "This must not be above 60."},
		{model.FieldError{Code: "range", Limit: "350..420"}, "数值超出范围。（界限：350..420）", "This is out of range. (Bound: 350..420)"},
		{model.FieldError{Code: "enum", Limit: "in, out"}, "不是可选的值。", "This is not one of the choices."},
		{model.FieldError{Code: "nobody knows"}, "不正确。", "This is not right."},
	} {
		if got := fieldSentence(c.field, Chinese); got != c.zh {
			t.Errorf("%+v: %q, want %q", c.field, got, c.zh)
		}
		if got := fieldSentence(c.field, English); got != c.en {
			t.Errorf("%+v: %q, want %q", c.field, got, c.en)
		}
	}
}
