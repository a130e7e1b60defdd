package admission

import (
	"regexp"
	"testing"
	"unicode/utf8"
)

func TestEveryReasonIsSaid(t *testing.T) {
	t.Parallel()
	outcomes := []Outcome{Admit, Refuse, Refer}
	chinese := regexp.MustCompile(`^[\p{Han}，；、]+$`)
	english := regexp.MustCompile(`^[A-Z][A-Za-z ',;]+\.$`)
	for _, reason := range Reasons() {
		possible := map[Outcome]bool{}
		for _, o := range reason.Outcomes() {
			possible[o] = true
		}
		for _, outcome := range outcomes {
			zh, zhNext := Sentence(reason, outcome, "zh-CN")
			en, enNext := Sentence(reason, outcome, "en")
			if !possible[outcome] {
				if zh+zhNext+en+enNext != "" {
					t.Errorf("%s cannot be %s, yet it says %q", reason, outcome, zh)
				}
				continue
			}
			if !chinese.MatchString(zh) || !chinese.MatchString(zhNext) {
				t.Errorf("%s/%s in Chinese: %q, %q", reason, outcome, zh, zhNext)
			}
			if !english.MatchString(en) || !english.MatchString(enNext) {
				t.Errorf("%s/%s in English: %q, %q", reason, outcome, en, enNext)
			}
			if utf8.RuneCountInString(zh) > 20 || utf8.RuneCountInString(zhNext) > 20 || len(en) > 60 || len(enNext) > 60 {
				t.Errorf("%s/%s is too long for a gate's screen", reason, outcome)
			}
		}
	}
	if len(sentences) != len(Reasons()) {
		t.Errorf("%d reasons, %d of them said", len(Reasons()), len(sentences))
	}
}

// Different findings must read differently, or nobody knows what to do.
func TestSentencesDiffer(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh-CN", "en"} {
		said := map[string]Reason{}
		for _, reason := range Reasons() {
			message, _ := Sentence(reason, reason.Outcomes()[0], lang)
			if other, twice := said[message]; twice {
				t.Errorf("%s and %s both say %q", reason, other, message)
			}
			said[message] = reason
		}
	}
}

func TestSentenceOfAReferral(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason     Reason
		outcome    Outcome
		lang, next string
	}{
		{ReasonExpired, Refuse, "zh-CN", "请刷新通行码后再扫"},
		{ReasonExpired, Refer, "zh-CN", "请找保安放行"},
		{ReasonExpired, Refer, "EN-gb", "Please ask the guard to let you out."},
		{ReasonPassback, Refer, "", "请稍候，由保安核实"},
		{ReasonGateStale, Refer, "fr", "请稍候，由保安核验"},
		{ReasonClockSkew, Refer, "e", "请稍候再扫，或由保安核验"},
	} {
		if _, next := Sentence(c.reason, c.outcome, c.lang); next != c.next {
			t.Errorf("%s/%s in %q: %q, want %q", c.reason, c.outcome, c.lang, next, c.next)
		}
	}
	if message, next := Sentence("no_such_reason", Refuse, "en"); message != "" || next != "" {
		t.Error("a reason that does not exist says something")
	}
}
