package service

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"communitypass.cn/communitypass/model"
)

// Every template that the code names has a sentence, and every sentence a template
// that is told. A template is a text in a field, a constant or a table that is named
// after templates, or handed to a function that tells.
func TestEveryTemplateHasASentence(t *testing.T) {
	told := map[string]bool{}
	for _, parsed := range productFiles(t) {
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Template" {
					collectNames(n.Value, told)
				}
			case *ast.ValueSpec:
				if name := n.Names[0].Name; strings.HasPrefix(name, "template") || strings.HasSuffix(name, "Templates") {
					for _, v := range n.Values {
						collectNames(v, told)
					}
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && strings.HasPrefix(f.Sel.Name, "tell") {
					for _, v := range n.Args {
						if text, ok := v.(*ast.BasicLit); ok {
							collectNames(text, told)
						}
					}
				}
			}
			return true
		})
	}
	for name := range told {
		if _, ok := messageSentences[name]; !ok {
			t.Errorf("%s is told and has no line in messageSentences", name)
		}
	}
	for name := range messageSentences {
		if !told[name] {
			t.Errorf("%s has a line in messageSentences and is told by nobody", name)
		}
	}
}

// productFiles are this package's files that are no tests.
func productFiles(t *testing.T) []*ast.File {
	t.Helper()
	names, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || name == "message_sentences.go" {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, parsed)
	}
	return out
}

var templateName = regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)

// collectNames finds the texts in an expression that are names of templates.
func collectNames(e ast.Expr, into map[string]bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
			if name, err := strconv.Unquote(text.Value); err == nil && templateName.MatchString(name) {
				into[name] = true
			}
		}
		return true
	})
}

var parameter = regexp.MustCompile(`\{[^}]*\}?`)

func TestSentencesAreWellFormed(t *testing.T) {
	for name, p := range messageSentences {
		if !regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`).MatchString(name) {
			t.Errorf("%q is no name of a template", name)
		}
		for _, text := range []string{p.ZH, p.EN} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s lacks a language", name)
			}
			for _, found := range parameter.FindAllString(text, -1) {
				if !regexp.MustCompile(`^\{[a-z][a-z0-9_]*\}$`).MatchString(found) {
					t.Errorf("%s: %s is no parameter", name, found)
				}
			}
		}
		if han := regexp.MustCompile(`\p{Han}`); !han.MatchString(p.ZH) || han.MatchString(p.EN) {
			t.Errorf("%s: the languages are mixed up", name)
		}
	}
}

func TestSentencesAreFilled(t *testing.T) {
	for _, c := range []struct{ name, template, language, title, want string }{
		{"Chinese", "notice_urgent", "zh", "停水", "紧急通知：停水"},
		{"English", "notice_urgent", "en", "Water off", "Urgent notice: Water off"},
		{"a value is no sentence", "notice_urgent", "zh", "{title_en}{", "紧急通知：{title_en}{"},
		{"nothing given", "notice_urgent", "zh", "", "紧急通知："},
		{"unknown", "of_a_newer_version", "zh", "x", genericSentence.ZH},
		{"unknown in English", "of_a_newer_version", "en", "x", genericSentence.EN},
	} {
		m := &model.Message{Template: c.template, Params: map[string]string{"title": c.title, "title_en": c.title}}
		if got := messageText(m, c.language); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestPushTemplatesAreParsed(t *testing.T) {
	got, err := ParsePushTemplates(" visit_asked=Ab-1,thing1:visitor,time2:time; *=X ;", true)
	if err != nil || got["visit_asked"].ID != "Ab-1" || got["*"].ID != "X" || len(got) != 2 ||
		!slices.Equal(got["visit_asked"].Fields, []PushField{{"thing1", "visitor"}, {"time2", "time"}}) {
		t.Fatal(got, err)
	}
	if got, err := ParsePushTemplates("", true); err != nil || len(got) != 0 {
		t.Error("nothing:", got, err)
	}
	for text, keyed := range map[string]bool{"a": true, "a=": true, "=b": true, "a=b,c": true, "a=b,c:d": false, "a=b,:d": true, "a=b,c:": true,
		"a=b;a=c": true, "A=b": true, "a=b c": true, "a=b,c:d:e:": false} {
		if _, err := ParsePushTemplates(text, keyed); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
