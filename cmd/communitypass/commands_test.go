package main

import (
	"strings"
	"testing"
)

func TestUsageErrorsExitWithTwo(t *testing.T) {
	for _, args := range [][]string{
		{}, {"nope"}, {"serve", "extra"}, {"serve", "--nope"}, {"doctor", "--json=maybe"}, {"keys"}, {"keys", "nope"},
		{"keys", "create"}, {"keys", "create", "--first", "--purpose", "data"}, {"keys", "create", "--purpose", "pass"},
		{"keys", "create", "--purpose", "data", "--community", "01K"}, {"keys", "activate"}, {"keys", "retire", "a", "b"},
	} {
		r := executeWith(t, &program{openKeys: noKeys}, args...)
		if r.code != exitUsage || !strings.Contains(r.err, "--help") || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%q ends with %d: %s", args, r.code, r.err)
		}
	}
}

func TestErrorsSpeakTheLanguageOfTheTerminal(t *testing.T) {
	for line, want := range map[string]language{
		"LANG=zh_CN.UTF-8": chinese, "LC_ALL=zh_TW.UTF-8": chinese, "LANG=en_US.UTF-8": english, "LANG=C.UTF-8": english, "LANG=": english,
	} {
		if got := languageOf([]string{line}); got != want {
			t.Errorf("%s is read as %s", line, got)
		}
	}
	if got := languageOf([]string{"LANG=zh_CN.UTF-8", "LC_ALL=C"}); got != english {
		t.Error("LC_ALL does not come first")
	}
	r := executeWith(t, &program{environ: complete(t), language: chinese}, "serve")
	if r.code != exitFailed || !strings.Contains(r.err, "请先运行 communitypass migrate") || strings.Contains(r.err, "Run communitypass") {
		t.Errorf("said %q", r.err)
	}
}

func TestMigrateGoesOn(t *testing.T) {
	environ := without(without(complete(t), "MASTER_KEY"), "WECHAT_SECRET")
	if r := execute(t, environ, "migrate"); r.code != exitOK || !strings.Contains(r.out, "up to date") || strings.Contains(r.out, " 0 step") {
		t.Errorf("first: %+v", r)
	}
	if r := execute(t, environ, "migrate"); r.code != exitOK || !strings.Contains(r.out, " 0 step") {
		t.Errorf("second: %+v", r)
	}
}

func TestMigrateNeedsAFolderItMayWrite(t *testing.T) {
	r := execute(t, []string{"COMMUNITYPASS_DATABASE=/dev/null/communitypass.db"}, "migrate")
	if r.code != exitFailed || !strings.HasPrefix(r.err, "The database does not answer") || strings.Count(r.err, "\n") != 1 {
		t.Errorf("said %+v", r)
	}
}

func TestVersionIsPrinted(t *testing.T) {
	if r := execute(t, nil, "version"); r.code != exitOK || !strings.HasPrefix(r.out, "communitypass ") {
		t.Errorf("said %+v", r)
	}
}

func TestNearby(t *testing.T) {
	for listen, want := range map[string]string{
		":8080": "127.0.0.1:8080", "0.0.0.0:8080": "127.0.0.1:8080", "[::]:8080": "[::1]:8080", "10.0.0.1:80": "10.0.0.1:80", "localhost:80": "localhost:80",
	} {
		if got := nearby(listen); got != want {
			t.Errorf("%s is asked at %s", listen, got)
		}
	}
}
