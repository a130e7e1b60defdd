package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func line(action, test string) string {
	return `{"Action":"` + action + `","Package":"p","Test":"` + test + `"}`
}

func said(test, text string) string {
	return `{"Action":"output","Package":"p","Test":"` + test + `","Output":"` + text + `\n"}`
}

const packagePassed, packageFailed = `{"Action":"pass","Package":"p"}`, `{"Action":"fail","Package":"p"}`

func TestTally(t *testing.T) {
	for name, c := range map[string]struct {
		lines  []string
		want   string
		prints string
	}{
		"nothing":                 {nil, "0 passed, 0 failed", ""},
		"one passes":              {[]string{line("pass", "TestA"), packagePassed}, "1 passed, 0 failed", "pass p"},
		"subtests are counted":    {[]string{line("pass", "TestA/x"), line("pass", "TestA/y/z"), line("pass", "TestA/y"), line("pass", "TestA"), packagePassed}, "2 passed, 0 failed", ""},
		"a subtest fails":         {[]string{said("TestA/x", "why"), line("fail", "TestA/x"), line("pass", "TestA/y"), line("fail", "TestA"), packageFailed}, "1 passed, 1 failed", "why"},
		"a parent fails itself":   {[]string{line("pass", "TestA/x"), said("TestA", "why"), line("fail", "TestA"), packageFailed}, "1 passed, 1 failed", "why"},
		"skipped":                 {[]string{line("skip", "TestA"), packagePassed}, "0 passed, 0 failed, 1 skipped", ""},
		"does not build":          {[]string{`{"ImportPath":"p","Action":"build-output","Output":"syntax error\n"}`, packageFailed}, "0 passed, 1 failed", "syntax error"},
		"panics":                  {[]string{line("pass", "TestA"), said("", "panic: no"), packageFailed}, "1 passed, 1 failed", "panic: no"},
		"panics under another":    {[]string{said("TestA", "panic: timed out"), line("pass", "TestA"), said("TestB", "chatter"), line("pass", "TestB"), packageFailed}, "2 passed, 1 failed", "panic: timed out"},
		"is cut off":              {[]string{line("pass", "TestA"), `{"Action":"run","Package":"p","Test":"TestB"}`}, "1 passed, 1 failed", ""},
		"other lines are shown":   {[]string{"make: nothing", line("pass", "TestA"), packagePassed}, "1 passed, 0 failed", "make: nothing"},
		"passing tests are quiet": {[]string{said("TestA", "chatter"), line("pass", "TestA"), packagePassed}, "1 passed, 0 failed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "totals")
			var out strings.Builder
			err := run([]string{file}, strings.NewReader(strings.Join(c.lines, "\n")), &out)
			if failed := !strings.Contains(c.want, " 0 failed"); (err != nil) != failed {
				t.Errorf("ended with %v", err)
			}
			if !strings.HasSuffix(out.String(), c.want+"\n") || !strings.Contains(out.String(), c.prints) || strings.Contains(out.String(), "chatter") {
				t.Errorf("printed %q", out.String())
			}
		})
	}
}

func TestSumOverRuns(t *testing.T) {
	file := filepath.Join(t.TempDir(), "totals")
	for _, n := range []totals{{3, 0, 0}, {10, 2, 1}, {4, 0, 1}} {
		if err := appendTotals(file, n); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := run([]string{"-sum", file}, nil, &out); err != nil || out.String() != "17 passed, 2 failed, 2 skipped\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
}
